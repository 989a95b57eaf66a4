"""What a sender has heard and not stored yet: a file that outlives its process. It judges nothing.

A line is written as soon as an answer came, and not synced: a killed process leaves its writes to the system, and only
a power cut takes them. Final outcomes alone stand in it, so that an old line can never speak of a later try. The
writer holds a lock for as long as it lives; a file without one is a dead sender's. See docs/decisions/0105-notes.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from publisher.message import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_FINAL = (Outcome.SENT, Outcome.FAILED)
_LINE = re.compile(
    r"(?P<delivery>\d{1,18}) (?P<outcome>sent|failed) (?P<code>\d{1,3}) (?P<enhanced>[\d.]*) (?P<text>.*)"
)
_MOST = 300
"""Characters kept of an answer."""


class Notes:
    """``protocols.Notes`` in a file of its own; nothing that goes wrong with it stops a sending."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._path = folder / f"{owner}.notes"
        self._file = -1
        self._blank = True
        self._noted: dict[int, Result] = {}

    def __enter__(self) -> Self:
        """Open the file and lock it; where that cannot be had there are no notes."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _opened(self._path, os.O_CREAT | os.O_APPEND)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._stop()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file; leave it where something of it could not be stored."""
        if self._file >= 0:
            if self._blank:
                self._path.unlink(missing_ok=True)
            self._stop()

    def add(self, delivery: int, result: Result) -> None:
        """Note a final outcome, once, whoever tells it first; others are not worth it."""
        if result.outcome not in _FINAL or delivery in self._noted:
            return
        self._noted[delivery] = result
        if self._file < 0:
            return
        text = " ".join(result.text.split())[:_MOST]
        line = f"{delivery} {result.outcome} {result.code} {result.enhanced} {text}\n".encode(errors="replace")
        self._blank = False
        try:
            whole = os.write(self._file, line) == len(line)
        except OSError:
            whole = False
        if not whole:  # the disk is full: what stands there stays, and nothing is joined to a piece of a line
            self._stop()

    def heard(self, delivery: int) -> Result | None:
        """Return the final outcome that was noted and not forgotten yet, None without one."""
        return self._noted.get(delivery)

    def clear(self) -> None:
        """Forget everything: it is stored."""
        self._noted.clear()
        if not self._blank and self._file >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
                self._blank = True

    def _stop(self) -> None:
        os.close(self._file)
        self._file = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one dead sender has heard."""

    owner: str
    results: tuple[tuple[int, Result], ...]


def left(folder: Path) -> Iterator[Left]:
    """Yield what dead senders left, oldest name first; a file goes once the next is asked for.

    What does not read as a line of ours is passed over: a power cut can leave anything in a file that was not synced.
    """
    for path in sorted(folder.glob("*.notes")):
        try:
            file = _opened(path)
        except OSError:  # another start has taken it up already
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            octets = path.read_bytes()
        except OSError:  # its sender lives
            continue
        else:
            yield Left(owner=path.stem, results=tuple(_read(octets)))
            path.unlink(missing_ok=True)
        finally:
            os.close(file)


def _opened(path: Path, more: int = 0) -> int:
    return os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | more, 0o600)


def _read(octets: bytes) -> Iterator[tuple[int, Result]]:
    for line in octets.decode(errors="replace").split("\n")[:-1]:
        found = _LINE.fullmatch(line)
        if found is not None:
            result = Result(
                outcome=Outcome(found["outcome"]),
                code=int(found["code"]),
                enhanced=found["enhanced"],
                text=found["text"],
            )
            yield int(found["delivery"]), result
