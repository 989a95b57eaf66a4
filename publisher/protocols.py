"""What the stages need from the outside: protocols of at most six methods, and the records that cross them.

An adapter on a higher floor implements each; a contract suite in ``tests/`` proves every implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType

    from publisher.edition import Edition
    from publisher.errors import Fault, SourceError
    from publisher.issue import Issue
    from publisher.item import Item, ItemData
    from publisher.message import Delivery, DeliveryState, Message, Result
    from publisher.subscriber import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of a source from one run to the next.

    ``etag`` and ``modified`` are the validators as received (RFC 9110, 8.8); of a mailbox, ``etag`` is the mark that it
    was read up to. ``address`` is where a permanent redirect sent us, "" when none did; ``digest`` the SHA-256 of the
    last body; ``retired`` is true after 410. ``last_error`` without ``failures`` is a fault in what was read well.
    ``configured`` is the configured address that all this was learnt from: another one in config.toml makes it void.
    """

    source: str
    etag: str = ""
    modified: str = ""
    address: str = ""
    digest: str = ""
    failures: int = 0
    next_try: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    last_error: str = ""
    retired: bool = False
    configured: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One source, one run: its items, what to remember, and the error if it failed (then ``items`` is empty)."""

    source: str
    memory: Memory
    items: tuple[ItemData, ...] = ()
    unchanged: bool = False
    skipped: bool = False
    error: SourceError | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What storing one ``Collected`` changed: ids of new items and of items with a new version."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who approved which edition when."""

    issue: str
    digest: str
    approved: datetime
    by: str
    edition: Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Deliveries of one issue counted by state, from rows and never from a cursor."""

    issue: str
    counts: Mapping[DeliveryState, int]
    reasons: Mapping[str, int]
    """Failed, deferred, uncertain and excluded rows by the reason's code; ``delivery.said`` has the words."""
    campaign: str = ""
    """``running``, ``paused``, ``cancelled`` or ``done``; "" while nothing is planned."""
    why: str = ""
    """Why it is paused, in words."""
    candidates: int = 0
    """People looked at when the audience was frozen: planned and excluded together."""
    repeats: int = 0
    """Messages given out again after an outcome that nobody knows: as many people may have it twice."""
    seconds_left: float | None = None
    """What is left at the present pace; ``None`` when there is no pace to judge by."""
    next_try: datetime | None = None
    """When the first of the deferred may be tried again."""


class Collector(Protocol):
    """Reads sources; yields each as soon as it is done and never raises for a single one."""

    def collect(self, memories: Mapping[str, Memory], now: datetime) -> Iterator[Collected]:
        """Yield one ``Collected`` per source."""
        ...

    def sources(self) -> tuple[str, ...]:
        """Return the keys of the sources that ``collect`` will read."""
        ...


