"""A plain-text document, saved from a page or written by hand. Print exports are for ``print_export``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher import clean, french
from publisher.clean import LineKind
from publisher.item import Video
from publisher.sources import documents_blocks
from publisher.sources.documents import DateLine, Found, date_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

_IMAGE = re.compile(r"^\s*(?P<name>[\w%()+,-]+(?:\.[\w-]+)?\.(?:jpe?g|png|gif|webp|svg))(?![\w/-]*\.\w)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"^(?P<label>URL|Adresse|Source|Lien de l[’']article|Page)\s*:\s*(?P<address>https?://\S+)$", re.IGNORECASE
)
_YES_OR_NO = frozenset({"oui", "non"})
_TITLE = 250  # characters: a longer first line is prose
_HEADLINE = 120  # characters: a title that stands on its text without a blank line is no longer
_PROSE = 100
_NO_TITLE_END = (".", ",", ";", ":")
_BOM = "\ufeff"
# What typesetting leaves in the text of a PDF or of a word processor: ligatures, soft hyphens, Symbol's bullets.
_TYPESET = str.maketrans(
    {
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
        "\u00ad": "", "\u200b": "", "\uf0b7": "•", "\uf0a7": "•", "\uf0d8": "•", "\uf0e0": "→",
    }
)  # fmt: skip


@dataclass(slots=True)
class Head:
    """What the lines that are no prose say; ``kept`` are the others, a blank one where a line was taken out."""

    zone: tzinfo
    kept: list[str] = field(default_factory=list)
    origin: str = ""
    link: str = ""
    dates: DateLine = field(default_factory=DateLine)
    credits: list[str] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    images_lost: int = 0
    members_only: bool = False
    _asked: bool = False
    _begun: bool = False
    _last: str = ""

    def read(self, lines: Sequence[str]) -> Head:
        """Sort every line and return the head itself."""
        self._last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        for line in lines:
            self.kept.append("" if self._take(line.strip()) else self._without_image(line))
            self._begun = self._begun or bool(self.kept[-1].strip())
        return self

    def _take(self, said: str) -> bool:
        """Say whether the line is no prose, and note what it says."""
        if not said:
            return True
        if self._asked and said.casefold() in _YES_OR_NO:
            self.members_only = self.members_only or said.casefold() == "oui"
            self._asked = False
            return True
        self._asked = False
        address = _ADDRESS.match(said)
        # « Source : https://… » in the middle of a text is what a figure was taken from
        if address and (address["label"].casefold() != "source" or not self._begun or said == self._last):
            self.link = self.link or address["address"]
            return True
        dates = date_line(said, self.zone) or (None if self._begun else _bare_date(said, self.zone))
        if dates is not None:
            self.dates = DateLine(
                published=self.dates.published or dates.published,
                to_the_minute=self.dates.to_the_minute or dates.to_the_minute,
                updated=self.dates.updated or dates.updated,
            )
            return True
        met = clean.sort_line(said)
        return met is not None and self._obey(met, said)

    def _obey(self, met: clean.Sorted, said: str) -> bool:
        kind = met.rule.kind
        if kind is LineKind.ARCHIVED:
            return not self._begun  # further down, a word of the article
        if kind is LineKind.SITE:
            self.origin = self.origin or met.rule.origin
        elif kind is LineKind.VIDEO:
            self.videos.append(Video(title=met.said))
        elif kind is LineKind.MEMBERS:
            self.members_only = self.members_only or met.said.casefold() == "oui"
            self._asked = not met.said
        elif kind is LineKind.CREDITS:
            names = clean.credits(said)
            self.credits.extend(names)
            return bool(names)
        return True

    def _without_image(self, line: str) -> str:
        found = _IMAGE.match(line)
        if not found:
            return line
        self.images_lost += 1
        return line[found.end() :].lstrip()


def _bare_date(said: str, zone: tzinfo) -> DateLine | None:
    """Return the date that stands alone above a text; further down it may be that of an event."""
    reading = french.read(said)
    if reading is None or not reading.day:
        return None
    return DateLine(published=reading.at(zone), to_the_minute=reading.hour is not None)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, mended, without byte order mark, tabs or page breaks."""
    said = re.sub(r"\r\n?|[\f\v\x1c-\x1e\u2028\u2029]", "\n", text.removeprefix(_BOM))
    said = clean.mend(clean.printable(said)).translate(_TYPESET)
    return [line.expandtabs(4).rstrip() for line in said.split("\n")]


def title_of(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Return the title and the other lines: the first line, when it stands alone or above prose and is no sentence."""
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return "", []
    said = lines[first].strip()
    after = lines[first + 1].strip() if first + 1 < len(lines) else ""
    above = len(said) <= _HEADLINE and len(after) >= _PROSE and not documents_blocks.wrapping(lines).width
    if (after and not above) or len(said) > _TITLE or said.endswith(_NO_TITLE_END) or not any(map(str.isalpha, said)):
        return "", list(lines)
    if documents_blocks.is_item(said) or "://" in said:
        return "", list(lines)
    return re.sub(r"[ \t]+", " ", said), list(lines[first + 1 :])


def read(text: str, zone: tzinfo) -> Found:
    """Return what a plain-text document says; every text gives something, if only paragraphs."""
    head = Head(zone=zone).read(lines_of(text))
    title, rest = title_of(head.kept)
    writer = documents_blocks.Writer()
    html = writer.html(documents_blocks.blocks(rest, documents_blocks.wrapping(rest)))
    return Found(
        title=title,
        html=html,
        link=head.link,
        origin=head.origin,
        published=head.dates.published,
        to_the_minute=head.dates.to_the_minute,
        updated=head.dates.updated,
        credits=tuple(dict.fromkeys(head.credits)),
        videos=tuple(head.videos),
        images_lost=head.images_lost,
        citations=tuple(writer.cited.values()),
        members_only=head.members_only,
    )
