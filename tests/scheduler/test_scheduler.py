"""The ticker: it ticks, goes on after errors, and stops cleanly. Real seconds, few of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import schedule

from publisher.scheduler import run, stopping_on_signals, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


class Ticks:
    """A tick that counts, does what it is told at each count, and stops the loop after the last."""

    def __init__(self, stop: threading.Event, *, last: int, what: Callable[[int], object] = bool) -> None:
        self.stop = stop
        self.last = last
        self.what = what
        self.times: list[datetime] = []

    def __call__(self, now: datetime) -> None:
        """Count, stop after the last, and do what was told."""
        self.times.append(now)
        if len(self.times) >= self.last:
            self.stop.set()
        self.what(len(self.times))


def never(error: Exception) -> None:
    """Fail: no error was expected."""
    raise AssertionError(error)


class SetBack(schedule.Scheduler):
    """A ``schedule`` whose wall clock was set back by an hour: to its mind nothing is due for long."""

    @property
    def idle_seconds(self) -> float:
        """Say that the next run is an hour away."""
        return 3600.0

    def run_pending(self) -> None:
        """Run nothing."""


def test_first_tick_is_at_once_with_the_given_clock() -> None:
    """The first tick does not wait, and gets the time of the clock that was given."""
    stop = threading.Event()
    ticks = Ticks(stop, last=1)
    begun = time.monotonic()
    assert run(ticks, never, stop, seconds=3600, clock=lambda: NOON) == 1
    assert ticks.times == [NOON]
    assert time.monotonic() - begun < 1


def test_ticks_follow_each_other() -> None:
    """Ticks come every so many seconds until the stop."""
    stop = threading.Event()
    begun = time.monotonic()
    assert run(Ticks(stop, last=3), never, stop, seconds=1) == 3
    assert 1.5 < time.monotonic() - begun < 10


def test_an_error_never_ends_the_loop() -> None:
    """An exception is reported, and the next tick comes all the same; ``schedule`` alone would end there."""
    stop, told = threading.Event(), list[Exception]()

    def fails(count: int) -> None:
        if count < 3:
            raise RuntimeError(f"tick {count}")

    assert run(Ticks(stop, last=3, what=fails), told.append, stop, seconds=1) == 3
    assert [str(error) for error in told] == ["tick 1", "tick 2"]


def test_an_error_of_the_report_is_not_hidden() -> None:
    """When even reporting fails the loop ends with that error: going on in silence would be worse."""
    stop = threading.Event()

    def fails(_count: int) -> None:
        raise RuntimeError

    def broken(error: Exception) -> None:
        raise OSError("disque plein") from error

    with pytest.raises(OSError, match="disque plein"):
        run(Ticks(stop, last=5, what=fails), broken, stop, seconds=1)


def test_a_clock_set_back_does_not_silence_the_ticks() -> None:
    """When the wall clock was set back an hour, ``schedule`` would wait an hour; ticks go on every second."""
    stop = threading.Event()
    begun = time.monotonic()
    assert run(Ticks(stop, last=3), never, stop, seconds=1, ticker=SetBack()) == 3
    assert time.monotonic() - begun < 10


def test_a_stop_before_the_start_ticks_never() -> None:
    """A loop that was stopped before it began does nothing."""
    stop = threading.Event()
    stop.set()
    assert run(Ticks(stop, last=1), never, stop, seconds=1) == 0


def test_a_stop_interrupts_the_wait() -> None:
    """A stop from elsewhere ends a long wait at once."""
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    assert run(Ticks(threading.Event(), last=9), never, stop, seconds=3600) == 1
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_tick_finish_and_stops(number: signal.Signals) -> None:
    """SIGTERM or SIGINT in the middle of a tick: the tick finishes, the loop ends, the old handlers come back."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    stop, finished = threading.Event(), list[int]()

    def work(count: int) -> None:
        os.kill(os.getpid(), number)
        finished.append(count)

    with stopping_on_signals(stop):
        assert run(Ticks(threading.Event(), last=9, what=work), never, stop, seconds=3600) == 1
    assert finished == [1]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_second_interrupt_does_not_wait() -> None:
    """A second SIGINT interrupts as usual, a second SIGTERM changes nothing."""
    stop = threading.Event()
    with stopping_on_signals(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_work_that_does_not_finish_in_time_is_interrupted() -> None:
    """Asked to stop, what is under way has its time and no more; the alarm does not outlive the block."""
    stop = threading.Event()
    with stopping_on_signals(stop, drain=0.05):
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            time.sleep(30)
    with stopping_on_signals(stop := threading.Event(), drain=30):
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.is_set()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_beat_below_a_second_is_refused() -> None:
    """A beat of no length would be a busy loop: it is refused."""
    with pytest.raises(ValueError, match="au moins 1"):
        run(never, never, threading.Event(), seconds=0)  # type: ignore[arg-type]  # never called


def test_wall_clock_is_aware() -> None:
    """The machine's time comes with its zone."""
    assert wall_clock().tzinfo is UTC
