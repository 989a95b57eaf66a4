"""Facts about items that come back, and about items that only seem to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import identity
from publisher.item import Event, ItemData, Remark

DAY = datetime(2026, 10, 6, 9, 30, tzinfo=UTC)
TEXT = "<p>" + "La halle aux grains de Valbrune rouvre après deux ans de travaux. " * 4 + "</p>"
OTHER = "<p>" + "La régie de quartier d’Orsée ouvre un atelier de menuiserie et de couture. " * 4 + "</p>"
FIRST = ItemData(
    source="reseau",
    title="La halle aux grains de Valbrune rouvre ses portes",
    guid="231877 at http://www.reseau.example",
    address="https://reseau.example/actualites/la-halle-rouvre",
    html=TEXT,
    published=DAY,
)


def known_again(before: ItemData, after: ItemData, *, batch: tuple[ItemData, ...] = ()) -> str:
    """Return the kind of name that ``after`` is known by once ``before`` is stored, "" when it is new."""
    stored = {name.key: "reseau:1" for name in identity.names(before, identity.shared((before,)))}
    shared = identity.shared(batch or (after,))
    found = identity.recognise(after, stored, lambda _: before, shared)
    return found.by.kind if found else ""


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({}, "guid"),
        ({"html": OTHER, "title": "Un autre titre", "published": None}, "guid"),
        ({"guid": "231877 at https://nouveau.example", "address": "https://nouveau.example/x", "html": OTHER}, "guid"),
        ({"guid": "", "address": "http://www.reseau.example/actualites/la-halle-rouvre/"}, "address"),
        ({"guid": "autre", "html": OTHER}, "address"),
        ({"guid": "autre", "title": "Un titre corrigé", "html": OTHER}, "address"),
        ({"guid": "autre", "address": "https://reseau.example/actualites/la-halle-rouvre-0", "html": OTHER}, "address"),
        ({"guid": "autre", "address": "https://reseau.example/index.php/actualites/la-halle-rouvre"}, "address"),
        ({"guid": "autre", "address": "https://nouveau.example/actualites/la-halle-rouvre", "html": OTHER}, "address"),
        ({"guid": "autre", "address": "https://reseau.example/La-halle-aux-grains", "html": OTHER}, "content"),
        ({"guid": "autre", "address": "https://reseau.example/node/12", "published": None}, "content"),
        (
            {"guid": "autre", "address": "https://reseau.example/node/12", "published": DAY + timedelta(days=90)},
            "content",
        ),
    ],
    ids=[
        "the same reading",
        "everything but the id edited and undated",
        "Drupal's id under a new host",
        "id lost, scheme, www and slash changed",
        "id changed, text edited",
        "id and title changed, same date",
        "alias -0 and text edited",
        "front script in the path",
        "host moved and text edited",
        "SPIP alias instead of Drupal's: title and date",
        "alias and date lost: text",
        "alias changed and re-dated: text",
    ],
)
def test_the_same_item(changes: dict[str, object], by: str) -> None:
    """An item that returns under another name is the same item, known by the surest name that holds."""
    assert known_again(FIRST, replace(FIRST, **changes)) == by  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Un tout autre article de la même liste", "published": DAY + timedelta(days=1)},
        {"address": "https://reseau.example/actualites/la-halle-rouvre-0", "published": DAY + timedelta(days=365)},
        {"address": "https://reseau.example/autre", "published": DAY + timedelta(days=365)},
        {"published": DAY + timedelta(days=365)},
        {"address": "https://autre.example/actualites/la-halle-rouvre", "title": "Actualités"},
        {"guid": "231877 at https://autre.example", "title": "Un autre nœud", "published": None, "address": ""},
    ],
    ids=[
        "one link for all items",
        "next year's article under the same title and slug",
        "the same title a year later",
        "the same title and address a year later",
        "the same path on another site",
        "the same node number on another site",
    ],
)
def test_another_item(changes: dict[str, object]) -> None:
    """What only looks alike in one name is another item: nothing is dropped because a name was taken."""
    other = replace(FIRST, **({"guid": "autre", "html": OTHER} | changes))  # type: ignore[arg-type]
    assert known_again(FIRST, other) == ""


def test_an_event_that_moves_is_the_same_event() -> None:
    """A page whose event gets another day is the same item; another guid with another day is not, by title alone."""
    held = replace(FIRST, guid="", event=Event(start=DAY))
    moved = replace(held, event=Event(start=DAY + timedelta(days=7)), html=OTHER)
    assert known_again(held, moved) == "address"
    again = replace(moved, guid="g2", address="https://reseau.example/actualites/la-halle-rouvre-0")
    assert known_again(held, again) == ""


def test_a_name_that_a_reading_gives_twice_identifies_nothing() -> None:
    """Two articles of one reading with the same title and date, or the same link, stay two; copies of one do not."""
    one, other = (replace(FIRST, guid=f"g{n}", html=text) for n, text in enumerate((TEXT, OTHER)))
    shared = identity.shared((one, other))
    assert ("address", FIRST.address) in shared
    assert any(value.startswith("title:") for _, value in shared)
    copy = replace(one, guid="g9", address=f"{FIRST.address}-0")
    assert identity.shared((one, copy)) == frozenset()


def test_an_item_always_has_a_name() -> None:
    """Without id, address or length an item is known by its text alone."""
    assert [name.kind for name in identity.names(ItemData(source="a", title="Agenda"))] == ["content"]


def test_a_home_page_is_no_identity() -> None:
    """The home page stands for no article."""
    assert [
        name.kind for name in identity.names(ItemData(source="a", title="T", guid="g", address="https://a.example/"))
    ] == ["guid"]


def test_changes_are_what_a_reader_sees() -> None:
    """Remarks, place and id are no edit; title and text are, each named."""
    found = replace(FIRST, via="x", place="y", guid="z", remarks=(Remark(code="future-date", text="demain"),))
    assert identity.changes(FIRST, found) == ()
    assert identity.changes(FIRST, replace(FIRST, title="T", html=OTHER)) == ("title", "html")


def test_a_short_title_of_the_same_minute_is_the_same_item() -> None:
    """« Agenda » survives a site's rebuilding by the minute it was put online; a bare day is not enough for it."""
    agenda = replace(FIRST, title="Agenda", published=datetime(2026, 10, 6, 9, 31, 16, tzinfo=UTC))
    rebuilt = replace(agenda, guid="12 at https://reseau.example", address="https://reseau.example/neuf", html=OTHER)
    assert known_again(agenda, rebuilt) == "content"
    midnight = datetime(2026, 10, 6, tzinfo=UTC)
    assert known_again(replace(agenda, published=midnight), replace(rebuilt, published=midnight)) == ""


