"""Limits hold for all senders together: two of them share what one may send."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from store.bench import together

from publisher.store.database import open_engine
from publisher.store.pace import SharedPace
from publisher.transports.pace import LocalPace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

    from publisher.protocols import Pace


class Clock:
    """A clock that tests move; it serves the database's and the process's pace alike."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)

    def of_database(self, _: Connection) -> datetime:
        """Return the time."""
        return self.now

    def of_process(self) -> float:
        """Return the time in seconds."""
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "process"])
def senders(request: pytest.FixtureRequest, clock: Clock) -> Iterator[tuple[Pace, Pace]]:
    """Return two senders' views of one limit: two connections to one database, or one process."""
    if request.param == "process":
        local = LocalPace(clock.of_process)
        yield local, local
        return
    engines = [open_engine(request.getfixturevalue(f"{request.param}_url")) for _ in range(2)]
    first, second = (SharedPace(engine, clock=clock.of_database) for engine in engines)
    yield first, second
    for engine in engines:
        engine.dispose()


def test_two_senders_share_one_limit(senders: tuple[Pace, Pace], clock: Clock) -> None:
    """At ten a second two senders together send ten in the first second and as many in each one after."""
    sent = 0
    for _ in range(30):
        for sender in senders:
            sent += sender.take("gmail.com", interval=0.1, burst=10, most=3).count
        clock.now += timedelta(seconds=0.1)
    assert 38 <= sent <= 40  # a burst of ten, then ten a second for three seconds


def test_whoever_must_wait_is_told_how_long(senders: tuple[Pace, Pace], clock: Clock) -> None:
    """After the burst the wait is exactly until the next permit, and waiting so long is enough."""
    first, second = senders
    assert first.take("orange.fr", interval=2.0, burst=1, most=5).count == 1
    wait = second.take("orange.fr", interval=2.0, burst=1, most=5).wait
    assert wait == pytest.approx(2.0, abs=0.01)
    clock.now += timedelta(seconds=wait)
    assert second.take("orange.fr", interval=2.0, burst=1, most=5).count == 1


def test_each_key_has_a_limit_of_its_own(senders: tuple[Pace, Pace]) -> None:
    """A domain that is exhausted holds up no other."""
    first, second = senders
    assert first.take("a.example", interval=60.0, burst=1, most=1).count == 1
    assert second.take("a.example", interval=60.0, burst=1, most=1).count == 0
    assert second.take("b.example", interval=60.0, burst=1, most=1).count == 1


def test_a_clock_that_is_set_back_holds_no_mail(engine: Engine, clock: Clock) -> None:
    """After the database's clock lost a day the next permit comes within a burst, not a day later."""
    pace = SharedPace(engine, clock=clock.of_database)
    pace.take("a.example", interval=1.0, burst=5, most=5)
    clock.now -= timedelta(days=1)
    assert pace.take("a.example", interval=1.0, burst=5, most=5).wait <= 5.0


TAKER = """
import sys, time
from publisher.store.database import open_engine
from publisher.store.pace import SharedPace
pace, taken, end = SharedPace(open_engine(sys.argv[1])), 0, 0.0
print("ready", flush=True)
sys.stdin.readline()
begun, end = time.time(), time.monotonic() + 1.0
while time.monotonic() < end or not taken:
    permits = pace.take("domain:orange.fr", interval=0.05, burst=20, most=5)
    taken += permits.count
    time.sleep(min(permits.wait, 0.05))
print(taken, begun, time.time())
"""


def test_those_who_ask_first_share_one_burst(engine: Engine, clock: Clock) -> None:
    """A key that nobody asked for yet gives one burst, however many ask for it at the same moment."""
    pace = SharedPace(engine, clock=clock.of_database)
    taken: list[int] = []
    together(*[lambda: taken.append(pace.take("new.example", interval=60.0, burst=4, most=4).count)] * 6)
    assert sum(taken) == 4


def test_two_processes_share_one_limit(url: str) -> None:
    """Two programmes that ask at once get together what the limit gives in that time, and one burst."""
    command = [sys.executable, "-c", TAKER, url]
    takers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    told = [taker.communicate("go\n", timeout=60)[0].split() for taker in takers]
    taken = [int(each[0]) for each in told]
    seconds = max(float(each[2]) for each in told) - min(float(each[1]) for each in told)
    assert all(taken)
    assert sum(taken) <= 20 * seconds + 20 + 1
