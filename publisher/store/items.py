"""Items as the database keeps them, and what is remembered of their sources.

Whether something read is an item already known is for ``identity`` to say; it never judges what is worth printing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher import identity
from publisher.item import Item, ItemData
from publisher.protocols import Collected, Memory, Saved
from publisher.store import bodies
from publisher.store.database import bytewise, many, reading, writing
from publisher.store.memories import moments, remember, remembered
from publisher.store.schema import item, item_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

_CHUNK = 500
_STEP = (
    50  # a list of values is filled up to such a length, so that few statements differ and most are prepared already
)

# What every source of every run asks and writes: these go to the driver as they stand (``database.many`` says why).
_ALIASES = (
    "SELECT kind, value, item FROM item_alias"
    " WHERE source = ? AND kind IN ('guid', 'address', 'content') AND value IN ({})"  # the kinds: for the index
)
_SAID = (
    "SELECT item.id, item.version, item_version.body FROM item JOIN item_version"
    " ON item_version.item = item.id AND item_version.version = item.version WHERE item.id IN ({})"
)
_KNOWN = "SELECT numbers FROM source WHERE key = ?"
_NUMBERED = "UPDATE source SET numbers = ? WHERE key = ?"
_LAST_NEW = "UPDATE source SET last_new = ? WHERE key = ?"
_NEW_ITEM = "INSERT INTO item (id, source, number, first_seen, version) VALUES (?, ?, ?, ?, 1)"
_NEW_VERSION = "INSERT INTO item_version (item, version, seen, body) VALUES (?, ?, ?, ?)"
_NEW_ALIAS = "INSERT INTO item_alias (source, kind, value, item) VALUES (?, ?, ?, ?)"
_MOVED_ALIAS = "UPDATE item_alias SET item = ? WHERE source = ? AND kind = ? AND value = ?"
_EDITED = "UPDATE item SET version = ?, changed = ? WHERE id = ?"
_TOLD = "UPDATE item_version SET body = ? WHERE item = ? AND version = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One thing that an item said, and when it was first seen to say it."""

    version: int
    seen: datetime
    data: ItemData


