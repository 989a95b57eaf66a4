"""Foreign HTML brought down to the few elements a letter can carry. It resolves addresses but never fetches them."""

from __future__ import annotations

import html as entities
import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import nh3

from publisher.clean.encoding import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAGS = frozenset(
    [
        "p",
        "br",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "a",
        "strong",
        "em",
        "blockquote",
        "figure",
        "figcaption",
        "img",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "sup",
        "sub",
        "q",
        "abbr",
        "hr",
    ],
)
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "abbr": {"title"},
}
# These go with everything inside them: their content is no prose.
DROPPED_WHOLE = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "noscript",
        "template",
        "svg",
        "math",
        "head",
        "title",
        "form",
        "select",
        "button",
        "textarea",
        "audio",
        "video",
        "canvas",
        "marquee",
        "applet",
        "nav",
    ],
)
# The element that stands for one we do not carry, so that its meaning (a heading, a block) is not lost.
RENAMED = {
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "b": "strong",
    "i": "em",
    "div": "p",
    "section": "p",
    "article": "p",
    "header": "p",
    "footer": "p",
    "main": "p",
    "aside": "p",
    "address": "p",
    "center": "p",
    "dt": "p",
    "dd": "p",
    "pre": "p",
}
_RENAMES = {
    name: (
        tuple((f"<{slash}{name}{end}", f"<{slash}{instead}{end}") for slash, end in (("", ">"), ("", " "), ("/", ">"))),
        re.compile(rf"<(/?){name}(?=[\s/>])", re.IGNORECASE),
        rf"<\1{instead}",
    )
    for name, instead in RENAMED.items()
}

# An element may not close itself: nh3 then needs time that grows with the square of the depth (100,000 nested
# <div>: 19 s). Real pages stay far below; what lies deeper keeps its text and loses its elements.
_DEPTH = 200
_COPIES = 400_000
_NAME = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*>?")
# Elements that close themselves, in both cases: they nest no deeper however many there are.
_FLAT = frozenset(
    spelt
    for name in (
        "p", "li", "br", "img", "hr", "td", "th", "tr", "tbody", "thead", "dt", "dd", "option", "input", "meta", "link",
        "div",
    )
    for spelt in (name, name.upper())
)  # fmt: skip
_FLAT_CLOSED = frozenset(f"/{name}" for name in _FLAT)

# Taking an element out may leave a block where the parser would not have put it (<h2><span><h2>): parsed again it
# would come out otherwise, so it is, until it stays.
_ILL_NESTED = re.compile(
    r"<h[234]>[^<]*(?:<(?!/?h[234]>)[^<]*)*<h[234]>"
    r"|<a [^<]*(?:<(?!/?a[ >])[^<]*)*<a "
)
_AGAIN = 3

_BLANK = r"(?:\s|&nbsp;|\u200b|<br>)*"
_EMPTY = re.compile(r"<([a-z][a-z0-9]*)(?:\s[^<>]*)?>" + _BLANK + r"</\1>")
_NOTHING_WHEN_EMPTY = frozenset(
    "p h2 h3 h4 li ul ol strong em a blockquote figure figcaption sup sub q abbr".split(" ")  # noqa: SIM905 - a table reads best on one line
)
_UNLINKED = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_NO_SOURCE = re.compile(r"<img(?![^<>]*\ssrc=\"[^\"])[^<>]*>")
_TORN = re.compile(r"=\"[^\"\t\r\n]*[\t\r\n][^\"]*")
_DROPPED = {9: None, 10: None, 13: None}
_BREAKS = re.compile(r"(?: ?<br>)+ ?")
_OPENED = re.compile(r"<(?:p|li|h[234]|blockquote|td|th)>$")
_CLOSED = re.compile(r"</(?:p|li|h[234]|blockquote|td|th)>")
_EDGE = re.compile(r"(<(?:p|li|h[234])>) ")
_inside = itemgetter(1)  # what a match's first group holds; a template of ``sub`` is worked out in Python each time
_OTHER_EDGE = re.compile(r" (</(?:p|li|h[234])>)")


