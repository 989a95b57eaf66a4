"""Limits that all senders share, on this machine and others: the database keeps the count. It never waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.protocols import Permits
from publisher.store.database import many, upsert, writing
from publisher.store.ledger import database_clock
from publisher.store.schema import pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

_FIRST = "INSERT INTO pace (key, arrival) VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
_ROUNDING = 1e-6
"""Of an interval; what is due a microsecond too late by rounding is due."""


class SharedPace:
    """``protocols.Pace`` over the database, by the generic cell rate algorithm and the database's own clock."""

    def __init__(self, engine: Engine, *, clock: Callable[[Connection], datetime] = database_clock) -> None:
        self._engine = engine
        self._clock = clock

    def take(self, key: str, *, interval: float, burst: int, most: int) -> Permits:
        """Take up to ``most`` permits of ``key`` in one transaction, or return how many seconds to wait for one."""
        with writing(self._engine) as connection:
            query = sa.select(pace.c.arrival).where(pace.c.key == key).with_for_update()
            kept = connection.execute(query).scalar()
            if kept is None:  # PostgreSQL holds a row that is there: two that ask first must not both find nothing
                many(connection, _FIRST, [(key, 0.0)])
                kept = float(connection.execute(query).scalar_one())
            now = self._clock(connection).timestamp()
            # a clock that was set back must not hold mail for hours: nothing is due later than a full burst from now
            arrival = min(max(kept, now), now + burst * interval)
            count = min(most, int((now + burst * interval - arrival) / interval + _ROUNDING))
            if count < 1:
                return Permits(wait=max(arrival - now - (burst - 1) * interval, 0.0))
            upsert(connection, pace, key={"key": key}, values={"arrival": arrival + count * interval})
            return Permits(count=count)
