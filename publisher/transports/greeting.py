"""A relay greeted and left again: it answers, its certificate holds, the login is taken. No message is sent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from publisher.errors import TransportError
from publisher.transports.relay import connect, login, tls
from publisher.transports.wire import Cut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.transports.relay import Relay


_FAREWELL = 5.0
"""Seconds that a polite end is worth: a relay that answers but never hangs up is still a relay that answers."""


def greet(relay: Relay, root: Path) -> Mapping[str, str]:
    """Return what the relay offers (EHLO keywords) after TLS and login. Raises ``TransportError`` with what to do."""
    credentials = login(relay, root)
    context = tls(relay, root) if relay.security != "none" else None

    async def hello() -> Mapping[str, str]:
        line = await connect(relay, context, credentials)
        line.wire.write(b"QUIT\r\n")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await line.wire.closed()
        line.wire.cut("est quitté")
        await line.wire.closed()
        return line.offers

    try:
        return asyncio.run(hello())
    except Cut as error:
        raise TransportError(
            f"le relais {error}.", place=relay.place, remedy="Vérifiez transport.host, transport.port et le réseau."
        ) from error