ADDRESSES = st.sampled_from(
    ["", "https://a.example/", "https://a.example/x", "https://a.example/x-0", "http://[x", "https://b.example/x"]
)
ITEMS = st.builds(
    ItemData,
    source=st.just("a"),
    title=st.sampled_from(["Agenda", "La halle aux grains de Valbrune rouvre"]),
    guid=st.sampled_from(["", "g", "12 at https://a.example", "12 at https://b.example", "http://a.example/x"]),
    address=ADDRESSES,
    html=st.sampled_from(["", TEXT, OTHER]),
    published=st.sampled_from([None, DAY, DAY + timedelta(days=365)]),
)


@given(ITEMS)
def test_a_reading_is_always_known_again(data: ItemData) -> None:
    """Whatever an item lacks, the same reading again is the same item."""
    stored = {name.key: "a:1" for name in identity.names(data)}
    assert identity.recognise(data, stored, lambda _: data) is not None


@given(st.lists(ITEMS, max_size=5))
def test_a_reading_keeps_apart_what_it_kept_apart(batch: list[ItemData]) -> None:
    """Items of one reading that differ in id and in text never share a name that needs no proof."""
    shared = identity.shared(batch)
    for one in batch:
        for other in batch:
            if one.guid and other.guid and one.guid != other.guid and identity.content(one) != identity.content(other):
                mine = {name.key for name in identity.names(one, shared) if name.proof is identity.Proof.NONE}
                assert not mine & {name.key for name in identity.names(other, shared)}
