"""Limits such as "500/h" for a relay or a recipient domain, kept evenly spread. It sends nothing.

A limit holds for all senders together when the permits come from the database (``protocols.Pace``); ``LocalPace``
is for a single sender.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.protocols import Permits

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_RATE = re.compile(r"\s*(\d+)\s*/\s*(s|min|h|d)\s*")
BURST_SECONDS = 1.0
"""How much of a limit may be used at once: a second's worth, so that no window of any length holds more than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most one message every ``interval`` seconds on average, ``burst`` of them at once."""

    interval: float
    burst: int


def rate(text: str) -> Rate | None:
    """Return what ``"20/s"``, ``"300/min"``, ``"500/h"`` or ``"10000/d"`` says, None for "" (no limit).

    Raises ``ValueError`` with a French sentence.
    """
    if not text.strip():
        return None
    match = _RATE.fullmatch(text)
    if match is None or not int(match[1]):
        raise ValueError(f"« {text} » n’est pas un débit\u00a0; écrire par exemple « 20/s », « 300/min » ou « 500/h »")
    interval = _SECONDS[match[2]] / int(match[1])
    return Rate(interval=interval, burst=max(1, int(BURST_SECONDS / interval)))


class LocalPace:
    """Permits for one process, by the generic cell rate algorithm; ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}

    def take(self, key: str, *, interval: float, burst: int, most: int) -> Permits:
        """Return up to ``most`` permits, or how long to wait for one."""
        now = self._clock()
        arrival = max(self._next.get(key, 0.0), now)
        count = min(most, int((now + burst * interval - arrival) / interval + 1e-9))
        if count < 1:
            return Permits(wait=arrival - now - (burst - 1) * interval)
        self._next[key] = arrival + count * interval
        return Permits(count=count)
