"""Facts about the same news told by several sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from publisher import stories
from publisher.item import Citation, Event, Item

DAY = datetime(2026, 10, 6, 9, tzinfo=UTC)
PROSE = (
    "<p>La halle aux grains de Valbrune rouvre ses portes après deux ans de travaux. Vingt producteurs y tiendront "
    "boutique, une épicerie participative occupera l’aile nord, et la commune garde la main sur les loyers. Les élus "
    "parlent d’un commerce qui reste aux habitants.</p>"
)


def item(key: str, title: str = "", **values: object) -> Item:
    """Return an item of the source that its id names."""
    base = Item(id=key, source=key.split(":", maxsplit=1)[0], title=title or f"Titre propre à {key}", first_seen=DAY)
    return replace(base, **values)  # type: ignore[arg-type]


def grouped(*items: Item, decisions: tuple[stories.Decision, ...] = ()) -> list[list[str]]:
    """Return the ids of each story, sorted."""
    return sorted(sorted(each.id for each in story.items) for story in stories.group(items, decisions))


def reasons(*items: Item) -> list[str]:
    """Return the reasons of all merges."""
    return [merge.reason for story in stories.group(items) for merge in story.merges]


def test_strangers_stay_apart() -> None:
    """Every item is in exactly one story, alone when nothing speaks for a merge."""
    assert grouped(item("a:1", "Une épicerie ouvre"), item("b:1", "Un budget est voté")) == [["a:1"], ["b:1"]]


def test_same_address() -> None:
    """Two items with one canonical address are one story, whatever their titles."""
    found = (item("a:1", address="http://www.x.example/p/"), item("b:1", address="https://x.example/p"))
    assert grouped(*found) == [["a:1", "b:1"]]
    assert reasons(*found) == [stories.SAME_ADDRESS]


def test_cited_address() -> None:
    """An item that cites another's address and shares its subject tells its news; a round-up does not."""
    told = item("a:1", "Retour sur la journée des halles", address="https://x.example/retour")
    cites = item("b:1", "Retour sur la journée nationale des halles", citations=(Citation(address=told.address),))
    assert reasons(told, cites) == [stories.CITED_ADDRESS]
    many = tuple(Citation(address=f"https://y.example/{number}") for number in range(9))
    assert reasons(told, replace(cites, citations=(*cites.citations, *many))) == []


def test_credit_and_near_title() -> None:
    """A credit line and a near title are one story, told by the item that is credited."""
    told = item("quotidien:1", "Des kits pour outiller les candidats aux élections")
    again = item("b:1", "Outiller les candidats aux élections\u00a0: des kits", credits=("Quotidien",), html=PROSE)
    assert reasons(told, again) == [stories.CREDIT]
    assert stories.group((told, again))[0].main.id == "quotidien:1"


def test_near_identical_text() -> None:
    """A text taken over with a few words changed is one story though the titles differ."""
    changed = PROSE.replace("Les élus parlent", "Élus et habitants parlent")
    assert reasons(item("a:1", html=PROSE), item("b:1", html=changed)) == [stories.NEAR_TEXT]


def test_title_and_date() -> None:
    """The same long title within days is one story; months later it is not."""
    title = "La halle aux grains rouvre ses portes"
    assert reasons(item("a:1", title), item("b:1", title.upper())) == [stories.TITLE_AND_DATE]
    assert reasons(item("a:1", title), item("b:1", title, published=DAY - timedelta(days=90))) == []


def test_yearly_events_stay_apart() -> None:
    """Same words, another year or another day of the event: two stories."""
    assert (
        reasons(item("a:1", "Forum des halles solidaires 2025"), item("b:1", "Forum des halles solidaires 2026")) == []
    )
    one = item("a:1", "Forum des halles solidaires", html=PROSE, event=Event(start=DAY))
    assert reasons(one, replace(one, id="b:1", source="b", event=Event(start=DAY + timedelta(days=7)))) == []


def test_one_source_repeats_titles() -> None:
    """Two items of one source with the same title are two stories: it writes « Agenda de la semaine » every week."""
    assert (
        reasons(item("a:1", "L’agenda de la semaine du réseau"), item("a:2", "L’agenda de la semaine du réseau")) == []
    )


def test_a_person_decides() -> None:
    """What a person splits stays split, also through a third item; what a person joins is joined."""
    one, two, three = (item(f"{key}:1", address="https://x.example/p") for key in "abc")
    split = stories.Decision(left="a:1", right="c:1", together=False)
    assert not any({"a:1", "c:1"} <= set(each) for each in grouped(one, two, three, decisions=(split,)))
    joined = stories.Decision(left="a:1", right="d:1", together=True)
    assert ["a:1", "d:1"] in grouped(one, item("d:1"), decisions=(joined,))


def test_order_does_not_matter() -> None:
    """The same items in any order give the same stories in the same order."""
    items = (
        item("a:1", address="https://x.example/p", html=PROSE),
        item("b:1", address="https://x.example/p"),
        item("c:1", html=PROSE),
        item("d:1", "Un autre sujet"),
    )
    first = stories.group(items)
    assert all(stories.group(order) == first for order in permutations(items))
