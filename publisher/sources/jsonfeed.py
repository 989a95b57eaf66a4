"""JSON Feed 1.0 and 1.1 (jsonfeed.org): bytes to items. It fetches nothing."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from publisher.errors import Fault, ReadError
from publisher.item import Theme
from publisher.sources import article, fragment, plain
from publisher.sources.dates import machine_date
from publisher.sources.entries import Enclosure
from publisher.sources.reading import Origin, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.item import ItemData


def is_one(body: bytes) -> bool:
    """Say whether bytes begin like JSON; whether they are a feed is for ``read``."""
    return body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read(body: bytes, origin: Origin) -> Reading:
    """Return the items of a JSON feed. Raises ``ReadError`` when it is no JSON, or JSON of something else."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReadError(
            "le flux JSON est coupé ou fautif.",
            source=origin.key,
            place=origin.address,
            remedy="Rien à faire si cela ne dure pas\u00a0; sinon prévenez le webmestre.",
        ) from error
    raw = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(raw, list) or "jsonfeed.org/version" not in str(feed.get("version")):
        raise ReadError(
            "la réponse est du JSON, mais pas un flux JSON Feed.",
            source=origin.key,
            place=origin.address,
            remedy="Vérifiez l’adresse de la source dans config.toml.",
        )
    items: list[ItemData] = []
    faults: list[Fault] = []
    for number, entry in enumerate(raw, 1):
        item = _item(entry, feed, origin) if isinstance(entry, dict) else None
        if item is None:
            text = f"l’article n°\u00a0{number} du flux n’a ni titre, ni texte, ni adresse\u00a0; il est laissé."
            faults.append(Fault(place=origin.address, text=text))
        else:
            items.append(item)
    return Reading(items=tuple(items), faults=tuple(faults))


def title(body: bytes) -> str:
    """Return the title of a JSON feed that was read, "" when it has none."""
    return " ".join(_text(json.loads(body), "title").split())


def _item(entry: dict[str, Any], feed: dict[str, Any], origin: Origin) -> ItemData | None:
    base = origin.address
    link = fragment.absolute(_text(entry, "url") or _text(entry, "external_url"), base)
    guid = _text(entry, "id")
    markup = _text(entry, "content_html") or plain.paragraphs(_text(entry, "content_text"), wrapped=True)
    parts = article.take_apart(markup, base=link or base, cms=origin.cms, zone=origin.zone)
    tags = [tag for tag in entry.get("tags") or () if isinstance(tag, str) and tag.strip()]
    return article.compose(
        replace(
            article.with_enclosures(parts, _attached(entry), base),
            themes=tuple(Theme(name=tag.strip()) for tag in dict.fromkeys(tags)),
        ),
        source=origin.key,
        place=base,
        guid=guid,
        link=link or (fragment.absolute(guid, base) if guid.startswith("http") else ""),
        title=article.plain_title(html.escape(_text(entry, "title"), quote=False), origin.cms),
        cms=origin.cms,
        description=html.escape(_text(entry, "summary"), quote=False),
        published=machine_date(_text(entry, "date_published"), origin.zone),
        updated=machine_date(_text(entry, "date_modified"), origin.zone),
        authors=_authors(entry) or _authors(feed),
        language=(_text(entry, "language") or _text(feed, "language") or "fr")[:2].lower(),
        now=origin.now,
    )


def _attached(entry: dict[str, Any]) -> Iterator[Enclosure]:
    for key in ("image", "banner_image"):
        yield Enclosure(address=_text(entry, key), media_type="image/*")
    for each in entry.get("attachments") or ():
        if isinstance(each, dict):
            size = each.get("size_in_bytes")
            yield Enclosure(
                address=_text(each, "url"),
                media_type=_text(each, "mime_type"),
                title=_text(each, "title"),
                size=size if isinstance(size, int) and size > 0 else 0,
            )


def _text(record: dict[str, Any], key: str) -> str:
    """Return a text of a record; 1.0 feeds in the wild give numbers for ids."""
    value = record.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of ``authors`` (1.1) or ``author`` (1.0)."""
    listed = record.get("authors")
    people = listed if isinstance(listed, list) else [record.get("author")]
    names = [_text(each, "name") for each in people if isinstance(each, dict)]
    return tuple(dict.fromkeys(name for name in names if name))
