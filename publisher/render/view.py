"""What the templates print: one issue composed into records, every choice made. It must not know of HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from publisher.edition import EditionEntry
    from publisher.render.anchors import Anchor
    from publisher.render.images import Picture
    from publisher.render.prose import Prose

Layout = Literal["une", "article", "event", "call", "resource", "job"]
"""The macro of ``templates/parts/`` that tells an entry."""


Note = tuple[int, str]
"""A number of the text part and the tagged address it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceName:
    """What the letter may say of a source: its name, whether it is somebody else's, whether it is a press work."""

    name: str
    partner: bool = False
    press: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment in the publication's zone. ``end`` is exclusive when ``all_day`` (RFC 5545, 3.6.1)."""

    start: datetime
    end: datetime | None = None
    all_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file to open: ``kind`` (PDF, ODT, …) and ``size`` in octets, 0 when unknown."""

    link: Anchor
    kind: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry as every template tells it."""

    id: str
    anchor: str
    layout: Layout
    title: str
    summary: tuple[str, ...] = ()
    kicker: str = ""
    language: str = ""
    """Of title and summary, where it is not the letter's."""
    link: Anchor | None = None
    picture: Picture | None = None
    picture_credit: str = ""
    credit: str = ""
    partner: bool = False
    also: tuple[Anchor, ...] = ()
    when: When | None = None
    place: str = ""
    registration: Anchor | None = None
    deadline: date | None = None
    attachments: tuple[Attachment, ...] = ()
    videos: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One part of the letter."""

    key: str
    title: str
    intro: Prose
    entries: tuple[EntryView, ...] = ()
    notes: tuple[Note, ...] = ()
    """The links first met in this section, for the text part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorialView:
    """The opening word."""

    title: str
    prose: Prose
    author: str = ""
    role: str = ""
    portrait: Picture | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """The whole letter. ``web``, ``archives`` and the feeds are ours and never tagged."""

    issue: str
    date: datetime
    subject: str
    preheader: str
    editorial: EditorialView
    sections: tuple[SectionView, ...]
    web: Anchor
    archives: Anchor
    rss: Anchor
    site: Anchor | None
    privacy: Anchor | None
    notes: tuple[Note, ...] = ()
    entries: tuple[EditionEntry, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Return every entry's picture in the order of the letter."""
        return tuple(entry.picture for section in self.sections for entry in section.entries if entry.picture)
