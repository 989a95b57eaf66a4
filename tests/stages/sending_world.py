"""The world of the state machine: people, a database, a server that keeps the truth, senders, a disk that fails."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from stages.mishaps import DEFERRED, FULL, NOBODY, QUICK, QUOTA, Answer, Plain, StoppedHere, migrated

from publisher.delivery import Settings
from publisher.errors import SendError, TransportError
from publisher.message import Delivery, DeliveryState, Message, Outcome, Result
from publisher.stages.send import Ports
from publisher.store.database import open_engine, reading
from publisher.store.editions import Editions
from publisher.store.journal import Journals
from publisher.store.ledger import Ledger
from publisher.store.notes import Notes
from publisher.store.schema import delivery, subscriber
from publisher.transports.memory import SENT, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection


class World:
    """What happened, as the server and the people know it, and the programme that is to know it too."""

    uncertain: Literal["hold", "resend"] = "hold"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=QUICK)
        (Path(self.folder.name) / "publisher.sqlite").write_bytes(migrated())
        self.engine = open_engine(f"sqlite:///{self.folder.name}/publisher.sqlite")
        self.journals = Journals(Path(self.folder.name) / "journal")
        self.now = datetime(2026, 11, 3, 9, tzinfo=UTC)
        self.accepted: Counter[str] = Counter()
        self.ids: dict[str, str] = {}
        self.left: dict[str, int] = {}
        self.sent: set[int] = set()
        self.dead: list[tuple[str, tuple[Delivery, ...]]] = []
        self.owners = 0
        self.cancelled = False
        self.asked: set[int] = set()
        self.handed: set[int] = set()
        self.refused: set[str] = set()
        self.meanwhile: list[Callable[[], None]] = []
        self.commits_to_go: int | None = None
        self.killed = False
        sa.event.listen(self.engine, "commit", self._commit)

    def ledger(self) -> Ledger:
        """Return a ledger as a new programme would open it."""

        def clock(_: Connection) -> datetime:
            return self.now

        return Ledger(
            self.engine,
            identity=lambda issue, who: f"<{issue}.{who}@l.example>",
            settings=Settings(batch=4, uncertain=self.uncertain, attempts=4),
            clock=clock,
            journals=self.journals,
            notes=Path(self.folder.name) / "notes",
        )

    def ports(self, transport: Memory) -> Ports:
        """Return a new sender."""
        owner, ledger = self.owner(), self.ledger()
        return Ports(
            editions=Editions(self.engine),
            ledger=ledger,
            transport=transport,
            encode=lambda _: Plain(self.hand),
            clock=lambda: self.now,
            owner=owner,
            settings=Settings(batch=4, uncertain=self.uncertain, attempts=4),
            notes=Notes(Path(self.folder.name) / "notes", owner),
            gone=ledger.gone,
            ahead=ledger.ahead,
        )

    def hand(self, row: Delivery) -> None:
        """Check that whoever is written to now has not left by now."""
        self.handed.add(row.id)
        assert row.address not in self.left

    @contextmanager
    def refused_when_cancelled(self) -> Iterator[None]:
        """Let a refusal pass only after a cancellation, and ask for one then."""
        try:
            yield
        except SendError:
            assert self.cancelled
        else:
            assert not self.cancelled

    def owner(self) -> str:
        """Return the name of a new sender."""
        self.owners += 1
        return f"owner{self.owners}"

    def answer(self, message: Message, answer: Answer) -> Result:
        """Answer as drawn, after what happens meanwhile, and remember what was taken or refused."""
        if self.meanwhile:
            self.meanwhile.pop(0)()
        match answer:
            case "sent":
                self.accept(message.recipient, message.message_id)
                return SENT
            case "accepted and cut":
                self.accept(message.recipient, message.message_id)
                return Result(outcome=Outcome.UNCERTAIN)
            case "cut":
                return Result(outcome=Outcome.UNCERTAIN)
            case "dies":
                self.accept(message.recipient, message.message_id)
                raise TransportError("le serveur a raccroché")
            case _:
                self.refused.add(message.recipient)
                return {"deferred": DEFERRED, "quota": QUOTA, "full": FULL, "nobody": NOBODY}[answer]

    def accept(self, address: str, message_id: str) -> None:
        """Remember what the server took; a second copy bears the same Message-ID."""
        self.accepted[address] += 1
        assert self.ids.setdefault(address, message_id) == message_id

    def held_by_another(self, row: Delivery, owner: str) -> bool:
        """Say whether a sender that slept would find its lease over: then it hands nothing more over."""
        found = next(each for each in self.rows() if each.id == row.id)
        return bool(found.owner != owner or found.state != DeliveryState.CLAIMED or found.leased_until <= self.now)

    def rows(self) -> list[sa.Row[*tuple[object, ...]]]:
        """Return the ledger's rows with whose they are."""
        query = sa.select(delivery, subscriber.c.address, subscriber.c.state.label("standing"))
        with reading(self.engine) as connection:
            return list(connection.execute(query.join(subscriber, subscriber.c.id == delivery.c.subscriber)))

    def _commit(self, _: object) -> None:
        """Fail or die at the drawn commit, and at each one after it while the run lasts."""
        if self.commits_to_go is None:
            return
        self.commits_to_go -= 1
        if self.commits_to_go < 0:
            if self.killed:
                raise StoppedHere
            raise sqlite3.OperationalError("database or disk is full")
