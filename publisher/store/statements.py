"""The ledger's hot statements, built once: what a batch of messages costs is mostly here. Nothing runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from publisher.message import DeliveryState
from publisher.store.schema import campaign, delivery, subscriber, suppression
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection

CLAIMED: sa.ColumnElement[str] = sa.literal_column("'claimed'")  # literals, so that the partial indexes are used
PLANNED: sa.ColumnElement[str] = sa.literal_column("'planned'")
UNCERTAIN: sa.ColumnElement[str] = sa.literal_column("'uncertain'")
DEFERRED: sa.ColumnElement[str] = sa.literal_column("'deferred'")

_DUE = sa.select(
    delivery.c.id,
    delivery.c.subscriber,
    delivery.c.message_id,
    delivery.c.attempts,
    subscriber.c.address,
    subscriber.c.name,
    subscriber.c.token,
    subscriber.c.fingerprint,
    subscriber.c.state.label("standing"),
    suppression.c.reason.label("suppressed"),
).select_from(
    delivery.join(subscriber, subscriber.c.id == delivery.c.subscriber).outerjoin(
        suppression, suppression.c.fingerprint == subscriber.c.fingerprint
    )
)

_OF_CAMPAIGN = delivery.c.campaign == sa.bindparam("of_campaign")
_LIMIT: sa.BindParameter[int] = sa.bindparam("most", type_=sa.Integer)

# Each order is that of one index of one database. Without it PostgreSQL, whose statistics are of when everybody was
# planned, would walk past all that went out to find the first row that did not.
_IN_TURN: dict[str, tuple[sa.ColumnElement[int], ...]] = {
    "sqlite": (delivery.c.id,),
    "postgresql": (delivery.c.attempts, delivery.c.id),
}

FIRST_TRIES = {
    dialect: _DUE.where(_OF_CAMPAIGN, delivery.c.state == PLANNED)
    .order_by(*order)
    .limit(_LIMIT)
    .with_for_update(of=delivery, skip_locked=True)
    for dialect, order in _IN_TURN.items()
}
NEXT_TRIES = (
    _DUE.where(_OF_CAMPAIGN, delivery.c.state == DEFERRED, delivery.c.next_try <= sa.bindparam("by"))
    .order_by(delivery.c.next_try)
    .limit(_LIMIT)
    .with_for_update(of=delivery, skip_locked=True)
)

HELD = (
    sa.select(
        delivery.c.id,
        delivery.c.campaign,
        delivery.c.subscriber,
        delivery.c.attempts,
        campaign.c.issue,
        subscriber.c.fingerprint,
    )
    .join(campaign, campaign.c.id == delivery.c.campaign)
    .join(subscriber, subscriber.c.id == delivery.c.subscriber)
    .where(
        delivery.c.id.in_(sa.bindparam("which", expanding=True)),
        delivery.c.owner == sa.bindparam("me"),
        sa.or_(delivery.c.state == CLAIMED, delivery.c.state == UNCERTAIN),
    )
    .with_for_update(of=delivery)
)

_AMONG: dict[str, sa.ColumnElement[bool]] = {
    "sqlite": delivery.c.id.in_(
        sa.select(sa.func.json_each(sa.bindparam("which", type_=sa.Text)).table_valued("value").c.value)
    ),
    "postgresql": delivery.c.id == sa.func.any(sa.bindparam("which", type_=postgresql.ARRAY(sa.Integer))),
}
"""Rows by their numbers, given as ``numbers`` gives them: the same words however many they are, prepared once."""

NAME = "UPDATE delivery SET message_id = ? WHERE id = ?"

CLAIM = {
    dialect: sa.update(delivery)
    .where(among)
    .values(
        state=DeliveryState.CLAIMED.value,
        owner=sa.bindparam("me"),
        leased_until=sa.bindparam("lease"),
        batch=sa.bindparam("in_batch"),
        attempts=delivery.c.attempts + 1,
        epoch=delivery.c.epoch + 1,
        next_try=None,
        reason="",
    )
    for dialect, among in _AMONG.items()
}

EXCLUDE = (
    sa.update(delivery)
    .where(delivery.c.id == sa.bindparam("which"))
    .values(state=DeliveryState.EXCLUDED.value, reason=sa.bindparam("why"), next_try=None)
)

SETTLE = {
    dialect: sa.update(delivery)
    .where(
        among,
        delivery.c.owner == sa.bindparam("me"),
        sa.or_(delivery.c.state == CLAIMED, delivery.c.state == UNCERTAIN),
    )
    .values(
        state=sa.bindparam("now_state"),
        owner=sa.bindparam("now_owner"),
        reason=sa.bindparam("why"),
        answer=sa.bindparam("said"),
        next_try=sa.bindparam("again"),
        attempts=delivery.c.attempts - sa.bindparam("untried"),
        leased_until=None,
    )
    .returning(delivery.c.id)
    for dialect, among in _AMONG.items()
}

GONE = (
    sa.select(delivery.c.id)
    .join(subscriber, subscriber.c.id == delivery.c.subscriber)
    .outerjoin(suppression, suppression.c.fingerprint == subscriber.c.fingerprint)
    .where(
        delivery.c.id.in_(sa.bindparam("which", expanding=True)),
        sa.or_(subscriber.c.state != SubscriberState.ACTIVE.value, suppression.c.fingerprint.is_not(None)),
    )
)

LEFT = (
    "SELECT d.id FROM delivery AS d JOIN subscriber AS s ON s.id = d.subscriber "
    "LEFT JOIN suppression AS p ON p.fingerprint = s.fingerprint "
    "WHERE d.id IN (SELECT value FROM json_each(?)) AND (s.state <> 'active' OR p.fingerprint IS NOT NULL)"
)
"""``GONE`` for SQLite's own driver: a few microseconds, so that it can be asked every few messages."""

