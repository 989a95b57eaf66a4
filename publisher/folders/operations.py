"""Operations: what a person does to an issue, one change each, as records. They do nothing by themselves.

Each names what it saw, so that two people who change different things both win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

LATER = "later"
"""Where ``Place`` puts what is kept for the next issue, in place of a section's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Put an item in a section (or ``LATER``) before another item, at the end when ``before`` is "" or not there.

    An item that stands somewhere moves with its notes. ``note`` goes beside a new one; ``block`` and ``overrides``
    are the lines that ``Drop`` took away, which its inverse puts back.
    """

    item: str
    section: str
    before: str = ""
    note: str = ""
    block: tuple[str, ...] = ()
    overrides: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Take an item out of the issue, with its notes and everything written over it."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Keep an item for the next issue: it leaves its section and stays in the file."""

    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Set one field from what it ``was`` to ``value``; ``None`` is a field that is not there.

    ``field`` is ("subject",), ("preheader",), ("editorial", name), ("section", key, "title" or "intro"),
    ("entry", item, name) or ("waive", code). ``note`` is the comment beside a line that was taken out.
    """

    field: tuple[str, ...]
    was: str | date | datetime | None
    value: str | date | datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Replace the opening word, Markdown below the front matter."""

    was: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlace:
    """Put a section before another, at the end when ``before`` is "" or not there; ``title`` makes a new one.

    ``block`` are the lines that ``SectionDrop`` took away.
    """

    key: str
    before: str = ""
    title: str = ""
    block: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionDrop:
    """Take an empty section out; one that holds items is refused."""

    key: str


Operation = Place | Drop | Later | Set | Text | SectionPlace | SectionDrop
"""Everything that ``changes.apply`` knows to do and to undo."""
