"""The sample sites over real HTTP, on this machine only. It must not know what reads them.

Their addresses stay ``https://reseau.example/…`` everywhere: ``HttpSettings.resolve`` tells the collector that these
hosts are answered in clear on a loopback port, so that nothing it writes depends on the port of the day.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from publisher.demo import routes
from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOOPBACK = "127.0.0.1"
_PATIENCE = 10.0


class Sites:
    """The sample sites while they are served. ``asked`` lists each request as (address, status), oldest first."""

    def __init__(self, resources: Mapping[str, routes.Resource]) -> None:
        self._resources = resources
        self.port = 0
        self.asked: list[tuple[str, int]] = []

    @property
    def resolve(self) -> dict[str, str]:
        """Return where each sample host is answered, as ``HttpSettings.resolve`` takes it."""
        hosts = {address.partition("/")[0] for address in self._resources}
        return dict.fromkeys(sorted(hosts), f"{_LOOPBACK}:{self.port}")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request by its Host header; conditional requests as in RFC 9110, 13."""
        address = request.host.partition(":")[0] + request.raw_path
        resource = self._resources.get(address)
        if resource is None:
            response = web.Response(status=404, text="<h1>Page introuvable</h1>", content_type="text/html")
        else:
            response = _conditional(request, resource)
        self.asked.append((address, response.status))
        return response


@contextmanager
def serve(resources: Mapping[str, routes.Resource] | None = None) -> Iterator[Sites]:
    """Serve the sample sites on a free loopback port until the block ends.

    Raises ``SourceError`` when this machine gives no loopback port.
    """
    sites = Sites(routes.table() if resources is None else resources)
    loop = asyncio.new_event_loop()
    try:
        runner = loop.run_until_complete(_start(sites))
    except OSError as error:
        loop.close()
        raise SourceError(
            "les sites d’exemple ne peuvent pas être servis sur cette machine",
            place=_LOOPBACK,
            remedy="Vérifiez que l’interface de bouclage (« lo ») est active.",
        ) from error
    thread = threading.Thread(target=loop.run_forever, name="sample-sites", daemon=True)
    thread.start()
    try:
        yield sites
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(_PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)
        loop.close()


async def _start(sites: Sites) -> web.AppRunner:
    server = web.Application()
    server.router.add_route("GET", "/{path:.*}", sites.answer)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _LOOPBACK, 0)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    sites.port = runner.addresses[0][1]
    return runner


def _conditional(request: web.Request, resource: routes.Resource) -> web.Response:
    etag = f'"{hashlib.sha256(resource.body).hexdigest()[:20]}"'
    modified = resource.modified.replace(microsecond=0)
    headers = {"ETag": etag, "Last-Modified": format_datetime(modified.astimezone(UTC), usegmt=True)}
    wanted = request.headers.get("If-None-Match", "")
    since = request.headers.get("If-Modified-Since", "")
    if (wanted and etag in wanted) or (not wanted and since and _since(since) >= modified.timestamp()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=resource.body, headers={**headers, "Content-Type": resource.media_type})


def _since(header: str) -> float:
    try:
        return parsedate_to_datetime(header).timestamp()
    except ValueError:
        return 0.0
