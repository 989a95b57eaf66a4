"""The feeds of the published editions: RSS 2.0 and Atom by feedgen, JSON Feed by hand. It must not read a clock.

Links carry the feeds' own tags, identifiers carry none; the same editions give the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree
from markupsafe import Markup, escape

from publisher import french
from publisher.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from feedgen.entry import FeedEntry

    from publisher.edition import Edition, EditionEntry
    from publisher.links import Tagger
    from publisher.render.settings import Settings

_DUBLIN = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_TYPES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml"}
_TTL = 60  # minutes; what Cache-Control says too


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry as a feed tells it. ``link`` is tagged; ``page`` is where it stands in our archive."""

    id: str
    entry: EditionEntry
    link: str
    page: str
    published: datetime
    updated: datetime
    content: str


def build(editions: Sequence[Edition], settings: Settings, tagger: Tagger, *, limit: int = 60) -> dict[str, bytes]:
    """Return ``rss.xml``, ``atom.xml`` and ``feed.json`` of the newest ``limit`` entries, newest issue first.

    An item told in two issues stands once, as the newest tells it. Raises ``OutputError`` when nothing has been
    published yet, since Atom asks for a date and none would be true.
    """
    if not editions:
        raise OutputError(
            "aucun numéro n’est approuvé : il n’y a rien à publier dans les flux.",
            remedy="Approuvez d’abord un numéro.",
        )
    newest = sorted(editions, key=lambda edition: edition.issue, reverse=True)
    told = tuple(_told(newest, settings, tagger))[:limit]
    changed = max([*(one.updated for one in told), *(edition.date for edition in newest[:1])])
    return {
        "rss.xml": _bytes(_generator(told, settings, "rss.xml", changed).rss_str(pretty=True)),
        "atom.xml": _bytes(_generator(told, settings, "atom.xml", changed).atom_str(pretty=True)),
        "feed.json": _json(told, settings),
    }


def identifier(settings: Settings, name: str) -> str:
    """Return a ``tag:`` IRI (RFC 4151) that survives a new title, a new address and a new domain."""
    return f"tag:{settings.publication.id_domain},{settings.publication.id_year}:{name}"


def _told(editions: Sequence[Edition], settings: Settings, tagger: Tagger) -> Iterator[Told]:
    seen: set[str] = set()
    for edition in editions:
        for entry in edition.entries:
            if entry.id in seen:
                continue
            seen.add(entry.id)
            published = entry.published or edition.date
            page = f"{settings.publication.base}{edition.issue}.html"
            yield Told(
                id=identifier(settings, entry.id),
                entry=entry,
                link=tagger.tag(entry.address) if entry.address else page,
                page=page,
                published=published,
                updated=max(published, entry.updated or published),
                content=_content(entry, tagger),
            )


def _generator(told: Sequence[Told], settings: Settings, name: str, changed: datetime) -> FeedGenerator:
    publication = settings.publication
    feed = FeedGenerator()
    feed.register_extension("more", _Names, _More)
    feed.id(identifier(settings, "flux"))
    feed.title(publication.title)
    feed.description(publication.description or publication.organisation)
    feed.link(href=f"{publication.base}{name}", rel="self", type=_TYPES[name])
    feed.link(href=publication.base, rel="alternate")
    feed.language(publication.region)
    feed.author({"name": publication.organisation, "uri": publication.site})
    feed.generator("territoires-publisher")
    feed.updated(changed)
    feed.lastBuildDate(changed)
    feed.pubDate(changed)
    feed.ttl(_TTL)
    for one in told:
        _fill(feed.add_entry(order="append"), one)
    return feed


def _fill(written: FeedEntry, one: Told) -> None:
    entry = one.entry
    written.id(one.id)
    written.title(entry.title)
    written.link(href=one.link, rel="alternate")
    written.published(one.published)
    written.updated(one.updated)
    if entry.summary:
        written.summary(str(escape(entry.summary)), type="html")  # RSS reads a description as HTML
    written.content(one.content, type="html")
    for theme in entry.themes:
        written.category(term=theme)
    if entry.partner:
        written.author({"name": entry.source_name})
        if entry.address:
            written.source(url=_home(entry.address), title=entry.source_name)
    written.more.told = one


