"""What to remember of a source after a run, decided from what happened. It fetches nothing and knows no clock."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.errors import FetchError, SourceError
from publisher.protocols import Memory

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.sources.http import Answer

_FIRST_WAIT = timedelta(minutes=30)
_LONGEST_WAIT = timedelta(hours=12)
_GONE = 410
_MOVED_AWAY = frozenset({404, 410})
_PATIENCE = 3
"""Failures without any answer after which an address that a redirect led to is given up for the configured one."""


def of(memory: Memory | None, key: str, configured: str) -> Memory:
    """Return what still holds of a memory: nothing that was learnt from another configured address."""
    if memory is None:
        return Memory(source=key, configured=configured)
    if memory.configured == configured:
        return memory
    if not memory.configured:
        return replace(memory, configured=configured)
    return Memory(source=key, configured=configured, last_success=memory.last_success, last_new=memory.last_new)


def waits(memory: Memory, now: datetime) -> bool:
    """Say whether the source is to be left alone in this run."""
    return memory.retired or (memory.next_try is not None and memory.next_try > now)


def digest(body: bytes) -> str:
    """Return the SHA-256 of what a source sent, 64 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def after_success(memory: Memory, answer: Answer, now: datetime, *, body_digest: str = "") -> Memory:
    """Return the memory after a whole answer was read: validators, permanent address, no failure.

    An answer that broke off leaves the old validators away, so that the next run reads everything again.
    """
    return Memory(  # ``replace`` takes three times as long, and most sources come by here in every run
        source=memory.source,
        etag=(answer.etag or (memory.etag if answer.unchanged else "")) if answer.whole else "",
        modified=(answer.modified or (memory.modified if answer.unchanged else "")) if answer.whole else "",
        digest=(body_digest or memory.digest) if answer.whole else "",
        address=answer.permanent or memory.address,
        last_success=now,
        last_new=memory.last_new,
        retired=memory.retired,
        configured=memory.configured,
    )


def after_failure(memory: Memory, error: SourceError, now: datetime, jitter: float) -> Memory:
    """Return the memory after a failure: when to try again, and whether ever.

    The wait doubles from half an hour to twelve hours; ``jitter`` (0 to 1) takes up to a quarter off, so that sources
    that fell together do not come back together. Retry-After is a minimum that jitter never shortens. 410 retires
    the source, unless it answered at an address that a redirect had led to: then the configured one is tried again.
    """
    status = error.status if isinstance(error, FetchError) else 0
    asked = error.retry_after if isinstance(error, FetchError) else 0.0
    failures = memory.failures + 1
    wait = min(_FIRST_WAIT * 2 ** min(failures - 1, 10), _LONGEST_WAIT) * (1 - jitter / 4)
    redirected = bool(memory.address)
    astray = status in _MOVED_AWAY or (not status and failures >= _PATIENCE)
    return replace(
        memory,
        address="" if redirected and astray else memory.address,
        failures=failures,
        next_try=now + max(wait, timedelta(seconds=asked)),
        last_error=str(error),
        retired=status == _GONE and not redirected,
    )


def jitter(key: str, failures: int) -> float:
    """Return a number from 0 to 1 that differs from source to source and from failure to failure, without chance."""
    return int.from_bytes(hashlib.sha256(f"{key}/{failures}".encode()).digest()[:4]) / 2**32
