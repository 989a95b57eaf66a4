"""What was done when for each issue, so that a restart repeats nothing. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.protocols import Mark
from publisher.store.database import reading, writing
from publisher.store.schema import timetable_event

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


class Diary:
    """``protocols.Diary`` over the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def marks(self) -> tuple[Mark, ...]:
        """Return every mark, oldest first."""
        columns = timetable_event.c
        query = sa.select(timetable_event).order_by(columns.at, columns.issue, columns.action)
        with reading(self._engine) as connection:
            return tuple(Mark(issue=row.issue, action=row.action, at=row.at) for row in connection.execute(query))

    def mark(self, mark: Mark) -> bool:
        """Write a mark; ``False`` when this issue already bears this action, and then nothing changes."""
        columns = timetable_event.c
        query = sa.select(columns.at).where(columns.issue == mark.issue, columns.action == mark.action)
        with writing(self._engine, durable=True) as connection:
            if connection.execute(query).first() is not None:
                return False
            connection.execute(sa.insert(timetable_event).values(issue=mark.issue, action=mark.action, at=mark.at))
            return True
