"""What a mailbox offers, whatever stands behind it. It opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

LARGEST = 10_000_000
"""Octets of a message that is read: a bounce with a whole letter inside, and any newsletter, are far smaller."""


class Box(Protocol):
    """A mailbox whose messages are dealt with one by one.

    A message is marked only after it was dealt with: a run that dies reads it again.
    """

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and bytes of each message not dealt with yet. Raises ``SourceError``."""
        ...

    def done(self, key: str) -> None:
        """Mark a message as dealt with."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that was read and left as it was.

    ``place`` says where it is inside the mailbox; ``mark`` is what to read after the next time. ``octets`` is empty
    when the message is not wished for, or its ``size`` is larger than ``LARGEST``.
    """

    place: str
    octets: bytes
    size: int = 0
    mark: str = ""

    @property
    def too_large(self) -> bool:
        """Say whether the message was left for its size."""
        return self.size > LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which letters: those after ``mark``, ``most`` at once.

    What a mailbox can tell without fetching the message it leaves out too: letters received before ``since``, and
    those whose From field ``wanted`` says no to.
    """

    since: datetime
    mark: str = ""
    most: int = 200
    wanted: Callable[[str], bool] = lambda _: True


class Reader(Protocol):
    """A mailbox that is only looked at."""

    def letters(self, wish: Wish) -> Iterator[Letter]:
        """Yield the letters wished for, nothing moved, marked or deleted. Raises ``SourceError``."""
        ...
