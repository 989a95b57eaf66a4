"""Arrays of item ids as lines: an id moves with its notes, and no other line changes. It knows no section.

The unit is a block: the id's line and the comment lines directly above it. A comment apart from any id (a blank line
below it, or the end of the list) stays where it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.folders.composition import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.folders.positions import Path, Span

INDENT = "  "
_GAP = re.compile(r"[ \t]*(?:(\n)|(#[^\n]*)|(,))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a list: ``item`` is its id, "" for a comment or a blank line. ``line`` has no line feed."""

    line: str
    item: str = ""
    comma: bool = True

    @property
    def is_comment(self) -> bool:
        """Say whether the line is a comment of its own."""
        return not self.item and bool(self.line.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of ids: what stands behind the opening bracket, then its rows."""

    rows: tuple[Row, ...] = ()
    head: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """Return the ids in their order."""
        return tuple(row.item for row in self.rows if row.item)

    def block(self, item: str) -> tuple[int, int]:
        """Return the first row and the row after the last of an id's block."""
        at = next(index for index, row in enumerate(self.rows) if row.item == item)
        first = at
        while first and self.rows[first - 1].is_comment:
            first -= 1
        return first, at + 1

    def without(self, item: str) -> tuple[Listing, tuple[Row, ...]]:
        """Return the list without an id's block, and the block."""
        first, after = self.block(item)
        return replace(self, rows=(*self.rows[:first], *self.rows[after:])), self.rows[first:after]

    def with_block(self, block: Sequence[Row], before: str) -> Listing:
        """Return the list with a block before the block of ``before``, behind the last id when that is not there."""
        if before in self.items:
            at = self.block(before)[0]
        else:
            at = max((index + 1 for index, row in enumerate(self.rows) if row.item), default=0)
        return replace(self, rows=(*self.rows[:at], *block, *self.rows[at:]))

    def following(self, item: str) -> str:
        """Return the id after this one, "" when it is the last."""
        items = self.items
        at = items.index(item)
        return items[at + 1] if at + 1 < len(items) else ""

    def text(self, *, closed: bool = False) -> str:
        """Return the TOML value; an empty list is written ``[]`` when ``closed``."""
        if not self.rows and not self.head:
            return "[]" if closed else "[\n]"
        last = max((index for index, row in enumerate(self.rows) if row.item), default=-1)
        lines = [
            row.line if row.comma or not row.item or index == last else _with_comma(row)
            for index, row in enumerate(self.rows)
        ]
        return "\n".join([f"[{self.head}", *lines, "]"])


def row_of(item: str, note: str = "") -> Row:
    """Return the line that places an id, a note beside it."""
    return Row(line=f"{INDENT}{one_line(item)},{f'  # {note}' if note else ''}", item=item)


def read(text: str, path: Path, spans: dict[Path, Span]) -> Listing:
    """Return the list at ``path``. Ids that share a line are given one each; every other line stays as it is."""
    at = spans[path].start + 1
    rows: list[Row] = []
    head = ""
    line_start, first_line = at, True
    current: list[tuple[str, str]] = []  # (id, literal) of the line being read
    comma, comment = True, ""
    index = 0
    while True:
        span = spans.get((*path, index))
        if span is not None and span.start == at:
            literal = text[span.start : span.end]
            current.append((_item(literal), literal))
            at, index, comma = span.end, index + 1, False
            continue
        if text[at] == "]":
            break
        gap = _GAP.match(text, at)
        if gap is None or gap.end() == at:
            raise ValueError(f"no list at {at}")
        at = gap.end()
        comma = comma or bool(gap[3])
        comment = gap[2] or comment
        if gap[1]:
            line = text[line_start : at - 1]
            if first_line and not current:
                head = line.rstrip()
            else:
                rows.extend(_rows(line, current, comment, comma=comma, whole=not first_line))
            line_start, first_line, current, comma, comment = at, False, [], True, ""
    if current:
        rows.extend(_rows(text[line_start:at], current, comment, comma=comma, whole=False))
    return Listing(rows=tuple(rows), head=head)


def _rows(line: str, found: list[tuple[str, str]], comment: str, *, comma: bool, whole: bool) -> list[Row]:
    if not found:
        return [Row(line=line)]
    if whole and len(found) == 1:
        return [Row(line=line, item=found[0][0], comma=comma)]
    rows = [Row(line=f"{INDENT}{literal},", item=item) for item, literal in found]
    if comment:
        rows[-1] = replace(rows[-1], line=f"{rows[-1].line}  {comment}")
    return rows


def _item(literal: str) -> str:
    return literal[1:-1]  # an id holds nothing that TOML would escape; parse() refuses any other


def _with_comma(row: Row) -> str:
    end = row.line.index(row.item) + len(row.item) + 1  # behind the closing quotation mark
    return f"{row.line[:end]},{row.line[end:]}"
