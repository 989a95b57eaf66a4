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
    Double,
    ForeignKey,
    ForeignKeyConstraint,
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


def _word(length: int) -> String:
    """Return a type for words from outside: PostgreSQL would refuse a long one, SQLite only notes the length."""
    return String(length).with_variant(Text(), "postgresql")


def _partial(name: str, *columns: str, when: str, unique: bool = False) -> Index:
    """Return an index of the rows that ``when`` holds for, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(when), postgresql_where=text(when))


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

# A person's word on whether two items tell the same news; it outweighs every reason.
story_decision = Table(
    "story_decision",
    metadata,
    Column("left", String(250), ForeignKey("item.id"), primary_key=True),
    Column("right", String(250), ForeignKey("item.id"), primary_key=True),
    Column("together", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # As Python sorts, whatever the language of a PostgreSQL database.
    CheckConstraint('"left" < "right"', name="order").ddl_if(dialect="sqlite"),
    CheckConstraint('"left" COLLATE "C" < "right"', name="order").ddl_if(dialect="postgresql"),
)

# Who approved which edition. Earlier approvals stay as history; one is in force.
approval = Table(
    "approval",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("approved", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("in_force", Boolean, nullable=False),
    UniqueConstraint("issue", "digest"),
    _partial("ix_approval_in_force", "issue", when="in_force", unique=True),
)

# What was drafted, approved, sent, published or reported for an issue: once each.
timetable_event = Table(
    "timetable_event",
    metadata,
    Column("issue", String(20), primary_key=True),
    Column("action", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
)

# One person. The fingerprint is a digest of the normalised address: one row a person, whatever the spelling.
subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("token", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", _word(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("added", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    UniqueConstraint("fingerprint"),
    UniqueConstraint("token"),
    CheckConstraint("state IN ('pending', 'active', 'unsubscribed', 'bounced', 'complained')", name="state"),
    CheckConstraint("token <> ''", name="token"),
    CheckConstraint("length(fingerprint) = 32", name="fingerprint"),
)

subscriber_segment = Table(
    "subscriber_segment",
    metadata,
    Column("subscriber", ForeignKey("subscriber.id"), primary_key=True),
    Column("segment", _word(100), primary_key=True),
    CheckConstraint("segment <> ''", name="segment"),
    Index("ix_subscriber_segment_segment", "segment"),
)

# People who must not be written to. Only the fingerprint is kept, so that an erased person stays away too.
suppression = Table(
    "suppression",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("reason", _word(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("evidence", Text, nullable=False),
    CheckConstraint("reason <> ''", name="reason"),
    CheckConstraint("length(fingerprint) = 32", name="fingerprint"),
)

# One sending of one issue. running → paused, cancelled, done; paused → running, cancelled, done; done → running.
# `pace_*` are only for the time left: how many outcomes since the sending went on without a gap.
campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("segments", Text, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
    Column("batches", Integer, nullable=False),
    Column("pace_since", Instant),
    Column("pace_last", Instant),
    Column("pace_count", Integer, nullable=False),
    UniqueConstraint("issue"),
    ForeignKeyConstraint(["issue", "digest"], ["approval.issue", "approval.digest"]),
    CheckConstraint("state IN ('running', 'paused', 'cancelled', 'done')", name="state"),
    CheckConstraint("candidates = planned + excluded", name="everybody"),
    CheckConstraint("planned >= 0 AND excluded >= 0", name="counts"),
)

# The ledger. The legal transitions are `delivery.LEGAL`, held by a trigger. `batch` is the claim a row went out
# with, `epoch` how often it was claimed, `repeats` how often an uncertain row was planned again.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", ForeignKey("campaign.id"), nullable=False),
    Column("subscriber", ForeignKey("subscriber.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("batch", Integer, nullable=False),
    Column("owner", String(100), nullable=False),
    Column("leased_until", Instant),
    Column("epoch", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("next_try", Instant),
    Column("reason", _word(60), nullable=False),
    Column("answer", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    UniqueConstraint("campaign", "subscriber"),
    CheckConstraint(
        "state IN ('planned', 'claimed', 'sent', 'deferred', 'failed', 'uncertain', 'excluded', 'cancelled')",
        name="state",
    ),
    CheckConstraint("(state = 'claimed') = (leased_until IS NOT NULL)", name="lease"),
    CheckConstraint("state <> 'claimed' OR owner <> ''", name="owner"),
    CheckConstraint("(state = 'deferred') = (next_try IS NOT NULL)", name="next_try"),
    CheckConstraint("state NOT IN ('claimed', 'sent', 'uncertain') OR message_id <> ''", name="message_id"),
    CheckConstraint("state NOT IN ('failed', 'deferred', 'excluded') OR reason <> ''", name="reason"),
    CheckConstraint("attempts >= 0 AND epoch >= attempts AND repeats >= 0", name="counts"),
    Index("ix_delivery_state", "campaign", "state"),
    # SQLite keeps the row's number in each index: `ix_delivery_state` gives the planned in order.
    _partial("ix_delivery_planned", "campaign", "attempts", "id", when="state = 'planned'").ddl_if(
        dialect="postgresql"
    ),
    _partial("ix_delivery_deferred", "campaign", "next_try", when="state = 'deferred'"),
    _partial("ix_delivery_claimed", "campaign", "owner", when="state = 'claimed'"),
    _partial("ix_delivery_reason", "campaign", "state", "reason", when="reason <> ''"),
    _partial("ix_delivery_repeats", "campaign", "repeats", when="repeats > 0"),
    _partial("ix_delivery_message_id", "message_id", when="message_id <> ''"),
)

# Every decision about a message that came back, once a message (`key` is the mailbox's own name of it).
returned = Table(
    "returned",
    metadata,
    Column("key", _word(300), primary_key=True),
    Column("action", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("subscriber", ForeignKey("subscriber.id")),
    Column("delivery", ForeignKey("delivery.id")),
    Column("at", Instant, nullable=False),
    CheckConstraint(
        "action IN ('strike', 'count', 'complaint', 'unsubscribe', 'ignore', 'show')",
        name="action",
    ),
    Index("ix_returned_at", "at"),
    _partial("ix_returned_soft", "subscriber", "at", when="action = 'count'"),
)

# How far each journal beside the database is contained in it: a restored backup knows less than the journal.
journal_mark = Table(
    "journal_mark",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("octets", Integer, nullable=False),
    CheckConstraint("octets >= 0", name="octets"),
)

# What a journal tells of sendings that the database does not know (a backup from before they were planned).
delivery_told = Table(
    "delivery_told",
    metadata,
    Column("issue", String(20), primary_key=True),
    Column("fingerprint", String(32), primary_key=True),
    Column("state", String(20), nullable=False),
)


attach(metadata)

# When the next message of each limited key may leave, in seconds of the database's clock (generic cell rate algorithm).
pace = Table(
    "pace",
    metadata,
    Column("key", _word(300), primary_key=True),
    Column("arrival", Double, nullable=False),
)
