"""Links tried on a real server: what they answer becomes findings, and waiting one's turn is no slowness."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preflight.sample import ARTICLE, EDITION, ISSUE, NOW, STORIES
from sources.loopback import Reply, Request, Site, running, settings

from publisher import preflight
from publisher.sources import trial

if TYPE_CHECKING:
    from publisher.preflight import LinkStatus

THEN = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


def found(status: LinkStatus, *, slow: float = 5.0) -> set[str]:
    """Return what preflight says when the first link answered so."""
    findings = preflight.check(
        EDITION,
        ISSUE,
        None,
        stories=STORIES,
        now=NOW,
        settings=preflight.Settings(slow=slow),
        statuses={ARTICLE: status},
    )
    return {finding.code for finding in findings}


def test_what_a_server_answers_becomes_the_right_finding() -> None:
    """Good, gone, moved, forbidden, and a host that is not there."""
    site = Site()
    site.pages = {
        "/bon": Reply(body=b"<html>"),
        "/parti": Reply(status=410),
        "/deplace": Reply(status=301, headers={"Location": "/bon"}),
        "/ferme": Reply(status=403),
    }
    with running(site):
        addresses = [site.url(path) for path in site.pages]
        answers = trial.links([*addresses, "http://127.0.0.1:1/absent"], settings(), THEN)
    good, gone, moved, closed, absent = (found(answers[address]) for address in answers)
    assert (good, gone, moved) == (set(), {"link-broken"}, {"link-redirects"})
    assert (closed, absent) == ({"link-refused"}, {"link-broken"})


def test_waiting_for_ones_turn_is_not_being_slow() -> None:
    """Six quick pages of one host are asked one after the other with a pause; none of them is slow."""

    async def late(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        await writer.drain()

    site = Site()
    site.pages = {**{f"/{number}": Reply(body=b"x") for number in range(6)}, "/lent": late}
    with running(site):
        answers = dict(trial.links([site.url(path) for path in site.pages], settings(delay=0.2), THEN))
        slow = answers.pop(site.url("/lent"))
    assert max(status.seconds for status in answers.values()) < 0.9
    assert slow.seconds >= 1.0
    assert found(slow, slow=0.9) == {"link-slow"}
    assert all(found(status, slow=0.9) == set() for status in answers.values())
