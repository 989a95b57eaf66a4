"""Items as the database keeps them, and what is remembered of their sources.

Whether something read is an item already known is for ``identity`` to say; it never judges what is worth printing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from publisher import identity
from publisher.item import Item, ItemData
from publisher.protocols import Collected, Memory, Saved
from publisher.store import bodies
from publisher.store.database import reading, writing
from publisher.store.schema import item, item_alias, item_version, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

_REMEMBERED = tuple(spec.name for spec in fields(Memory) if spec.name in source.c)
_CHUNK = 500


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
            rows = connection.execute(sa.select(source)).mappings().all()
        return {row["key"]: Memory(source=row["key"], **{name: row[name] for name in _REMEMBERED}) for row in rows}

    def save(self, collected: Collected, now: datetime) -> Saved:
        """Store items and memory of one source in one transaction; either all of it stays or nothing.

        ``last_new`` of the memory is the store's own word: only it knows what is new.
        """
        change = _Change()
        with writing(self._engine) as connection:
            _remember(connection, collected.memory)
            by_source: defaultdict[str, list[ItemData]] = defaultdict(list)
            for data in collected.items:
                by_source[data.source].append(data)
            for key, batch in by_source.items():
                _save_batch(connection, key, batch, now, change)
            if change.new:
                connection.execute(
                    sa.update(source).where(source.c.key == collected.memory.source).values(last_new=now)
                )
        return Saved(new=tuple(change.new), changed=tuple(change.changed), same=change.same)

    def items(self, *, since: datetime | None = None) -> tuple[Item, ...]:
        """Return items first seen after ``since`` (all when ``None``), oldest first seen first."""
        query = _current().order_by(item.c.first_seen, item.c.source, item.c.number)
        if since is not None:
            query = query.where(item.c.first_seen > since)
        with reading(self._engine) as connection:
            return tuple(_item(row) for row in connection.execute(query))

    def get(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist among ``ids``, in the order asked for."""
        wanted = tuple(dict.fromkeys(ids))
        found: dict[str, Item] = {}
        with reading(self._engine) as connection:
            for chunk in _chunks(wanted):
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


def _remember(connection: Connection, memory: Memory) -> None:
    values = {name: getattr(memory, name) for name in _REMEMBERED if name != "last_new"}
    if memory.last_new is not None:
        values["last_new"] = memory.last_new
    statement = _remembering(connection.dialect.name, tuple(values))
    connection.execute(statement, {"key": memory.source, "numbers": 0, **values})


@cache
def _remembering(dialect: str, names: tuple[str, ...]) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that remembers a source: building it costs more than running it."""
    made = postgresql.insert(source) if dialect == "postgresql" else sqlite.insert(source)
    return made.on_conflict_do_update(index_elements=["key"], set_={name: made.excluded[name] for name in names})


def _ensure(connection: Connection, key: str) -> None:
    """Make a row for a source that another one (a folder) brought items of."""
    if connection.execute(sa.select(source.c.key).where(source.c.key == key)).first() is None:
        _remember(connection, Memory(source=key))


def _save_batch(connection: Connection, key: str, batch: Sequence[ItemData], now: datetime, change: _Change) -> None:
    _ensure(connection, key)
    shared = identity.shared(batch)
    named = [(data, identity.names(data, shared)) for data in batch]
    known = _aliases(connection, key, tuple({name.value for _, names in named for name in names}))
    pages = _Pages(connection, key, now)
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
    known: dict[tuple[str, str], str] = {}
    for chunk in _chunks(values):
        query = sa.select(item_alias).where(item_alias.c.source == key, item_alias.c.value.in_(chunk))
        known.update({(row.kind, row.value): row.item for row in connection.execute(query)})
    return known


class _Pages:
    """What the items of one source say, read and written many at a time: a statement costs more than a row."""

    def __init__(self, connection: Connection, key: str, now: datetime) -> None:
        self._connection = connection
        self._key = key
        self._now = now
        self._said: dict[str, tuple[int, ItemData]] = {}
        self._numbers = 0
        self._items: list[dict[str, object]] = []
        self._versions: list[dict[str, object]] = []
        self._named: dict[tuple[str, str], str] = {}
        self._moved: dict[tuple[str, str], str] = {}

    def load(self, ids: Iterable[str]) -> None:
        """Read what these items say now."""
        for chunk in _chunks(tuple(dict.fromkeys(ids))):
            for row in self._connection.execute(_current().where(item.c.id.in_(chunk))):
                self._said[row.id] = (row.version, bodies.loads(row.body))

    def said(self, found: str) -> ItemData:
        """Return what an item says now."""
        if found not in self._said:
            self.load((found,))
        return self._said[found][1]

    def insert(self, data: ItemData) -> str:
        """Give a new item its id."""
        if not self._numbers:
            query = sa.select(source.c.numbers).where(source.c.key == self._key)
            self._numbers = self._connection.execute(query).scalar_one()
        self._numbers += 1
        given = f"{self._key}:{self._numbers}"
        self._items.append(
            {"id": given, "source": self._key, "number": self._numbers, "first_seen": self._now, "version": 1}
        )
        self._keep(given, 1, data)
        return given

    def edit(self, found: str, data: ItemData) -> bool:
        """Keep a new version when the source says something else; say whether it did.

        What we remark of an item is brought up to date in place: a date in the future comes, and that is no edit.
        """
        before = self.said(found)
        version = self._said[found][0]
        if identity.changes(before, data):
            moved = {"version": version + 1, "changed": self._now}
            self._connection.execute(sa.update(item).where(item.c.id == found).values(**moved))
            self._keep(found, version + 1, data)
            return True
        if before.remarks != data.remarks:
            told = replace(before, remarks=data.remarks)
            self._said[found] = (version, told)
            self._connection.execute(
                sa.update(item_version)
                .where(item_version.c.item == found, item_version.c.version == version)
                .values(body=bodies.dumps(told))
            )
        return False

    def alias(self, found: str, names: Iterable[identity.Name], known: dict[tuple[str, str], str]) -> None:
        """Remember every name of this reading as that of the item last seen under it, new tenants included."""
        for name in names:
            if name.key not in known or name.key in self._named:
                self._named[name.key] = found
            elif known[name.key] != found:
                self._moved[name.key] = found
            known[name.key] = found

    def _keep(self, found: str, version: int, data: ItemData) -> None:
        self._said[found] = (version, data)
        body = bodies.dumps(data)
        self._versions.append({"item": found, "version": version, "seen": self._now, "body": body})

    def flush(self) -> None:
        """Write what is new."""
        if self._items:
            numbered = sa.update(source).where(source.c.key == self._key).values(numbers=self._numbers)
            self._connection.execute(numbered)
        named = [
            {"source": self._key, "kind": kind, "value": value, "item": found}
            for (kind, value), found in self._named.items()
        ]
        for table, rows in ((item, self._items), (item_version, self._versions), (item_alias, named)):
            if rows:
                self._connection.execute(sa.insert(table), rows)
        for (kind, value), found in self._moved.items():
            same = (item_alias.c.source == self._key, item_alias.c.kind == kind, item_alias.c.value == value)
            self._connection.execute(sa.update(item_alias).where(*same).values(item=found))


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


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