class ItemStore(Protocol):
    """Items and what is remembered of sources."""

    def memories(self) -> dict[str, Memory]:
        """Return what is remembered, by source key."""
        ...

    def save(self, collected: Collected, now: datetime) -> Saved:
        """Store items and memory of one source in one transaction."""
        ...

    def remember(self, memories: Iterable[Memory]) -> None:
        """Store what is remembered of sources that gave nothing, in one transaction."""
        ...

    def items(self, *, since: datetime | None = None) -> tuple[Item, ...]:
        """Return items first seen after ``since`` (all when ``None``), oldest first seen first."""
        ...

    def get(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist among ``ids``."""
        ...


class IssueShelf(Protocol):
    """The issue files of ``content/issues/``."""

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all issue files, oldest first."""
        ...

    def read(self, key: str) -> Issue:
        """Return the issue. Raises ``ContentError`` with every fault, each with file and line."""
        ...

    def write_new(self, issue: Issue, titles: Mapping[str, str]) -> str:
        """Write a file that does not exist yet and return its path; ``titles`` become comments beside the ids."""
        ...

    def exists(self, key: str) -> bool:
        """Say whether there is a file for this issue."""
        ...


class EditionStore(Protocol):
    """Approved editions."""

    def approve(self, edition: Edition, *, by: str, now: datetime) -> Approval:
        """Freeze this edition for its issue. Raises ``ApprovalError`` once deliveries of another digest exist."""
        ...

    def approved(self, issue: str) -> Approval | None:
        """Return the approval in force."""
        ...

    def approvals(self) -> tuple[Approval, ...]:
        """Return every approval in force, oldest issue first."""
        ...


class Roster(Protocol):
    """The subscribers."""

    def subscribers(self) -> Iterator[Subscriber]:
        """Yield every subscriber, in the order of ids."""
        ...

    def add(self, subscribers: Iterable[Subscriber], now: datetime) -> int:
        """Add people who are not there yet, by address; ids are the store's own. Return how many were new."""
        ...

    def suppressed(self, address: str) -> str:
        """Return the reason why nothing may be sent to this address, "" when nothing speaks against it."""
        ...


class Ledger(Protocol):
    """One row per (issue, subscriber), unique in the database; the truth about every sending."""

    def plan(self, issue: str, digest: str, now: datetime, *, segments: Sequence[str] = ()) -> Tally:
        """Freeze the audience once: everybody, or whoever is in one of ``segments``, each once.

        A later call with the same digest changes nothing. Another digest raises.
        """
        ...

    def claim(self, issue: str, owner: str, *, limit: int, now: datetime) -> tuple[Delivery, ...]:
        """Claim up to ``limit`` rows that are due and commit before returning. Suppression is read again here.

        Nothing is claimed while the campaign is paused or cancelled.
        """
        ...

    def settle(self, owner: str, results: Iterable[tuple[int, Result]], now: datetime) -> int:
        """Commit outcomes of rows that ``owner`` still holds; return how many were written.

        ``NOT_TRIED`` gives a row back. A result that asks for a pause pauses the campaign in the same commit.
        Fewer written than given means that claims were lost: stop and mark nothing.
        """
        ...

    def recover(self, issue: str, now: datetime) -> int:
        """Turn claims whose lease ran out into ``uncertain``; return how many. Then hold or replan, as configured."""
        ...

    def hold(self, owner: str) -> AbstractContextManager[Callable[[], bool]]:
        """Renew the owner's leases until the block ends; the value says whether they are surely still held."""
        ...

    def tally(self, issue: str) -> Tally:
        """Count the rows of one issue."""
        ...


class Notes(Protocol):
    """What a sender has heard and not stored yet, kept where a killed process does not take it along."""

    def __enter__(self) -> object:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object:
        """End; what was not cleared stays for the next start."""
        ...

    def add(self, delivery: int, result: Result) -> None:
        """Note one outcome. Never raises."""
        ...

    def heard(self, delivery: int) -> Result | None:
        """Return the final outcome that was noted since the last clearing, None without one."""
        ...

    def clear(self) -> None:
        """Forget everything noted: the ledger has it."""
        ...


class Transport(Protocol):
    """The way out: SMTP or a mailbox on disk."""

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Yield each message with its result, in any order; pulls from ``messages`` only what it can carry.

        A message that was pulled and never started comes back as ``NOT_TRIED``; one without any result is uncertain.

        Raises ``TransportError`` when the session as a whole is impossible (login refused, no route, disk full).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """Leave to send ``count`` messages now, or, when that is 0, how many seconds to ``wait`` before asking again."""

    count: int = 0
    wait: float = 0.0


class Pace(Protocol):
    """Limits that all senders share, whatever process or machine they run on."""

    def take(self, key: str, *, interval: float, burst: int, most: int) -> Permits:
        """Take up to ``most`` permits of ``key``: one every ``interval`` seconds, at most ``burst`` saved up."""
        ...


class Outlet(Protocol):
    """The published folder: feeds and archive."""

    def put(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write files that differ, each whole or not at all; return the paths that changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that was done for one issue, once: ``drafted``, ``approved``, ``sent``, ``published``, ``reported``."""

    issue: str
    action: str
    at: datetime


class Diary(Protocol):
    """What was done when, so that a restart repeats nothing."""

    def marks(self) -> tuple[Mark, ...]:
        """Return every mark, oldest first."""
        ...

    def mark(self, mark: Mark) -> bool:
        """Write a mark; ``False`` when this issue already bears this action, and then nothing changes."""
        ...