def _home(address: str) -> str:
    site = urlsplit(address)
    return f"{site.scheme}://{site.netloc}/"


def _content(entry: EditionEntry, tagger: Tagger) -> str:
    """Return the entry as HTML: what the letter says of it and no more, so that press works stay where they are."""
    said = [Markup("<p>{}</p>").format(paragraph) for paragraph in entry.summary.split("\n\n") if paragraph]
    facts = [
        french.period(entry.start, entry.end, all_day=entry.all_day) if entry.start else "",
        entry.place,
        f"Date limite\u00a0: {french.day(entry.deadline, weekday=False)}" if entry.deadline else "",
        f"Source\u00a0: {entry.source_name}" if entry.partner else "",
    ]
    said += [Markup("<p>{}</p>").format(fact[:1].upper() + fact[1:]) for fact in facts if fact]
    if entry.also:
        others = Markup(", ").join(
            Markup('<a href="{}">{}</a>').format(tagger.tag(also.address), also.name) for also in entry.also
        )
        said.append(Markup("<p>Lire aussi chez {}</p>").format(others))
    return "\n".join(said) or str(Markup("<p>{}</p>").format(entry.title))


def _bytes(xml: bytes) -> bytes:
    return xml if xml.endswith(b"\n") else xml + b"\n"


def _json(told: Sequence[Told], settings: Settings) -> bytes:
    """Return JSON Feed 1.1."""
    publication = settings.publication
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publication.title,
        "description": publication.description or publication.organisation,
        "home_page_url": publication.base,
        "feed_url": f"{publication.base}feed.json",
        "language": publication.region,
        "authors": [{"name": publication.organisation, "url": publication.site}],
        "items": [_json_item(one) for one in told],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _json_item(one: Told) -> dict[str, Any]:
    entry = one.entry
    item: dict[str, Any] = {"id": one.id}
    if entry.partner and entry.address:
        item |= {"url": one.page, "external_url": one.link, "authors": [{"name": entry.source_name}]}
    else:
        item["url"] = one.link
    item |= {
        "title": entry.title,
        "content_html": one.content,
        "date_published": one.published.isoformat(),
        "date_modified": one.updated.isoformat(),
    }
    if entry.summary:
        item["summary"] = entry.summary
    if entry.image:
        item["image"] = entry.image
    if entry.themes:
        item["tags"] = list(entry.themes)
    return item


class _Names(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Declares what ``_More`` writes with."""

    def extend_ns(self) -> dict[str, str]:
        return {"media": _MEDIA, "dc": _DUBLIN}


class _More(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen's own words do not cover: pictures, videos, and an author who has no e-mail address in RSS."""

    told: Told | None = None

    def extend_rss(self, item: etree._Element) -> None:
        if self.told is not None:
            if self.told.entry.partner:
                etree.SubElement(item, f"{{{_DUBLIN}}}creator").text = self.told.entry.source_name
            _media(item, self.told.entry)

    def extend_atom(self, item: etree._Element) -> None:
        if self.told is not None:
            entry = self.told.entry
            if entry.partner and entry.address:  # feedgen 1.0 loses the rel of an entry's link
                etree.SubElement(item, "link", rel="via", href=entry.address)
            source = item.find("source")
            if source is not None:  # RFC 4287, 4.2.11: what a feed must have, its source should keep
                etree.SubElement(source, "id").text = _home(entry.address)
                etree.SubElement(source, "updated").text = self.told.updated.isoformat()
            _media(item, entry)


def _media(item: etree._Element, entry: EditionEntry) -> None:
    if entry.image:
        picture = etree.SubElement(item, f"{{{_MEDIA}}}content", url=entry.image, medium="image")
        if entry.image_alt:
            etree.SubElement(picture, f"{{{_MEDIA}}}description", type="plain").text = entry.image_alt
    if entry.video:
        etree.SubElement(item, f"{{{_MEDIA}}}player", url=entry.video)