@dataclass(slots=True)
class _Change:
    """What one save did so far: an item is touched once, whatever the feed repeats."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    same: int = 0


class Items:
    """``protocols.ItemStore`` over the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def memories(self) -> dict[str, Memory]:
        """Return what is remembered, by source key."""
        with reading(self._engine) as connection:
            return remembered(connection)

    def remember(self, memories: Iterable[Memory]) -> None:
        """Store what is remembered of sources that gave nothing, in one transaction."""
        with writing(self._engine) as connection:
            remember(connection, memories)

    def save(self, collected: Collected, now: datetime) -> Saved:
        """Store items and memory of one source in one transaction; either all of it stays or nothing.

        ``last_new`` of the memory is the store's own word: only it knows what is new.
        """
        change = _Change()
        own = collected.memory.source
        with writing(self._engine) as connection:
            remember(connection, (collected.memory,))
            by_source: defaultdict[str, list[ItemData]] = defaultdict(list)
            for data in collected.items:
                by_source[data.source].append(data)
            for key, batch in by_source.items():
                _save_batch(connection, key, batch, now, change)
            if change.new:
                many(connection, _LAST_NEW, [(moments(connection.dialect)(now), own)])
        return Saved(new=tuple(change.new), changed=tuple(change.changed), same=change.same)

    def items(self, *, since: datetime | None = None) -> tuple[Item, ...]:
        """Return items first seen after ``since`` (all when ``None``), oldest first seen first."""
        query = _current().order_by(item.c.first_seen, bytewise(item.c.source, self._engine), item.c.number)
        if since is not None:
            query = query.where(item.c.first_seen > since)
        with reading(self._engine) as connection:
            return tuple(_item(row) for row in connection.execute(query))

    def get(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist among ``ids``, in the order asked for."""
        wanted = tuple(dict.fromkeys(ids))
        found: dict[str, Item] = {}
        with reading(self._engine) as connection:
            for chunk in (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK)):
                for row in connection.execute(_current().where(item.c.id.in_(chunk))):
                    found[row.id] = _item(row)
        return {key: found[key] for key in wanted if key in found}

    def history(self, key: str) -> tuple[Version, ...]:
        """Return everything the item ever said, oldest first; nothing for an unknown id."""
        query = sa.select(item_version).where(item_version.c.item == key).order_by(item_version.c.version)
        with reading(self._engine) as connection:
            return tuple(
                Version(version=row.version, seen=row.seen, data=bodies.loads(row.body))
                for row in connection.execute(query)
            )


def _save_batch(connection: Connection, key: str, batch: Sequence[ItemData], now: datetime, change: _Change) -> None:
    named = identity.named(batch)
    pages = _Pages(connection, key, now)
    known = _aliases(connection, key, [name.value for _, names in named for name in names])
    pages.load(known.values())
    for data, names in sorted(named, key=lambda pair: _distance(pages, pair[0], pair[1], known)):
        again = identity.recognise(data, known, pages.said, named=names)
        if again is None:
            found = pages.insert(data)
            change.new.append(found)
        else:
            found = again.item
            if found in change.touched:
                change.same += 1
            elif pages.edit(found, data):
                change.changed.append(found)
            else:
                change.same += 1
        change.touched.add(found)
        pages.alias(found, names, known)
    pages.flush()


def _distance(pages: _Pages, data: ItemData, names: Sequence[identity.Name], known: dict[tuple[str, str], str]) -> int:
    """Return what goes first: a copy under another guid must not write over the original (IGAS's `x` and `x-0`)."""
    found = known.get(names[0].key) if data.guid and names else None
    if found is None:
        return 2
    return 0 if pages.said(found).guid == data.guid else 1


def _aliases(connection: Connection, key: str, values: Sequence[str]) -> dict[tuple[str, str], str]:
    found = _among(connection, _ALIASES, values, key)
    return {(kind, value): known for kind, value, known in found}


def _among(connection: Connection, words: str, values: Sequence[str], *before: str) -> list[Sequence[Any]]:
    """Return the rows that a statement finds for values, asked as many at a time as a database takes."""
    rows: list[Sequence[Any]] = []
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
        chunk += chunk[-1:] * (-len(chunk) % _STEP)
        statement = words.replace("?", mark).format(", ".join([mark] * len(chunk)))
        rows += connection.exec_driver_sql(statement, (*before, *chunk))
    return rows


class _Pages:
    """What the items of one source say, read and written many at a time: a statement costs more than a row."""

    def __init__(self, connection: Connection, key: str, now: datetime) -> None:
        self._connection = connection
        self._key = key
        self._now = moments(connection.dialect)(now)
        self._said: dict[str, tuple[int, ItemData]] = {}
        self._before = self._numbers = self._given()
        self._items: list[tuple[object, ...]] = []
        self._versions: list[tuple[object, ...]] = []
        self._edited: list[tuple[object, ...]] = []
        self._told: list[tuple[object, ...]] = []
        self._named: dict[tuple[str, str], str] = {}
        self._moved: dict[tuple[str, str], str] = {}

    def _given(self) -> int:
        """Return how many numbers the source gave out; one that another source (a folder) speaks of gets its row.

        The row is held until the commit: on PostgreSQL two programmes may speak of one source at the same moment.
        """
        held = _KNOWN if self._connection.dialect.paramstyle == "qmark" else f"{_KNOWN.replace('?', '%s')} FOR UPDATE"
        found = self._connection.exec_driver_sql(held, (self._key,)).scalar()
        if found is None:
            remember(self._connection, (Memory(source=self._key),))
            found = self._connection.exec_driver_sql(held, (self._key,)).scalar_one()
        return int(found)

    def load(self, ids: Iterable[str]) -> None:
        """Read what these items say now."""
        for found, version, body in _among(self._connection, _SAID, tuple(dict.fromkeys(ids))):
            self._said[found] = (int(version), bodies.loads(body))

    def said(self, found: str) -> ItemData:
        """Return what an item says now."""
        if found not in self._said:
            self.load((found,))
        return self._said[found][1]

    def insert(self, data: ItemData) -> str:
        """Give a new item its id."""
        self._numbers += 1
        given = f"{self._key}:{self._numbers}"
        self._items.append((given, self._key, self._numbers, self._now))
        self._keep(given, 1, data)
        return given

    def edit(self, found: str, data: ItemData) -> bool:
        """Keep a new version when the source says something else; say whether it did.

        What we remark of an item is brought up to date in place: a date in the future comes, and that is no edit.
        """
        before = self.said(found)
        version = self._said[found][0]
        if identity.changes(before, data):
            self._edited.append((version + 1, self._now, found))
            self._keep(found, version + 1, data)
            return True
        if before.remarks != data.remarks:
            told = replace(before, remarks=data.remarks)
            self._said[found] = (version, told)
            self._told.append((bodies.dumps(told), found, version))
        return False

    def alias(self, found: str, names: Iterable[identity.Name], known: dict[tuple[str, str], str]) -> None:
        """Remember every name of this reading as that of the item last seen under it, new tenants included."""
        for name in names:
            key = name.key
            if key not in known or key in self._named:
                self._named[key] = found
            elif known[key] != found:
                self._moved[key] = found
            known[key] = found

    def _keep(self, found: str, version: int, data: ItemData) -> None:
        self._said[found] = (version, data)
        self._versions.append((found, version, self._now, bodies.dumps(data)))

    def flush(self) -> None:
        """Write what is new."""
        if self._numbers != self._before:
            many(self._connection, _NUMBERED, [(self._numbers, self._key)])
        named = [(self._key, kind, value, found) for (kind, value), found in self._named.items()]
        moved = [(found, self._key, kind, value) for (kind, value), found in self._moved.items()]
        for words, rows in (
            (_NEW_ITEM, self._items),
            (_EDITED, self._edited),
            (_NEW_VERSION, self._versions),
            (_TOLD, self._told),
            (_NEW_ALIAS, named),
            (_MOVED_ALIAS, moved),
        ):
            many(self._connection, words, rows)


def _current() -> sa.Select[tuple[str, datetime, datetime | None, int, str]]:
    joined = item.join(
        item_version, sa.and_(item_version.c.item == item.c.id, item_version.c.version == item.c.version)
    )
    return sa.select(item.c.id, item.c.first_seen, item.c.changed, item.c.version, item_version.c.body).select_from(
        joined
    )


def _item(row: sa.Row[tuple[str, datetime, datetime | None, int, str]]) -> Item:
    data = bodies.loads(row.body)
    said = {spec.name: getattr(data, spec.name) for spec in fields(ItemData)}
    return Item(**said, id=row.id, first_seen=row.first_seen, changed=row.changed, version=row.version)
