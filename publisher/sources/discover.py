"""What can be collected from an address: its feeds, its system, its sitemap, each tried before it is proposed.

It proposes and writes a TOML block; the person decides. It stores nothing and touches no file.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import tomlkit
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from tomlkit.exceptions import ParseError

from publisher.errors import ConfigError, Fault, SourceError
from publisher.sources import feed, fragment, ics, sitemap
from publisher.sources.charset import decode
from publisher.sources.http import Client
from publisher.sources.reading import Origin
from publisher.sources.settings import CalendarSource, FeedSource, SitemapSource

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from publisher.sources.http import Answer
    from publisher.sources.settings import AnySource, Cms, HttpSettings

_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_GENERATORS: tuple[tuple[str, Cms], ...] = (("spip", "spip"), ("drupal", "drupal"), ("wordpress", "wordpress"))

# Where each system serves its feed when no page announces it (sources.md: rtes.fr announces none for sure).
_USUAL: dict[Cms, tuple[str, ...]] = {
    "spip": ("/spip.php?page=backend",),
    "drupal": ("/rss.xml",),
    "wordpress": ("/feed/",),
    "localtis": ("/flux/localtis.xml",),
    "": ("/rss.xml", "/feed/", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/spip.php?page=backend"),
}
_MOST = 8
"""Announced feeds tried: a blog may announce one per keyword."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed or calendar that was read: ``items`` of them, the newest dated ``newest``."""

    address: str
    kind: str
    title: str = ""
    items: int = 0
    newest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a site offers. ``refused`` says in French why what was tried is no good, by address."""

    address: str
    name: str
    key: str
    cms: Cms = ""
    found: tuple[Found, ...] = ()
    sitemap: str = ""
    refused: tuple[Fault, ...] = ()

    @property
    def proposals(self) -> tuple[AnySource, ...]:
        """Return sources that would work, the best first: feeds, calendars, then the sitemap."""
        made: list[AnySource] = [
            CalendarSource(name=self.name, url=each.address)
            if each.kind == "calendar"
            else FeedSource(name=self.name, url=each.address, cms=self.cms)
            for each in sorted(self.found, key=lambda each: each.kind == "calendar")
        ]
        if self.sitemap:
            made.append(SitemapSource(name=self.name, url=self.sitemap, cms=self.cms))
        return tuple(made)


def discover(address: str, http: HttpSettings, *, now: datetime, zone: ZoneInfo) -> Discovery:
    """Return what a site offers, having read it all once. Raises ``FetchError`` when the address itself fails."""
    return asyncio.run(_discover(address, http, now, zone))


async def _discover(address: str, http: HttpSettings, now: datetime, zone: ZoneInfo) -> Discovery:
    if "://" not in address:
        address = f"https://{address}"
    async with Client(http, now=now) as client:
        search = _Search(client=client, now=now, zone=zone)
        answer = await client.get(address)
        key = _key(answer.address)
        origin = search.origin(answer)
        if await search.keep(answer):
            one = search.found[0]
            cms = _cms_of_feed(answer.body)
            return Discovery(address=address, name=one.title or key, key=key, cms=cms, found=tuple(search.found))
        search.refused.clear()  # a page is no feed: that is no news
        root = _page(answer, origin)
        cms = _cms(root)
        for each in _announced(root, answer.address)[:_MOST]:
            await search.try_(each)
        if not search.found:
            for path in dict.fromkeys((*_USUAL[cms], *_USUAL[""])):
                await search.try_(urljoin(answer.address, path))
                if search.found:
                    break
        plan = await search.sitemap(answer.address)
        return Discovery(
            address=answer.address,
            name=_name(root) or key,
            key=key,
            cms=cms,
            found=tuple(search.found),
            sitemap=plan,
            refused=tuple(search.refused),
        )


@dataclass(slots=True, kw_only=True)
class _Search:
    """What was found so far, and what was no good."""

    client: Client
    now: datetime
    zone: ZoneInfo
    found: list[Found] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)

    def origin(self, answer: Answer) -> Origin:
        return Origin(
            key="",
            address=answer.address,
            now=self.now,
            zone=self.zone,
            media_type=answer.media_type,
            charset=answer.charset,
            whole=answer.whole,
        )

    async def try_(self, address: str) -> None:
        """Fetch an address and keep it when it is a feed or a calendar; say why not otherwise."""
        if any(each.address == address for each in self.found):
            return
        try:
            await self.keep(await self.client.get(address))
        except SourceError as error:
            self.refused.append(Fault(place=address, text=error.text))

    async def keep(self, answer: Answer) -> bool:
        """Say whether an answer is a feed or a calendar, and keep it then."""
        calendar = b"BEGIN:VCALENDAR" in answer.body[:2000]
        origin = self.origin(answer)
        try:
            reading = ics.read(answer.body, origin, back=31, ahead=365) if calendar else feed.read(answer.body, origin)
        except SourceError as error:
            self.refused.append(Fault(place=answer.address, text=error.text))
            return False
        address = answer.permanent or answer.address
        if any(each.address == address for each in self.found):
            return True
        dates = [item.published for item in reading.items if item.published is not None]
        self.found.append(
            Found(
                address=address,
                kind="calendar" if calendar else "feed",
                title=_feed_title(answer.body),
                items=len(reading.items),
                newest=max(dates, default=None),
            )
        )
        return True

    async def sitemap(self, address: str) -> str:
        """Return the first sitemap that can be read: those of robots.txt, then the usual place."""
        rules = await self.client.robots(address)
        for each in (*rules.sitemaps, urljoin(address, "/sitemap.xml")):
            try:
                answer = await self.client.get(each)
                sitemap.read(answer.body, self.origin(answer))
            except SourceError:
                continue
            return each
        return ""


def _page(answer: Answer, origin: Origin) -> HtmlElement:
    text = decode(answer.body, origin.charset).replace("\0", "")
    try:
        return document_fromstring(text.encode("utf-8", "replace") or b"<html></html>", parser=_PARSER)
    except (etree.LxmlError, ValueError, AssertionError):
        return document_fromstring("<html></html>", parser=_PARSER)


def _cms(root: HtmlElement) -> Cms:
    for element in root.iter("meta"):
        if (element.get("name") or "").lower() == "generator":
            said = (element.get("content") or "").lower()
            return next((cms for word, cms in _GENERATORS if word in said), "")
    return ""


def _cms_of_feed(body: bytes) -> Cms:
    said = body[:4000].lower()
    return next((cms for word, cms in _GENERATORS if f"<generator>{word}".encode() in said), "")


def _announced(root: HtmlElement, address: str) -> list[str]:
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


def _name(root: HtmlElement) -> str:
    """Return the site's name: og:site_name, or the last part of the home page's title."""
    for element in root.iter("meta"):
        if (element.get("property") or "").lower() == "og:site_name":
            return " ".join((element.get("content") or "").split())
    title = next(root.iter("title"), None)
    said = fragment.words(title) if title is not None else ""
    return re.split(r"\s+[|–—-]\s+", said)[-1] if said else ""


def _feed_title(body: bytes) -> str:
    found = re.search(rb"<title[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,200})", body[:10_000])
    return " ".join(decode(found[1]).split()) if found else ""


def _key(address: str) -> str:
    """Return a key for config.toml from a host: ``www.irev.fr`` gives ``irev``."""
    names = [name for name in (urlsplit(address).hostname or "").split(".") if name != "www"]
    name = names[-2] if len(names) > 1 else "".join(names)
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "source"


def added(config: str, key: str, source: AnySource) -> str:
    """Return config.toml's text with a ``[sources.KEY]`` block more, every comment and space of it kept.

    Only keys that differ from their defaults are written. The block goes after the last source. Raises
    ``ConfigError`` when the text is no TOML, or the key is taken.
    """
    try:
        document = tomlkit.parse(config)
    except ParseError as error:
        fault = Fault(place="config.toml", line=error.line, text="le fichier n’est pas du TOML.")
        raise ConfigError("La source n’a pas été ajoutée.", (fault,)) from error
    sources = document.get("sources")
    if sources is not None and key in sources:
        fault = Fault(
            place=f"sources.{key}", text="cette source existe déjà.", remedy="Donnez un autre nom avec --key."
        )
        raise ConfigError("La source n’a pas été ajoutée.", (fault,))
    block = _block(key, source)
    lines = config.splitlines(keepends=True)
    at = _after_sources(lines)
    before, after = "".join(lines[:at]), "".join(lines[at:])
    joint = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    gap = "\n" if after.strip() and not after.startswith("\n") else ""
    text = f"{before}{joint}{block}{gap}{after}"
    if _holds(text, key):
        return text
    return f"{config.rstrip()}\n\n{block}"  # a line that looked like a header stood inside a text


def _holds(text: str, key: str) -> bool:
    try:
        return key in tomlkit.parse(text).get("sources", {})
    except ParseError:
        return False


def _block(key: str, source: AnySource) -> str:
    table = tomlkit.table()
    table.add("kind", source.kind)
    for name in source.__dataclass_fields__:
        value = getattr(source, name)
        if name != "kind" and value != source.__dataclass_fields__[name].default and value not in ((), {}):
            table.add(name, list(value) if isinstance(value, tuple) else value)
    document = tomlkit.document()
    sources = tomlkit.table(is_super_table=True)
    sources.add(key, table)
    document.add("sources", sources)
    return tomlkit.dumps(document)


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]\s]+)\s*\]\]?")


def _after_sources(lines: list[str]) -> int:
    """Return the line after the last source's last key; comments above the next table stay with that table."""
    last = end = 0
    inside = False
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header:
            inside = header[1].startswith("sources.")
        if inside and line.strip() and not line.lstrip().startswith("#"):
            last = number
        if line.strip():
            end = number
    return last or end