def safe(html: str, base: str = "") -> str:
    """Return the fragment with our elements only; links are http, https or mailto, absolute against ``base``.

    Script, style, frames, forms, comments, classes and event attributes are gone; a relative address without a
    ``base``, or an anchor in the page, leaves its text without a link. Following the WHATWG parser (nh3, ammonia).
    """
    if not html:
        return ""
    if "<" not in html and "&" not in html:
        return _spaced(printable(html).replace(">", "&gt;").replace("\u00a0", "&nbsp;")).strip(" ")
    cleaner = _cleaner(base)
    html = _unlinked(cleaner.clean(_known(html)))
    for _ in range(_AGAIN):
        if not _ill_nested(html):
            break
        html = _unlinked(cleaner.clean(html))
    if "<img" in html:
        html = _NO_SOURCE.sub("", html)
    if "\n" in html or "\t" in html or "\r" in html:
        html = _TORN.sub(_untorn, html)
    html = _trimmed(_spaced(html))
    while (shorter := _EMPTY.sub(_unless_empty, html)) != html:  # an emptied element may empty the one around it
        html = _trimmed(_spaced(shorter))
    return html.strip(" ")


def _unlinked(html: str) -> str:
    return _UNLINKED.sub(r"\1", html) if "<a>" in html else html


def _ill_nested(html: str) -> bool:
    """Say whether a link or a heading opens inside another one."""
    several = html.count("<a ") > 1 or html.count("</h") > 1
    return several and _ILL_NESTED.search(html) is not None


def _unless_empty(found: re.Match[str]) -> str:
    return "" if found[1] in _NOTHING_WHEN_EMPTY else found[0]


def _untorn(found: re.Match[str]) -> str:
    """Return an address without the line ends and tabs that browsers drop from it (WHATWG URL, 4.4)."""
    return found[0].translate(_DROPPED) if found.string.endswith(("href", "src"), 0, found.start()) else found[0]


@lru_cache(maxsize=64)
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(DROPPED_WHOLE),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        url_relative=_resolver(base) if base else "deny",
        link_rel=None,
    )


def _known(html: str) -> str:
    """Return ``html`` with our own elements in place of those they stand for, and nested no deeper than prose is."""
    html = printable(html)
    names = _NAME.findall(html)
    if len(names) > _DEPTH:
        html = _shallow(html, names)
    said = set(names)
    if not "".join(said).islower():  # capitals somewhere, or nothing at all
        said = {each.lower() for each in said}
    for name in _RENAMES.keys() & said:
        usual, pattern, instead = _RENAMES[name]
        for written, meant in usual:
            html = html.replace(written, meant)
        html = pattern.sub(instead, html)
    return html


def _spaced(html: str) -> str:
    """Return ``html`` with one space for each run of ASCII white space; no-break spaces stay."""
    html = html.replace("\t", " ").replace("\r", " ").replace("\n", " ").replace("\f", " ")
    while "  " in html:
        html = html.replace("  ", " ")
    return html


def _trimmed(html: str) -> str:
    if "<br>" in html:
        html = _BREAKS.sub(_edged, html)
    if "> " in html:
        html = _EDGE.sub(_inside, html)
    return _OTHER_EDGE.sub(_inside, html) if " </" in html else html


def _edged(found: re.Match[str]) -> str:
    """Return the line breaks that separate something: none at a block's edge, two at most."""
    start, end = found.span()
    html = found.string
    if not start or end == len(html) or _OPENED.search(html, max(start - 12, 0), start) or _CLOSED.match(html, end):
        return ""
    return "<br>" * min(found[0].count("<br>"), 2)


_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def _resolver(base: str) -> Callable[[str], str | None]:
    known = base.startswith(("http://", "https://"))

    def resolve(address: str) -> str | None:
        address = address.strip()
        if not known or address.startswith("#") or _SCHEME.match(address):
            return None  # with a scheme it was no relative address, but one that cannot be read
        try:
            joined = urljoin(base, address)
        except ValueError:  # a bracket that is no IPv6 address
            return None
        return joined if joined.startswith(("http://", "https://", "mailto:")) else None

    return resolve


def _shallow(html: str, names: Sequence[str]) -> str:
    """Return ``html``, without its elements where they are nested too deep to be prose.

    An unclosed ``<b>`` is opened again in each later paragraph (WHATWG HTML, 13.2.4.3), so that small input can
    grow with the square of its size: ``copies`` counts these.
    """
    depth = copies = 0
    for name in names:
        if name in _FLAT:
            copies += depth
        elif name[0] != "/":
            depth += 1
        elif name not in _FLAT_CLOSED and depth:
            depth -= 1
        if depth > _DEPTH or copies > _COPIES:
            return _TAG.sub(lambda tag: tag[0] if tag[2] in _FLAT else " ", html)
    return html


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
        html = _words_cleaner().clean(_known(html))
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
    plain = _spaced(_MARKS.sub("", html.replace("</p>", "<p>")))
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
        said = _spaced(said)
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
