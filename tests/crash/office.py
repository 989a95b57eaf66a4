"""One approved issue, its subscribers, a server with its own truth, and senders that are killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from publisher.edition import Edition
from publisher.message import DeliveryState
from publisher.store.database import open_engine, reading
from publisher.store.editions import Editions
from publisher.store.ledger import Ledger
from publisher.store.roster import Roster
from publisher.store.schema import delivery, subscriber
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
ISSUE = "2026-11"
NOW = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a sending, by the server's own record."""

    people: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unexplained: tuple[str, ...]
    """Doubled although nothing of theirs was in flight at any mishap."""
    strange: tuple[str, ...]
    """With two Message-IDs."""
    states: dict[str, int]
    repeats: int
    runs: int

    @property
    def kept(self) -> bool:
        """Say whether the promise held: nobody lost, doubles only in flight and under the same Message-ID."""
        return not (self.lost or self.unexplained or self.strange)


@dataclass
class Sink:
    """A server with its record. ``kind`` is ``aiosmtpd``, or ``smtp-sink`` of Postfix."""

    folder: Path
    kind: str = "aiosmtpd"
    port: int = 0
    step: str = ""
    every: int = 1
    _process: subprocess.Popen[str] | None = None

    def start(self, step: str = "", every: int = 1) -> None:
        """Start it, on the same port when it was started before."""
        self.stop()
        self.folder.mkdir(exist_ok=True)
        if self.kind == "smtp-sink":
            self.port = self.port or _free_port()
            self.folder.chmod(0o777)
            as_whom = ["-u", "nobody"] if os.geteuid() == 0 else []
            program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
            command = [program, *as_whom, "-d", f"{self.folder}/m.", f"127.0.0.1:{self.port}", "100"]
            self._process = subprocess.Popen(command, text=True, stderr=subprocess.DEVNULL)
            _wait_for(self.port)
            return
        record = str(self.folder / "record")
        told = [step, str(every)] if step else []
        command = [sys.executable, str(HERE / "relay.py"), record, str(self.port), *told]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    @property
    def dead(self) -> bool:
        """Say whether it died."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """Kill it and wait."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    @property
    def mishaps(self) -> int:
        """Return how often aiosmtpd hung up, stalled or died where it was told to."""
        file = self.folder / "mishaps"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def received(self) -> list[tuple[str, str]]:
        """Return recipient and Message-ID of everything that was accepted."""
        if self.kind == "smtp-sink":
            return [pair for file in self.folder.glob("m.*") for pair in _dumped(file)]
        record = self.folder / "record"
        lines = record.read_text().splitlines() if record.exists() else []
        return [(recipient, identity) for recipient, _, identity in (line.partition(" ") for line in lines)]