BOUNCED = (
    sa.update(subscriber)
    .where(subscriber.c.id == sa.bindparam("who"), subscriber.c.state == SubscriberState.ACTIVE.value)
    .values(state=SubscriberState.BOUNCED.value, changed=sa.bindparam("at"))
)


CAMPAIGN = sa.select(campaign).where(campaign.c.issue == sa.bindparam("of_issue"))

NEXT_BATCH = sa.update(campaign).where(campaign.c.id == sa.bindparam("which")).values(batches=sa.bindparam("in_batch"))

PACE = sa.select(campaign.c.pace_since, campaign.c.pace_last, campaign.c.pace_count).where(
    campaign.c.id == sa.bindparam("which")
)
KEEP_PACE = (
    sa.update(campaign)
    .where(campaign.c.id == sa.bindparam("which"))
    .values(pace_since=sa.bindparam("since"), pace_last=sa.bindparam("last"), pace_count=sa.bindparam("count"))
)

_WORK = (
    delivery.c.state == CLAIMED,
    delivery.c.state == DEFERRED,
    sa.and_(delivery.c.state == UNCERTAIN, delivery.c.attempts < sa.bindparam("tries")),
)
WORK = {
    dialect: (
        sa.select(delivery.c.id).where(_OF_CAMPAIGN, delivery.c.state == PLANNED).order_by(*order).limit(1),
        *(sa.select(delivery.c.id).where(_OF_CAMPAIGN, condition).limit(1) for condition in _WORK),
    )
    for dialect, order in _IN_TURN.items()
}
"""Each asks an index for one row that a sending has work with; the last for one that goes again."""


def numbers(connection: Connection, rows: Iterable[int]) -> object:
    """Return row numbers as ``CLAIM`` and ``SETTLE`` of this database take them."""
    return list(rows) if connection.dialect.name == "postgresql" else f"[{','.join(map(str, rows))}]"
