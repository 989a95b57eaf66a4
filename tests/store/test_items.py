"""Items: known again, kept in versions, never moved in time."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from publisher.errors import ReadError, StoreError
from publisher.item import Citation, Document, Event, Image, ItemData, Kind, Remark, Theme, Video
from publisher.protocols import Collected, Memory
from publisher.store import bodies, schema
from publisher.store.database import writing
from publisher.store.items import Items

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from publisher.protocols import Saved

LONG = "<p>" + "Une commune ouvre une cuisine partagée avec les habitants. " * 5 + "</p>"


def _data(**changes: object) -> ItemData:
    base = ItemData(source="rtes", via="rtes", title="Une cuisine partagée", guid="g1", address="https://a.example/1")
    return replace(base, **changes)  # type: ignore[arg-type]


def _save(engine: Engine, now: datetime, *items: ItemData, source: str = "rtes") -> Saved:
    return Items(engine).save(Collected(source=source, memory=Memory(source=source), items=items), now)


def test_an_item_comes_back_whole(engine: Engine, now: datetime) -> None:
    """Every field of an item survives the database."""
    full = ItemData(
        source="rtes",
        via="documents",
        place="content/articles/a.txt",
        guid="g",
        address="https://a.example/1",
        link="https://a.example/1?x=1",
        title="Titre",
        title_proposed=True,
        rubric="Économie",
        summary="Résumé",
        html="<p>Texte</p>",
        kind=Kind.EVENT,
        published=now,
        updated=now + timedelta(hours=1),
        event=Event(start=now, end=now + timedelta(hours=2), place="Lille", registration="https://r.example/"),
        deadline=date(2026, 12, 1),
        themes=(Theme(name="alimentation", address="https://a.example/t"),),
        credits=("Localtis",),
        authors=("Une autrice",),
        images=(Image(address="https://a.example/i.jpg", alt="Une table", width=3, height=2),),
        documents=(Document(address="https://a.example/d.pdf", title="Guide", size=10),),
        videos=(Video(title="La vidéo"),),
        citations=(Citation(address="https://b.example/", text="là"),),
        language="fr",
        members_only=True,
        remarks=(Remark(code="no-date", text="sans date"),),
    )
    saved = _save(engine, now, full, source="documents")
    (kept,) = Items(engine).items()
    assert saved.new == ("rtes:1",)
    assert {name: getattr(kept, name) for name in ItemData.__dataclass_fields__} == {
        name: getattr(full, name) for name in ItemData.__dataclass_fields__
    }
    assert kept.first_seen == now
    assert bodies.loads(bodies.dumps(full)) == full


def test_ids_count_by_source_and_are_never_given_twice(engine: Engine, now: datetime) -> None:
    """Each source has its own numbers, in the order of the reading."""
    first = _save(engine, now, _data(), _data(guid="g2", address="https://a.example/2", title="Deux"))
    other = _save(engine, now, _data(source="irev"), source="irev")
    third = _save(engine, now, _data(guid="g3", address="https://a.example/3", title="Trois"))
    assert (first.new, other.new, third.new) == (("rtes:1", "rtes:2"), ("irev:1",), ("rtes:3",))


def test_the_same_reading_again_changes_nothing(engine: Engine, now: datetime) -> None:
    """A second identical reading is neither new nor changed."""
    _save(engine, now, _data())
    again = _save(engine, now + timedelta(days=1), _data())
    assert (again.new, again.changed, again.same) == ((), (), 1)


def test_an_edit_is_a_new_version_and_first_seen_stays(engine: Engine, now: datetime) -> None:
    """What the source corrects is kept beside what it said before, under the first date."""
    _save(engine, now, _data())
    later = now + timedelta(days=2)
    saved = _save(engine, later, _data(title="Une cuisine partagée à Lille", published=later))
    (kept,) = Items(engine).items()
    assert saved.changed == ("rtes:1",)
    assert (kept.version, kept.first_seen, kept.changed) == (2, now, later)
    assert [version.data.title for version in Items(engine).history("rtes:1")] == [
        "Une cuisine partagée",
        "Une cuisine partagée à Lille",
    ]


def test_the_database_itself_refuses_to_move_first_seen(engine: Engine, now: datetime) -> None:
    """Not even a direct statement moves the day an item was first seen."""
    _save(engine, now, _data())
    with pytest.raises(StoreError), writing(engine) as connection:
        connection.execute(sa.update(schema.item).values(first_seen=now + timedelta(days=1)))


@pytest.mark.parametrize(
    ("second", "new"),
    [
        ({"guid": "other"}, 0),
        ({"guid": ""}, 0),
        ({"address": "https://new-host.example/1"}, 0),
        ({"guid": "other", "address": "https://new-host.example/1"}, 0),
        ({"guid": "other", "title": "Tout autre chose", "html": "<p>x</p>" + LONG * 2}, 1),
        ({"guid": "other", "address": "https://a.example/2", "html": "<p>Autre texte.</p>" + LONG}, 1),
    ],
    ids=["guid moved", "guid lost", "host moved", "guid and host moved", "same link for all", "another article"],
)
def test_an_item_is_known_again(engine: Engine, now: datetime, second: dict[str, str], new: int) -> None:
    """By the source's own id, then by its address, then by what it says; and no further."""
    first = _data(html=LONG)
    _save(engine, now, first)
    assert len(_save(engine, now + timedelta(days=1), replace(first, **second)).new) == new  # type: ignore[arg-type]


