"""All sources, concurrently across hosts and one by one within a host. It reads; what is new is for the store to say.

A synchronous face over asyncio: the loop runs while the next result is waited for. One source that fails, whatever
the reason, never stops the others.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.errors import Fault, ReadError, SourceError
from publisher.item import Remark
from publisher.protocols import Collected, Memory
from publisher.sources import feed, folder, ics, memory, page
from publisher.sources.http import PAGES, Client
from publisher.sources.reading import Origin, Reading
from publisher.sources.remarks import PAGE_NOT_READ
from publisher.sources.settings import CalendarSource, FeedSource, FolderSource, PageSource

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from publisher.item import ItemData
    from publisher.sources.http import Answer
    from publisher.sources.settings import AnySource, HttpSettings

_FOLLOWED = 30
"""Pages read for one feed in one run: no feed we know shows more items."""


class Collector:
    """Implements ``protocols.Collector``. ``root`` is the folder that paths of folder sources are relative to.

    ``known`` are all configured sources, among them those not collected: a document in a folder may belong to one.
    ``jitter`` gives a number from 0 to 1 for a source key and its count of failures.
    """

    def __init__(  # noqa: PLR0913 - protocols.Collector's own facts, and the one choice that tests make
        self,
        sources: Mapping[str, AnySource],
        http: HttpSettings,
        root: Path,
        timezone: ZoneInfo,
        *,
        known: Mapping[str, AnySource] | None = None,
        jitter: Callable[[str, int], float] = memory.jitter,
    ) -> None:
        self._sources = dict(sources)
        self._known = dict(sources if known is None else known)
        self._http = http
        self._root = root
        self._zone = timezone
        self._jitter = jitter

    def sources(self) -> tuple[str, ...]:
        """Return the keys of the sources that ``collect`` reads."""
        return tuple(self._sources)

    def collect(self, memories: Mapping[str, Memory], now: datetime) -> Iterator[Collected]:
        """Yield one ``Collected`` per source, each as soon as it is done; never raises for a single source."""
        known = {key: memory.of(memories.get(key), key, _configured(each)) for key, each in self._sources.items()}
        for key, mine in known.items():
            if memory.waits(mine, now):
                yield Collected(source=key, memory=mine, skipped=True)
        ready = [key for key, mine in known.items() if not memory.waits(mine, now)]
        folders = [key for key in ready if isinstance(self._sources[key], FolderSource)]
        remote = [key for key in ready if key not in set(folders)]
        # folders last: their documents may belong to a site's source, and numbers must not depend on which came first
        for keys in filter(None, (remote, folders)):
            stream = self._stream(keys, known, now)
            with asyncio.Runner() as runner:
                try:
                    while (done := runner.run(_next(stream))) is not None:
                        yield done
                finally:
                    runner.run(stream.aclose())

    async def _stream(
        self, keys: Iterable[str], known: Mapping[str, Memory], now: datetime
    ) -> AsyncGenerator[Collected, None]:
        """Yield results from workers that each serve one host at a time, the hosts with most sources first."""
        hosts: dict[str, deque[str]] = defaultdict(deque)
        for key in keys:
            hosts[_host(known[key].address or _address(self._sources[key]))].append(key)
        waiting = deque(sorted(hosts.values(), key=len, reverse=True))
        results: asyncio.Queue[Collected | None] = asyncio.Queue(maxsize=self._http.concurrency)

        async def work(client: Client) -> None:
            try:
                while waiting:
                    queue = waiting.popleft()
                    while queue:
                        key = queue.popleft()
                        await results.put(await self._safely(key, known[key], client, now))
            finally:
                await results.put(None)

        async with Client(self._http, now=now) as client:
            count = min(self._http.concurrency, len(waiting))
            workers = [asyncio.create_task(work(client)) for _ in range(count)]
            try:
                while count:
                    done = await results.get()
                    if done is None:
                        count -= 1
                    else:
                        yield done
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _safely(self, key: str, mine: Memory, client: Client, now: datetime) -> Collected:
        """Return what one source gave, or its error; nothing but a stop of the programme goes through."""
        source = self._sources[key]
        try:
            return await self._read(key, source, mine, client, now)
        except SourceError as error:
            error.source = key
            failure = error
        except Exception as error:  # noqa: BLE001 - a reader's own mistake must not cost the other sources
            failure = ReadError(
                f"le programme n’a pas su lire cette source ({type(error).__name__}\u00a0: {error}).",
                source=key,
                place=_address(source),
                remedy="C’est une faute du programme\u00a0: signalez-la avec cette adresse.",
            )
            failure.__cause__ = error
        kept = memory.after_failure(mine, failure, now, self._jitter(key, mine.failures + 1))
        return Collected(source=key, memory=kept, error=failure)

    async def _read(self, key: str, source: AnySource, mine: Memory, client: Client, now: datetime) -> Collected:
        if isinstance(source, FolderSource):
            found = await asyncio.to_thread(
                folder.read, source, key, root=self._root, sources=self._known, zone=self._zone, now=now
            )
            kept = replace(mine, failures=0, next_try=None, last_success=now, last_error="")
            return Collected(source=key, memory=kept, items=found.items, faults=found.faults)
        if isinstance(source, PageSource):
            return await self._pages(key, source, mine, client, now)
        fresh = isinstance(source, FeedSource) or (
            # a calendar that did not change still has new occurrences in its window, once a day
            mine.last_success is not None
            and mine.last_success.astimezone(self._zone).date() == now.astimezone(self._zone).date()
        )
        answer = await client.get(
            mine.address or source.url,
            etag=mine.etag if fresh else "",
            modified=mine.modified if fresh else "",
        )
        seen = memory.digest(answer.body) if answer.body else ""
        kept = memory.after_success(mine, answer, now, body_digest=seen)
        if answer.unchanged or (fresh and answer.whole and seen and seen == mine.digest):
            return Collected(source=key, memory=kept, unchanged=True)
        found = await self._parse(source, self._origin(key, source, answer, now), answer, client)
        return Collected(source=key, memory=kept, items=found.items, faults=found.faults)

    async def _parse(
        self, source: FeedSource | CalendarSource, origin: Origin, answer: Answer, client: Client
    ) -> Reading:
        if isinstance(source, CalendarSource):
            return ics.read(answer.body, origin, back=source.days_back, ahead=source.days_ahead)
        found = feed.read(answer.body, origin)
        if not source.follow:
            return found
        items = [await self._followed(item, origin, client) for item in found.items[:_FOLLOWED]]
        return replace(found, items=(*items, *found.items[_FOLLOWED:]))

    async def _followed(self, item: ItemData, origin: Origin, client: Client) -> ItemData:
        """Return the item with what its page adds, or with a remark when the page cannot be read."""
        if not item.link:
            return item
        try:
            answer = await client.get(item.link, accept=PAGES)
            there = replace(
                origin, address=answer.address, charset=answer.charset, media_type=answer.media_type, whole=answer.whole
            )
            return page.complete(item, answer.body, there)
        except SourceError as error:
            remark = Remark(code=PAGE_NOT_READ, text=f"La page de l’article n’a pas été lue\u00a0: {error.text}")
            return replace(item, remarks=(*item.remarks, remark))

    async def _pages(self, key: str, source: PageSource, mine: Memory, client: Client, now: datetime) -> Collected:
        """Read every page of the source; a page that fails is a fault as long as another one can be read."""
        alone = len(source.addresses) == 1
        answers: list[Answer] = []
        failures: list[SourceError] = []
        for address in source.addresses:
            try:
                answers.append(
                    await client.get(
                        (mine.address if alone else "") or address,
                        etag=mine.etag if alone else "",
                        modified=mine.modified if alone else "",
                        accept=PAGES,
                    )
                )
            except SourceError as error:
                failures.append(error)
        if not answers:
            raise failures[0]
        seen = memory.digest(*(answer.body for answer in answers))
        last = answers[-1] if alone else replace(answers[-1], etag="", modified="", permanent="", whole=not failures)
        kept = memory.after_success(mine, last, now, body_digest="" if last.unchanged else seen)
        if last.unchanged or (seen == mine.digest and last.whole):
            return Collected(source=key, memory=kept, unchanged=True)
        items: list[ItemData] = []
        for answer in answers:
            try:
                items.append(page.read(answer.body, self._origin(key, source, answer, now)))
            except ReadError as error:
                failures.append(error)
        if not items and failures:
            raise failures[0]
        faults = tuple(Fault(place=each.place, text=each.text, remedy=each.remedy) for each in failures)
        return Collected(source=key, memory=kept, items=tuple(items), faults=faults)

    def _origin(self, key: str, source: AnySource, answer: Answer, now: datetime) -> Origin:
        return Origin(
            key=key,
            address=answer.address,
            now=now,
            zone=self._zone,
            cms=source.cms,
            media_type=answer.media_type,
            charset=answer.charset,
            whole=answer.whole,
        )


async def _next(stream: AsyncIterator[Collected]) -> Collected | None:
    return await anext(stream, None)


def _address(source: AnySource) -> str:
    """Return the address or path that an error about the source names."""
    if isinstance(source, FolderSource):
        return source.path
    if isinstance(source, PageSource):
        return next(iter(source.addresses), "")
    return source.url


def _configured(source: AnySource) -> str:
    """Return what a memory must have been learnt from to hold for this source."""
    return " ".join(source.addresses) if isinstance(source, PageSource) else _address(source)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
