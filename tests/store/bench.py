"""A ledger on a real database with a clock that the test turns, and the answers a relay gives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.delivery import Settings
from publisher.edition import Edition
from publisher.message import Outcome, Result
from publisher.store.editions import Editions
from publisher.store.ledger import Ledger
from publisher.store.roster import Roster
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from publisher.store.journal import Journals

ISSUE = "2026-11"
SENT = Result(outcome=Outcome.SENT, code=250)
UNKNOWN = Result(outcome=Outcome.UNCERTAIN)
UNUSED = Result(outcome=Outcome.NOT_TRIED)
LATER = Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0", text="try later")
NOBODY = Result(outcome=Outcome.FAILED, code=550, enhanced="5.1.1", text="no such user")
QUOTA = Result(outcome=Outcome.DEFERRED, code=452, enhanced="4.3.1", text="quota", pause=True)


@dataclass
class Bench:
    """A ledger with a clock that the test turns."""

    engine: Engine
    now: datetime
    settings: Settings = field(default_factory=lambda: Settings(uncertain="hold"))
    journals: Journals | None = None

    @property
    def ledger(self) -> Ledger:
        """Return a new ledger, as a programme that starts would."""
        return Ledger(self.engine, identity=identity, settings=self.settings, clock=self._clock, journals=self.journals)

    @property
    def roster(self) -> Roster:
        """Return the subscribers."""
        return Roster(self.engine, journals=self.journals)

    def people(self, count: int, **changes: object) -> None:
        """Add so many people."""
        people = [person(n, **changes) for n in range(count)]
        self.roster.add(people, self.now)

    def planned(self, count: int = 3) -> Ledger:
        """Return a ledger with a planned sending to so many people."""
        self.people(count)
        ledger = self.ledger
        ledger.plan(ISSUE, self.approved(), self.now)
        return ledger

    def approved(self, subject: str = "Lettre") -> str:
        """Approve an edition and return its digest."""
        edition = edition_of(self.now, subject)
        return Editions(self.engine).approve(edition, by="Jeanne", now=self.now).digest

    def states(self) -> dict[str, int]:
        """Return how many rows are in each state, empty ones left out."""
        return {state.value: count for state, count in self.ledger.tally(ISSUE).counts.items() if count}

    def _clock(self, _: Connection) -> datetime:
        return self.now


def identity(issue: str, token: str) -> str:
    """Return a Message-ID that shows whose it is."""
    return f"<{issue}.{token}@lettre.example>"


def person(n: int, **changes: object) -> Subscriber:
    """Return an active subscriber by number."""
    fields = {"id": 0, "address": f"p{n}@villes.example", "token": "", "state": SubscriberState.ACTIVE} | changes
    return Subscriber(**fields)  # type: ignore[arg-type]


def edition_of(now: datetime, subject: str) -> Edition:
    """Return a tiny edition."""
    return Edition(
        issue=ISSUE, date=now, subject=subject, preheader="", language="fr", html="<p>a</p>", text="a", page="<p>a</p>"
    )


def switched_off(connection: Connection, rule: str, table: str) -> Callable[[], object]:
    """Take one of the database's own rules away; calling the result puts it back."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {rule}")
        return partial(connection.exec_driver_sql, f"ALTER TABLE {table} ENABLE TRIGGER {rule}")
    query = sa.text("SELECT sql FROM sqlite_master WHERE name = :rule")
    words = connection.execute(query, {"rule": rule}).scalar_one()
    connection.exec_driver_sql(f"DROP TRIGGER {rule}")
    return partial(connection.exec_driver_sql, words)


def together(*calls: Callable[[], object]) -> None:
    """Make several calls at the same moment, each in a thread of its own; raise the first error once all ended."""
    with ThreadPoolExecutor(len(calls)) as pool:
        gate = threading.Barrier(len(calls))

        def run(call: Callable[[], object]) -> object:
            gate.wait()
            return call()

        for done in [pool.submit(run, call) for call in calls]:
            done.result()
