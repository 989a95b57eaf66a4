"""One source in one run: what is asked of its site, and what is made of the answers. It stores nothing.

Every method returns what it learnt as ``Collected``, or raises the ``SourceError`` that says why not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.errors import Fault, FetchError, SourceError
from publisher.item import Remark
from publisher.protocols import Collected, Memory
from publisher.sources import doubles, feed, letters, listing, memory, page, sitemap
from publisher.sources.reading import Origin, Reading
from publisher.sources.refusals import ForbiddenError
from publisher.sources.remarks import PAGE_NOT_READ
from publisher.sources.settings import (
    AnyLetters,
    AnySource,
    CalendarSource,
    FeedSource,
    FolderSource,
    ListingSource,
    PageSource,
    SitemapSource,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from publisher.item import ItemData
    from publisher.sources.http import Answer, Client
    from publisher.sources.sitemap import Place, Sitemap

_FOLLOWED = 30
"""Pages read for one feed in one run: no feed we know shows more items."""
_STALE = "Le site l’annonce encore\u00a0: rien à faire, ou prévenez son webmestre."
_NOTHING_THERE = frozenset({404, 410})
_PASSING = frozenset({408, 425, 429})
_MAPS = 20
"""Nested sitemaps read in one run, the newest first."""


def address_of(source: AnySource) -> str:
    """Return the address or path that an error about the source names."""
    if isinstance(source, FolderSource):
        return source.path
    if isinstance(source, AnyLetters):
        return letters.place(source)
    if isinstance(source, PageSource):
        return next(iter(source.addresses), "")
    return source.url


def configured(source: AnySource) -> str:
    """Return what a memory must have been learnt from to hold for this source."""
    if isinstance(source, AnyLetters):  # other senders are other letters
        return " ".join((address_of(source), *source.senders))
    return " ".join(source.addresses) if isinstance(source, PageSource) else address_of(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What reading a source needs: the client, the run's time, and for folders ``root`` and all ``known`` sources."""

    client: Client
    now: datetime
    zone: ZoneInfo
    root: Path
    known: Mapping[str, AnySource]

    async def read(self, key: str, source: AnySource, mine: Memory) -> Collected:
        """Return what the source gives in this run. Raises ``SourceError``.

        The first fault of what was read is remembered as ``last_error``, without being a failure, until what was read
        changes: a feed that is always cut must not look well. One page among others that is gone is no such fault.
        """
        done = await self._read(key, source, mine)
        if isinstance(source, ListingSource | SitemapSource | PageSource):
            return done
        if done.unchanged:
            wrong = "" if mine.failures else mine.last_error
        else:
            wrong = str(done.faults[0]) if done.faults else ""
        return replace(done, memory=replace(done.memory, last_error=wrong)) if wrong else done

    async def _read(self, key: str, source: AnySource, mine: Memory) -> Collected:  # noqa: PLR0911 - one a kind
        if isinstance(source, FolderSource):
            return await self._folder(key, source, mine)
        if isinstance(source, AnyLetters):
            return await self._letters(key, source, mine)
        if isinstance(source, PageSource):
            return await self._pages(key, source, mine)
        if isinstance(source, FeedSource):
            return await self._feed(key, source, mine)
        if isinstance(source, CalendarSource):
            return await self._calendar(key, source, mine)
        if isinstance(source, ListingSource):
            return await self._listing(key, source, mine)
        return await self._sitemap(key, source, mine)

    async def _folder(self, key: str, source: FolderSource, mine: Memory) -> Collected:
        from publisher.sources import folder  # noqa: PLC0415 - PDF and Markdown, 20 MB that no site needs

        found = await asyncio.to_thread(
            folder.read, source, key, root=self.root, sources=self.known, zone=self.zone, now=self.now
        )
        kept = replace(mine, failures=0, next_try=None, last_success=self.now, last_error="")
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults)

    async def _letters(self, key: str, source: AnyLetters, mine: Memory) -> Collected:
        """Read the letters that came since the mark, which is kept where other sources keep their validator."""
        origin = Origin(key=key, address=address_of(source), now=self.now, zone=self.zone, cms=source.cms)
        found, mark = await asyncio.to_thread(letters.read, source, root=self.root, origin=origin, mark=mine.etag)
        kept = replace(mine, etag=mark, failures=0, next_try=None, last_success=self.now, last_error="")
        nothing = mark == mine.etag and not found.faults
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults, unchanged=nothing)

    async def _feed(self, key: str, source: FeedSource, mine: Memory) -> Collected:
        answer = await self.client.get(mine.address or source.url, etag=mine.etag, modified=mine.modified)
        kept, unchanged = self._remember(mine, answer)
        if unchanged:
            return Collected(source=key, memory=kept, unchanged=True)
        origin = self._origin(key, source, answer)
        found = feed.read(answer.body, origin)
        if source.follow:
            items = [await self._followed(item, origin) for item in found.items[:_FOLLOWED]]
            found = replace(found, items=(*items, *found.items[_FOLLOWED:]))
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults)

    async def _calendar(self, key: str, source: CalendarSource, mine: Memory) -> Collected:
        """Read the calendar; an unchanged one still has new occurrences in its window once a day."""
        last = mine.last_success
        today = last is not None and last.astimezone(self.zone).date() == self.now.astimezone(self.zone).date()
        before = mine if today else replace(mine, etag="", modified="", digest="")
        answer = await self.client.get(mine.address or source.url, etag=before.etag, modified=before.modified)
        kept, unchanged = self._remember(before, answer)
        if unchanged:
            return Collected(source=key, memory=kept, unchanged=True)
        from publisher.sources import ics  # noqa: PLC0415 - as above

        origin = self._origin(key, source, answer)
        found = ics.read(answer.body, origin, back=source.days_back, ahead=source.days_ahead)
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults)

    async def _pages(self, key: str, source: PageSource, mine: Memory) -> Collected:
        if len(source.addresses) != 1:
            return await self._several(key, source, mine, source.addresses)
        address = mine.address or source.addresses[0]
        answer = await self.client.page(address, etag=mine.etag, modified=mine.modified)
        kept, unchanged = self._remember(mine, answer)
        if unchanged:
            return Collected(source=key, memory=kept, unchanged=True)
        item = page.read(answer.body, self._origin(key, source, answer))
        return Collected(source=key, memory=kept, items=(item,))

    async def _listing(self, key: str, source: ListingSource, mine: Memory) -> Collected:
        """Read the pages that a listing links to, when the listing's links are others than last time."""
        answer = await self.client.page(mine.address or source.url, etag=mine.etag, modified=mine.modified)
        if answer.unchanged:
            return Collected(source=key, memory=self._remember(mine, answer)[0], unchanged=True)
        addresses = listing.read(answer.body, self._origin(key, source, answer), source.selector)[: source.limit]
        return await self._named(key, source, mine, answer, named=addresses)

    async def _sitemap(self, key: str, source: SitemapSource, mine: Memory) -> Collected:
        answer = await self.client.get(mine.address or source.url, etag=mine.etag, modified=mine.modified)
        if answer.unchanged:
            return Collected(source=key, memory=self._remember(mine, answer)[0], unchanged=True)
        first = sitemap.read(answer.body, self._origin(key, source, answer))
        inner, failures = await self._nested(key, source, first)
        places = [each for each in (*first.pages, *inner) if self._wanted(source, each)]
        places.sort(key=lambda each: each.changed or self.now, reverse=True)
        chosen = [f"{each.address} {each.changed or ''}" for each in places[: source.limit]]
        done = await self._named(
            key, source, mine, answer, named=chosen, faults=_faults(failures), settled=all(map(_lasts, failures))
        )
        if first.nested:  # an index may stay the same when a map in it changes
            done = replace(done, memory=replace(done.memory, etag="", modified=""))
        if not done.unchanged and any(each.changed is None for each in places[source.limit :]):
            text = f"le plan du site ne date pas ses {len(places)} pages\u00a0; les {source.limit} premières sont lues."
            remedy = "Restreignez paths, augmentez limit, ou prenez le flux du site s’il en a un."
            done = replace(done, faults=(*done.faults, Fault(place=answer.address, text=text, remedy=remedy)))
        return done

    async def _nested(self, key: str, source: SitemapSource, first: Sitemap) -> tuple[list[Place], list[SourceError]]:
        """Return the pages of the maps in a map, and why some of these cannot be read."""
        since = self.now - timedelta(days=source.days)
        nested = [each for each in first.nested if each.changed is None or each.changed >= since]
        nested.sort(key=lambda each: each.changed or self.now, reverse=True)
        pages: list[Place] = []
        failures: list[SourceError] = []
        for each in nested[:_MAPS]:
            try:
                inner = await self.client.get(each.address)
                pages += sitemap.read(inner.body, self._origin(key, source, inner)).pages
            except SourceError as error:
                failures.append(error)
        if failures and not pages and not first.pages:
            raise failures[0]
        return pages, failures

    def _wanted(self, source: SitemapSource, place: Place) -> bool:
        if place.changed is not None and place.changed < self.now - timedelta(days=source.days):
            return False
        path = urlsplit(place.address).path
        return not source.paths or path.startswith(source.paths)

    async def _named(  # noqa: PLR0913 - what was found, for whom, and what went wrong before
        self,
        key: str,
        source: AnySource,
        mine: Memory,
        answer: Answer,
        *,
        named: Sequence[str],
        faults: tuple[Fault, ...] = (),
        settled: bool = True,
    ) -> Collected:
        """Read pages that a listing or a map names (an address, a space, its date), unless it names what it did.

        What failed for now, here or before (``settled``), is asked for again next time.
        """
        seen = memory.digest("\n".join(named).encode())
        kept = memory.after_success(mine, answer, self.now, body_digest=seen)
        if seen == mine.digest and answer.whole and settled:
            return Collected(source=key, memory=kept, unchanged=True)
        found, read = await self._read_pages(key, source, [each.split(" ")[0] for each in named])
        if not (settled and read):
            kept = replace(kept, etag="", modified="", digest="")
        return Collected(source=key, memory=kept, items=found.items, faults=(*faults, *found.faults))

    async def _several(self, key: str, source: AnySource, mine: Memory, addresses: Sequence[str]) -> Collected:
        found, _ = await self._read_pages(key, source, addresses)
        kept = replace(mine, failures=0, next_try=None, last_success=self.now, last_error="")
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults)

    async def _read_pages(self, key: str, source: AnySource, addresses: Sequence[str]) -> tuple[Reading, bool]:
        """Return the articles of pages, and whether asking again would change nothing.

        A page that fails is a fault, and an error only when none can be read.
        """
        items: list[ItemData] = []
        failures: list[SourceError] = []
        for address in addresses:
            try:
                answer = await self.client.page(address)
                items.append(page.read(answer.body, self._origin(key, source, answer)))
            except SourceError as error:
                failures.append(error)
        if failures and not items:
            raise failures[0]
        faults = tuple(Fault(place=each.place, text=each.text, remedy=_of_page(each)) for each in failures)
        return Reading(items=doubles.without(tuple(items)), faults=faults), all(map(_lasts, failures))

    async def _followed(self, item: ItemData, origin: Origin) -> ItemData:
        """Return the item with what its page adds, or with a remark when the page cannot be read."""
        if not item.link:
            return item
        try:
            answer = await self.client.page(item.link)
            there = replace(
                origin, address=answer.address, charset=answer.charset, media_type=answer.media_type, whole=answer.whole
            )
            return page.complete(item, answer.body, there)
        except SourceError as error:
            remark = Remark(code=PAGE_NOT_READ, text=f"La page de l’article n’a pas été lue\u00a0: {error.text}")
            return replace(item, remarks=(*item.remarks, remark))

    def _remember(self, mine: Memory, answer: Answer) -> tuple[Memory, bool]:
        """Return the memory after this answer, and whether the answer is what it was."""
        seen = memory.digest(answer.body) if answer.body else ""
        same = answer.unchanged or (answer.whole and bool(seen) and seen == mine.digest)
        return memory.after_success(mine, answer, self.now, body_digest=seen), same

    def _origin(self, key: str, source: AnySource, answer: Answer) -> Origin:
        return Origin(
            key=key,
            address=answer.address,
            now=self.now,
            zone=self.zone,
            cms=source.cms,
            media_type=answer.media_type,
            charset=answer.charset,
            whole=answer.whole,
        )


def _faults(failures: Sequence[SourceError]) -> tuple[Fault, ...]:
    return tuple(Fault(place=each.place, text=each.text, remedy=each.remedy) for each in failures)


def _lasts(error: SourceError) -> bool:
    """Say whether a page would fail the same way if it were asked again at once."""
    if isinstance(error, FetchError):
        return isinstance(error, ForbiddenError) or (400 <= error.status < 500 and error.status not in _PASSING)  # noqa: PLR2004
    return True


def _of_page(error: SourceError) -> str:
    """Return what to do about one page among others: the source itself is well."""
    if isinstance(error, FetchError):
        return _STALE if error.status in _NOTHING_THERE else error.remedy
    return "Rien à faire si ce n’est pas un article."