def test_a_remark_that_goes_is_no_edit(engine: Engine, now: datetime) -> None:
    """When the day of an item dated in the future comes, its remark goes without a new version."""
    _save(engine, now, _data(remarks=(Remark(code="future-date", text="dans le futur"),)))
    assert _save(engine, now + timedelta(days=2), _data()).same == 1
    (kept,) = Items(engine).items()
    assert (kept.remarks, kept.version, kept.changed) == ((), 1, None)


def test_an_address_may_find_a_new_tenant(engine: Engine, now: datetime) -> None:
    """An article moves to another address, a later one takes the old: each is known again, also without its guid."""
    first = _data(title="Un appel à projets pour les halles", published=now - timedelta(days=400), html=LONG)
    moved = replace(first, address="https://a.example/archives/1")
    later = replace(first, guid="g2", published=now, html=f"<p>Deuxième édition.</p>{LONG}")
    _save(engine, now, first)
    _save(engine, now, moved)
    assert _save(engine, now, later).new == ("rtes:2",)
    assert _save(engine, now, replace(moved, guid=""), replace(later, guid="")).new == ()
    assert [kept.address for kept in Items(engine).items()] == ["https://a.example/archives/1", "https://a.example/1"]


def test_an_item_without_any_name_of_its_own_is_read_once(engine: Engine, now: datetime) -> None:
    """A short notice under the home page's address, without id, is one item however often it is read."""
    notice = _data(guid="", address="https://a.example/")
    assert [len(_save(engine, now, notice).new) for _ in range(3)] == [1, 0, 0]


def test_items_that_all_carry_the_same_link_stay_apart(engine: Engine, now: datetime) -> None:
    """A feed that gives every item the home page as its link loses none of them (rss2email #111)."""
    items = [_data(guid=f"g{n}", address="https://a.example/list", title=f"Titre {n}") for n in range(3)]
    assert len(_save(engine, now, *items).new) == 3
    assert len(_save(engine, now, *[replace(data, address="https://a.example/") for data in items]).new) == 0
    assert len(_save(engine, now, _data(guid="g9", address="https://a.example/", title="Neuf")).new) == 1


def test_short_notices_with_the_same_words_stay_apart(engine: Engine, now: datetime) -> None:
    """« Agenda » of this month is not « Agenda » of last month."""
    _save(engine, now, _data(title="Agenda"))
    saved = _save(engine, now, _data(title="Agenda", guid="g2", address="https://a.example/2"))
    assert saved.new == ("rtes:2",)


def test_a_copy_under_another_guid_never_writes_over_the_original(engine: Engine, now: datetime) -> None:
    """A site that lists the same report twice gives one item, without a new version at each reading."""
    original = _data(html=LONG)
    copy = _data(html=LONG, guid="g1-0", address="https://a.example/1-0")
    assert _save(engine, now, copy, original).new == ("rtes:1",)
    for batch in ((original, copy), (copy, original), (original, copy)):
        again = _save(engine, now + timedelta(days=1), *batch)
        assert (again.new, again.changed) == ((), ())


