"""Items and stories: what sources say. Frozen records without behaviour beyond what follows from their own fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


class Kind(StrEnum):
    """What an item is, which decides the section it is proposed for."""

    ARTICLE = "article"
    EVENT = "event"
    CALL = "call"
    RESOURCE = "resource"
    JOB = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A keyword of the source; ``address`` is its page there, "" when unknown."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image; ``alt`` is "" when the source gives none that means anything. Pixels are 0 when unknown."""

    address: str
    alt: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An attached file; ``size`` in octets, 0 when unknown."""

    address: str
    title: str = ""
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video; ``address`` is "" when the source lost it and only the title is left."""

    title: str
    address: str = ""
    thumbnail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """When and where something takes place. ``end`` is exclusive when ``all_day`` (RFC 5545, 3.6.1)."""

    start: datetime
    end: datetime | None = None
    all_day: bool = False
    place: str = ""
    registration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """An address that the text cites, without campaign tags; ``text`` is the link's text."""

    address: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something the editor must know about an item: a stable ``code`` and a French sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """What one source says of one item, before the store knows it.

    ``source`` is the key of the source whose news it is; ``via`` the key of the source that brought it
    (they differ when a folder holds a document of a known site); ``place`` the feed address or file it
    was read from. ``address`` is canonical (``links.canonical``) and "" when there is none; ``link`` is
    the address for a person to follow, free of other people's campaign tags. ``summary`` is plain text;
    ``html`` is a safe fragment (``clean.safe``). All datetimes are aware.
    """

    source: str
    via: str = ""
    place: str = ""
    guid: str = ""
    address: str = ""
    link: str = ""
    title: str
    title_proposed: bool = False
    rubric: str = ""
    summary: str = ""
    html: str = ""
    kind: Kind = Kind.ARTICLE
    published: datetime | None = None
    updated: datetime | None = None
    event: Event | None = None
    deadline: date | None = None
    themes: tuple[Theme, ...] = ()
    credits: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    documents: tuple[Document, ...] = ()
    videos: tuple[Video, ...] = ()
    citations: tuple[Citation, ...] = ()
    language: str = "fr"
    members_only: bool = False
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(ItemData):
    """An item as the store keeps it.

    ``id`` is ``<source>:<number>``, short enough for a person to type. ``first_seen`` never moves, whatever
    the source does to its dates; ``changed`` is when the last new ``version`` was seen.
    """

    id: str
    first_seen: datetime
    changed: datetime | None = None
    version: int = 1

    @property
    def dated(self) -> datetime:
        """Return the time to sort and display by: published, or first seen when the source gives none."""
        return self.published or self.first_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Why two items tell the same news: ``reason`` is a closed code, ``detail`` the evidence in French."""

    left: str
    right: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Items of one or several sources that tell the same news; ``main`` is the one the letter tells."""

    main: Item
    others: tuple[Item, ...] = ()
    merges: tuple[Merge, ...] = field(default=())

    @property
    def items(self) -> tuple[Item, ...]:
        """Return every item of the story, the main one first."""
        return (self.main, *self.others)
