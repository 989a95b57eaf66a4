"""What database this is, and whether it keeps what it was told when the power fails. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.store.database import reading
from publisher.store.sentences import place

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_KEEPING = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of a PostgreSQL server; off, they trade the last outcomes, or everything, for speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """``name`` is for people: « SQLite 3.45.1 », « PostgreSQL 18.4 ». ``forgetful`` are settings that are off."""

    name: str
    place: str
    forgetful: tuple[str, ...] = ()


def describe(engine: Engine) -> Description:
    """Return what is at the other end. Raises ``StoreError``."""
    where = place(engine.url)
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
            return Description(name=f"SQLite {version}", place=where)
        version = str(connection.exec_driver_sql("SHOW server_version").scalar_one()).split()[0]
        said = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in _KEEPING}
        off = tuple(name for name, value in said.items() if value == "off")
        return Description(name=f"PostgreSQL {version}", place=where, forgetful=off)
