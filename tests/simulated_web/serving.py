"""The simulated web over real HTTP on loopback, every host on one port."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulated_web.world import Reply


@contextmanager
def serve(answer: Callable[[str, str, dict[str, str]], Reply]) -> Iterator[str]:
    """Serve what ``answer`` says of (host, path, headers in lower case) until the block ends; give ``number:port``."""

    async def handle(request: web.Request) -> web.StreamResponse:
        reply = answer(
            request.host.partition(":")[0],
            request.raw_path,
            {name.lower(): value for name, value in request.headers.items()},
        )
        if reply.wait:
            await asyncio.sleep(reply.wait)
        if reply.status < 0:
            _abort(request)
            return web.Response()
        if reply.cut:
            response = web.StreamResponse(status=reply.status, headers={"Content-Length": str(len(reply.body))})
            await response.prepare(request)
            await response.write(reply.body[: len(reply.body) // 2])
            _abort(request)
            return response
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))

    loop = asyncio.new_event_loop()
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    thread = threading.Thread(target=loop.run_forever, name="simulated-web")
    thread.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _abort(request: web.Request) -> None:
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
