"""The sending of one issue as a whole: planned once, paused, resumed, cancelled, tried again. It sends nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.errors import ApprovalError, SendError, StoreError
from publisher.message import DeliveryState
from publisher.store import statements
from publisher.store.database import writing
from publisher.store.schema import (
    approval,
    campaign,
    delivery,
    delivery_told,
    subscriber,
    subscriber_segment,
    suppression,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection, Engine

_GAP = timedelta(minutes=2)
"""A pause in the outcomes after which the pace is measured anew."""


class Campaigns:
    """What a person may decide about a sending that was planned."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pause(self, issue: str, why: str = "") -> None:
        """Claim nothing more until ``resume``; what is on its way is finished. Raises ``SendError`` when it is over."""
        with writing(self._engine, durable=True) as connection:
            row = _known(connection, issue)
            if row.state in {"done", "cancelled"}:
                raise SendError(f"L’envoi du numéro {issue} est terminé\u00a0: il n’y a rien à suspendre.")
            pause(connection, row.id, why)

    def resume(self, issue: str) -> None:
        """Go on. Raises ``SendError`` when it was cancelled: that is for good."""
        with writing(self._engine, durable=True) as connection:
            row = _known(connection, issue)
            if row.state == "cancelled":
                raise SendError(
                    f"L’envoi du numéro {issue} a été annulé\u00a0: il ne reprend pas.",
                    remedy="Un nouveau numéro est nécessaire.",
                )
            if row.state == "paused":
                _move(connection, row.id, "running")
                close(connection, row.id)

    def cancel(self, issue: str) -> int:
        """Give up everything not on its way yet, for good; return how many messages that were."""
        with writing(self._engine, durable=True) as connection:
            row = _known(connection, issue)
            waiting = delivery.c.state.in_([DeliveryState.PLANNED.value, DeliveryState.DEFERRED.value])
            change = sa.update(delivery).where(delivery.c.campaign == row.id, waiting)
            count = connection.execute(change.values(state=DeliveryState.CANCELLED.value, next_try=None)).rowcount
            if row.state in {"running", "paused"}:
                _move(connection, row.id, "cancelled")
            return count

    def retry(self, issue: str, state: DeliveryState = DeliveryState.FAILED, *, hard: bool = False) -> int:
        """Plan the failed (or the uncertain) again; return how many.

        Addresses that do not exist (``hard``) stay failed unless asked for: a second try harms the sender's name.
        """
        if state not in {DeliveryState.FAILED, DeliveryState.UNCERTAIN}:
            raise SendError(f"Seuls les échecs et les incertains se renvoient, pas «\u00a0{state.value}\u00a0».")
        with writing(self._engine, durable=True) as connection:
            row = _known(connection, issue)
            if row.state == "cancelled":
                raise SendError(f"L’envoi du numéro {issue} a été annulé\u00a0: rien ne se renvoie.")
            change = sa.update(delivery).where(delivery.c.campaign == row.id, delivery.c.state == state.value)
            if state is DeliveryState.FAILED and not hard:
                change = change.where(~delivery.c.reason.startswith("hard"))
            values = {"state": DeliveryState.PLANNED.value, "attempts": 0, "owner": "", "reason": ""}
            again = {"repeats": delivery.c.repeats + 1} if state is DeliveryState.UNCERTAIN else {}
            count = connection.execute(change.values(**values, **again)).rowcount
            if count and row.state == "done":
                _move(connection, row.id, "running")
            return count


def plan(  # noqa: PLR0913 - what an audience is frozen from
    connection: Connection, issue: str, digest: str, now: datetime, segments: Sequence[str], *, hold: bool
) -> None:
    """Freeze the audience of an issue: one row for every candidate, planned or excluded with the reason."""
    found = connection.execute(sa.select(campaign.c.digest).where(campaign.c.issue == issue)).scalar()
    if found is not None:
        if found != digest:
            raise ApprovalError(
                f"L’envoi du numéro {issue} a commencé avec une autre édition que celle-ci.",
                remedy="Ce que les uns ont reçu, les autres le recevront\u00a0: envoyez l’édition approuvée alors.",
            )
        return
    in_force = sa.select(approval.c.id).where(
        approval.c.issue == issue, approval.c.digest == digest, approval.c.in_force
    )
    if connection.execute(in_force).first() is None:
        raise ApprovalError(
            f"Cette édition du numéro {issue} n’est pas celle qui est approuvée\u00a0; rien n’a été envoyé.",
            remedy=f"Regardez-la puis lancez «\u00a0publisher approve {issue}\u00a0».",
        )
    row = {"issue": issue, "digest": digest, "planned_at": now, "segments": json.dumps(list(segments))}
    counts = {"candidates": 0, "planned": 0, "excluded": 0, "batches": 0, "pace_count": 0}
    connection.execute(sa.insert(campaign).values(**row, **counts, state="running", why=""))
    identity = connection.execute(sa.select(campaign.c.id).where(campaign.c.issue == issue)).scalar_one()
    connection.execute(_audience(identity, issue, segments, hold=hold))
    _verify(connection, identity, issue, segments)
    close(connection, identity)


