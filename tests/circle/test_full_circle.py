"""A letter through an ordinary relay into mailboxes, and genuine bounces back into the roster."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import load
from publisher.correspondence import answer
from publisher.demo import publication as sample
from publisher.edition import Edition
from publisher.mailbox import boxes
from publisher.message import DeliveryState
from publisher.stages.send import send
from publisher.subscriber import Subscriber, SubscriberState
from publisher.transports import smtp
from publisher.wiring import Publication, bundled

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import TYPE_CHECKING

from circle.postfix import PATIENCE, postfix

if TYPE_CHECKING:
    import pytest

ISSUE = "2026-11"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
PEOPLE = tuple(f"abonne{number:02}@recette.example" for number in range(50))
GONE = PEOPLE[7::9]
RETURNS = "retours@reseau.example"


def test_fifty_letters_and_five_bounces_make_the_full_circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty-five people have one letter each; the five whose server bounced are written to no more, with its words."""
    assert len(GONE) == 5
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    there = [address for address in PEOPLE if address not in GONE]
    with postfix([*there, RETURNS], ["recette.example", "reseau.example"]) as relay:
        config = load(sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8")))
        transport = smtp.Settings(host="127.0.0.1", port=relay.port, security="none", connections=3)
        box = boxes.Settings(kind="maildir", path=str(relay.mail / RETURNS))
        publication = Publication(replace(config, transport=transport, bounces=box))
        publication.roster.add(
            [
                Subscriber(id=0, address=address, token=f"jeton-{address}", state=SubscriberState.ACTIVE)
                for address in PEOPLE
            ],
            NOW,
        )
        edition = Edition(
            issue=ISSUE,
            date=NOW,
            subject="Lettre du réseau",
            preheader="",
            language="fr",
            html="<p>Bonjour, <a href='@@unsubscribe@@'>partir</a></p>",
            text="Bonjour\n@@unsubscribe@@\n",
            page="<p>Bonjour</p>",
        )
        publication.editions.approve(edition, by="Zoé", now=NOW)
        tally = send(ISSUE, publication.ports())
        assert tally.counts[DeliveryState.SENT] == 50  # the relay took them all; what it does later comes back

        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (
            len(relay.letters(RETURNS)) < len(GONE) or sum(len(relay.letters(one)) for one in there) < len(there)
        ):
            time.sleep(0.2)
        assert [len(relay.letters(address)) for address in there] == [1] * 45

        decided = answer(publication)
        assert {one.address for one in decided} == set(GONE)
        assert {one.action for one in decided} == {"strike"}
        assert all(one.evidence for one in decided)
        for address in PEOPLE:
            found = publication.roster.find(address)
            assert found is not None
            gone = address in GONE
            assert (found.state is SubscriberState.BOUNCED) is gone
            assert bool(publication.roster.suppressed(address)) is gone
        assert answer(publication) == ()
