"""A real HTTP server on loopback that can misbehave octet by octet."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from publisher.sources.settings import HttpSettings


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asked: header names in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A well-behaved answer."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
Page = Reply | Script | Callable[[Request], Reply]


class Site:
    """Pages by path, or by host as ``//host``, and everything that was asked, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Request] = []
        self.port = 0
        self.name = "127.0.0.1"
        self.busy = 0
        self.busiest = 0

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        return f"http://{self.name}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rest = head.split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
                request = Request(path=line.split(" ")[1], headers=headers)
                self.asked.append(request)
                self.busy += 1
                self.busiest = max(self.busiest, self.busy)
                try:
                    await self._answer(request, writer)
                finally:
                    self.busy -= 1
                if writer.is_closing():
                    break
        writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        page = self.pages.get(request.path) or self.pages.get(f"//{request.headers.get('host')}", Reply(status=404))
        if not isinstance(page, Reply):
            if asyncio.iscoroutinefunction(page):
                await page(request, writer)
                return
            made = page(request)  # type: ignore[call-arg]
            assert isinstance(made, Reply)
            page = made
        headers = {"Content-Length": str(len(page.body)), **page.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {page.status} Any\r\n{head}\r\n".encode("latin-1"))
        if page.status != 304:
            writer.write(page.body)
        await writer.drain()


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """Serve a site from a thread of its own until the block ends."""
    ready = threading.Event()
    stop: asyncio.Event
    loop = asyncio.new_event_loop()

    async def main() -> None:
        nonlocal stop
        stop = asyncio.Event()
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
        site.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    ready.wait()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def settings(**changes: float) -> HttpSettings:
    """Return HTTP settings that let a test reach loopback without waiting."""
    values: dict[str, float] = {"timeout": 2.0, "delay": 0.0, **changes}
    return HttpSettings(
        contact="essai@reseau.example",
        timeout=values["timeout"],
        delay=values["delay"],
        max_bytes=int(values.get("max_bytes", 10_000_000)),
        allow_private=bool(values.get("allow_private", 1)),
    )
