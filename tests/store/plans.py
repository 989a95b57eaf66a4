"""How a database would go about the statements that the store runs: recorded as they pass, explained afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psycopg
import sqlalchemy as sa

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy.engine import Connection, Engine


@dataclass
class Recorder:
    """Keeps each different statement that runs on an engine inside the block, with parameters it ran with."""

    engine: Engine
    statements: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Begin to listen."""
        sa.event.listen(self.engine, "before_cursor_execute", self._heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Listen no more."""
        sa.event.remove(self.engine, "before_cursor_execute", self._heard)

    def plans(self) -> dict[str, str]:
        """Return each statement with the plan of this database for it; what has no plan is left out."""
        with self.engine.connect() as connection:
            return {
                words: _plan(connection, words, values)
                for words, values in self.statements.items()
                if words.lstrip().upper().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE "))
            }

    def _heard(self, _c: object, _cursor: object, words: str, values: Any, _x: object, many: bool) -> None:
        self.statements.setdefault(words, values[0] if many else values)


def _plan(connection: Connection, words: str, values: Any) -> str:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return "\n".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {words}", values))
    with psycopg.ClientCursor(driver) as cursor:
        cursor.execute(f"EXPLAIN {words}".encode(), values)
        return "\n".join(str(row[0]) for row in cursor)
