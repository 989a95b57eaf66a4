"""Tells every open page that something was saved. It must not know what a page shows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from watchfiles import awatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

_BREATH = 15.0
"""Seconds between two comments on a quiet stream, so that a page that went away is noticed."""


class Changes:
    """A counter of saves that pages wait on. ``number`` grows by one with each batch of saves."""

    def __init__(self) -> None:
        self.number = 0
        self._moved = asyncio.Event()
        self._closed = False

    def announce(self) -> None:
        """Count one more change and wake every page."""
        self.number += 1
        self._moved.set()
        self._moved = asyncio.Event()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        self._moved.set()

    async def stream(self, seen: int) -> AsyncIterator[bytes]:
        """Yield server-sent events for changes after ``seen`` (WHATWG HTML, 9.2); each carries its number."""
        yield b"retry: 1000\n\n"
        while not self._closed:
            moved = self._moved
            if self.number > seen:
                seen = self.number
                yield f"event: change\nid: {seen}\ndata: {seen}\n\n".encode()
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), _BREATH)
                continue
            yield b": toujours l\xc3\xa0\n\n"


async def watch(changes: Changes, paths: Sequence[Path], stop: asyncio.Event) -> None:
    """Announce each save under ``paths`` until ``stop``. A path that is not there yet is watched by its folder."""
    there = {path if path.exists() else path.parent for path in paths}
    found = sorted(path for path in there if path.exists())
    if not found:
        await stop.wait()
        return
    async for _ in awatch(*found, stop_event=stop, debounce=200, step=20):
        changes.announce()
