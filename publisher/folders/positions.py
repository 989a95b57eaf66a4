"""Positions: where each key, table and array element of a TOML text stands. It judges nothing: tomllib did before.

tomllib gives values without lines, tomlkit keeps the text without lines. A fault needs the line, and a change of
one line needs the exact characters. Grammar: TOML 1.0.0.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys and, inside arrays, indices: ``("section", 0, "entries", 2)``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_PLAIN = re.compile(r"[^,\]}#\n]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{1,2}(?!"))?'
    r"|'''.*?'''(?:'{1,2}(?!'))?"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in the text: ``line`` from 1; ``key`` where its key or header starts; ``start:end`` its value.

    For a table ``start:end`` is its header.
    """

    line: int
    key: int
    start: int
    end: int


def positions(text: str) -> dict[Path, Span]:
    """Return where everything stands in a TOML text that tomllib accepts. Lines end with a line feed only."""
    return _Scan(text).run()


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    found: dict[Path, Span] = field(default_factory=dict)
    arrays: dict[Path, int] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)

    def run(self) -> dict[Path, Span]:
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        table: Path = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def _record(self, path: Path, key: int, start: int) -> None:
        if path not in self.found:
            self.found[path] = Span(line=bisect_right(self.starts, key), key=key, start=start, end=self.at)

    def _header(self) -> Path:
        start = self.at
        many = self.text.startswith("[[", start)
        self.at += 2 if many else 1
        names = self._keys()
        self.at += 2 if many else 1
        path: Path = ()
        for depth, name in enumerate(names, start=1):
            path = (*path, name)
            if many and depth == len(names):
                self.arrays[path] = self.arrays.get(path, -1) + 1
                self._record(path, start, start)
            if path in self.arrays:
                path = (*path, self.arrays[path])
        self._record(path, start, start)
        return path

    def _keys(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            bare = _BARE.match(self.text, self.at)
            quoted = None if bare else _STRING.match(self.text, self.at)
            found = bare or quoted
            if found is None:
                raise ValueError(f"no key at {self.at}")
            self.at = found.end()
            names.append(found[0] if bare else str(tomllib.loads(f"k = {found[0]}")["k"]))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _pair(self, table: Path) -> None:
        key = self.at
        names = self._keys()
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        for depth in range(1, len(names)):
            self._record((*table, *names[:depth]), key, self.at)
        self._value((*table, *names), key)

    def _value(self, path: Path, key: int) -> None:
        start = self.at
        if self.text[start] == "[":
            self._array(path)
        elif self.text[start] == "{":
            self._inline(path)
        elif string := _STRING.match(self.text, start):
            self.at = string.end()
        else:
            plain = _PLAIN.match(self.text, start)
            self.at = start + len(plain[0].rstrip()) if plain else start
        self._record(path, key, start)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self._skip(_BLANK)] != "]":
            self._value((*path, index), self.at)
            index += 1
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self.text[self._skip(_BLANK)] != "}":
            self._pair(path)
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1