def test_an_undated_document_read_twice_is_one_item(engine: Engine, now: datetime) -> None:
    """A document without guid, address or date is known by its text, wherever the file lies."""
    document = _data(guid="", address="", place="a.txt")
    _save(engine, now, document)
    assert _save(engine, now, replace(document, place="b.txt")).new == ()


def test_memory_survives_and_the_store_says_when_something_new_came(engine: Engine, now: datetime) -> None:
    """Validators and failures come back as given; ``last_new`` is set by the store and kept by later readings."""
    memory = Memory(source="rtes", etag='"a"', modified="x", failures=2, next_try=now, last_error="délai dépassé")
    store = Items(engine)
    store.save(Collected(source="rtes", memory=memory, items=(_data(),)), now)
    assert store.memories()["rtes"] == replace(memory, last_new=now)
    store.save(Collected(source="rtes", memory=Memory(source="rtes")), now + timedelta(days=1))
    assert store.memories()["rtes"].last_new == now


def test_memories_of_many_sources_are_written_at_once(engine: Engine, now: datetime) -> None:
    """Sources that gave nothing are remembered together; what the store knew of their last new item stays."""
    store = Items(engine)
    _save(engine, now, _data())
    later = now + timedelta(hours=1)
    told = tuple(Memory(source=key, etag='"b"', last_success=later, retired=key == "irev") for key in ("rtes", "irev"))
    store.remember(told)
    assert store.memories() == {"rtes": replace(told[0], last_new=now), "irev": told[1]}
    assert _save(engine, later, _data(guid="g2", address="https://a.example/2", title="Deux")).new == ("rtes:2",)


def test_more_names_than_one_question_holds(engine: Engine, now: datetime) -> None:
    """A reading with more names than a database takes in one statement is known again item by item."""
    many = tuple(
        _data(guid=f"g{each}", address=f"https://a.example/{each}", title=f"Titre {each}") for each in range(250)
    )
    assert len(_save(engine, now, *many).new) == 250
    again = _save(engine, now + timedelta(days=1), *many)
    assert (again.new, again.changed, again.same) == ((), (), 250)


def test_everything_a_memory_holds_has_a_column() -> None:
    """A field added to the record without a column would be forgotten from one run to the next."""
    assert {spec.name for spec in fields(Memory)} - {"source"} <= set(schema.source.c.keys())


def test_a_source_that_failed_keeps_its_items(engine: Engine, now: datetime) -> None:
    """An error stores the memory and touches no item."""
    _save(engine, now, _data())
    failed = Collected(source="rtes", memory=Memory(source="rtes", failures=1), error=ReadError("HTML", source="rtes"))
    assert Items(engine).save(failed, now).same == 0
    assert len(Items(engine).items()) == 1


def test_items_since_and_by_id(engine: Engine, now: datetime) -> None:
    """``since`` is exclusive, the order is that of first sight, and unknown ids are left out."""
    _save(engine, now, _data())
    _save(engine, now + timedelta(days=1), _data(guid="g2", address="https://a.example/2", title="Deux"))
    store = Items(engine)
    assert [kept.id for kept in store.items()] == ["rtes:1", "rtes:2"]
    assert [kept.id for kept in store.items(since=now)] == ["rtes:2"]
    assert list(store.get(["rtes:2", "rtes:9", "rtes:1", "rtes:2"])) == ["rtes:2", "rtes:1"]


def test_times_come_back_aware_in_any_zone(engine: Engine) -> None:
    """What was stored in Paris is read as the same moment."""
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    _save(engine, moment, _data(published=moment))
    (kept,) = Items(engine).items()
    assert kept.first_seen == moment
    assert kept.dated == moment


def test_a_very_long_guid_is_still_a_guid(engine: Engine, now: datetime) -> None:
    """A guid longer than an index takes is known again all the same."""
    data = _data(guid="x" * 5000, address="")
    _save(engine, now, data)
    assert _save(engine, now, replace(data, title="Corrigé")).changed == ("rtes:1",)
