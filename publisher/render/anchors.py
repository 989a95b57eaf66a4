"""The links of one edition: tagged, numbered in the order of reading, remembered with the place they stand at.

It must not decide how an address is tagged: the tagger does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher.edition import Link

if TYPE_CHECKING:
    from publisher.links import Tagger

_FOLLOWED = re.compile(r"(?:https?://[^/?#]|mailto:[^@]+@)", re.IGNORECASE)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_KEPT = "".join(char for char in _ASCII if char not in '"<>\\^`{|}')  # RFC 3986, 2: the others are never written bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A link ready to be written. ``about`` completes ``text`` where it would not make sense alone.

    ``number`` stands for the address in the text part; the same tagged address has the same number.
    """

    address: str
    tagged: str
    text: str
    about: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a link stands: a section's key, an item's id, a line of the issue file."""

    section: str = ""
    entry: str = ""
    line: int = 0


@dataclass(slots=True, kw_only=True)
class Register:
    """Collects the links of one edition while its view is composed."""

    tagger: Tagger
    links: list[Link] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _noted: int = 0

    def add(self, address: str, text: str, place: Place, *, about: str = "") -> Anchor | None:
        """Return the anchor for an address that may be followed, ``None`` for any other (``javascript:``, relative)."""
        written = followed(address)
        if not written:
            return None
        tagged = self.tagger.tag(written, text)
        number = self._numbers.setdefault(tagged, len(self._numbers) + 1)
        link = Link(
            address=written, tagged=tagged, text=text, section=place.section, entry=place.entry, line=place.line
        )
        if link not in self.links:
            self.links.append(link)
        return Anchor(address=written, tagged=tagged, text=text, about=about, number=number)

    def own(self, address: str, text: str) -> Anchor:
        """Return the anchor for an address of our own (web version, feeds): never tagged, never numbered."""
        self.links.append(Link(address=address, tagged=address, text=text))
        return Anchor(address=address, tagged=address, text=text)

    def notes(self) -> tuple[tuple[int, str], ...]:
        """Return (number, tagged address) of every link numbered since the last call."""
        fresh = tuple((number, tagged) for tagged, number in self._numbers.items() if number > self._noted)
        self._noted = len(self._numbers)
        return fresh


def followed(address: str) -> str:
    """Return an http, https or mailto address as ASCII (RFC 3987, 3.1), "" for any other.

    Bytes that are already as RFC 3986 wants them stay, so that a serialiser has nothing to escape.
    """
    bare = address.strip()
    if not _FOLLOWED.match(bare):
        return ""
    return quote(bare, safe=_KEPT)
