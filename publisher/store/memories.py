"""What is remembered of sources from run to run: rows written many at a time, read all at once. It judges nothing."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.protocols import Memory
from publisher.store.database import many
from publisher.store.schema import Instant, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Dialect

_REMEMBERED = tuple(spec.name for spec in fields(Memory) if spec.name in source.c)
_TIMES = frozenset(name for name in _REMEMBERED if isinstance(source.c[name].type, Instant))
# The store alone knows when something new came: a memory that does not say so takes nothing away.
_KEPT = "last_new = COALESCE(excluded.last_new, source.last_new)"
_REMEMBER = (
    f"INSERT INTO source (key, {', '.join(_REMEMBERED)}, numbers) VALUES (?{', ?' * len(_REMEMBERED)}, 0)"  # noqa: S608 - our own names
    f" ON CONFLICT (key) DO UPDATE SET {_KEPT}, "
    + ", ".join(f"{name} = excluded.{name}" for name in _REMEMBERED if name != "last_new")
)


@cache
def moments(dialect: Dialect) -> Callable[[datetime | None], object]:
    """Return what turns a time into what the driver takes, for statements that go to it as they stand."""
    binds = Instant().dialect_impl(dialect).bind_processor(dialect)
    return binds if binds is not None else lambda when: when


def remembered(connection: Connection) -> dict[str, Memory]:
    """Return what is remembered, by source key."""
    rows = connection.execute(sa.select(source)).mappings().all()
    return {row["key"]: Memory(source=row["key"], **{name: row[name] for name in _REMEMBERED}) for row in rows}


def remember(connection: Connection, memories: Iterable[Memory]) -> None:
    """Write what is remembered of sources; a source that is new gets its row."""
    moment = moments(connection.dialect)
    many(
        connection,
        _REMEMBER,
        [
            (
                memory.source,
                *(moment(getattr(memory, name)) if name in _TIMES else getattr(memory, name) for name in _REMEMBERED),
            )
            for memory in memories
        ],
    )
