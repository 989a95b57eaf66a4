"""The subscribers and the list of people who must not be written to. It sends nothing and asks nobody."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.store import replay
from publisher.store.database import bytewise, reading, upsert, writing
from publisher.store.people import fingerprint
from publisher.store.schema import subscriber, subscriber_segment, suppression
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from publisher.store.journal import Journals

_CHUNK = 500


def new_token() -> str:
    """Return an opaque random token for an unsubscribe address: 128 bits."""
    return secrets.token_urlsafe(16)


class Roster:
    """``protocols.Roster`` over the database, and what imports and people's own wishes need."""

    def __init__(
        self, engine: Engine, *, token: Callable[[], str] = new_token, journals: Journals | None = None
    ) -> None:
        self._engine = engine
        self._token = token
        self._journals = journals

    def subscribers(self) -> Iterator[Subscriber]:
        """Yield every subscriber, in the order of ids, a page at a time: nobody's list stays in memory."""
        last = 0
        while True:
            query = sa.select(subscriber).where(subscriber.c.id > last).order_by(subscriber.c.id).limit(_CHUNK)
            with reading(self._engine) as connection:
                rows = connection.execute(query).all()
                segments = _segments(connection, [row.id for row in rows])
            if not rows:
                return
            for row in rows:
                yield _subscriber(row, segments.get(row.id, ()))
            last = rows[-1].id

    def add(self, subscribers: Iterable[Subscriber], now: datetime) -> int:
        """Add people who are not there yet, by normalised address; return how many were new.

        Ids are the store's own, and so is the token of somebody who brings none. Somebody already there keeps
        state, name, language and token (no import brings back a person who left) and gains the segments given.
        A person on the suppression list is added, and stays excluded from every sending.
        """
        new = 0
        people = iter(subscribers)
        with self._writing() as connection:
            while chunk := tuple(islice(people, _CHUNK)):
                new += self._add(connection, chunk, now)
        return new

    def find(self, address: str) -> Subscriber | None:
        """Return the subscriber of this address, however it is spelt."""
        query = sa.select(subscriber).where(subscriber.c.fingerprint == fingerprint(address))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
            segments = _segments(connection, [row.id]) if row else {}
        return _subscriber(row, segments.get(row.id, ())) if row else None

    def change(self, address: str, state: SubscriberState, now: datetime) -> bool:
        """Move somebody to another state; ``False`` when nobody has this address."""
        who = fingerprint(address)
        change = sa.update(subscriber).where(subscriber.c.fingerprint == who)
        with self._writing() as connection:
            known = connection.execute(change.values(state=state.value, changed=now)).rowcount > 0
            if known and self._journals is not None:
                self._journals.people.note(connection, [replay.wish([who], now, state=state.value)])
            return known

    def withdraw(self, addresses: Iterable[str], state: SubscriberState, now: datetime) -> int:
        """Let those who still get the letter, or might, leave into ``state``; return how many that were."""
        who = list(dict.fromkeys(map(fingerprint, addresses)))
        here = subscriber.c.state.in_([SubscriberState.ACTIVE.value, SubscriberState.PENDING.value])
        gone: list[str] = []
        with self._writing() as connection:
            for start in range(0, len(who), _CHUNK):
                mine = sa.and_(subscriber.c.fingerprint.in_(who[start : start + _CHUNK]), here)
                gone += connection.execute(sa.select(subscriber.c.fingerprint).where(mine)).scalars()
                connection.execute(sa.update(subscriber).where(mine).values(state=state.value, changed=now))
            if gone and self._journals is not None:
                self._journals.people.note(connection, [replay.wish(gone, now, state=state.value)])
        return len(gone)

    def suppress(self, addresses: Iterable[str], reason: str, now: datetime, *, evidence: str = "") -> None:
        """Never write to these addresses again, whether they are subscribers or not. The first reason stays."""
        who = list(dict.fromkeys(map(fingerprint, addresses)))
        values = {"reason": reason, "at": now, "evidence": evidence}
        with self._writing() as connection:
            for key in who:
                if connection.execute(sa.select(suppression.c.reason).filter_by(fingerprint=key)).first() is None:
                    upsert(connection, suppression, key={"fingerprint": key}, values=values)
            if who and self._journals is not None:
                line = replay.wish(who, now, reason=reason, evidence=evidence)
                self._journals.people.note(connection, [line])

    def suppressed(self, address: str) -> str:
        """Return the reason why nothing may be sent to this address, "" when nothing speaks against it."""
        query = sa.select(suppression.c.reason).where(suppression.c.fingerprint == fingerprint(address))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar() or ""

    def standings(self, addresses: Iterable[str]) -> Mapping[str, str]:
        """Return by fingerprint how those stand that the roster knows: ``suppressed``, else the subscriber's state."""
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(map(fingerprint, addresses)))
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                there = sa.select(subscriber.c.fingerprint, subscriber.c.state)
                found.update(
                    {row[0]: row[1] for row in connection.execute(there.where(subscriber.c.fingerprint.in_(chunk)))}
                )
                away = sa.select(suppression.c.fingerprint, sa.literal("suppressed"))
                found.update(
                    {row[0]: row[1] for row in connection.execute(away.where(suppression.c.fingerprint.in_(chunk)))}
                )
        return found

    def counts(self) -> Mapping[str, int]:
        """Return how many subscribers are in each state, and how many addresses are suppressed."""
        query = sa.select(subscriber.c.state, sa.func.count()).group_by(subscriber.c.state)
        with reading(self._engine) as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
            away = connection.execute(sa.select(sa.func.count()).select_from(suppression)).scalar_one()
        return {state.value: found.get(state.value, 0) for state in SubscriberState} | {"suppressed": away}

    def segments(self) -> Mapping[str, int]:
        """Return how many people are in each segment, by name."""
        columns = subscriber_segment.c
        query = sa.select(columns.segment, sa.func.count()).group_by(columns.segment).order_by(columns.segment)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a durable write transaction on a database that knows what the journal tells of people."""
        with writing(self._engine, durable=True) as connection:
            if self._journals is not None:
                replay.catch_up_people(connection, self._journals)
            yield connection

    def _add(self, connection: Connection, chunk: Iterable[Subscriber], now: datetime) -> int:
        people: dict[str, Subscriber] = {}
        wanted: dict[str, set[str]] = {}
        for person in chunk:
            key = fingerprint(person.address)
            people.setdefault(key, person)
            wanted.setdefault(key, set()).update(person.segments)
        known = _ids(connection, people)
        rows = [
            {
                "address": person.address.strip(),
                "fingerprint": key,
                "token": person.token or self._token(),
                "name": person.name,
                "language": person.language,
                "state": person.state.value,
                "added": now,
                "changed": now,
            }
            for key, person in people.items()
            if key not in known
        ]
        if rows:
            connection.execute(sa.insert(subscriber), rows)
        _add_segments(connection, wanted, _ids(connection, [key for key, segments in wanted.items() if segments]))
        return len(rows)


def _ids(connection: Connection, fingerprints: Iterable[str]) -> dict[str, int]:
    query = sa.select(subscriber.c.fingerprint, subscriber.c.id).where(subscriber.c.fingerprint.in_(list(fingerprints)))
    return {row.fingerprint: row.id for row in connection.execute(query)}


def _add_segments(connection: Connection, wanted: Mapping[str, set[str]], ids: Mapping[str, int]) -> None:
    if not ids:
        return
    there = _segments(connection, list(ids.values()))
    rows = [
        {"subscriber": identity, "segment": segment}
        for key, identity in ids.items()
        for segment in sorted(wanted[key] - set(there.get(identity, ())))
    ]
    if rows:
        connection.execute(sa.insert(subscriber_segment), rows)


def _segments(connection: Connection, ids: list[int]) -> dict[int, tuple[str, ...]]:
    columns = subscriber_segment.c
    query = sa.select(subscriber_segment).where(columns.subscriber.in_(ids))
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query.order_by(columns.subscriber, bytewise(columns.segment, connection))):
        found[row.subscriber] = (*found.get(row.subscriber, ()), row.segment)
    return found


def _subscriber(row: sa.Row[tuple[object, ...]], segments: tuple[str, ...]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        token=row.token,
        name=row.name,
        language=row.language,
        state=SubscriberState(row.state),
        segments=segments,
    )
