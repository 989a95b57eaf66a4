"""Brings a database that was restored from a backup up to what the journals tell. It sends nothing.

Applied twice it changes nothing more. See docs/decisions/0041-journals.md.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher.message import DeliveryState
from publisher.store.database import reading, upsert, writing
from publisher.store.schema import campaign, delivery, delivery_told, subscriber, suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection, Engine

    from publisher.store.journal import Journals

_LOG = logging.getLogger(__name__)
OWNER = "journal"
_CHUNK = 500
_OPEN = [DeliveryState.PLANNED.value, DeliveryState.DEFERRED.value]
_UNSURE = [DeliveryState.CLAIMED.value, DeliveryState.UNCERTAIN.value]


def at_start(engine: Engine, journals: Journals, identity: Callable[[str, str], str]) -> int:
    """Catch up when the journals are ahead, and tell a person; return how many lines that were.

    They are ahead after a backup was put back, and by a line or two after a sender was killed.
    """
    with reading(engine) as connection:
        if not journals.behind(connection):
            return 0
    with writing(engine, durable=True) as connection:
        count = catch_up(connection, journals, identity)
    if count:
        _LOG.warning(
            "Les journaux en savaient plus que la base de données (sauvegarde remise en place, ou arrêt brutal)\u00a0: "
            "%d ligne%s reprise%s.",
            count,
            *["s" if count > 1 else ""] * 2,
        )
    return count


def catch_up(connection: Connection, journals: Journals, identity: Callable[[str, str], str]) -> int:
    """Apply what the journals tell and the database does not know; return how many lines that were."""
    people = catch_up_people(connection, journals)
    deliveries = journals.deliveries.missing(connection)
    last: dict[str, dict[str, str]] = {}
    for line in deliveries:
        last.setdefault(line["issue"], {}).update(dict.fromkeys(line["who"], line["state"]))
    for issue, told in last.items():
        _apply_deliveries(connection, issue, told, identity)
    return people + len(deliveries)


def catch_up_people(connection: Connection, journals: Journals) -> int:
    """Apply what the journal tells of people; return how many lines that were."""
    lines = journals.people.missing(connection)
    for line in lines:
        _apply_wish(connection, line)
    return len(lines)


def wish(who: Iterable[str], at: datetime, *, state: str = "", reason: str = "", evidence: str = "") -> dict[str, Any]:
    """Return the line for people who changed state, or who were put on the suppression list for a reason."""
    line = {"at": at.isoformat(), "who": list(who), "state": state, "reason": reason, "evidence": evidence}
    return {key: value for key, value in line.items() if value}


def outcome(issue: str, state: DeliveryState, who: Iterable[str], at: datetime) -> dict[str, Any]:
    """Return the line for deliveries of one issue that came into one state."""
    return {"at": at.isoformat(), "issue": issue, "state": state.value, "who": list(who)}


def _apply_wish(connection: Connection, line: dict[str, Any]) -> None:
    at = datetime.fromisoformat(line["at"])
    for who in line["who"]:
        if "reason" in line:
            _suppress(connection, who, line["reason"], at, line.get("evidence", ""))
            continue
        change = sa.update(subscriber).where(subscriber.c.fingerprint == who)
        known = connection.execute(change.values(state=line["state"], changed=at)).rowcount
        if not known and line["state"] not in {"active", "pending"}:  # came and left since the backup
            _suppress(connection, who, line["state"], at, "journal")


def _suppress(connection: Connection, who: str, reason: str, at: datetime, evidence: str) -> None:
    if connection.execute(sa.select(suppression.c.reason).where(suppression.c.fingerprint == who)).first() is None:
        values = {"reason": reason, "at": at, "evidence": evidence}
        upsert(connection, suppression, key={"fingerprint": who}, values=values)


def _apply_deliveries(
    connection: Connection, issue: str, told: dict[str, str], identity: Callable[[str, str], str]
) -> None:
    """Write what was told of one issue: sent is sent, claimed and no more is uncertain, the rest may go out."""
    sent = [who for who, state in told.items() if state == DeliveryState.SENT]
    unsure = [who for who, state in told.items() if state in _UNSURE]
    found = connection.execute(sa.select(campaign.c.id).where(campaign.c.issue == issue)).scalar()
    if found is None:
        for who in (*sent, *unsure):
            state = DeliveryState.SENT if told[who] == DeliveryState.SENT else DeliveryState.UNCERTAIN
            key = {"issue": issue, "fingerprint": who}
            upsert(connection, delivery_told, key=key, values={"state": state.value})
        return
    for ids in _rows(connection, found, sent, [*_OPEN, *_UNSURE]):
        _claim(connection, issue, ids, identity)
        _move(connection, ids, DeliveryState.SENT, "")
    for ids in _rows(connection, found, unsure, _OPEN):
        _claim(connection, issue, ids, identity)
        _move(connection, ids, DeliveryState.UNCERTAIN, "lease")


def _rows(
    connection: Connection, found: int, who: Sequence[str], states: Sequence[str]
) -> Iterator[Sequence[sa.Row[int, str, str, str]]]:
    """Yield the rows of these people that are in one of these states, some hundreds at a time."""
    for start in range(0, len(who), _CHUNK):
        query = (
            sa.select(delivery.c.id, subscriber.c.token, delivery.c.state, delivery.c.message_id)
            .join(subscriber, subscriber.c.id == delivery.c.subscriber)
            .where(delivery.c.campaign == found, delivery.c.state.in_(states))
            .where(subscriber.c.fingerprint.in_(who[start : start + _CHUNK]))
        )
        yield connection.execute(query).all()


def _claim(
    connection: Connection,
    issue: str,
    rows: Sequence[sa.Row[int, str, str, str]],
    identity: Callable[[str, str], str],
) -> None:
    """Take the rows that are still open the way a sender would: no other way leads to an outcome."""
    for row in rows:
        if row.state in _OPEN:
            change = sa.update(delivery).where(delivery.c.id == row.id)
            connection.execute(
                change.values(
                    state=DeliveryState.CLAIMED.value,
                    owner=OWNER,
                    leased_until=sa.func.current_timestamp(),
                    message_id=row.message_id or identity(issue, row.token),
                    attempts=delivery.c.attempts + 1,
                    epoch=delivery.c.epoch + 1,
                    next_try=None,
                    reason="",
                )
            )


def _move(
    connection: Connection, rows: Sequence[sa.Row[int, str, str, str]], state: DeliveryState, reason: str
) -> None:
    change = sa.update(delivery).where(delivery.c.id.in_([row.id for row in rows]))
    connection.execute(change.values(state=state.value, reason=reason, leased_until=None))
