"""A real sender in a process of its own, which can be told to die at an exact moment.

``python child.py '{"database": …, "port": …}'``. It prints the last tally as JSON, or the error's sentence.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher import mime
from publisher.delivery import Settings
from publisher.errors import PublisherError
from publisher.scheduler import stopping_on_signals
from publisher.stages.send import Ports, send
from publisher.store.database import open_engine
from publisher.store.editions import Editions
from publisher.store.journal import Journal, Journals
from publisher.store.ledger import Ledger
from publisher.store.notes import Notes
from publisher.transports import smtp

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

LETTER = mime.Settings(from_address="lettre@lettre.example", bounce_address="retours@lettre.example")


@dataclass(kw_only=True)
class Orders:
    """What the process is told; see ``office.Office.start``."""

    issue: str
    database: str
    journals: str
    port: int
    batch: int = 100
    lease: float = 1.0
    uncertain: str = "resend"
    connections: int = 5
    die: str = ""
    """``before commit 3``, ``after commit 3``, ``before journal 2``, ``after journal 2``: counted from the start."""
    largest_file: int = 0
    """Octets beyond which no file grows: a full disk."""
    timeout: float = 5.0
    drain: float = 60.0
    clock: str = ""
    """A file with the seconds by which the machine's clock is wrong: every process of the machine reads it."""


def main() -> int:
    """Send; return 0 when the run came to its end."""
    orders = Orders(**json.loads(sys.argv[1]))
    stop = threading.Event()
    if orders.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (orders.largest_file, resource.RLIM_INFINITY))
    try:
        engine = open_engine(orders.database)
        _arm(engine, orders.die)
        clock = _Clock(orders.clock)
        with stopping_on_signals(stop, drain=orders.drain):
            tally = send(orders.issue, _ports(engine, orders, clock), stop=stop.is_set)
    except KeyboardInterrupt:
        sys.stdout.write(json.dumps({"error": "KeyboardInterrupt"}))
        return 1
    except PublisherError as error:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "text": str(error)}))
        return 1
    sys.stdout.write(
        json.dumps({"campaign": tally.campaign, "counts": {key.value: n for key, n in tally.counts.items()}})
    )
    return 0


class _Clock:
    """The machine's time of day, which somebody may set."""

    def __init__(self, file: str) -> None:
        self._file = Path(file) if file else None

    def now(self, *_: object) -> datetime:
        """Return the time, as the ledger and the sender ask for it."""
        wrong = float(self._file.read_text()) if self._file is not None and self._file.exists() else 0.0
        return datetime.now(UTC) + timedelta(seconds=wrong)


def _ports(engine: Engine, orders: Orders, clock: _Clock) -> Ports:
    settings = Settings(batch=orders.batch, lease=orders.lease, uncertain=orders.uncertain)  # type: ignore[arg-type]
    relay: dict[str, Any] = {"host": "127.0.0.1", "port": orders.port, "security": "none"}
    owner = secrets.token_hex(16)
    folder = Path(orders.journals).with_name("notes")
    notes = Notes(folder, owner)
    transport = smtp.Smtp(
        smtp.Settings(**relay, connections=orders.connections, timeout=orders.timeout, data_timeout=orders.timeout),
        heard=notes.add,
    )
    return Ports(
        editions=Editions(engine),
        ledger=Ledger(
            engine,
            identity=lambda issue, who: mime.message_id(issue, who, LETTER.domain),
            settings=settings,
            clock=clock.now,
            journals=Journals(Path(orders.journals)),
            notes=folder,
        ),
        transport=transport,
        encode=partial(mime.encode, settings=LETTER),
        clock=clock.now,
        owner=owner,
        settings=settings,
        notes=notes,
    )


def _arm(engine: Engine, die: str) -> None:
    """Let the process be killed before or after its n-th commit or journal line, as by ``kill -9``."""
    if not die:
        return
    when, what, number = die.split()
    count = 0

    def reached() -> bool:
        nonlocal count
        count += 1
        return count == int(number)

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(call: Any) -> Any:
        def there(*args: Any) -> Any:
            now = reached()
            if now and when == "before":
                kill()
            result = call(*args)
            if now:
                kill()
            return result

        return there

    if what == "commit":
        engine.dialect.do_commit = wrapped(engine.dialect.do_commit)  # type: ignore[method-assign]
    else:
        Journal._append = wrapped(Journal._append)  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
