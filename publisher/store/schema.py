"""The tables as they are now: invariants are constraints, partial unique indexes and triggers, not code.

It opens nothing. The migrations build the same tables step by step; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from publisher.store.rules import attach

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware datetime: ``timestamptz`` on PostgreSQL, UTC without a zone on SQLite, aware UTC when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC. Raises ``ValueError`` for a naive one: nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _when(condition: str) -> dict[str, object]:
    """Return the arguments that make an index partial on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# What is remembered of a source, and how many item numbers it has given out: a number is never given twice.
source = Table(
    "source",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_try", Instant),
    Column("last_success", Instant),
    Column("last_new", Instant),
    Column("last_error", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("configured", Text, nullable=False),
    Column("numbers", Integer, nullable=False),
    CheckConstraint("failures >= 0", name="failures"),
    CheckConstraint("numbers >= 0", name="numbers"),
)

# One article or event. A trigger refuses to move `first_seen`.
item = Table(
    "item",
    metadata,
    Column("id", String(250), primary_key=True),
    Column("source", ForeignKey("source.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("changed", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("source", "number"),
    CheckConstraint("id = source || ':' || CAST(number AS VARCHAR(20))", name="id"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("version > 0", name="version"),
    Index("ix_item_first_seen", "first_seen"),
)

# What the source said, each time it said something else. The item's own word is the row of its `version`.
item_version = Table(
    "item_version",
    metadata,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seen", Instant, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("version > 0", name="version"),
)

# Every guid, address and content an item ever had: what it is known again by.
item_alias = Table(
    "item_alias",
    metadata,
    Column("source", ForeignKey("source.key"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("item", ForeignKey("item.id"), nullable=False),
    CheckConstraint("kind IN ('guid', 'address', 'content')", name="kind"),
    CheckConstraint("value <> ''", name="value"),
    Index("ix_item_alias_item", "item"),
)


attach(metadata)
