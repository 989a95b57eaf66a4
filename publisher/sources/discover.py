"""What can be collected from an address: its feeds, its system, its sitemap, each tried before it is proposed.

It proposes; the person decides. It stores nothing and touches no file.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from publisher.errors import Fault, FetchError, SourceError
from publisher.sources import feed, head, ics, listing, sitemap, systems
from publisher.sources.charset import decode
from publisher.sources.http import Client
from publisher.sources.reading import Origin
from publisher.sources.settings import CalendarSource, FeedSource, ListingSource, SitemapSource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from publisher.sources.http import Answer
    from publisher.sources.settings import AnySource, Cms, HttpSettings


# Where each system serves its feed when no page announces it (sources.md: rtes.fr announces none for sure).
_USUAL: dict[Cms, tuple[str, ...]] = {
    "spip": ("/spip.php?page=backend",),
    "drupal": ("/rss.xml",),
    "wordpress": ("/feed/",),
    "localtis": ("/flux/localtis.xml",),
    "": ("/rss.xml", "/feed/", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/spip.php?page=backend"),
}
_MAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
# Where a page that lists articles holds their links: the headings of articles, of Drupal's views, of any page.
_SELECTORS = (
    "article h2 a",
    "article h3 a",
    ".views-row h2 a",
    ".views-row h3 a",
    "main h2 a",
    "main h3 a",
    "h2 a",
    "h3 a",
)
_FEWEST = 3
"""Links of a listing: fewer may be anything."""
_MOST = 8
"""Announced feeds tried: a blog may announce one per keyword."""
_NOTHING_THERE = frozenset({404, 410})

What = Literal["feed", "calendar", "sitemap", "listing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was read: ``items`` in it, the newest dated ``newest``; ``selector`` is a listing's."""

    address: str
    kind: What
    title: str = ""
    items: int = 0
    newest: datetime | None = None
    selector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a site offers, the best first: feeds, calendars, then the sitemap or the list of a page.

    ``refused`` says in French why what was tried is no good, by address; ``absent`` are the usual addresses at which
    there was nothing.
    """

    address: str
    name: str
    key: str
    cms: Cms = ""
    found: tuple[Found, ...] = ()
    refused: tuple[Fault, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def proposals(self) -> tuple[AnySource, ...]:
        """Return a source for each of ``found``."""
        return tuple(self._source(each) for each in self.found)

    def _source(self, found: Found) -> AnySource:
        if found.kind == "calendar":
            return CalendarSource(name=self.name, url=found.address)
        if found.kind == "sitemap":
            return SitemapSource(name=self.name, url=found.address, cms=self.cms)
        if found.kind == "listing":
            return ListingSource(name=self.name, url=found.address, selector=found.selector, cms=self.cms)
        return FeedSource(name=self.name, url=found.address, cms=self.cms)


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
        if await search.keep(answer):
            one = search.found[0]
            cms = systems.by_host(answer.address) or head.cms_of_feed(answer.body)
            return Discovery(address=address, name=one.title or key, key=key, cms=cms, found=tuple(search.found))
        search.refused.clear()  # a page is no feed: that is no news
        markup = decode(answer.body, answer.charset)
        root = head.tree(markup)
        cms = systems.by_host(answer.address) or systems.by_generator(head.generator(root)) or systems.by_marks(markup)
        for each in head.announced(root, answer.address)[:_MOST]:
            await search.try_(each)
        if not search.found:
            for path in dict.fromkeys((*_USUAL[cms], *_USUAL[""])):
                await search.try_(urljoin(answer.address, path), guessed=True)
                if search.found:
                    break
        search.found.sort(key=lambda each: each.kind == "calendar")
        await search.sitemap(answer.address)
        if all(each.kind == "calendar" for each in search.found):
            search.listing(answer)
        return Discovery(
            address=answer.address,
            name=head.name(root) or key,
            key=key,
            cms=cms,
            found=tuple(search.found),
            refused=tuple(search.refused),
            absent=tuple(search.absent),
        )


@dataclass(slots=True, kw_only=True)
class _Search:
    """What was found so far, and what was no good."""

    client: Client
    now: datetime
    zone: ZoneInfo
    found: list[Found] = field(default_factory=list)
    refused: list[Fault] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)

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

    async def try_(self, address: str, *, guessed: bool = False) -> None:
        """Fetch an address, once, and keep it when it is a feed or a calendar; say why not otherwise."""
        if address in self.tried:
            return
        self.tried.add(address)
        try:
            await self.keep(await self.client.get(address))
        except SourceError as error:
            if guessed and isinstance(error, FetchError) and error.status in _NOTHING_THERE:
                self.absent.append(address)
            else:
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
        self.found.append(
            Found(
                address=address,
                kind="calendar" if calendar else "feed",
                title=head.calendar_title(answer.body) if calendar else head.feed_title(answer.body),
                items=len(reading.items),
                newest=_latest(
                    item.event.start if calendar and item.event else item.published for item in reading.items
                ),
            )
        )
        return True

    async def sitemap(self, address: str) -> None:
        """Keep the first sitemap that can be read: those of robots.txt, then the usual places."""
        rules = await self.client.robots(address)
        for each in dict.fromkeys((*rules.sitemaps, *(urljoin(address, path) for path in _MAPS))):
            try:
                answer = await self.client.get(each)
                read = sitemap.read(answer.body, self.origin(answer))
            except SourceError:
                continue
            places = (*read.pages, *read.nested)
            if places:
                newest = _latest(place.changed for place in places)
                self.found.append(Found(address=each, kind="sitemap", items=len(read.pages), newest=newest))
                return

    def listing(self, answer: Answer) -> None:
        """Keep the page itself when headings in it link to pages of the same site."""
        host = urlsplit(answer.address).hostname
        for selector in _SELECTORS:
            try:
                addresses = listing.read(answer.body, self.origin(answer), selector)
            except SourceError:
                continue
            own = [each for each in addresses if urlsplit(each).hostname == host]
            if len(own) >= _FEWEST:
                self.found.append(Found(address=answer.address, kind="listing", items=len(own), selector=selector))
                return


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in times if each is not None), default=None)


def _key(address: str) -> str:
    """Return a key for config.toml from a host: ``www.irev.fr`` gives ``irev``."""
    names = [name for name in (urlsplit(address).hostname or "").split(".") if name != "www"]
    name = names[-2] if len(names) > 1 else "".join(names)
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "source"
