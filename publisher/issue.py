"""The issue: one month's letter as editors write it. Frozen records that know their file and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the editor wrote over an item; ``None`` means the item's own word stands."""

    title: str | None = None
    summary: str | None = None
    link: str | None = None
    link_text: str | None = None
    image: str | None = None
    alt: str | None = None
    credit: str | None = None
    place: str | None = None
    start: datetime | None = None
    deadline: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item placed in a section. ``line`` is where its id stands in the issue file, from 1."""

    item: str
    overrides: Overrides = Overrides()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the letter, in the order the editor put its entries."""

    key: str
    title: str
    entries: tuple[Entry, ...] = ()
    intro: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Editorial:
    """The opening word. ``text`` is Markdown; ``portrait`` a file of ``content/`` or an address."""

    text: str = ""
    title: str = ""
    author: str = ""
    role: str = ""
    portrait: str = ""
    portrait_alt: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A preflight rule lowered or waived for this issue, with the reason that stays visible."""

    code: str
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One month's letter. ``key`` is ``YYYY-MM``; ``file`` is where it was read from.

    ``later`` are ids of items that the editor keeps for the next issue: they stand in no section.
    """

    key: str
    subject: str
    preheader: str = ""
    editorial: Editorial = Editorial()
    sections: tuple[Section, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    later: tuple[str, ...] = ()
    file: str = ""

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Return the ids of all placed items in the order of the letter."""
        return tuple(entry.item for section in self.sections for entry in section.entries)
