"""The letter as rules see it: edition, issue file and final message side by side, each taken apart once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.preflight import document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.edition import Edition, EditionEntry
    from publisher.errors import Fault
    from publisher.issue import Entry, Issue
    from publisher.item import Story
    from publisher.links import Tagger
    from publisher.preflight.document import Document, Element
    from publisher.preflight.settings import Settings
    from publisher.preflight.support import Support

_LOOSE = re.compile(r"[\s'’\"«»“”]+")
_WAY_OUT = re.compile(r"d[ée]sinscri|d[ée]sabonn|unsubscri", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """What an address answered when it was tried politely.

    ``status`` is the HTTP status, 0 when there was no answer and then ``error`` says why in French; ``final`` is
    where redirects ended, "" when there were none; ``seconds`` how long it took.
    """

    status: int
    final: str = ""
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A section's key, an item's id and the line of the issue file."""

    section: str = ""
    entry: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Everything a rule may ask. ``message`` is one recipient's message as it goes on the wire, ``None`` if none yet.

    ``sent`` maps ids of items to the key of the earlier issue that carried them, ``edited`` to what their source
    changed since the issue was drafted.
    """

    edition: Edition
    issue: Issue
    data: bytes | None
    stories: Mapping[str, Story]
    now: datetime
    settings: Settings
    tagger: Tagger | None = None
    statuses: Mapping[str, LinkStatus] | None = None
    support: Support | None = None
    sent: Mapping[str, str]
    edited: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Fault, ...] = ()
    """Pictures that are wanted and not shown: the address or the file, and the line of the issue that wants it."""

    @cached_property
    def message(self) -> EmailMessage | None:
        """Return the message parsed back, headers decoded."""
        if self.data is None:
            return None
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(self.data)

    @cached_property
    def html(self) -> str:
        """Return the HTML part as a reader's program decodes it, the edition's when there is no message."""
        return self._part("html", self.edition.html)

    @cached_property
    def text(self) -> str:
        """Return the text part likewise."""
        return self._part("plain", self.edition.text)

    @cached_property
    def document(self) -> Document:
        """Return the HTML taken apart."""
        return document.read(self.html)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Return the issue's entries by item id."""
        return {entry.item: entry for section in self.issue.sections for entry in section.entries}

    @cached_property
    def visible(self) -> str:
        """Return the text of the HTML part, blanks collapsed."""
        body = self.document.all("body") or self.document.elements[:1]
        return body[0].text if body else ""

    @cached_property
    def _marks(self) -> tuple[tuple[int, Place], ...]:
        """Return (offset, place) where each section and entry starts, found by their headings in the letter's order."""
        titles = {squeezed(section.title): section for section in self.issue.sections}
        waiting = list(self.edition.entries)
        marks: list[tuple[int, Place]] = []
        section = ""
        for element in self.document.all("h1", "h2", "h3", "h4", "h5", "h6"):
            said = squeezed(element.text)
            told = next((entry for entry in waiting if squeezed(entry.title) == said), None)
            if told is not None and element.tag != "h2":
                waiting.remove(told)
                section = told.section
                marks.append((element.start, self.at_entry(told)))
            elif element.tag == "h2" and said in titles:
                section = titles[said].key
                marks.append((element.start, Place(section=section, line=titles[said].line)))
        return tuple(marks)

    def at_entry(self, entry: EditionEntry) -> Place:
        """Return the place of an entry."""
        placed = self.entries.get(entry.id)
        return Place(section=entry.section, entry=entry.id, line=placed.line if placed else 0)

    def place(self, element: Element) -> Place:
        """Return where an element of the HTML stands: the entry or section it shares a cell with, or follows."""
        for around in (element, *self.document.ancestors(element)):
            inside = [place for offset, place in self._marks if around.start <= offset < around.end]
            if not inside:
                continue
            if any(around.start <= way.start < around.end for way in self.ways_out):
                return Place()  # masthead or foot: only the whole letter holds both this and a heading
            before = [place for offset, place in self._marks if offset <= element.start]
            return inside[0] if len(inside) == 1 else (before or [Place()])[-1]
        return Place()

    @cached_property
    def ways_out(self) -> tuple[Element, ...]:
        """Return the unsubscribe links, known by their words."""
        return tuple(link for link in self.document.all("a") if _WAY_OUT.search(link.text))

    def sections(self) -> tuple[tuple[Place, int, int], ...]:
        """Return (section, start, end) as offsets of the HTML; what stands before the first is left out."""
        starts = [(offset, place) for offset, place in self._marks if not place.entry]
        ends = [*(offset for offset, _ in starts), len(self.html)][1:]
        return tuple((place, offset, end) for (offset, place), end in zip(starts, ends, strict=True))

    def _part(self, subtype: str, otherwise: str) -> str:
        if self.message is None:
            return otherwise
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}" and isinstance(part, EmailMessage):
                try:
                    return str(part.get_content()).replace("\r\n", "\n")
                except (LookupError, ValueError):
                    return ""
        return ""


def squeezed(text: str) -> str:
    """Return the text as it is compared: blanks, quotation marks and case, which typesetting changes, do not count."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text).casefold())
