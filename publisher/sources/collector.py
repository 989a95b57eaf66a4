"""All sources, concurrently across hosts and one by one within a host. It reads; what is new is for the store to say.

A synchronous face over asyncio: the loop runs while the next result is waited for. One source that fails, whatever
the reason, never stops the others.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.errors import ReadError, SourceError
from publisher.protocols import Collected, Memory
from publisher.sources import memory
from publisher.sources.http import Client
from publisher.sources.settings import FolderSource
from publisher.sources.visit import Visit, address_of, configured

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from publisher.sources.settings import AnySource, HttpSettings

_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?=[/:?#]|$)")


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
        known = {key: memory.of(memories.get(key), key, configured(each)) for key, each in self._sources.items()}
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
                    while done := runner.run(_next(stream)):
                        yield from done
                finally:
                    runner.run(stream.aclose())

    async def _stream(
        self, keys: Iterable[str], known: Mapping[str, Memory], now: datetime
    ) -> AsyncGenerator[list[Collected], None]:
        """Yield what is ready from workers that each serve one host at a time, the hosts with most sources first."""
        hosts: dict[str, deque[str]] = defaultdict(deque)
        for key in keys:
            hosts[_host(known[key].address or address_of(self._sources[key]))].append(key)
        waiting = deque(sorted(hosts.values(), key=len, reverse=True))
        results: asyncio.Queue[Collected | None] = asyncio.Queue(maxsize=self._http.concurrency)

        async def work(client: Client) -> None:
            visit = Visit(client=client, now=now, zone=self._zone, root=self._root, known=self._known)
            try:
                while waiting:
                    queue = waiting.popleft()
                    while queue:
                        key = queue.popleft()
                        await results.put(await self._safely(key, known[key], visit))
            finally:
                await results.put(None)

        async with Client(self._http, now=now) as client:
            count = min(self._http.concurrency, len(waiting))
            workers = [asyncio.create_task(work(client)) for _ in range(count)]
            try:
                while count:
                    ready = [await results.get()]
                    await asyncio.sleep(
                        0
                    )  # others may be about to be done: a turn of the loop costs more than a result
                    while not results.empty():
                        ready.append(results.get_nowait())
                    count -= ready.count(None)
                    yield [done for done in ready if done is not None]
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _safely(self, key: str, mine: Memory, visit: Visit) -> Collected:
        """Return what one source gave, or its error; nothing but a stop of the programme goes through."""
        source = self._sources[key]
        try:
            return await visit.read(key, source, mine)
        except SourceError as error:
            error.source = key
            failure = error
        except Exception as error:  # noqa: BLE001 - a reader's own mistake must not cost the other sources
            failure = ReadError(
                f"le programme n’a pas su lire cette source ({type(error).__name__}\u00a0: {error}).",
                source=key,
                place=address_of(source),
                remedy="C’est une faute du programme\u00a0: signalez-la avec cette adresse.",
            )
            failure.__cause__ = error
        kept = memory.after_failure(mine, failure, visit.now, self._jitter(key, mine.failures + 1))
        return Collected(source=key, memory=kept, error=failure)


async def _next(stream: AsyncIterator[list[Collected]]) -> list[Collected]:
    """Return the next results, nothing at the end."""
    async for done in stream:
        if done:
            return done
    return []


def _host(address: str) -> str:
    plain = _PLAIN.match(address)
    if plain:
        return plain[1]
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
