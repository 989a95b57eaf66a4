"""The ticker of a single machine: the ``schedule`` package calls ``tick`` every so many seconds. It decides nothing.

What is due is ``timetable.due``'s to say, from stored marks: a tick that is missed, doubled or late changes nothing.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import schedule

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from types import FrameType

SECONDS = 30
DRAIN = 60.0
"""Seconds that work has to finish once it is asked to stop: less than service managers wait before they kill."""


def wall_clock() -> datetime:
    """Return the time of this machine, aware."""
    return datetime.now(UTC)


def run(  # noqa: PLR0913 - three from the caller, three that tests replace
    tick: Callable[[datetime], object],
    report: Callable[[Exception], object],
    stop: threading.Event,
    *,
    seconds: int = SECONDS,
    clock: Callable[[], datetime] = wall_clock,
    ticker: schedule.Scheduler | None = None,
) -> int:
    """Tick at once and then every ``seconds`` until ``stop`` is set; return how many ticks there were.

    An exception of ``tick`` goes to ``report`` and never ends the loop (``schedule`` alone would let it); one of
    ``report`` itself is left to end it, since then nobody would hear of anything. A tick that is at work when ``stop``
    is set finishes first. Two ticks never run at once.
    """
    if seconds < 1:
        raise ValueError(f"Le battement est de {seconds} s. Attendu\u00a0: au moins 1.")
    ticks = 0

    def once() -> None:
        nonlocal ticks
        ticks += 1
        try:
            tick(clock())
        except Exception as error:  # noqa: BLE001 - whatever went wrong this time, the next tick may go well
            report(error)

    ticker = ticker or schedule.Scheduler()
    job = ticker.every(seconds).seconds.do(once)
    if not stop.is_set():
        job.run()
    while not stop.is_set():
        # never longer than one beat: schedule counts in the wall clock, and after that clock was set back it would
        # wait until it has caught up
        if stop.wait(min(max(ticker.idle_seconds or 0.0, 0.0), float(seconds))):
            break
        if (ticker.idle_seconds or 0.0) > seconds:
            job.run()
        ticker.run_pending()
    return ticks


@contextmanager
def stopping_on_signals(stop: threading.Event, *, drain: float = DRAIN) -> Iterator[None]:
    """Set ``stop`` when SIGTERM or SIGINT comes, for the time of the block; the main thread only.

    What is under way then has ``drain`` seconds to finish; after that it is interrupted (``KeyboardInterrupt``), as by
    a second SIGINT from a person who does not want to wait.
    """
    alarm = getattr(signal, "SIGALRM", None)  # there is none on Windows
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, alarm) if number}

    def ask(number: int, _frame: FrameType | None) -> None:
        if number == alarm or (stop.is_set() and number == signal.SIGINT):
            raise KeyboardInterrupt
        if alarm and not stop.is_set():
            signal.setitimer(signal.ITIMER_REAL, drain)
        stop.set()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        if alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
