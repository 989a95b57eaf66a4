"""The ledger: one row per (issue, subscriber), the truth about every sending. It knows no SMTP and no message.

A claim is committed before the dialogue, its outcome after it, ``WHERE owner = me``. A claim whose lease ran out
becomes ``uncertain``. See docs/decisions/0040-ledger.md.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import get_ident
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from publisher.delivery import Settings, next_state
from publisher.message import Delivery, DeliveryState
from publisher.store import campaigns, replay, statements, tallies
from publisher.store.database import many, reading, translated, writing
from publisher.store.leases import Lease
from publisher.store.notes import left
from publisher.store.schema import campaign, delivery
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPICursor

    from publisher.delivery import Verdict
    from publisher.message import Result
    from publisher.protocols import Tally
    from publisher.store.journal import Journals

    _Row = sa.Row[*tuple[Any, ...]]
    _Settled = tuple[Verdict, tuple["_Held", ...]]

_CHUNK = 500
_LONGEST_ANSWER = 500


def database_clock(connection: Connection) -> datetime:
    """Return the database's own time: leases of several machines are measured by one clock."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)  # the database is this machine
    found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found


class _Held(NamedTuple):
    """A row in somebody's hands: what it was when it was claimed, and is as long as it is held."""

    id: int
    campaign: int
    subscriber: int
    attempts: int
    issue: str
    fingerprint: str


