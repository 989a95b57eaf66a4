"""What a page says of itself in JSON-LD (schema.org): dates and an event. It trusts nothing that it cannot read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher import clean
from publisher.item import Event
from publisher.sources.dates import machine_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from lxml.html import HtmlElement

_LARGEST = 200_000  # characters of one script
_DAY = 10  # characters of a date without a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Facts of the page's main thing; ``None`` and "" when it does not say."""

    title: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    event: Event | None = None


def read(root: HtmlElement, zone: tzinfo) -> Linked:
    """Return what the page's JSON-LD says; damaged scripts count as absent."""
    title = ""
    published = updated = None
    event = None
    for thing in _things(root):
        kinds = thing.get("@type")
        names = [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]
        if any(name.endswith("Event") for name in names):
            event = event or _event(thing, zone)
            title = title or _text(thing.get("name"))
        if any(name.endswith(("Article", "BlogPosting", "WebPage")) for name in names):
            published = published or machine_date(_text(thing.get("datePublished")), zone)
            updated = updated or machine_date(_text(thing.get("dateModified")), zone)
            title = title or _text(thing.get("headline"))
    return Linked(title=title, published=published, updated=updated, event=event)


def _things(root: HtmlElement) -> Iterator[dict[str, Any]]:
    for element in root.iter("script"):
        said = element.text or ""
        if (element.get("type") or "").lower() != "application/ld+json" or len(said) > _LARGEST:
            continue
        try:
            data = json.loads(said)
        except (ValueError, RecursionError):
            continue
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict):
                graph = each.get("@graph")
                yield from (part for part in (graph if isinstance(graph, list) else [each]) if isinstance(part, dict))


def _event(thing: dict[str, Any], zone: tzinfo) -> Event | None:
    said = _text(thing.get("startDate"))
    start = machine_date(said, zone)
    if start is None:
        return None
    place = thing.get("location")
    name = _text(place.get("name")) if isinstance(place, dict) else _text(place)
    return Event(
        start=start, end=machine_date(_text(thing.get("endDate")), zone), all_day=len(said) <= _DAY, place=name
    )


def _text(value: object) -> str:
    return clean.inline_text(value) if isinstance(value, str) else ""
