"""What a page or a feed says of itself: name, system, the feeds that it announces. It fetches nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from publisher import clean
from publisher.sources import fragment, jsonfeed, systems
from publisher.sources.charset import decode

if TYPE_CHECKING:
    from publisher.sources.settings import Cms

_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})


def tree(markup: str) -> HtmlElement:
    """Return a page as a tree; any text gives one."""
    text = clean.printable(markup)
    try:
        return document_fromstring(text.encode("utf-8", "replace") or b"<html></html>", parser=_PARSER)
    except (etree.LxmlError, ValueError, AssertionError):
        return document_fromstring("<html></html>", parser=_PARSER)


def generator(root: HtmlElement) -> str:
    """Return what the page says it was made with."""
    for element in root.iter("meta"):
        if (element.get("name") or "").lower() == "generator":
            return element.get("content") or ""
    return ""


def cms_of_feed(body: bytes) -> Cms:
    """Return the system that a feed's generator names."""
    found = re.search(rb"<generator[^>]*>([^<]{1,200})", body[:10_000])
    return systems.by_generator(found[1].decode("ascii", "replace")) if found else ""


def announced(root: HtmlElement, address: str) -> list[str]:
    """Return the feeds and calendars that a page announces, comments left out (nobody wants them in a letter)."""
    found: dict[str, None] = {}
    for element in root.iter("link"):
        kind = (element.get("type") or "").lower()
        rel = (element.get("rel") or "").lower().split()
        if "alternate" in rel and (kind in _FEED_TYPES or kind == "text/calendar"):
            there = fragment.absolute(element.get("href") or "", address)
            if there and "comment" not in there.lower():
                found.setdefault(there)
    return list(found)


def name(root: HtmlElement) -> str:
    """Return the site's name: og:site_name, or the last part of the home page's title."""
    for element in root.iter("meta"):
        if (element.get("property") or "").lower() == "og:site_name":
            return " ".join((element.get("content") or "").split())
    title = next(root.iter("title"), None)
    said = fragment.words(title) if title is not None else ""
    return re.split(r"\s+[|–—-]\s+", said)[-1] if said else ""


def feed_title(body: bytes) -> str:
    """Return the title of a feed that was read, "" when it has none."""
    if jsonfeed.is_one(body):
        return jsonfeed.title(body)
    found = re.search(rb"<title[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,200})", body[:10_000])
    return clean.inline_text(decode(found[1])) if found else ""


def calendar_title(body: bytes) -> str:
    """Return the name that a calendar gives itself (X-WR-CALNAME)."""
    found = re.search(rb"^X-WR-CALNAME[^:\r\n]*:([^\r\n]{1,200})", body[:10_000], re.MULTILINE)
    return " ".join(decode(found[1]).split()) if found else ""
