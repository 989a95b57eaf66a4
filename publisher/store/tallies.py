"""Counts a sending from its rows, never from a cursor. It writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher.message import DeliveryState
from publisher.protocols import Tally
from publisher.store.schema import campaign, delivery, subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

_DEFERRED = delivery.c.state == sa.literal_column("'deferred'")
_REASONED = [
    state.value
    for state in (DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN, DeliveryState.EXCLUDED)
]


def count(connection: Connection, issue: str) -> Tally:
    """Return how the sending of an issue stands, by state and by reason; zeros when none was planned."""
    row = connection.execute(sa.select(campaign).where(campaign.c.issue == issue)).first()
    if row is None:
        return Tally(issue=issue, counts=dict.fromkeys(DeliveryState, 0), reasons={})
    mine = delivery.c.campaign == row.id
    states = sa.select(delivery.c.state, sa.func.count()).where(mine).group_by(delivery.c.state)
    found = {entry[0]: entry[1] for entry in connection.execute(states)}
    reasons = (
        sa.select(delivery.c.reason, sa.func.count())
        .where(mine, delivery.c.reason != sa.literal_column("''"), delivery.c.state.in_(_REASONED))
        .group_by(delivery.c.reason)
    )
    why = {entry[0]: entry[1] for entry in connection.execute(reasons)}
    again = sa.func.coalesce(sa.func.sum(delivery.c.repeats), 0)
    repeats = connection.execute(sa.select(again).where(mine, delivery.c.repeats > sa.literal_column("0"))).scalar_one()
    counts = {state: found.get(state.value, 0) for state in DeliveryState}
    return Tally(
        issue=issue,
        counts=counts,
        reasons=dict(Counter(why).most_common()),
        campaign=row.state,
        why=row.why,
        candidates=row.candidates,
        repeats=repeats,
        seconds_left=_left(row, counts),
        next_try=connection.execute(sa.select(sa.func.min(delivery.c.next_try)).where(mine, _DEFERRED)).scalar(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one person's message stands: the reason's code, and what the server answered."""

    address: str
    reason: str
    answer: str
    next_try: datetime | None


def standings(connection: Connection, issue: str, state: DeliveryState) -> Iterator[Standing]:
    """Yield everybody whose message is in this state, in the order of the list."""
    query = (
        sa.select(subscriber.c.address, delivery.c.reason, delivery.c.answer, delivery.c.next_try)
        .select_from(
            delivery.join(campaign, campaign.c.id == delivery.c.campaign).join(
                subscriber, subscriber.c.id == delivery.c.subscriber
            )
        )
        .where(campaign.c.issue == issue, delivery.c.state == state.value)
        .order_by(delivery.c.id)
    )
    for row in connection.execute(query):
        yield Standing(address=row.address, reason=row.reason, answer=row.answer, next_try=row.next_try)


def foreseen(issue: str, reasons: Mapping[str, int]) -> Tally:
    """Return the tally of a sending that is not planned yet, from its candidates by reason ("" for none)."""
    planned = reasons.get("", 0)
    barred = {reason: number for reason, number in reasons.items() if reason}
    counts = dict.fromkeys(DeliveryState, 0)
    counts[DeliveryState.PLANNED], counts[DeliveryState.EXCLUDED] = planned, sum(barred.values())
    return Tally(issue=issue, counts=counts, reasons=barred, candidates=planned + sum(barred.values()))


def _left(row: sa.Row[*tuple[Any, ...]], counts: Mapping[DeliveryState, int]) -> float | None:
    """Return the seconds left at the present pace."""
    waiting = counts[DeliveryState.PLANNED] + counts[DeliveryState.CLAIMED]
    if row.state != "running" or not row.pace_count or row.pace_last <= row.pace_since:
        return None
    return float(waiting * (row.pace_last - row.pace_since).total_seconds() / row.pace_count)
