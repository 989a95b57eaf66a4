"""Addresses of a letter, tried before it leaves: pictures are fetched, links are asked. It judges no answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from publisher.errors import Fault, FetchError
from publisher.preflight import LinkStatus
from publisher.sources.http import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from publisher.sources.settings import HttpSettings

PICTURES = "image/jpeg, image/png, image/webp, image/gif"
ANYTHING = "text/html, application/xhtml+xml, */*;q=0.8"


def pictures(addresses: Iterable[str], settings: HttpSettings, now: datetime) -> Mapping[str, bytes | Fault]:
    """Return what each address of a picture gave: octets, or the sentence that says why there are none."""

    async def one(client: Client, address: str) -> bytes | Fault:
        try:
            return (await client.get(address, accept=PICTURES)).body
        except FetchError as error:
            return Fault(place=address, text=error.text, remedy=error.remedy)

    async def every() -> Mapping[str, bytes | Fault]:
        wanted = tuple(dict.fromkeys(addresses))
        async with Client(settings, now=now) as client:
            return dict(zip(wanted, await asyncio.gather(*(one(client, each) for each in wanted)), strict=True))

    return asyncio.run(every())


def links(addresses: Iterable[str], settings: HttpSettings, now: datetime) -> Mapping[str, LinkStatus]:
    """Return what each address answered: one request at a time a host, with the collector's limits and delay."""

    async def one(client: Client, address: str) -> LinkStatus:
        try:
            answer = await client.get(address, accept=ANYTHING)
        except FetchError as error:
            return LinkStatus(status=error.status, error=error.text)
        final = answer.address if answer.address != address else ""
        return LinkStatus(status=200, final=final, seconds=answer.seconds)

    async def every() -> Mapping[str, LinkStatus]:
        wanted = tuple(dict.fromkeys(addresses))
        async with Client(settings, now=now) as client:
            return dict(zip(wanted, await asyncio.gather(*(one(client, each) for each in wanted)), strict=True))

    return asyncio.run(every())
