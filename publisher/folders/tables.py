"""Tables of a TOML text as lines: where a block starts and ends, a key set, added or taken out. It knows no issue.

A block is a header with the comment lines directly above it, down to its last key and the comments directly below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomlkit

from publisher.folders.composition import one_line
from publisher.folders.positions import Span, positions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.folders.positions import Path

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toml:
    """A TOML text that tomllib accepts, with the place of everything in it."""

    text: str
    spans: Mapping[Path, Span]

    @classmethod
    def of(cls, text: str) -> Toml:
        """Return the text with its places."""
        return cls(text=text, spans=positions(text))

    def replaced(self, start: int, end: int, new: str) -> Toml:
        """Return the text with a passage replaced."""
        return Toml.of(self.text[:start] + new + self.text[end:])

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset starts."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line after that of an offset starts."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def has_header(self, table: Path) -> bool:
        """Say whether a table is written with a header of its own."""
        span = self.spans.get(table)
        return span is not None and self.text[span.start] == "[" and self._is_key_line(span)

    def block(self, table: Path) -> tuple[int, int]:
        """Return where the block of a table with a header starts and ends, in whole lines."""
        span = self.spans[table]
        ends = [self.spans[path].end for path in self.keys(table)]
        end = self.line_end(max([span.end, *ends]) - 1)
        while end < len(self.text) and self.text[end : self.line_end(end)].lstrip().startswith("#"):
            below = self.line_end(end)
            if self._above_header(below):
                break
            end = below
        start = self.line_start(span.key)
        while start and self.text[self.line_start(start - 1) : start].lstrip().startswith("#"):
            start = self.line_start(start - 1)
        return start, end

    def keys(self, table: Path) -> tuple[Path, ...]:
        """Return the paths of the values directly under a table, in their order."""
        found = [path for path in self.spans if len(path) == len(table) + 1 and path[:-1] == table]
        return tuple(sorted(found, key=lambda path: self.spans[path].start))

    def with_value(self, path: Path, literal: str, *, note: str = "") -> Toml:
        """Return the text with a value replaced, or added right after the last key line of its table.

        The table must have a header, or be the top one. ``note`` is a comment beside a new line.
        """
        span = self.spans.get(path)
        if span is not None:
            return self.replaced(span.start, span.end, literal)
        line = f"{key_of(str(path[-1]))} = {literal}{f'  {note}' if note else ''}\n"
        table = path[:-1]
        if table and not self.has_header(table):
            return self._by_tomlkit(path, literal)
        plain = [key for key in self.keys(table) if self._is_pair(key)]
        if plain:
            after = self.line_end(self.spans[plain[-1]].end - 1)
        else:
            after = self.line_end(self.spans[table].end) if table else 0
        return self.replaced(after, after, line)

    def without_value(self, path: Path) -> tuple[Toml, str]:
        """Return the text without a key, and the comment that stood beside it.

        A table that is left with nothing but its header goes too.
        """
        span = self.spans[path]
        start = self.line_start(span.key)
        end = self.line_end(span.end - 1)
        if self.text[start : span.key].strip():
            return self._removed_by_tomlkit(path), ""
        note = self.text[span.end : end].strip()
        rest = self.replaced(start, end, "")
        table = path[:-1]
        if table and rest.has_header(table) and not rest.keys(table):
            block_start, block_end = rest.block(table)
            if rest.text[block_start:block_end].count("\n") == 1:
                rest = rest.without_lines(block_start, block_end)
        return rest, note

    def with_block(self, block: str, at: int) -> Toml:
        """Return the text with a block of lines at the start of a line, a blank line on either side."""
        before, after = self.text[:at], self.text[at:]
        lead = "" if not before or before.endswith("\n\n") else "\n"
        trail = "" if not after or after.startswith("\n") else "\n"
        return Toml.of(f"{before}{lead}{block}{trail}{after}")

    def without_lines(self, start: int, end: int) -> Toml:
        """Return the text without some whole lines, and without the second of two blank lines that then meet."""
        before, after = self.text[:start], self.text[end:]
        if before.endswith("\n\n") and after.startswith("\n"):
            after = after[1:]
        elif before.endswith("\n\n") and not after:
            before = before[:-1]
        return Toml.of(before + after)

    def _is_key_line(self, span: Span) -> bool:
        return span.key == span.start and not self.text[self.line_start(span.start) : span.start].strip()

    def _is_pair(self, path: Path) -> bool:
        """Say whether a path is ``key = value`` on lines of its own, no header and no part of a dotted key."""
        span = self.spans[path]
        inside = (other for other in self.spans if len(other) > len(path) and other[: len(path)] == path)
        return span.key != span.start and not any(self.spans[other].key == span.key for other in inside)

    def _above_header(self, offset: int) -> bool:
        """Say whether the next line that is no comment is a header: then the comments above it are its own."""
        while offset < len(self.text):
            line = self.text[offset : self.line_end(offset)].strip()
            if not line.startswith("#"):
                return line.startswith("[")
            offset = self.line_end(offset)
        return False

    def _by_tomlkit(self, path: Path, literal: str) -> Toml:
        document = tomlkit.parse(self.text)
        table: object = document
        for name in path[:-1]:
            table = table[name]  # type: ignore[index]
        table[path[-1]] = tomlkit.value(literal)  # type: ignore[index]
        return Toml.of(tomlkit.dumps(document))

    def _removed_by_tomlkit(self, path: Path) -> Toml:
        document = tomlkit.parse(self.text)
        table: object = document
        for name in path[:-1]:
            table = table[name]  # type: ignore[index]
        del table[path[-1]]  # type: ignore[attr-defined]
        return Toml.of(tomlkit.dumps(document))


def key_of(name: str) -> str:
    """Return a key as TOML writes it: bare where it may be."""
    return name if _BARE.fullmatch(name) else one_line(name)
