"""Tells every open page that something was saved. It must not know what a page shows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import awatch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from watchfiles import Change
    from watchfiles.main import FileChange

_BREATH = 15.0
"""Seconds between two comments on a quiet stream, so that a page that went away is noticed."""
_SETTLED = 200
_STEP = 20
"""Milliseconds: a save of several files is one change when they follow each other within a step."""


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
    """Announce each save under ``paths`` until ``stop``: folders with all they hold, files each by itself.

    A file is watched through its folder, and that folder not deeper: editors replace a file instead of writing into
    it, which a watch on the file itself would not survive; and beside config.toml lies ``var/``, which changes whenever
    the page is built.
    """
    folders = [path for path in paths if path.is_dir()]
    files = {path for path in paths if not path.is_dir() and path.parent.is_dir()}

    def told(_: Change, path: str) -> bool:
        return Path(path) in files

    watchers = []
    if folders:
        watchers.append(awatch(*folders, stop_event=stop, debounce=_SETTLED, step=_STEP))
    if files:
        around = {path.parent for path in files}
        watchers.append(
            awatch(*around, watch_filter=told, recursive=False, stop_event=stop, debounce=_SETTLED, step=_STEP)
        )
    await asyncio.gather(*(_announce(changes, watcher) for watcher in watchers))


async def _announce(changes: Changes, watcher: AsyncGenerator[set[FileChange], None]) -> None:
    async for _ in watcher:
        changes.announce()
