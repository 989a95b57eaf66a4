"""Foreign HTML brought down to the few elements a letter can carry. It resolves addresses but never fetches them."""

from __future__ import annotations

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
        return spaced(printable(html).replace(">", "&gt;").replace("\u00a0", "&nbsp;")).strip(" ")
    cleaner = _cleaner(base)
    html = _unlinked(cleaner.clean(known(html)))
    for _ in range(_AGAIN):
        if not _ill_nested(html):
            break
        html = _unlinked(cleaner.clean(html))
    if "<img" in html:
        html = _NO_SOURCE.sub("", html)
    if "\n" in html or "\t" in html or "\r" in html:
        html = _TORN.sub(_untorn, html)
    html = _trimmed(spaced(html))
    while (shorter := _EMPTY.sub(_unless_empty, html)) != html:  # an emptied element may empty the one around it
        html = _trimmed(spaced(shorter))
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


def known(html: str) -> str:
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


def spaced(html: str) -> str:
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
