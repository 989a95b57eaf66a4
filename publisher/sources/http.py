"""Polite HTTP: one answer for one address, within bounds. It must not know what a feed or a page is.

Conditional GET (RFC 9110, 13), redirects followed by hand so that each hop is checked, one request at a time
per host with a pause in between, and an error that says in French what to do.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp.cookiejar import DummyCookieJar
from yarl import URL

import publisher
from publisher.errors import FetchError
from publisher.sources import body, refusals, robots
from publisher.sources.network import PublicResolver, is_public, literal
from publisher.sources.robots import Robots

if TYPE_CHECKING:
    import ssl

    from publisher.sources.settings import HttpSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_LONGEST_WAIT = 7 * 24 * 3600.0
_LONGEST_DELAY = 30.0  # seconds between two requests that a robots.txt may ask for
FEEDS = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGES = "text/html, application/xhtml+xml, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answered.

    ``address`` is where the body came from after redirects; ``permanent`` where 301 and 308 alone led, "" when
    nothing moved for good. ``etag`` and ``modified`` are the validators exactly as received. ``unchanged`` is a
    304. A body that broke off before its end has ``whole`` false. ``seconds`` is how long this last address took,
    without the wait for the host's turn.
    """

    address: str
    body: bytes = b""
    permanent: str = ""
    etag: str = ""
    modified: str = ""
    media_type: str = ""
    charset: str = ""
    unchanged: bool = False
    whole: bool = True
    seconds: float = field(default=0.0, compare=False)


@dataclass(slots=True)
class _Turn:
    """The queue in front of one host."""

    lock: asyncio.Lock
    delay: float
    free_at: float = 0.0


