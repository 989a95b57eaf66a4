"""Items as the database keeps them, and what is remembered of their sources.

Whether something read is an item already known is for ``identity`` to say; it never judges what is worth printing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher import identity
from publisher.item import Item, ItemData
from publisher.protocols import Collected, Memory, Saved
from publisher.store import bodies
from publisher.store.database import reading, upsert, writing
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
    last_new = {"last_new": memory.last_new} if memory.last_new is not None else {}
    upsert(
        connection,
        source,
        key={"key": memory.source},
        values=values | last_new,
        at_first={"numbers": 0},
    )


def _ensure(connection: Connection, key: str) -> None:
    """Make a row for a source that another one (a folder) brought items of."""
    if connection.execute(sa.select(source.c.key).where(source.c.key == key)).first() is None:
        _remember(connection, Memory(source=key))


def _save_batch(connection: Connection, key: str, batch: Sequence[ItemData], now: datetime, change: _Change) -> None:
    _ensure(connection, key)
    shared = identity.shared(batch)
    named = [(data, identity.names(data, shared)) for data in batch]
    known = _aliases(connection, key, tuple({name.value for _, names in named for name in names}))
    for data, names in sorted(named, key=lambda pair: _distance(connection, pair[0], pair[1], known)):
        again = identity.recognise(data, known, lambda found: _said(connection, found), shared)
        if again is None:
            found = _insert(connection, key, data, now)
            change.new.append(found)
        else:
            found = again.item
            if found in change.touched:
                change.same += 1
            elif _edit(connection, found, data, now):
                change.changed.append(found)
            else:
                change.same += 1
        change.touched.add(found)
        _alias(connection, key, found, names, known)


def _distance(
    connection: Connection, data: ItemData, names: Sequence[identity.Name], known: dict[tuple[str, str], str]
) -> int:
    """Return what goes first: a copy under another guid must not write over the original (IGAS's `x` and `x-0`)."""
    found = known.get(names[0].key) if data.guid and names else None
    if found is None:
        return 2
    return 0 if _said(connection, found).guid == data.guid else 1


def _aliases(connection: Connection, key: str, values: Sequence[str]) -> dict[tuple[str, str], str]:
    known: dict[tuple[str, str], str] = {}
    for chunk in _chunks(values):
        query = sa.select(item_alias).where(item_alias.c.source == key, item_alias.c.value.in_(chunk))
        known.update({(row.kind, row.value): row.item for row in connection.execute(query)})
    return known


def _alias(
    connection: Connection, key: str, found: str, names: Iterable[identity.Name], known: dict[tuple[str, str], str]
) -> None:
    """Remember every name of this reading as that of the item last seen under it: an address may find a new tenant."""
    fresh = [name for name in names if name.key not in known]
    moved = [name for name in names if known.get(name.key, found) != found]
    if fresh:
        rows = [{"source": key, "kind": name.kind, "value": name.value, "item": found} for name in fresh]
        connection.execute(sa.insert(item_alias), rows)
    for name in moved:
        connection.execute(
            sa.update(item_alias)
            .where(item_alias.c.source == key, item_alias.c.kind == name.kind, item_alias.c.value == name.value)
            .values(item=found)
        )
    known.update({name.key: found for name in (*fresh, *moved)})


def _insert(connection: Connection, key: str, data: ItemData, now: datetime) -> str:
    connection.execute(sa.update(source).where(source.c.key == key).values(numbers=source.c.numbers + 1))
    number = connection.execute(sa.select(source.c.numbers).where(source.c.key == key)).scalar_one()
    given = f"{key}:{number}"
    connection.execute(sa.insert(item).values(id=given, source=key, number=number, first_seen=now, version=1))
    connection.execute(sa.insert(item_version).values(item=given, version=1, seen=now, body=bodies.dumps(data)))
    return given


def _edit(connection: Connection, found: str, data: ItemData, now: datetime) -> bool:
    """Keep a new version when the source says something else; say whether it did.

    What we remark of an item is brought up to date in place: a date in the future comes, and that is no edit.
    """
    before = _said(connection, found)
    if not identity.changes(before, data):
        if before.remarks != data.remarks:
            _remark(connection, found, replace(before, remarks=data.remarks))
        return False
    connection.execute(sa.update(item).where(item.c.id == found).values(version=item.c.version + 1, changed=now))
    version = connection.execute(sa.select(item.c.version).where(item.c.id == found)).scalar_one()
    connection.execute(
        sa.insert(item_version).values(item=found, version=version, seen=now, body=bodies.dumps(data)),
    )
    return True


def _remark(connection: Connection, found: str, data: ItemData) -> None:
    version = sa.select(item.c.version).where(item.c.id == found).scalar_subquery()
    connection.execute(
        sa.update(item_version)
        .where(item_version.c.item == found, item_version.c.version == version)
        .values(body=bodies.dumps(data))
    )


def _said(connection: Connection, found: str) -> ItemData:
    return bodies.loads(connection.execute(_current().where(item.c.id == found)).one().body)


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
