"""The plain text of a fragment, as a letter's text part and a summary need it. It judges no word and cuts none."""

from __future__ import annotations

import html as entities
import re
from functools import lru_cache

import nh3

from publisher.clean.markup import DROPPED_WHOLE, known, spaced

_STRUCTURE = re.compile(r"</?(?:p |[uo]l|li|br|t[dhrab]|q|h[234r]|blockquote|fig|caption)")
_MARKS = re.compile(r"<(?!p>)(?:/?[a-z][a-z0-9]*(?:\s[^<>]*)?>)?")
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>|([^<]+)|<")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = frozenset(["p", "h2", "h3", "h4", "blockquote", "figure", "figcaption", "table", "caption", "tr", "hr"])
_START = re.compile(r'\sstart="(\d{1,6})"')


def text(html: str, *, cleaned: bool = False) -> str:
    """Return the fragment as plain text: a blank line between paragraphs, ``- `` and ``1. `` before list items.

    ``cleaned`` says that it comes from ``safe``, the end cut off or not: then it need not be cleaned again.
    """
    if not cleaned or "<q" in html:  # a quotation that is cut before its end is closed by the cleaner
        html = _words_cleaner().clean(known(html))
    if not _STRUCTURE.search(html):
        return _paragraphs(html)
    writer = _Writer()
    for found in _TOKEN.finditer(html):
        closing, tag, attributes, prose = found.groups()
        if prose is not None:
            writer.prose(entities.unescape(prose) if "&" in prose else prose)
        elif tag in _SHOWN:
            writer.tag(tag, attributes or "", closing=bool(closing))
    return writer.finished()


def _paragraphs(html: str) -> str:
    """Return what ``_Writer`` would write, for a fragment that has nothing but paragraphs: most have not."""
    plain = spaced(_MARKS.sub("", html.replace("</p>", "<p>")))
    said = [(entities.unescape(part) if "&" in part else part).strip(" ") for part in plain.split("<p>")]
    return "\n\n".join([part for part in said if part]).strip(" \n")


def inline_text(html: str) -> str:
    """Return the fragment as one line of plain text, for a title or a link's text."""
    return _SPACES.sub(" ", text(html) if "<" in html else entities.unescape(html)).strip()


_SHOWN = _BLOCKS | {"ul", "ol", "li", "br", "td", "th", "q"}


@lru_cache(maxsize=1)
def _words_cleaner() -> nh3.Cleaner:
    """Return what leaves only the elements that plain text shows: blocks, lists and quotation marks."""
    return nh3.Cleaner(
        tags=set(_SHOWN),
        clean_content_tags=set(DROPPED_WHOLE),
        attributes={"ol": {"start"}},
        link_rel=None,
    )


class _Writer:
    """Plain text in the making; knows the lists it stands in and the line ends it still owes."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.lists: list[int] = []  # the next number of each open list, 0 for one without numbers
        self.owed = 0
        self.at_start = True

    def prose(self, said: str) -> None:
        """Write words; white space counts once, and not at all where a line starts."""
        said = spaced(said)
        if self.at_start or self.owed:
            said = said.lstrip(" ")
        if not said:
            return
        self._settle()
        if said.startswith(" ") and self.parts[-1].endswith(" "):
            said = said[1:]
        self.parts.append(said)
        self.at_start = False

    def tag(self, tag: str, attributes: str, *, closing: bool) -> None:
        """Write what an element means in plain text."""
        if tag in {"ul", "ol"}:
            self._list(tag, attributes, closing=closing)
        elif tag == "li":
            self._owe(1)
            if not closing:
                self._settle()
                self.parts.append("  " * max(len(self.lists) - 1, 0) + self._mark())
                self.at_start = True
        elif tag == "br":
            self._owe(min(self.owed + 1, 2))  # two in a row are an old way to write a paragraph
        elif tag in {"td", "th"}:
            self.prose(" ")
        elif tag in _BLOCKS:
            self._owe(1 if self.lists or tag == "tr" else 2)
        else:  # q, the last of those that _words_cleaner lets through
            self.prose("\u00a0»" if closing else "«\u00a0")

    def _owe(self, count: int) -> None:
        if not self.at_start:
            self.owed = max(self.owed, count)

    def _settle(self) -> None:
        if self.owed:
            self.parts[-1] = self.parts[-1].rstrip(" ")
            self.parts.append("\n" * self.owed)
            self.owed = 0

    def _list(self, tag: str, attributes: str, *, closing: bool) -> None:
        self._owe(1 if len(self.lists) > closing else 2)
        if not closing:
            start = _START.search(attributes)
            self.lists.append((int(start[1]) if start else 1) if tag == "ol" else 0)
        elif self.lists:
            self.lists.pop()

    def _mark(self) -> str:
        if not self.lists or not self.lists[-1]:
            return "- "
        number = self.lists[-1]
        self.lists[-1] += 1
        return f"{number}. "

    def finished(self) -> str:
        """Return the text without white space around it."""
        return "".join(self.parts).strip(" \n")
