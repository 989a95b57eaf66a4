"""Campaign tags in a piece of HTML: the link addresses change, every other byte stays."""

from __future__ import annotations

import re
from html import escape, unescape
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.links.campaign import Tagger

_LINK = re.compile(
    r"<!--.*?-->|<(?P<raw>script|style|textarea|title)\b.*?</(?P=raw)\s*>"
    r"|<(?P<name>a|area)(?=[\s/])(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'<>/=]+)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'=<>`]+)))?"
)
_CLOSE = re.compile(r"</a\s*>", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_BREAK = re.compile(r"</?(?:br|p|div|td|tr|table|li|h[1-6])\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"<img\b[^>]*?\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*(?:;|(?![=A-Za-z0-9;])))")


def tag_html(html: str, tagger: Tagger) -> str:
    """Return the HTML with the ``href`` of every ``a`` and ``area`` tagged: unescaped, tagged, escaped once.

    The link's text (or the alternative text of its image) is given to the tagger. Comments, scripts and styles are
    left alone; so is every attribute whose address does not change.
    """
    written: list[str] = []
    end = 0
    for found in _LINK.finditer(html):
        if not found["name"]:
            continue
        start = found.start("attributes")
        for attribute in _ATTRIBUTE.finditer(found["attributes"]):
            if attribute["name"].lower() != "href" or attribute.lastgroup == "name":
                continue
            group = str(attribute.lastgroup)
            address = _unescaped(attribute[group])
            tagged = tagger.tag(address.strip(), _text(html, found))
            if tagged != address.strip():
                first = start + attribute.start(group) - (group != "bare")
                last = start + attribute.end(group) + (group != "bare")
                written += [html[end:first], f'"{escape(tagged)}"']
                end = last
            break  # HTML, 13.2.5.33: of two attributes of one name the first counts
    return "".join([*written, html[end:]])


def _text(html: str, link: re.Match[str]) -> str:
    if link["name"].lower() == "area":
        found = re.search(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", link["attributes"])
        return unescape(found[1] or found[2] or "") if found else ""
    close = _CLOSE.search(html, link.end())
    inside = html[link.end() : close.start() if close else link.end()]
    shown = unescape(_TAG.sub("", _BREAK.sub(" ", inside)))
    if shown.strip():
        return " ".join(shown.split())
    image = _ALT.search(inside)
    return unescape(image[1] or image[2] or "") if image else ""


def _unescaped(value: str) -> str:
    """Return an attribute's value as a browser reads it (HTML, 13.2.5.73).

    ``html.unescape`` is for text: it would read ``?a=1&section=2`` as ``?a=1§ion=2``.
    """
    return _REFERENCE.sub(lambda found: _one(found[0]), value)


def _one(reference: str) -> str:
    if reference.startswith("&#") or reference[1:] in html5:
        return unescape(reference)
    return reference
