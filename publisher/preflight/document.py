"""The letter's HTML as a flat list of elements with their places. It judges nothing and mends nothing.

html.parser is used on purpose: a tolerant parser would mend the very faults that preflight looks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""Elements without an end tag (HTML Standard, 13.1.2)."""

_MAY_STAY_OPEN = frozenset({"p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot"})
_SILENT = frozenset({"style", "script", "title", "head"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element. ``start`` and ``end`` are offsets of its start and end tags; ``parent`` an index, -1 for none.

    ``text`` is the text inside, blanks collapsed, style and script left out; an image counts by its ``alt``.
    """

    tag: str
    attributes: tuple[tuple[str, str | None], ...]
    start: int
    end: int
    parent: int
    text: str
    line: int
    own: bool = False
    """Whether some of the text stands in the element itself, in none of its children."""

    def get(self, name: str) -> str | None:
        """Return an attribute's value, "" for one without a value, ``None`` when it is not there."""
        for key, value in self.attributes:
            if key == name:
                return value or ""
        return None

    def style(self, name: str) -> str:
        """Return the last value of a property in the ``style`` attribute, in lower case, "" when it has none."""
        found = ""
        for declaration in (self.get("style") or "").split(";"):
            key, _, value = declaration.partition(":")
            if key.strip().lower() == name:
                found = value.strip().lower().removesuffix("!important").strip()
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Elements in the order of their start tags, the style sheets, comments, and what broke the nesting."""

    source: str
    elements: tuple[Element, ...] = ()
    sheets: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    doctype: str = ""
    broken: tuple[tuple[int, str], ...] = ()
    """(line of the HTML from 1, what is wrong in French)."""

    def all(self, *tags: str) -> tuple[Element, ...]:
        """Return the elements of these names."""
        return tuple(element for element in self.elements if element.tag in tags)

    def ancestors(self, element: Element) -> tuple[Element, ...]:
        """Return the elements around this one, the nearest first."""
        around = []
        at = element.parent
        while at >= 0:
            around.append(self.elements[at])
            at = self.elements[at].parent
        return tuple(around)


def read(source: str) -> Document:
    """Return the document of this HTML, as it is written."""
    reader = _Reader(source)
    reader.feed(source)
    reader.close()
    return reader.document()


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: tuple[tuple[str, str | None], ...]
    start: int
    parent: int
    line: int
    end: int = -1
    own: bool = False
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self._source = source
        self._lines = [0]
        for at, character in enumerate(source):
            if character == "\n":
                self._lines.append(at + 1)
        self._all: list[_Open] = []
        self._open: list[int] = []
        self._sheets: list[str] = []
        self._comments: list[str] = []
        self._doctype = ""
        self._broken: list[tuple[int, str]] = []

    def document(self) -> Document:
        for index in reversed(self._open):
            one = self._all[index]
            if one.tag not in _MAY_STAY_OPEN and one.tag not in {"html", "body", "head"}:
                self._broken.append((one.line, f"<{one.tag}> n’est pas refermé"))
            one.end = len(self._source)
        return Document(
            source=self._source,
            elements=tuple(
                Element(
                    tag=one.tag,
                    attributes=one.attributes,
                    start=one.start,
                    end=one.end if one.end >= 0 else one.start,
                    parent=one.parent,
                    text=" ".join("".join(one.words).split()),
                    line=one.line,
                    own=one.own,
                )
                for one in self._all
            ),
            sheets=tuple(self._sheets),
            comments=tuple(self._comments),
            doctype=self._doctype,
            broken=tuple(sorted(self._broken)),
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        seen = [name for name, _ in attrs]
        self._broken.extend(
            (line, f"<{tag}> porte deux fois l’attribut « {name} »")
            for name in sorted(set(seen))
            if seen.count(name) > 1
        )
        self._implied(tag)
        parent = self._open[-1] if self._open else -1
        self._all.append(_Open(tag=tag, attributes=tuple(attrs), start=start, parent=parent, line=line))
        if tag == "img":
            self._say(next((value or "" for name, value in attrs if name == "alt"), ""))
        if tag in {"br", "p", "td", "th", "tr", "div", "li", "h1", "h2", "h3", "h4", "table"}:
            self._say(" ")
        if tag not in VOID:
            self._open.append(len(self._all) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        line, column = self.getpos()
        at = self._lines[line - 1] + column
        if tag in VOID:
            self._broken.append((line, f"</{tag}> est de trop : <{tag}> ne se referme pas"))
            return
        if not any(self._all[index].tag == tag for index in self._open):
            self._broken.append((line, f"</{tag}> ne referme rien"))
            return
        while True:
            one = self._all[self._open.pop()]
            one.end = at
            if one.tag == tag:
                break
            if one.tag not in _MAY_STAY_OPEN:
                self._broken.append((one.line, f"<{one.tag}> n’est pas refermé avant </{tag}>"))
        if tag in {"p", "td", "div", "li", "h1", "h2", "h3", "h4"}:
            self._say(" ")

    def handle_data(self, data: str) -> None:
        inside = self._all[self._open[-1]].tag if self._open else ""
        if inside == "style":
            self._sheets.append(data)
        if self._open and data.strip(" \t\r\n\u00a0"):
            self._all[self._open[-1]].own = True
        self._say(data)

    def handle_comment(self, data: str) -> None:
        self._comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self._doctype = decl

    def _say(self, words: str) -> None:
        for index in reversed(self._open):
            one = self._all[index]
            one.words.append(words)
            if one.tag in _SILENT:
                break

    def _implied(self, tag: str) -> None:
        """Close what the standard lets an author leave open (HTML Standard, 13.1.2.4)."""
        closes = {
            "li": {"li"},
            "tr": {"tr", "td", "th"},
            "td": {"td", "th"},
            "th": {"td", "th"},
            "p": {"p"},
            "div": {"p"},
            "table": {"p"},
            "ul": {"p"},
            "ol": {"p"},
        }.get(tag, set())
        while self._open and self._all[self._open[-1]].tag in closes:
            line, column = self.getpos()
            self._all[self._open.pop()].end = self._lines[line - 1] + column
