"""What is asked of SNS: its certificate, and to confirm a subscription. Small, slow to anger, and never redirected."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.sources.http import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from publisher.sources.settings import HttpSettings


def fetcher(settings: HttpSettings, clock: Callable[[], datetime]) -> Callable[[str], bytes]:
    """Return a function that gives what a public address answers, for a thread without an event loop.

    It raises ``FetchError``. Whom to write to stands in the request, as in those of the collector.
    """
    bounds = replace(settings, timeout=10, max_bytes=64_000, redirects=0, delay=0, resolve={}, concurrency=1)

    async def ask(address: str) -> bytes:
        async with Client(bounds, now=clock()) as client:
            return (await client.get(address, accept="*/*")).body

    return lambda address: asyncio.run(ask(address))
