"""What came back, and what was decided about it: the memory that bounces are judged by. It judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.message import Delivery, DeliveryState
from publisher.store.database import reading, writing
from publisher.store.people import fingerprint
from publisher.store.schema import campaign, delivery, returned, subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One decision. ``address`` is "" where the message could not be tied to anybody."""

    action: str
    reason: str
    evidence: str
    address: str
    at: datetime


class Returns:
    """The deliveries that returned messages name, and the decisions about these, each message once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delivery(self, identity: int) -> Delivery | None:
        """Return the delivery of this number, whatever its state."""
        return self._one(delivery.c.id == identity)

    def delivery_of(self, message_id: str) -> Delivery | None:
        """Return the delivery that went out under this Message-ID."""
        if not message_id:
            return None
        named = delivery.c.message_id != sa.literal_column("''")  # a literal, so that the partial index is used
        return self._one(sa.and_(delivery.c.message_id == message_id, named))

    def delivery_to(self, address: str, issue: str) -> Delivery | None:
        """Return the delivery of this issue to whoever has this address, however it is spelt."""
        return self._one(sa.and_(subscriber.c.fingerprint == fingerprint(address), campaign.c.issue == issue))

    def known(self, key: str) -> bool:
        """Say whether a decision was noted under this key."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(returned.c.key).where(returned.c.key == key)).first() is not None

    def soft_bounces(self, subscriber: int, since: datetime, *, besides: int = 0) -> int:
        """Return how many letters to this subscriber came back softly since then, ``besides`` not among them."""
        columns = returned.c
        letter = sa.func.coalesce(sa.cast(columns.delivery, sa.String), columns.key)  # several reports, one letter
        query = sa.select(sa.func.count(sa.distinct(letter))).where(
            columns.subscriber == subscriber,
            columns.action == "count",
            columns.at >= since,
            sa.or_(columns.delivery.is_(None), columns.delivery != besides),
        )
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def address_of(self, token: str) -> str:
        """Return the address of the subscriber who holds this token, "" when nobody does."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(subscriber.c.address).where(subscriber.c.token == token)).scalar() or ""

    def note(  # noqa: PLR0913 - one decision
        self, key: str, *, action: str, reason: str, evidence: str, subscriber: int, delivery: int, at: datetime
    ) -> bool:
        """Keep a decision; ``False`` when this message was dealt with before, and then nothing changes."""
        with writing(self._engine, durable=True) as connection:
            if connection.execute(sa.select(returned.c.key).where(returned.c.key == key)).first() is not None:
                return False
            values = {"action": action, "reason": reason, "evidence": evidence, "at": at}
            people = {"subscriber": subscriber or None, "delivery": delivery or None}
            connection.execute(sa.insert(returned).values(key=key, **values, **people))
            return True

    def latest(self, limit: int) -> tuple[Returned, ...]:
        """Return the last decisions, newest first."""
        columns = returned.c
        query = (
            sa.select(columns.action, columns.reason, columns.evidence, columns.at, subscriber.c.address)
            .select_from(returned.outerjoin(subscriber, columns.subscriber == subscriber.c.id))
            .order_by(columns.at.desc(), columns.key)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(
                Returned(
                    action=row.action, reason=row.reason, evidence=row.evidence, address=row.address or "", at=row.at
                )
                for row in connection.execute(query)
            )

    def _one(self, condition: sa.ColumnElement[bool]) -> Delivery | None:
        columns = delivery.c
        query = (
            sa.select(
                columns.id,
                columns.subscriber,
                columns.state,
                columns.message_id,
                columns.attempts,
                columns.reason,
                campaign.c.issue,
                subscriber.c.address,
                subscriber.c.name,
                subscriber.c.token,
            )
            .select_from(
                delivery.join(campaign, columns.campaign == campaign.c.id).join(
                    subscriber, columns.subscriber == subscriber.c.id
                )
            )
            .where(condition)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Delivery(
            id=row.id,
            issue=row.issue,
            subscriber=row.subscriber,
            address=row.address,
            name=row.name,
            token=row.token,
            state=DeliveryState(row.state),
            message_id=row.message_id,
            attempts=row.attempts,
            reason=row.reason,
        )
