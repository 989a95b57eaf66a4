"""What comes back changes what people get: a full circle from a sending to a bounce and the next sending."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import datetime
from email import policy
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher.config import load
from publisher.correspondence import answer
from publisher.demo import publication as sample
from publisher.edition import Edition
from publisher.errors import ConfigError
from publisher.mailbox import boxes
from publisher.stages.send import send
from publisher.subscriber import Subscriber, SubscriberState
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

ISSUE = "2026-11"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
DSN = """From: MAILER-DAEMON@mx.a.example
To: {envelope}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

The address does not exist.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.a.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: message/rfc822

Message-ID: {message_id}
Subject: x

x
--b--
"""


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """Return a publication that has sent one letter to two people and reads what comes back from a Maildir."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    config = load(sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8")))
    made = Publication(replace(config, bounces=boxes.Settings(kind="maildir", path="retours")))
    for name in ("new", "cur", "tmp"):
        (tmp_path / "retours" / name).mkdir(parents=True)
    people = ("anne@a.example", "bob@b.example")
    made.roster.add(
        [Subscriber(id=0, address=one, token=f"jeton{one[0]}", state=SubscriberState.ACTIVE) for one in people], NOW
    )
    edition = Edition(
        issue=ISSUE,
        date=NOW,
        subject="Lettre",
        preheader="",
        language="fr",
        html="<p>x</p>",
        text="x\n",
        page="<p>x</p>",
    )
    made.editions.approve(edition, by="Zoé", now=NOW)
    send(ISSUE, made.ports())
    return made


def returned(publication: Publication, status: str) -> None:
    """Put into the mailbox what the server of the first recipient would answer."""
    box = publication.path("var", "maildir", "new")
    letters = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir()]
    letter = next(one for one in letters if "anne@a.example" in str(one["To"]))
    text = DSN.format(
        envelope=letter["Return-Path"] or "retours@reseau.example",
        address="anne@a.example",
        status=status,
        message_id=letter["Message-ID"],
    )
    number = len(list(publication.path("retours", "cur").iterdir()))
    (publication.path("retours", "new") / f"{number}.x").write_text(text, encoding="utf-8")


def test_an_address_that_does_not_exist_is_written_to_no_more(publication: Publication) -> None:
    """A hard bounce strikes the address at once, with the server's own words, and no import brings it back."""
    returned(publication, "5.1.1")
    (decision,) = answer(publication)
    assert decision.action == "strike"
    assert "no such user" in decision.evidence
    found = publication.roster.find("anne@a.example")
    assert found is not None
    assert found.state is SubscriberState.BOUNCED
    assert publication.roster.suppressed("anne@a.example")
    assert not publication.roster.suppressed("bob@b.example")


def test_the_same_message_is_dealt_with_once(publication: Publication) -> None:
    """A second round over the mailbox finds nothing left to do, and the decision stays readable."""
    returned(publication, "5.1.1")
    answer(publication)
    assert answer(publication) == ()
    assert [one.action for one in publication.returns.latest(5)] == ["strike"]


def test_a_full_mailbox_is_final_only_after_the_policys_count(publication: Publication) -> None:
    """Soft bounces are counted; the last one that the policy allows strikes the address."""
    actions = []
    for _ in range(publication.config.bounce_policy.soft_limit):
        returned(publication, "4.2.2")
        actions += [one.action for one in answer(publication)]
    assert actions == ["count"] * (len(actions) - 1) + ["strike"]


def test_a_message_of_a_stranger_changes_nobody(publication: Publication) -> None:
    """A report that names no delivery of ours is shown to a person and nobody is struck off."""
    text = DSN.format(envelope="x@y.example", address="bob@b.example", status="5.1.1", message_id="<autre@y.example>")
    (publication.path("retours", "new") / "1.x").write_text(text, encoding="utf-8")
    (decision,) = answer(publication)
    assert decision.action == "show"
    found = publication.roster.find("bob@b.example")
    assert found is not None
    assert found.state is SubscriberState.ACTIVE


def test_without_a_mailbox_the_configuration_is_told(publication: Publication) -> None:
    """The command says which table is missing."""
    bare = Publication(replace(publication.config, bounces=None))
    with pytest.raises(ConfigError):
        answer(bare)
