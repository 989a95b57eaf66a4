"""What every answer and every request is held to: how many at once, how large, how long, and what a page may do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 20.0
"""Seconds that the body of a request may take."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class BodyError(Exception):
    """The body of a request is not taken; ``status`` is the answer and ``str()`` says why, in French."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Guard:
    """Turns away what is too much at once, puts the policies on every answer, and lets no error out as a traceback."""

    def __init__(self, app: ASGIApp, *, most: int, tell: Callable[[str], None]) -> None:
        self.app = app
        self._most = most
        self._tell = tell
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503 when as many as may be are under way."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if self._under_way >= self._most:
            busy = PlainTextResponse("Trop de demandes à la fois\u00a0; réessayez.\n", 503, {"Retry-After": "5"})
            await busy(scope, receive, guarded)
            return
        self._under_way += 1
        try:
            await self.app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - a page that is asked for by strangers shows them no traceback
            words = " ".join(str(error).split())  # one line, whatever a stranger put into it
            self._tell(f"Erreur imprévue, à signaler aux développeurs\u00a0: {type(error).__name__}\u00a0: {words}")
            if not begun:
                failed = PlainTextResponse("Une erreur est survenue\u00a0; elle est notée.\n", 500)
                await failed(scope, receive, guarded)
        finally:
            self._under_way -= 1


async def body(request: Request, most: int, *, patience: float = PATIENCE) -> bytes:
    """Return the body of a request, of ``most`` octets within ``patience`` seconds.

    Raises ``BodyError``: too large, too slow, or broken off.
    """
    found = bytearray()
    try:
        async with asyncio.timeout(patience):
            async for piece in request.stream():
                found += piece
                if len(found) > most:
                    raise BodyError(413, f"Plus de {most} octets\u00a0: c’est trop.")
    except TimeoutError as error:
        raise BodyError(408, "La demande n’est pas arrivée en entier à temps.") from error
    except ClientDisconnect as error:
        raise BodyError(400, "La demande s’est interrompue.") from error
    return bytes(found)
