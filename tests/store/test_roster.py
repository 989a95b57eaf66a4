"""Subscribers: one row a person, and a list of people who are left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.store.people import fingerprint, normalised
from publisher.store.roster import Roster
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

JEAN = Subscriber(id=0, address="Jean.Petit@Ville.example", token="t-jean", name="Jean", segments=("elus",))


def test_a_person_comes_back_whole(engine: Engine, now: datetime) -> None:
    """The store gives its own id and keeps the rest, the address as it was written."""
    roster = Roster(engine)
    assert roster.add([JEAN], now) == 1
    assert list(roster.subscribers()) == [replace(JEAN, id=1)]


@pytest.mark.parametrize(
    "spelling", ["jean.petit@ville.example", "  Jean.Petit@Ville.example ", "JEAN.PETIT@VILLE.EXAMPLE"]
)
def test_one_person_however_the_address_is_spelt(engine: Engine, now: datetime, spelling: str) -> None:
    """The second spelling is the same person, and is found by any of them."""
    roster = Roster(engine)
    roster.add([JEAN], now)
    assert roster.add([replace(JEAN, address=spelling, token="other")], now) == 0
    assert roster.find(spelling) == replace(JEAN, id=1)


def test_the_same_person_twice_in_one_import_is_one_person(engine: Engine, now: datetime) -> None:
    """Both rows' segments are kept, on one subscriber."""
    roster = Roster(engine)
    assert roster.add([JEAN, replace(JEAN, token="", segments=("agents",))], now) == 1
    (person,) = roster.subscribers()
    assert person.segments == ("agents", "elus")


def test_no_import_brings_back_somebody_who_left(engine: Engine, now: datetime) -> None:
    """State, name and token of a person who is there stay; only segments are added."""
    roster = Roster(engine)
    roster.add([JEAN], now)
    assert roster.change(JEAN.address, SubscriberState.UNSUBSCRIBED, now)
    again = replace(JEAN, state=SubscriberState.ACTIVE, name="Autre", token="x", segments=("presse",))
    assert roster.add([again], now) == 0
    person = roster.find(JEAN.address)
    assert person == replace(JEAN, id=1, state=SubscriberState.UNSUBSCRIBED, segments=("elus", "presse"))


def test_suppression_outlives_everything(engine: Engine, now: datetime) -> None:
    """The list holds for any spelling, keeps its first reason, and an import does not touch it."""
    roster = Roster(engine)
    roster.suppress([JEAN.address], "complaint", now, evidence="ARF du 3 octobre")
    roster.suppress(["jean.petit@ville.example"], "other", now)
    roster.add([JEAN], now)
    assert roster.suppressed("JEAN.petit@ville.example") == "complaint"
    assert roster.suppressed("quelquun@ville.example") == ""
    assert roster.counts()["suppressed"] == 1


def test_tokens_are_made_for_those_who_bring_none(engine: Engine, now: datetime) -> None:
    """Everybody gets a token of their own; it is random and tells nothing."""
    roster = Roster(engine)
    roster.add([replace(JEAN, address=f"p{n}@a.example", token="") for n in range(3)], now)
    tokens = {person.token for person in roster.subscribers()}
    assert len(tokens) == 3
    assert all(len(token) >= 20 for token in tokens)


def test_a_long_list_is_read_page_by_page(engine: Engine, now: datetime) -> None:
    """More people than a page come out once each, in the order of ids."""
    roster = Roster(engine, token=iter(f"t{n}" for n in range(2000)).__next__)
    people = (Subscriber(id=0, address=f"p{n}@a.example", token="") for n in range(1203))
    assert roster.add(people, now) == 1203
    assert [person.id for person in roster.subscribers()] == list(range(1, 1204))
    assert roster.counts()["pending"] == 1203


def test_changing_somebody_unknown_changes_nothing(engine: Engine, now: datetime) -> None:
    """An address that nobody has is no error and no new subscriber."""
    roster = Roster(engine)
    assert not roster.change("personne@a.example", SubscriberState.ACTIVE, now)
    assert roster.find("personne@a.example") is None


def test_fingerprints_tell_apart_what_servers_do() -> None:
    """Case and space do not make another person; tags, dots and composed letters are compared as one writes them."""
    assert normalised(" A@B.example ") == "a@b.example"
    assert fingerprint("e\u0301lu@a.example") == fingerprint("élu@a.example")
    assert fingerprint("a+b@a.example") != fingerprint("a@a.example")
    assert fingerprint("a.b@a.example") != fingerprint("ab@a.example")
    assert fingerprint("Zoé@Éx.example") == fingerprint("zoé@xn--x-9fa.example")
    assert fingerprint("a@\ud800") != fingerprint("a@b")
    assert len(fingerprint("a@a.example")) == 32


def test_long_words_from_a_spreadsheet_are_kept_whole(engine: Engine, now: datetime) -> None:
    """A language or a group longer than anybody foresaw is no reason to lose an import, on either database."""
    roster = Roster(engine)
    odd = replace(JEAN, language="français de Belgique, de Suisse et du Luxembourg", segments=("é" * 300,), token="")
    roster.add([odd], now)
    roster.suppress([JEAN.address], "a demandé à ne plus recevoir aucun courrier de notre part", now)
    found = roster.find(JEAN.address)
    assert found is not None
    assert (found.language, found.segments) == (odd.language, odd.segments)
    assert roster.suppressed(JEAN.address).startswith("a demandé")
