"""What ``publisher run`` tells the person who reads its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from transports.scripted import PIPELINED, Scripted, Step

from publisher.config import load
from publisher.demo import publication as sample
from publisher.edition import Edition
from publisher.routine import Routine
from publisher.subscriber import Subscriber, SubscriberState
from publisher.transports import smtp
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ISSUE = "2026-11"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))


def test_a_quota_is_told_once_with_the_way_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay's 452 pauses the sending: the log says why and what to type, not again at each tick."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())

    def answer(step: Step) -> str | None:
        return "452 4.3.1 daily quota reached" if step.verb == "RCPT" else None

    config = load(sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8")))
    with Scripted(answer, offers=PIPELINED) as server:
        transport = smtp.Settings(host="127.0.0.1", port=server.port, security="none", timeout=5.0)
        publication = Publication(replace(config, transport=transport))
        publication.roster.add(
            [Subscriber(id=0, address="anne@a.example", token="jeton", state=SubscriberState.ACTIVE)], NOW
        )
        edition = Edition(
            issue=ISSUE,
            date=NOW,
            subject="L",
            preheader="",
            language="fr",
            html="<p>x</p>",
            text="x\n",
            page="<p>x</p>",
        )
        publication.editions.approve(edition, by="Zoé", now=NOW)
        told: list[str] = []
        routine = Routine(publication, tell=told.append, stop=lambda: False)
        assert not routine.send(ISSUE)
        assert not routine.send(ISSUE)
    (line,) = [line for line in told if "en pause" in line]
    assert "daily quota reached" in line
    assert f"publisher send {ISSUE} --resume" in line
