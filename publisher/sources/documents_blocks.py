"""Lines of plain text as headings, paragraphs and lists. It knows line ends and marks, and no site."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from publisher import links
from publisher.item import Citation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BULLET = re.compile(r"^(?P<indent>\s*)(?:[•▪●◦‣·]\s*|[-–—*]\s+|[-–—](?=[^\W\d_]|[\"“«(]))(?P<said>\S.*)$")
_NUMBER = re.compile(r"^(?P<indent>\s*)(?P<number>\d{1,3})(?:[.)]|°)\s+(?P<said>\S.*)$")
_UNFINISHED = (".", ",", ";", ":", "!", "…", "»", '"', ")", "-", "”")
_HEADING = 120  # characters: a longer line is prose
_PROSE = 80  # characters: what a heading announces is at least that long, or a list
_WIDEST = 130  # characters: software that wraps its lines does it before that
_ENOUGH = 3  # full lines: fewer do not prove that the lines were wrapped
_MOSTLY = 0.6
_NEAR = 0.7  # of the width: a proportional font leaves lines of unequal length
_NEAR_ENDED = 0.95  # where a sentence ends: better two paragraphs for one than one for two
_ENDED = (".", "!", "?", ";", "…", "»")

_INLINE = re.compile(r"(?P<address>https?://[^\s<>\"«»]+)|\s?\[(?P<note>\d{1,3})\]")
_AFTER = ".,;:!?)]’'…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An intermediate title."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Prose, its lines joined."""

    text: str
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One item of a list: its words, then the notes that stand under it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list; ``start`` is 0 when it has no numbers."""

    items: tuple[Listed, ...]
    start: int = 0


Block = Heading | Paragraph | List


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """How lines end: ``width`` is 0 when each line is a paragraph; ``loose`` for a proportional font (PDF)."""

    width: int = 0
    loose: bool = False

    def continues(self, before: str, line: str) -> bool:
        """Say whether ``line`` goes on with the paragraph that ``before`` did not end."""
        if not self.width or _indent(line) > _indent(before):
            return False
        if line.startswith(("http://", "https://")) and before.rstrip().endswith(":"):
            return False  # « Pour en savoir plus : » and the address it announces
        words = len(before.strip()) + 1 + len(line.split(maxsplit=1)[0])
        if not self.loose:
            return words > self.width
        ended = before.rstrip().endswith(_ENDED)
        return words > self.width * (_NEAR_ENDED if ended else _NEAR)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def wrapping(lines: Sequence[str]) -> Wrapping:
    """Return how the lines were wrapped, judged from how many end where the next word would not have fitted."""
    width = max((len(line.strip()) for line in lines), default=0)
    if not width or width > _WIDEST:
        return Wrapping()
    pairs = [(a, b) for a, b in pairwise(lines) if a.strip() and b.strip() and not _mark(b)]
    full = sum(len(a.strip()) + 1 + len(b.split(maxsplit=1)[0]) > width for a, b in pairs)
    return Wrapping(width=width) if full >= _ENOUGH and full >= _MOSTLY * len(pairs) else Wrapping()


def is_item(line: str) -> bool:
    """Say whether a line begins with the mark of a list."""
    return _mark(line) is not None


def join(before: str, line: str) -> str:
    """Return two lines of one paragraph as one; a hyphen at a line's end belongs to its word."""
    said = line.strip()
    glued = before.endswith("-") and before[-2:-1].isalpha() and said[:1].islower()
    return f"{before}{said}" if glued else f"{before} {said}"


def _mark(line: str) -> re.Match[str] | None:
    return _BULLET.match(line) or _NUMBER.match(line)


