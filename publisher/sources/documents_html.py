"""A page saved as a file: where it was saved from. What it says is for ``page``; nothing is fetched."""

from __future__ import annotations

import html as entities
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher import clean
from publisher.sources import page
from publisher.sources.charset import decode
from publisher.sources.reading import Origin

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from publisher.item import ItemData
    from publisher.sources.settings import Cms

_HEAD = 100_000  # characters: the head of a page with its styles, and the site's name above the article
_LINK = re.compile(r"<(?:link|meta)\b[^<>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\b(rel|href|property|name|content)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(https?://\S+) -->", re.IGNORECASE)
_TEXT = re.compile(r">([^<>]{20,200}+)<")


def address(data: bytes) -> str:
    """Return the address that a saved page says it has, "" when it says none."""
    head = decode(data)[:_HEAD]
    said = {"canonical": "", "og:url": ""}
    for found in _LINK.finditer(head):
        values = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(found[0])}
        key = (values.get("rel") or values.get("property") or values.get("name") or "").lower()
        if key in said and not said[key]:
            said[key] = entities.unescape(values.get("href") or values.get("content") or "").strip()
    saved = _SAVED_FROM.search(head)
    wanted = (said["canonical"], said["og:url"], saved[1] if saved else "")
    return next((each for each in wanted if each.startswith(("http://", "https://"))), "")


def origin(data: bytes) -> str:
    """Return the key of the site whose name stands on a line of the page, "" when none does."""
    for found in _TEXT.finditer(decode(data)[:_HEAD]):
        met = clean.sort_line(" ".join(found[1].split()))
        if met is not None and met.rule.origin:
            return met.rule.origin
    return ""


def read(  # noqa: PLR0913 - each is a fact about the file
    data: bytes, *, source: str, via: str, place: str, cms: Cms, zone: tzinfo, now: datetime
) -> ItemData:
    """Return the item of a saved page. Raises ``ReadError`` when the file is no page or holds no article."""
    known = address(data)
    item = page.read(data, Origin(key=source, address=known, now=now, zone=zone, cms=cms))
    return replace(item, via=via, place=place, guid="" if item.address else place)
