"""One connection to an SMTP server: octets out, replies in, TLS. It knows no mail transaction."""

from __future__ import annotations

import asyncio
import types
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from publisher.transports.reply import Reply, parse_line, short

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Generator

LONGEST_REPLY = 65_536
"""Octets of one reply: a server that says more is not one."""
_ROOM = 8192
"""Octets taken from the system at once; asyncio's own 256 kB are mapped and unmapped for each of our short replies."""


class Cut(Exception):  # noqa: N818 - it is what happened to the connection, caught inside this package
    """The connection is of no more use; the message is the end of a French sentence whose subject is the relay."""


@types.coroutine
def _next_time() -> Generator[None, None, None]:
    """Wait inside a talk until the connection has something new."""
    yield


class Wire(asyncio.BufferedProtocol):
    """Parses replies as they come; ``deadline`` (loop time) is watched by the owner, not by a timer per reply."""

    def __init__(self) -> None:
        self.deadline = float("inf")
        self._room = memoryview(bytearray(_ROOM))
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._talk: Coroutine[Any, Any, None] | None = None
        self._talked: asyncio.Future[None] | None = None
        self._gone = ""
        self._closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; after STARTTLS it is the encrypted one."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's
        """Return where the system may put octets."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Take octets in: whole replies wait for ``reply``, anything else ends the connection."""
        *lines, self._rest = (self._rest + self._room[:nbytes]).split(b"\n")
        for line in lines:
            reply = short(line) if not self._lines else None
            if reply is not None:
                self._replies.append(reply)
                continue
            parsed = parse_line(line.removesuffix(b"\r"))
            if parsed is None:
                words = line[:60].decode("utf-8", "replace").strip()
                shown = "".join(sign if sign.isprintable() else "·" for sign in words)
                self.cut(f"répond autre chose que du SMTP («\u00a0{shown}\u00a0»)")
                return
            code, more, words = parsed
            self._lines.append(words)
            if not more:
                self._replies.append(Reply(code=code, lines=tuple(self._lines)))
                self._lines = []
        if len(self._rest) + sum(map(len, self._lines)) + len(self._lines) > LONGEST_REPLY:
            self.cut("répond sans fin")
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember why, unless a reason is known already."""
        self._gone = self._gone or ("a coupé la connexion" if exc else "a fermé la connexion")
        self._closed.set()
        self._wake()

    def write(self, *octets: bytes) -> None:
        """Send octets, all at once. Raises ``Cut`` when the connection is gone already: then nothing has left."""
        if self._gone or self._transport is None:
            raise Cut(self._gone)
        if octets:
            self._transport.writelines(octets)

    def waiting(self) -> Reply | None:
        """Return the next reply if it is there already."""
        return self._replies.popleft() if self._replies else None

    async def reply(self) -> Reply:
        """Return the next reply; those received before the end come first. Raises ``Cut``."""
        while not self._replies:
            if self._gone:
                raise Cut(self._gone)
            if self._talk is not None:
                await _next_time()
                continue
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._replies.popleft()

    async def talk(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work``, which waits for this connection's replies and for nothing else; raise what it raises.

        It goes on inside the very callback that brought a reply: a task would cost two turns of the loop a message.
        """
        self._talked = asyncio.get_running_loop().create_future()
        self._talk = work
        try:
            self._go_on()
            await self._talked
        finally:
            self._talk = None
            work.close()

    def cut(self, reason: str) -> None:
        """End the connection at once; whoever waits is told ``reason``."""
        self._gone = self._gone or reason
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    async def closed(self) -> None:
        """Wait until the system has let the connection go, after ``cut``."""
        await self._closed.wait()

    @property
    def own_address(self) -> str:
        """Return our side's address as EHLO takes it (RFC 5321, 4.1.3): no DNS name has to be right."""
        name = self._transport.get_extra_info("sockname") if self._transport is not None else None
        host = str(name[0]) if name else "127.0.0.1"
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt from here on. What came in clear behind the answer to STARTTLS is refused (RFC 3207, 6)."""
        if self._rest or self._replies or self._lines or self._transport is None:
            raise Cut("a parlé en clair après STARTTLS")
        loop = asyncio.get_running_loop()
        self._transport = cast(
            "asyncio.Transport", await loop.start_tls(self._transport, self, context, server_hostname=host)
        )

    def _wake(self) -> None:
        if self._talk is not None:
            self._go_on()
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _go_on(self) -> None:
        """Let the talk take its next step."""
        if self._talk is None or self._talked is None or self._talked.done():
            return
        try:
            self._talk.send(None)
        except StopIteration:
            self._talked.set_result(None)
        except Exception as error:  # noqa: BLE001 - raised again where the talk is awaited
            self._talked.set_exception(error)
        except BaseException:  # somebody interrupts the programme: that is the loop's to hear
            self._talked.cancel()
            raise
