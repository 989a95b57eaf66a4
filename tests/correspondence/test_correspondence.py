"""What comes back changes what people get: a full circle from a sending to a bounce and the next sending."""

from __future__ import annotations

import email
import hashlib
from dataclasses import replace
from datetime import datetime
from email import policy
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher import mime
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
    sent(made)
    return made


def sent(publication: Publication, issue: str = ISSUE) -> None:
    """Send an issue to whoever gets it now."""
    edition = Edition(
        issue=issue,
        date=NOW,
        subject="Lettre",
        preheader="",
        language="fr",
        html="<p>x</p>",
        text="x\n",
        page="<p>x</p>",
    )
    publication.editions.approve(edition, by="Zoé", now=NOW)
    send(issue, publication.ports())


def returned(publication: Publication, status: str, *, issue: str = ISSUE, named: str = "anne@a.example") -> None:
    """Put into the mailbox what the server of the first recipient would answer."""
    box = publication.path("var", "maildir", "new")
    letters = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir()]
    letter = next(one for one in letters if "anne@a.example" in str(one["To"]) and f"<{issue}." in one["Message-ID"])
    text = DSN.format(
        envelope=letter["Return-Path"] or "retours@reseau.example",
        address=named,
        status=status,
        message_id=letter["Message-ID"],
    )
    arrived(publication, text)


def arrived(publication: Publication, text: str) -> None:
    """Put a message into the mailbox; no two are alike, for each server numbers its own."""
    box = publication.path("retours")
    number = sum(len(list((box / name).iterdir())) for name in ("new", "cur"))
    (box / "new" / f"{number}.x").write_text(f"Message-ID: <{number}@mx.a.example>\n{text}", encoding="utf-8")


def state(publication: Publication, address: str) -> SubscriberState:
    """Return how somebody stands."""
    found = publication.roster.find(address)
    assert found is not None
    return found.state


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
    """Letters that come back softly are counted; the last one that the policy allows strikes the address."""
    actions = []
    for number in range(publication.config.bounce_policy.soft_limit):
        issue = f"2027-{number + 1:02}"
        sent(publication, issue)
        returned(publication, "4.2.2", issue=issue)
        actions += [one.action for one in answer(publication)]
    assert actions == ["count"] * (len(actions) - 1) + ["strike"]


def test_several_reports_of_one_letter_are_one_soft_bounce(publication: Publication) -> None:
    """Servers that report a full mailbox each day of their tries do not strike anybody for one letter."""
    for _ in range(publication.config.bounce_policy.soft_limit + 2):
        returned(publication, "4.2.2")
    assert {one.action for one in answer(publication)} == {"count"}
    assert state(publication, "anne@a.example") is SubscriberState.ACTIVE


def test_a_message_that_stays_in_the_mailbox_is_acted_on_once(publication: Publication) -> None:
    """POP leaves messages where they are, under new numbers: whoever was let in again meanwhile stays in."""
    returned(publication, "5.1.1")
    answer(publication)
    publication.roster.change("anne@a.example", SubscriberState.ACTIVE, NOW)
    (file,) = publication.path("retours", "cur").iterdir()
    file.rename(publication.path("retours", "new", "another-number"))
    assert answer(publication) == ()
    assert state(publication, "anne@a.example") is SubscriberState.ACTIVE


def test_two_messages_under_one_number_are_two(publication: Publication) -> None:
    """POP numbers its messages anew each time: the second first message is noted as well."""
    for address in ("5.1.1", "5.2.2"):
        returned(publication, address)
        (file,) = publication.path("retours", "new").iterdir()
        file.rename(file.with_name("1"))
        assert len(answer(publication)) == 1
    assert len(publication.returns.latest(5)) == 2


def test_a_late_bounce_leaves_those_alone_who_left(publication: Publication) -> None:
    """Who unsubscribed before their bounce arrived has unsubscribed, and may come back."""
    publication.roster.change("anne@a.example", SubscriberState.UNSUBSCRIBED, NOW)
    returned(publication, "5.1.1")
    answer(publication)
    assert state(publication, "anne@a.example") is SubscriberState.UNSUBSCRIBED
    assert not publication.roster.suppressed("anne@a.example")


def test_one_of_several_behind_an_address_strikes_nobody(publication: Publication) -> None:
    """A town hall's address goes to several people; one of them left, and the others still read the letter."""
    returned(publication, "5.1.1", named="ancien@a.example")
    (decision,) = answer(publication)
    assert decision.action == "count"
    assert "ancien@a.example" in decision.evidence
    assert state(publication, "anne@a.example") is SubscriberState.ACTIVE


def test_nobody_can_work_out_a_message_id(publication: Publication) -> None:
    """Whoever forges bounces knows the domain, the issue and the numbers that people have: it proves nothing."""
    domain = publication.config.letter.domain
    for number in range(1, 4):
        guess = hashlib.sha256(f"{domain}\n{ISSUE}\n{number}".encode()).hexdigest()[:24]
        for message_id in (f"<{ISSUE}.{guess}@{domain}>", mime.message_id(ISSUE, str(number), domain)):
            for address in ("anne@a.example", "bob@b.example"):
                values = {"envelope": "retours@reseau.example", "address": address, "status": "5.1.1"}
                arrived(publication, DSN.format(message_id=message_id, **values))
    assert {one.action for one in answer(publication)} == {"show"}
    assert state(publication, "anne@a.example") is SubscriberState.ACTIVE
    assert state(publication, "bob@b.example") is SubscriberState.ACTIVE


@pytest.mark.parametrize(("token", "action"), [("jeton-d-anne-long", "unsubscribe"), ("jeton-de-personne", "show")])
def test_a_wish_to_leave_is_fulfilled_or_shown(publication: Publication, token: str, action: str) -> None:
    """A token that nobody holds is no wish fulfilled: a person looks who it was, and the decisions name everybody."""
    publication.roster.add(
        [Subscriber(id=0, address="cleo@c.example", token="jeton-d-anne-long", state=SubscriberState.ACTIVE)], NOW
    )
    mailto = publication.config.letter.unsubscribe_mailto
    arrived(publication, f"From: c@c.example\nTo: {mailto}\nSubject: {token}\n\npartir\n")
    (decision,) = answer(publication)
    assert decision.action == action
    assert (state(publication, "cleo@c.example") is SubscriberState.UNSUBSCRIBED) is (action == "unsubscribe")
    (noted,) = publication.returns.latest(1)
    assert noted.address == ("cleo@c.example" if action == "unsubscribe" else "")


def test_a_message_of_a_stranger_changes_nobody(publication: Publication) -> None:
    """A report that names no delivery of ours is shown to a person and nobody is struck off."""
    text = DSN.format(envelope="x@y.example", address="bob@b.example", status="5.1.1", message_id="<autre@y.example>")
    (publication.path("retours", "new") / "1.x").write_text(text, encoding="utf-8")
    (decision,) = answer(publication)
    assert decision.action == "show"
    assert decision.evidence.startswith("de ")
    assert "objet «" in decision.evidence
    assert ", message " in decision.evidence
    found = publication.roster.find("bob@b.example")
    assert found is not None
    assert found.state is SubscriberState.ACTIVE


def test_without_a_mailbox_the_configuration_is_told(publication: Publication) -> None:
    """The command says which table is missing."""
    bare = Publication(replace(publication.config, bounces=None))
    with pytest.raises(ConfigError):
        answer(bare)