@dataclass(slots=True)
class _Reader:
    """The state between two lines."""

    wrap: Wrapping
    blocks: list[Block] = field(default_factory=list)
    after_gap: list[bool] = field(default_factory=list)
    paragraph: str = ""
    last: str = ""
    count: int = 0
    items: list[list[str]] = field(default_factory=list)
    start: int = 0
    indent: int = 0
    gap: bool = True
    opened_after_gap: bool = True

    def read(self, line: str) -> None:
        if not line.strip():
            self.end_paragraph()
            self.gap = True
            return
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        if bullet and not self._in_prose(line):
            self.item(bullet["said"], 0, len(bullet["indent"]))
        elif number and self._follows(int(number["number"])):
            self.item(number["said"], int(number["number"]), len(number["indent"]))
        elif self.items and not self.gap and len(line) - len(line.lstrip()) > self.indent:
            self.under(line)
        else:
            self.prose(line)
        self.last = line
        self.gap = False

    def _in_prose(self, line: str) -> bool:
        """Say whether a dash at the start of a wrapped line only goes on with a sentence."""
        return (
            bool(self.paragraph)
            and self.wrap.continues(self.last, line)
            and not self.last.rstrip().endswith((":", ";"))
        )

    def _follows(self, number: int) -> bool:
        if self.items and self.start:
            return number == self.start + len(self.items)
        numbered = [block for block in self.blocks if isinstance(block, List) and block.start]
        goes_on = bool(numbered) and number == numbered[-1].start + len(numbered[-1].items)
        return (not self.paragraph and (number == 1 or goes_on)) or (number == 1 and not self.wrap.width)

    def item(self, said: str, number: int, indent: int) -> None:
        self.end_paragraph()
        if self.items and bool(self.start) != bool(number):
            self.end_list()
        if not self.items:
            self.start, self.opened_after_gap = number, self.gap
        self.indent = indent
        self.items.append([said.strip()])

    def under(self, line: str) -> None:
        lines = self.items[-1]
        if self.wrap.width and self.wrap.continues(self.last, line.strip()):
            lines[-1] = join(lines[-1], line)
        else:
            lines.append(line.strip())

    def prose(self, line: str) -> None:
        if self.items and not self.gap and self.wrap.continues(self.last, line):
            self.items[-1][-1] = join(self.items[-1][-1], line)
            return
        self.end_list()
        if self.paragraph and self.wrap.continues(self.last, line):
            self.paragraph = join(self.paragraph, line)
            self.count += 1
            return
        self.end_paragraph()
        self.paragraph, self.count, self.opened_after_gap = line.strip(), 1, self.gap

    def end_paragraph(self) -> None:
        if self.paragraph:
            self.blocks.append(Paragraph(text=self.paragraph, lines=self.count))
            self.after_gap.append(self.opened_after_gap)
            self.paragraph = ""

    def end_list(self) -> None:
        if self.items:
            listed = tuple(Listed(text=said, notes=tuple(notes)) for said, *notes in self.items)
            self.blocks.append(List(items=listed, start=self.start))
            self.after_gap.append(self.opened_after_gap)
            self.items = []


def blocks(lines: Sequence[str], wrap: Wrapping) -> tuple[Block, ...]:
    """Return the text's blocks in order. A short line without a full stop, before prose or a list, is a heading."""
    reader = _Reader(wrap=wrap)
    for line in lines:
        reader.read(line)
    reader.end_paragraph()
    reader.end_list()
    found = reader.blocks
    return tuple(
        Heading(text=block.text)
        if _is_heading(found, reader.after_gap, place) and isinstance(block, Paragraph)
        else block
        for place, block in enumerate(found)
    )


def _is_heading(found: Sequence[Block], after_gap: Sequence[bool], place: int) -> bool:
    block = found[place]
    if not isinstance(block, Paragraph) or block.lines > 1 or len(block.text) > _HEADING or place + 1 == len(found):
        return False
    if block.text.endswith(_UNFINISHED) or not block.text[:1].isupper() or _INLINE.search(block.text):
        return False
    if not after_gap[place] and not isinstance(found[place - 1], List):
        return False
    follows = found[place + 1]
    return isinstance(follows, List) or (
        isinstance(follows, Paragraph) and after_gap[place + 1] and len(follows.text) >= _PROSE
    )


@dataclass(slots=True)
class Writer:
    """Blocks as HTML; addresses become links without campaign tags, footnote marks what ``notes`` says."""

    notes: Mapping[int, str] = field(default_factory=dict)
    cited: dict[str, Citation] = field(default_factory=dict)

    def html(self, found: Sequence[Block]) -> str:
        """Return the fragment; ``cited`` then holds the addresses in their order."""
        return "\n".join(self._block(block) for block in found)

    def _block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return f"<h3>{self._inline(block.text)}</h3>"
        if isinstance(block, Paragraph):
            return f"<p>{self._inline(block.text)}</p>"
        tag = "ol" if block.start else "ul"
        opened = f'<ol start="{block.start}">' if block.start > 1 else f"<{tag}>"
        items = "".join(f"<li>{'<br>'.join(map(self._inline, (item.text, *item.notes)))}</li>" for item in block.items)
        return f"{opened}{items}</{tag}>"

    def _inline(self, said: str) -> str:
        parts: list[str] = []
        end = 0
        shown = ""
        for found in _INLINE.finditer(said):
            between = said[end : found.start()]
            parts.append(escape(between, quote=False))
            shown = shown if not between.strip() else ""
            end = found.end()
            if found["note"]:
                address = self.notes.get(int(found["note"]), "")
                if not address:
                    parts.append(escape(found[0], quote=False))
                elif links.without_tracking(address) != shown:
                    parts.append(f" ({self._link(address, _host(address))})")
                continue
            address = found["address"]
            kept = address.rstrip(_AFTER)
            shown = links.without_tracking(kept)
            parts.append(self._link(kept, shown) + escape(address[len(kept) :], quote=False))
        parts.append(escape(said[end:], quote=False))
        return "".join(parts)

    def _link(self, address: str, words: str) -> str:
        followed = links.without_tracking(address)
        if followed.startswith(("http://", "https://")):
            self.cited.setdefault(followed, Citation(address=followed, text=words))
        return f'<a href="{escape(followed)}">{escape(words, quote=False)}</a>'


def _host(address: str) -> str:
    return address.removeprefix("mailto:").split("://")[-1].split("/")[0].split("?")[0].removeprefix("www.")