class Ledger:
    """``protocols.Ledger`` over the database.

    ``identity`` gives the Message-ID from issue and subscriber's token; it is stored at the first claim and stays.
    ``notes`` is the folder where senders of this machine leave what they heard and did not store.
    """

    def __init__(  # noqa: PLR0913 - what lies around a database
        self,
        engine: Engine,
        *,
        identity: Callable[[str, str], str],
        settings: Settings | None = None,
        clock: Callable[[Connection], datetime] = database_clock,
        journals: Journals | None = None,
        notes: Path | None = None,
    ) -> None:
        self._engine = engine
        self._identity = identity
        self._settings = settings or Settings()
        self._clock = clock
        self._journals = journals
        self._notes = notes
        self._glances: dict[int, DBAPICursor] = {}  # by thread: SQLite wants each to have its own
        self._claimed: dict[str, dict[int, _Held]] = {}  # by owner: what a settling need not ask the database again

    def plan(self, issue: str, digest: str, now: datetime, *, segments: Sequence[str] = ()) -> Tally:
        """Freeze the audience once: everybody, or whoever is in one of ``segments``.

        A later call with the same digest changes nothing. Raises ``ApprovalError`` for an edition that is not the
        approved one or not the one the sending began with, ``StoreError`` when the counts do not agree.
        """
        with self._writing() as connection:
            campaigns.plan(connection, issue, digest, now, segments, hold=self._settings.uncertain == "hold")
        return self.tally(issue)

    def foresee(self, issue: str, *, segments: Sequence[str] = ()) -> Tally:
        """Return what ``plan`` would freeze now, or how things stand when it was planned already. Writes nothing."""
        tally = self.tally(issue)
        if tally.campaign:
            return tally
        with reading(self._engine) as connection:
            found = campaigns.foresee(connection, issue, segments, hold=self._settings.uncertain == "hold")
        return tallies.foreseen(issue, found)

    def claim(self, issue: str, owner: str, *, limit: int, now: datetime) -> tuple[Delivery, ...]:
        """Claim up to ``limit`` rows that are due and commit; whoever must not be written to any more is excluded."""
        with self._writing() as connection:
            row = _campaign(connection, issue)
            if row is None or row.state != "running":
                return ()
            taken = self._take(connection, row.id, limit, now)
            if not taken:
                self._close(connection, row.id)
                return ()
            batch = row.batches + 1
            connection.execute(statements.NEXT_BATCH, {"which": row.id, "in_batch": batch})
            claimed: list[Delivery] = []
            held: dict[int, _Held] = {}
            for number, who, name_id, attempts, address, name, token, fingerprint, _, _ in taken:
                identity = name_id or self._identity(issue, token)
                held[number] = _Held(number, row.id, who, attempts + 1, issue, fingerprint)
                claimed.append(
                    Delivery(
                        id=number,
                        issue=issue,
                        subscriber=who,
                        address=address,
                        name=name,
                        token=token,
                        state=DeliveryState.CLAIMED,
                        message_id=identity,
                        attempts=attempts + 1,
                    )
                )
            fresh = [
                (one.message_id, one.id) for one, found in zip(claimed, taken, strict=True) if not found.message_id
            ]
            many(connection, statements.NAME, fresh)
            which = statements.numbers(connection, held)
            values = {"which": which, "me": owner, "lease": self._lease(connection), "in_batch": batch}
            connection.execute(statements.CLAIM[connection.dialect.name], values)
            self._note(connection, now, {(issue, DeliveryState.CLAIMED): [one.fingerprint for one in held.values()]})
        self._claimed.setdefault(owner, {}).update(held)
        return tuple(claimed)

    @property
    def ahead(self) -> int:
        """Return for how many messages at once to ask who has left: a file is near, a server is not."""
        return 5 if self._engine.dialect.name == "sqlite" else 50

    def gone(self, deliveries: Sequence[int]) -> frozenset[int]:
        """Return those of these deliveries that nothing may be sent for any more: who left, bounced or complained."""
        glance = self._glances.get(get_ident())
        if glance is not None:
            with translated(self._engine):
                glance.execute(statements.LEFT, (f"[{','.join(map(str, deliveries))}]",))
                return frozenset(row[0] for row in glance.fetchall())
        with reading(self._engine) as connection:
            return frozenset(connection.execute(statements.GONE, {"which": list(deliveries)}).scalars())

    def settle(self, owner: str, results: Iterable[tuple[int, Result]], now: datetime) -> int:
        """Commit outcomes of rows that ``owner`` still holds; return how many were written."""
        told = dict(results)
        if not told:
            return 0
        claimed = self._claimed.get(owner, {})
        with self._writing() as connection:
            held = [claimed[number] for number in told if number in claimed]
            held += _held(connection, owner, [number for number in told if number not in claimed])
            alike: defaultdict[tuple[int, Verdict, str], list[_Held]] = defaultdict(list)
            for row in held:
                result = told[row.id]
                verdict = next_state(result, attempts=row.attempts, now=now, settings=self._settings)
                answer = "" if verdict.state is DeliveryState.SENT else result.text[:_LONGEST_ANSWER]
                alike[row.campaign, verdict, answer].append(row)
            settled = [
                (verdict, written)
                for (_, verdict, answer), rows in alike.items()
                if (written := _write(connection, owner, verdict, answer, rows))
            ]
            for campaign_id in {row.campaign for _, rows in settled for row in rows}:
                self._go_on(connection, campaign_id, settled, told, now)
            self._tell(connection, settled, now)
        for number in told:
            claimed.pop(number, None)
        return sum(len(rows) for _, rows in settled)

    def recover(self, issue: str, now: datetime) -> int:
        """Turn claims whose lease ran out into ``uncertain``; return how many. Then hold or replan, as configured.

        What dead senders noted is settled first, as their own late word.
        """
        for dead in left(self._notes) if self._notes is not None else ():
            self.settle(dead.owner, dead.results, now)
        with self._writing() as connection:
            row = _campaign(connection, issue)
            if row is None:
                return 0
            clock = self._clock(connection)
            of_campaign = delivery.c.campaign == row.id
            claimed = sa.update(delivery).where(of_campaign, delivery.c.state == statements.CLAIMED)
            # A lease further off than any lease can be was given before the clock went back.
            furthest = clock + timedelta(seconds=self._settings.lease)
            connection.execute(claimed.where(delivery.c.leased_until > furthest).values(leased_until=furthest))
            expired = claimed.where(delivery.c.leased_until <= clock)
            lost = {"state": DeliveryState.UNCERTAIN.value, "reason": "lease", "leased_until": None}
            count = connection.execute(expired.values(**lost)).rowcount
            if self._settings.uncertain == "resend" and row.state in {"running", "done"}:
                unsure = sa.update(delivery).where(of_campaign, delivery.c.state == statements.UNCERTAIN)
                again = unsure.where(delivery.c.attempts < self._settings.attempts)
                values = {"state": DeliveryState.PLANNED.value, "owner": "", "repeats": delivery.c.repeats + 1}
                if connection.execute(again.values(**values)).rowcount:
                    campaigns.reopen(connection, row.id)
            self._close(connection, row.id)
            return count

    @contextmanager
    def hold(self, owner: str) -> Iterator[Callable[[], bool]]:
        """Renew the owner's leases until the block ends; the value says whether they are surely still held."""
        mine = sa.update(delivery).where(delivery.c.owner == owner, delivery.c.state == statements.CLAIMED)

        def renew() -> None:
            # durable, so that on PostgreSQL it takes its turn: rows locked in another order than an outcome's would
            # make one of the two fail
            with writing(self._engine, durable=True) as connection:
                connection.execute(mine.values(leased_until=self._lease(connection)))

        try:
            with Lease(renew, self._settings.lease) as held, self._glancing():
                yield held
        finally:
            self._claimed.pop(owner, None)

    def tally(self, issue: str) -> Tally:
        """Count the rows of one issue, by state and by reason."""
        with reading(self._engine) as connection:
            return tallies.count(connection, issue)

    def standings(self, issue: str, state: DeliveryState) -> tuple[tallies.Standing, ...]:
        """Return everybody whose message of this issue is in this state, with the reason and the server's words."""
        with reading(self._engine) as connection:
            return tuple(tallies.standings(connection, issue, state))

    def _take(self, connection: Connection, identity: int, limit: int, now: datetime) -> list[_Row]:
        """Return rows that may go out now, first tries first; exclude on the way those that must not."""
        values = {"of_campaign": identity, "most": limit}
        first = statements.FIRST_TRIES[connection.dialect.name]
        for due, more in ((first, {}), (statements.NEXT_TRIES, {"by": now})):
            while rows := connection.execute(due, values | more).all():
                barred = [row for row in rows if _barred(row)]
                _exclude(connection, identity, barred)
                if len(barred) < len(rows):
                    return [row for row in rows if not _barred(row)]
        return []

    def _go_on(
        self,
        connection: Connection,
        identity: int,
        settled: Iterable[_Settled],
        told: Mapping[int, Result],
        now: datetime,
    ) -> None:
        """Say of one campaign what its new outcomes mean: a pause, the pace, the end."""
        finished = 0
        for verdict, rows in settled:
            mine = [row for row in rows if row.campaign == identity]
            if verdict.pause and mine:
                campaigns.pause(connection, identity, _why(told[mine[0].id]))
            finished += len(mine) if verdict.state is not DeliveryState.PLANNED else 0
        campaigns.keep_pace(connection, identity, finished, now)
        self._close(connection, identity)

    def _tell(self, connection: Connection, settled: Sequence[_Settled], now: datetime) -> None:
        """Mark people whose address turned out not to exist, and write the journals."""
        gone = [row for verdict, rows in settled if verdict.hard for row in rows]
        if gone:
            connection.execute(statements.BOUNCED, [{"who": row.subscriber, "at": now} for row in gone])
        outcomes: defaultdict[tuple[str, DeliveryState], list[str]] = defaultdict(list)
        for verdict, rows in settled:
            for row in rows:
                outcomes[row.issue, verdict.state].append(row.fingerprint)
        self._note(connection, now, outcomes, [row.fingerprint for row in gone])

    @contextmanager
    def _glancing(self) -> Iterator[None]:
        """Keep a connection of SQLite at hand for ``gone`` until the block ends."""
        if self._engine.dialect.name != "sqlite":
            yield
            return
        with translated(self._engine), closing(self._engine.raw_connection()) as connection:
            self._glances[get_ident()] = connection.cursor()
            try:
                yield
            finally:
                self._glances.pop(get_ident(), None)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a durable write transaction on a database that knows all that the journals tell."""
        with writing(self._engine, durable=True) as connection:
            if self._journals is not None:
                replay.catch_up(connection, self._journals, self._identity)
            yield connection

    def _note(
        self,
        connection: Connection,
        now: datetime,
        outcomes: Mapping[tuple[str, DeliveryState], Sequence[str]],
        bounced: Sequence[str] = (),
    ) -> None:
        """Write the journals, last thing before the commit."""
        if self._journals is None:
            return
        lines = [replay.outcome(issue, state, who, now) for (issue, state), who in outcomes.items()]
        self._journals.deliveries.note(connection, lines)
        if bounced:
            line = replay.wish(bounced, now, state=SubscriberState.BOUNCED.value)
            self._journals.people.note(connection, [line])

    def _close(self, connection: Connection, identity: int) -> None:
        """End the campaign when nothing is left to do, now or in a next run."""
        tries = self._settings.attempts if self._settings.uncertain == "resend" else 0
        campaigns.close(connection, identity, tries=tries)

    def _lease(self, connection: Connection) -> datetime:
        return self._clock(connection) + timedelta(seconds=self._settings.lease)


def _campaign(connection: Connection, issue: str) -> _Row | None:
    return connection.execute(statements.CAMPAIGN, {"of_issue": issue}).first()


def _barred(row: _Row) -> str:
    """Return why this person must not be written to any more, "" when nothing speaks against it."""
    if row.suppressed is not None:
        return "suppressed"
    return "" if row.standing == SubscriberState.ACTIVE.value else str(row.standing)


def _exclude(connection: Connection, identity: int, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    connection.execute(statements.EXCLUDE, [{"which": row.id, "why": _barred(row)} for row in rows])
    counts = {"planned": campaign.c.planned - len(rows), "excluded": campaign.c.excluded + len(rows)}
    connection.execute(sa.update(campaign).where(campaign.c.id == identity).values(**counts))


def _held(connection: Connection, owner: str, ids: Sequence[int]) -> list[_Held]:
    """Return the rows that ``owner`` still holds: claimed, or uncertain because its lease ran out meanwhile."""
    held: list[_Held] = []
    for start in range(0, len(ids), _CHUNK):
        values = {"which": ids[start : start + _CHUNK], "me": owner}
        held.extend(_Held(*row) for row in connection.execute(statements.HELD, values))
    return held


def _write(
    connection: Connection, owner: str, verdict: Verdict, answer: str, rows: Sequence[_Held]
) -> tuple[_Held, ...]:
    """Write one outcome that all these rows came to; return those that ``owner`` still held."""
    values = {
        "me": owner,
        "now_state": verdict.state.value,
        "now_owner": "" if verdict.state is DeliveryState.PLANNED else owner,
        "why": verdict.reason,
        "said": answer,
        "again": verdict.next_try,
        "untried": 0 if verdict.tried else 1,
    }
    which = statements.numbers(connection, (row.id for row in rows))
    written = set(connection.execute(statements.SETTLE[connection.dialect.name], {**values, "which": which}).scalars())
    return tuple(row for row in rows if row.id in written)


def _why(result: Result) -> str:
    """Return in words why the relay asks for a pause."""
    answer = " ".join(f"{result.code or ''} {result.enhanced} {result.text}".split())[:200]
    return f"le serveur d’envoi demande d’attendre ({answer})" if answer else "le serveur d’envoi demande d’attendre"