def _audience(identity: int, issue: str, segments: Sequence[str], *, hold: bool) -> sa.Insert:
    """Return the INSERT … SELECT that makes a million rows without one of them coming here."""
    looked_at = _looked_at(issue, segments, hold=hold).order_by(subscriber.c.id).subquery()
    state = sa.case((looked_at.c.reason == "", sa.literal("planned")), else_=sa.literal("excluded"))
    values = {
        "campaign": sa.literal(identity),
        "subscriber": looked_at.c.subscriber,
        "state": state,
        "batch": sa.literal(0),
        "owner": sa.literal(""),
        "epoch": sa.literal(0),
        "attempts": sa.literal(0),
        "repeats": sa.literal(0),
        "reason": looked_at.c.reason,
        "answer": sa.literal(""),
        "message_id": sa.literal(""),
    }
    return sa.insert(delivery).from_select(list(values), sa.select(*values.values()), include_defaults=False)


def _looked_at(issue: str, segments: Sequence[str], *, hold: bool) -> sa.Select[int, str]:
    """Return every candidate with the reason why nothing goes to them, "" when nothing speaks against it."""
    reason = sa.case(
        (suppression.c.fingerprint.is_not(None), sa.literal("suppressed")),
        (subscriber.c.state != "active", subscriber.c.state),
        (delivery_told.c.state == "sent", sa.literal("already")),
        (sa.and_(delivery_told.c.state == "uncertain", sa.literal(hold)), sa.literal("doubtful")),
        else_=sa.literal(""),
    )
    told = sa.and_(delivery_told.c.issue == issue, delivery_told.c.fingerprint == subscriber.c.fingerprint)
    people = subscriber.outerjoin(suppression, suppression.c.fingerprint == subscriber.c.fingerprint)
    return (
        sa.select(subscriber.c.id.label("subscriber"), reason.label("reason"))
        .select_from(people.outerjoin(delivery_told, told))
        .where(_in_audience(segments))
    )


def foresee(connection: Connection, issue: str, segments: Sequence[str], *, hold: bool) -> dict[str, int]:
    """Return how many candidates there are by reason ("" for those who would get it); nothing is written."""
    candidates = _looked_at(issue, segments, hold=hold).subquery()
    query = sa.select(candidates.c.reason, sa.func.count()).group_by(candidates.c.reason)
    return {row[0]: row[1] for row in connection.execute(query)}


def _in_audience(segments: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return the condition for being looked at: everybody, or whoever is in one of the segments, once."""
    if not segments:
        return sa.true()
    member = sa.select(subscriber_segment.c.subscriber).where(subscriber_segment.c.segment.in_(list(segments)))
    return subscriber.c.id.in_(member)


def _verify(connection: Connection, identity: int, issue: str, segments: Sequence[str]) -> None:
    """Count both sides and store the figures. The constraint holds them together ever after."""
    people = sa.select(sa.func.count()).select_from(subscriber).where(_in_audience(segments))
    candidates = connection.execute(people).scalar_one()
    rows = sa.select(delivery.c.state, sa.func.count()).where(delivery.c.campaign == identity)
    found = {row[0]: row[1] for row in connection.execute(rows.group_by(delivery.c.state))}
    planned, excluded = found.get("planned", 0), found.get("excluded", 0)
    if candidates != planned + excluded:
        raise StoreError(
            f"le compte des destinataires du numéro {issue} n’est pas juste\u00a0: {candidates} personnes, "
            f"{planned} à servir et {excluded} exclues.",
            remedy="Rien n’a été envoyé ni enregistré. C’est un défaut du programme\u00a0: signalez-le.",
        )
    counts = {"candidates": candidates, "planned": planned, "excluded": excluded}
    connection.execute(sa.update(campaign).where(campaign.c.id == identity).values(**counts))


def pause(connection: Connection, identity: int, why: str) -> None:
    """Pause a running campaign; a paused one keeps its first reason."""
    change = sa.update(campaign).where(campaign.c.id == identity, campaign.c.state == "running")
    connection.execute(change.values(state="paused", why=why))


def reopen(connection: Connection, identity: int) -> None:
    """Let a campaign that was done run again: it has work once more."""
    change = sa.update(campaign).where(campaign.c.id == identity, campaign.c.state == "done")
    connection.execute(change.values(state="running"))


def close(connection: Connection, identity: int, *, tries: int = 0) -> None:
    """Call a campaign done when no row is left to work on; a pause with nothing to wait for is over, too.

    Where uncertain messages are given out again, ``tries`` says up to how many; those left count as work.
    """
    for rest in statements.WORK[connection.dialect.name]:  # look-ups in indexes, one by one
        if connection.execute(rest, {"of_campaign": identity, "tries": tries}).first() is not None:
            return
    change = sa.update(campaign).where(campaign.c.id == identity, campaign.c.state.in_(["running", "paused"]))
    connection.execute(change.values(state="done", why=""))


def keep_pace(connection: Connection, identity: int, count: int, now: datetime) -> None:
    """Count outcomes, so that ``status`` can say what time is left."""
    row = connection.execute(statements.PACE, {"which": identity}).one()
    anew = row.pace_last is None or not timedelta(0) <= now - row.pace_last <= _GAP
    since, total = (now, 0) if anew else (row.pace_since, row.pace_count + count)
    connection.execute(statements.KEEP_PACE, {"which": identity, "since": since, "last": now, "count": total})


def _known(connection: Connection, issue: str) -> sa.Row[int, str]:
    row = connection.execute(sa.select(campaign.c.id, campaign.c.state).where(campaign.c.issue == issue)).first()
    if row is None:
        raise SendError(f"Aucun envoi n’a été préparé pour le numéro {issue}.")
    return row


def _move(connection: Connection, identity: int, state: str) -> None:
    connection.execute(sa.update(campaign).where(campaign.c.id == identity).values(state=state, why=""))