@dataclass
class Office:
    """A database with an approved issue, and what is known of every mishap."""

    folder: Path
    people: int
    sink: Sink
    batch: int = 100
    lease: float = 1.0
    uncertain: str = "resend"
    in_flight: set[str] = field(default_factory=set)
    runs: int = 0

    def __enter__(self) -> Self:
        """Make the database."""
        self._engine = open_engine(self._url)
        people = (
            Subscriber(id=0, address=f"p{n}@villes.example", token=f"token{n}", state=SubscriberState.ACTIVE)
            for n in range(self.people)
        )
        Roster(self._engine).add(people, NOW)
        body = "Une commune ouvre une cuisine partagée. " * 20
        edition = Edition(
            issue=ISSUE,
            date=NOW,
            subject="Lettre",
            preheader="",
            language="fr",
            html=f"<p>{body}</p>",
            text=body,
            page="",
        )
        Editions(self._engine).approve(edition, by="Jeanne", now=NOW)
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go."""
        self._engine.dispose()
        self.sink.stop()

    def start(self, **orders: object) -> subprocess.Popen[str]:
        """Start a sender; see ``child.Orders``."""
        self.runs += 1
        told: dict[str, object] = {
            "issue": ISSUE,
            "database": self._url,
            "journals": str(self.folder / "journal"),
            "port": self.sink.port,
            "batch": self.batch,
            "lease": self.lease,
            "uncertain": self.uncertain,
            "clock": str(self.folder / "clock"),
        }
        command = [sys.executable, str(HERE / "child.py"), json.dumps(told | orders)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process: subprocess.Popen[str], *, seconds: float = 120.0) -> dict[str, Any]:
        """Wait for a sender; note what it leaves in flight; return what it said (nothing, when it was killed)."""
        said, wrong = process.communicate(timeout=seconds)
        if process.returncode != 0:
            self.note_in_flight()
        if process.returncode not in {0, 1, -signal.SIGKILL, -signal.SIGTERM}:  # the last: told while it was ending
            raise AssertionError(f"the sender ended with {process.returncode}: {wrong}")
        return dict(json.loads(said)) if said.strip() else {}

    def note_in_flight(self) -> None:
        """Remember whose messages are claimed without an outcome now, or uncertain: they may come twice."""
        unsure = delivery.c.state.in_([DeliveryState.CLAIMED.value, DeliveryState.UNCERTAIN.value])
        query = sa.select(subscriber.c.address).join(delivery, delivery.c.subscriber == subscriber.c.id).where(unsure)
        with reading(self._engine) as connection:
            self.in_flight.update(connection.execute(query).scalars())

    def note_repeats(self) -> None:
        """Remember whose messages the ledger itself counts as given out again."""
        query = sa.select(subscriber.c.address).join(delivery, delivery.c.subscriber == subscriber.c.id)
        with reading(self._engine) as connection:
            self.in_flight.update(connection.execute(query.where(delivery.c.repeats > 0)).scalars())

    def set_clock(self, seconds: float) -> None:
        """Set the machine's clock wrong by so many seconds, for every sender at once."""
        unfinished = self.folder / "clock.new"
        unfinished.write_text(str(seconds))
        unfinished.replace(self.folder / "clock")

    def settled(self) -> int:
        """Return how many were sent so far."""
        return self._ledger.tally(ISSUE).counts[DeliveryState.SENT]

    def complete(self, *, within: float = 120.0) -> None:
        """Run senders until the campaign is done, as a person would run the command again."""
        end = time.monotonic() + within
        while self._ledger.tally(ISSUE).campaign != "done":
            if time.monotonic() > end:
                raise AssertionError(f"not done: {self._ledger.tally(ISSUE)}")
            if self.sink.dead:
                self.sink.start()
            self.note_in_flight()
            before = self.settled()
            self.finish(self.start())
            if self.settled() == before:
                time.sleep(self.lease / 2)  # a dead sender's claims are waited for

    def verdict(self) -> Verdict:
        """Compare the server's record with the list of people."""
        copies: defaultdict[str, list[str]] = defaultdict(list)
        for recipient, identity in self.sink.received():
            copies[recipient].append(identity)
        tally = self._ledger.tally(ISSUE)
        doubled = {address for address, ids in copies.items() if len(ids) > 1}
        return Verdict(
            people=self.people,
            lost=tuple(sorted({f"p{n}@villes.example" for n in range(self.people)} - set(copies))),
            doubled=tuple(sorted(doubled)),
            unexplained=tuple(sorted(doubled - self.in_flight)),
            strange=tuple(sorted(address for address, ids in copies.items() if len(set(ids)) > 1)),
            states={state.value: count for state, count in tally.counts.items() if count},
            repeats=tally.repeats,
            runs=self.runs,
        )

    @property
    def _url(self) -> str:
        return f"sqlite:///{self.folder / 'publisher.sqlite'}"

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self._engine, identity=lambda issue, who: f"<{issue}.{who}@unused.example>")


def office(people: int, *, kind: str = "aiosmtpd", root: Path | None = None, **changes: Any) -> Office:
    """Return an office in a new folder."""
    folder = Path(tempfile.mkdtemp(dir=root))
    folder.chmod(0o755)
    return Office(folder=folder, people=people, sink=Sink(folder=folder / "sink", kind=kind), **changes)


def worst(verdicts: Iterable[Verdict]) -> Counter[str]:
    """Return the sums over several sendings."""
    total: Counter[str] = Counter()
    for verdict in verdicts:
        total["sendings"] += 1
        total["people"] += verdict.people
        total["runs"] += verdict.runs
        for name in ("lost", "doubled", "unexplained", "strange"):
            total[name] += len(getattr(verdict, name))
    return total


_RECIPIENT = re.compile(rb"^X-Rcpt-Args: <?([^>\s]+)", re.MULTILINE)
_IDENTITY = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


def _dumped(file: Path) -> list[tuple[str, str]]:
    """Return what one file of smtp-sink says; a file without an end was never answered."""
    octets = file.read_bytes()
    identity = _IDENTITY.search(octets)
    if identity is None or not octets.rstrip().endswith(b"--"):  # cut off before the last boundary
        return []
    return [(found.decode(), identity[1].decode()) for found in _RECIPIENT.findall(octets)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("smtp-sink did not start")
