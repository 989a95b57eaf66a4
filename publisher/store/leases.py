"""Keeps a sender's claims alive while it works, and tells it when they may no longer be its own."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_RENEWALS = 4
"""Renewals in the time of one lease: three may fail before it is lost."""
_SURE = 0.8
"""The part of a lease after which its holder no longer counts on it."""


def steady() -> float:
    """Return seconds that go on while the machine sleeps, where the system has such a clock (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Lease:
    """A context in which ``renew`` is called again and again. Calling it says whether the lease is surely held."""

    def __init__(self, renew: Callable[[], None], seconds: float, *, clock: Callable[[], float] = steady) -> None:
        self._renew = renew
        self._seconds = seconds
        self._clock = clock
        self._sure_until = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __call__(self) -> bool:
        """Say whether the last renewal is recent enough that nobody can have taken the claims."""
        return self._clock() < self._sure_until

    def __enter__(self) -> Self:
        """Renew once and then in the background."""
        self._once()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop renewing."""
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._stop.wait(self._seconds / _RENEWALS):
            try:
                self._once()
            except PublisherError:  # the database is busy or gone: what is sure runs out by itself
                continue

    def _once(self) -> None:
        begun = self._clock()
        self._renew()
        self._sure_until = begun + self._seconds * _SURE