class Client:
    """Fetches addresses; use it as an async context manager. ``now`` dates Retry-After, nothing else."""

    def __init__(self, settings: HttpSettings, *, now: datetime, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._now = now
        self._tls = tls
        self._turns: dict[str, _Turn] = defaultdict(lambda: _Turn(asyncio.Lock(), settings.delay))
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._robots: dict[str, Robots] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        connector = aiohttp.TCPConnector(
            limit=0,
            resolver=None if self._settings.allow_private else PublicResolver(),
            ssl=self._tls if self._tls is not None else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),  # asyncio.timeout bounds the whole of each hop
            headers={
                "User-Agent": f"{robots.AGENT}/{publisher.__version__} (+mailto:{self._settings.contact})",
                "Accept-Encoding": body.ACCEPTED,
            },
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def get(self, address: str, *, etag: str = "", modified: str = "", accept: str = FEEDS) -> Answer:
        """Return the answer of an address after redirects. Raises ``FetchError``, never anything of aiohttp."""
        headers = {"Accept": accept}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        seen = [address]
        permanent = ""
        lasting = True
        while True:
            here = seen[-1]
            try:
                answer, status, target = await self._hop(here, headers)
            except refusals.InwardError as error:
                raise error if here == address else refusals.led_inward(address, error.number) from error
            if answer is not None:
                return replace(answer, permanent=permanent) if permanent else answer
            lasting = lasting and status in _PERMANENT
            permanent = target if lasting else permanent
            if target in seen:
                raise refusals.loop(address, target)
            seen.append(target)
            if len(seen) > self._settings.redirects + 1:
                raise refusals.too_many_redirects(address, self._settings.redirects)

    async def page(self, address: str, *, etag: str = "", modified: str = "") -> Answer:
        """Return the answer of a page that the site's robots.txt lets us read. Raises ``FetchError``."""
        self._check(address)
        rules = await self._rules(address)
        if not rules.allows(address):
            raise refusals.not_allowed(address, closed=rules.closed)
        return await self.get(address, etag=etag, modified=modified, accept=PAGES)

    async def robots(self, address: str) -> Robots:
        """Return the rules of the site that an address belongs to; asked once a run."""
        self._check(address)
        return await self._rules(address)

    async def _rules(self, address: str) -> Robots:
        where = robots.address_for(address)
        if where not in self._robots:
            try:
                found = robots.read((await self.get(where, accept="text/plain, */*;q=0.5")).body)
            except FetchError as error:
                # RFC 9309, 2.3.1.3 and 2.3.1.4: no file allows all, a site that is ill allows nothing
                found = Robots(closed=not 400 <= error.status < 500)  # noqa: PLR2004
            self._robots[where] = found
            turn = self._turns[URL(where).host or ""]
            turn.delay = max(turn.delay, min(found.delay, _LONGEST_DELAY))
        return self._robots[where]

    async def _hop(self, address: str, headers: dict[str, str]) -> tuple[Answer | None, int, str]:
        """Ask one address once: an answer, or the status and target of a redirect."""
        url = self._check(address)
        clock = asyncio.get_running_loop().time
        turn = self._turns[url.host or ""]
        await turn.lock.acquire()  # one request at a time, and a pause after each
        try:
            if turn.free_at > (now := clock()):
                await asyncio.sleep(turn.free_at - now)
        except BaseException:
            turn.lock.release()
            raise
        try:
            async with self._slots, asyncio.timeout(self._settings.timeout):
                return await self._ask(url, address, headers)
        except TimeoutError as error:
            raise refusals.timed_out(address, self._settings.timeout) from error
        except body.TooLargeError as error:
            raise refusals.too_large(address, self._settings.max_bytes, packed=error.packed) from error
        except (body.UnknownCodingError, zlib.error) as error:
            raise refusals.unreadable_coding(address) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise refusals.unreachable(address, error) from error
        finally:
            turn.free_at = clock() + turn.delay
            turn.lock.release()

    async def _ask(self, url: URL, address: str, headers: dict[str, str]) -> tuple[Answer | None, int, str]:
        if self._session is None:
            raise RuntimeError("Client must be entered before it is asked")
        where, named = self._route(url)
        clock = asyncio.get_running_loop().time
        begun = clock()
        asked = {**headers, **named} if named else headers
        async with self._session.get(where, headers=asked, allow_redirects=False) as response:
            status = response.status
            if status in _REDIRECTS:
                location = response.headers.get("Location", "")
                if not location:
                    raise refusals.redirect_to_nowhere(address, status)
                return None, status, str(url.join(URL(location)).with_fragment(None))
            etag, modified = _validator(response, "ETag"), _validator(response, "Last-Modified")
            if status == 304:  # noqa: PLR2004 - HTTP statuses read best as numbers
                seconds = clock() - begun
                return Answer(address=address, unchanged=True, etag=etag, modified=modified, seconds=seconds), 304, ""
            if not 200 <= status < 300:  # noqa: PLR2004
                raise refusals.status(address, status, retry_after(response.headers.get("Retry-After", ""), self._now))
            if (response.content_length or 0) > self._settings.max_bytes:
                raise body.TooLargeError(packed=True)
            data, whole = await body.gather(
                response.content.iter_any(),
                coding=response.headers.get("Content-Encoding", ""),
                limit=self._settings.max_bytes,
            )
            return (
                Answer(
                    address=address,
                    body=data,
                    etag=etag,
                    modified=modified,
                    media_type=response.content_type,
                    charset=response.charset or "",
                    whole=whole,
                    seconds=clock() - begun,
                ),
                status,
                "",
            )

    def _route(self, url: URL) -> tuple[URL, dict[str, str]]:
        """Return the address to connect to and the Host header it needs: itself and none, but for ``resolve``."""
        place = self._settings.resolve.get(url.host or "", "")
        if not place:
            return url, {}
        scheme, _, there = place.rpartition("://")
        number, _, port = there.rpartition(":")
        return url.with_scheme(scheme or "http").with_host(number).with_port(int(port)), {"Host": url.host or ""}

    def _check(self, address: str) -> URL:
        """Return the address parsed. Raises ``FetchError`` when it may not be asked at all."""
        try:
            url = URL(address)
        except ValueError as error:
            raise refusals.bad_address(address) from error
        if url.scheme not in {"http", "https"} or not url.host:
            raise refusals.bad_address(address)
        number = literal(url.host)
        if number and not self._settings.allow_private and not is_public(number):
            raise refusals.private(address, number)
        return url


def _validator(response: aiohttp.ClientResponse, name: str) -> str:
    """Return a validator as received, "" when it could not be sent back as it is."""
    value = response.headers.get(name, "")
    return value if value.isprintable() and value.isascii() else ""


def retry_after(value: str, now: datetime) -> float:
    """Return the seconds that a Retry-After asks for, in either form (RFC 9110, 10.2.3); 0 when it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max((when - now).total_seconds(), 0.0), _LONGEST_WAIT)
