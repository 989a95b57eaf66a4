"""A large list in the database: what planning, counting and claiming cost, and how the database goes about it.

On SQLite by default; ``--postgresql`` starts the server that the tests use, ``--url`` takes one that runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import sqlalchemy as sa
from store.bench import ISSUE, SENT, Bench, person
from store.plans import Recorder
from store.server import Server

from publisher.store.database import open_engine, writing
from publisher.store.journal import Journals
from publisher.store.returns import Returns
from publisher.store.schema import subscriber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

BATCH = 100


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--batches", type=int, default=100)
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--url", default="")
    options.add_argument("--plans", action="store_true", help="print the plan of each statement too")
    chosen = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = chosen.url or f"sqlite:///{folder / 'publisher.db'}"
        if chosen.postgresql:
            server = Server.start(durable=True)
            stack.callback(server.close)
            url = server.database()
        engine = open_engine(url)
        stack.callback(engine.dispose)
        _measure(engine, folder, chosen)


def _measure(engine: Engine, folder: Path, chosen: argparse.Namespace) -> None:
    now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    bench = Bench(engine, now, journals=Journals(folder / "journals"))
    ledger = bench.ledger
    print(f"{engine.dialect.name}, {chosen.people:,} people, batches of {BATCH}, journals synced")
    with _timed("subscribers written"):
        _people(engine, chosen.people, now)
    digest = bench.approved()
    with Recorder(engine) as recorder:
        with _timed("audience frozen and verified"):
            ledger.plan(ISSUE, digest, now)
        with _timed("status"):
            ledger.tally(ISSUE)
        with _timed("claim and settle, first batches", chosen.batches * BATCH):
            _send(bench, chosen.batches)
        ledger.recover(ISSUE, now + timedelta(hours=1))
        with _timed("status, under way"):
            ledger.tally(ISSUE)
    with _timed("almost everybody marked as sent"):
        _skip(engine, keep=2 * chosen.batches * BATCH)
    with Recorder(engine) as later:
        with _timed("claim and settle, last batches", chosen.batches * BATCH):
            _send(bench, chosen.batches)
        with _timed("status, nearly done"):
            ledger.tally(ISSUE)
        with _timed("delivery of a returned message, by Message-ID"):
            Returns(engine).delivery_of(f"<{ISSUE}.17@lettre.example>")
    print(f"{'size of the database':44} {_size(engine) / 1e6:10.0f} MB")
    print(f"{'peak memory of this process':44} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:10.0f} MB")
    if chosen.plans:
        for words, plan in (recorder.plans() | later.plans()).items():
            print(f"\n{' '.join(words.split())}\n{plan}")


@contextmanager
def _timed(what: str, count: int = 0) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    each = f", {1e6 * wall / count:5.0f} µs a message ({1e6 * cpu / count:.0f} µs of our CPU)" if count else ""
    print(f"{what:44} {wall:10.3f} s, {cpu:8.3f} s of our CPU{each}", flush=True)


def _people(engine: Engine, count: int, now: datetime) -> None:
    """Write so many active people, without the care that a real import takes of each."""
    columns = {"name": "", "language": "fr", "state": "active", "added": now, "changed": now}
    for start in range(0, count, 20_000):
        with writing(engine) as connection:
            connection.execute(
                sa.insert(subscriber),
                [
                    {"address": person(n).address, "fingerprint": f"{n:032x}", "token": f"t{n}", **columns}
                    for n in range(start, min(start + 20_000, count))
                ],
            )


def _send(bench: Bench, batches: int) -> None:
    ledger = bench.ledger
    for _ in range(batches):
        rows = ledger.claim(ISSUE, "me", limit=BATCH, now=bench.now)
        ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)


def _skip(engine: Engine, keep: int) -> None:
    """Bring the sending near its end, by the legal way and without a journal."""
    last = sa.text("SELECT max(id) FROM delivery")
    claim = sa.text(
        "UPDATE delivery SET state = 'claimed', owner = 'bench', attempts = 1, epoch = 1,"
        " leased_until = CURRENT_TIMESTAMP, message_id = '<2026-11.' || subscriber || '@lettre.example>'"
        " WHERE state = 'planned' AND id <= :last"
    )
    settle = sa.text("UPDATE delivery SET state = 'sent', leased_until = NULL WHERE state = 'claimed'")
    with writing(engine) as connection:
        connection.execute(claim, {"last": connection.execute(last).scalar_one() - keep})
        connection.execute(settle)


def _size(engine: Engine) -> int:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
    file = Path(str(engine.url.database))
    return sum(each.stat().st_size for each in (file, Path(f"{file}-wal")) if each.exists())


if __name__ == "__main__":
    os.nice(10)
    main()
