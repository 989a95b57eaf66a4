"""The one-click address, asked as mailbox providers ask it, for a token that nobody has. Nobody is unsubscribed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from publisher.sources import refusals
from publisher.sources.network import PublicResolver, is_public, literal

if TYPE_CHECKING:
    from publisher.sources.settings import HttpSettings

_FORM = {"List-Unsubscribe": "One-Click"}
_LARGEST = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address answered: the status of each request, where a redirect led, whether a cookie was set.

    ``error`` says in French why there was no answer; then nothing else is known. ``page`` is whether the GET
    showed HTML.
    """

    looked: int = 0
    pressed: int = 0
    location: str = ""
    cookie: bool = False
    page: bool = False
    error: str = ""


def ask(address: str, settings: HttpSettings) -> Asked:
    """Return what a GET and then a one-click POST (RFC 8058, 3.1) of this address give; no redirect is followed."""
    return asyncio.run(_ask(address, settings))


async def _ask(address: str, settings: HttpSettings) -> Asked:
    host = URL(address).host or ""
    number = literal(host)
    if number and not settings.allow_private and not is_public(number):
        return Asked(error=refusals.private(address, number).text)
    connector = aiohttp.TCPConnector(resolver=None if settings.allow_private else PublicResolver())
    timeout = aiohttp.ClientTimeout(total=settings.timeout)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            async with session.get(address, allow_redirects=False) as looked:
                await looked.content.read(_LARGEST)
            async with session.post(address, data=_FORM, allow_redirects=False) as pressed:
                await pressed.content.read(_LARGEST)
    except TimeoutError:
        return Asked(error=refusals.timed_out(address, settings.timeout).text)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Asked(error=refusals.unreachable(address, error).text)
    return Asked(
        looked=looked.status,
        pressed=pressed.status,
        location=pressed.headers.get("Location", "") or looked.headers.get("Location", ""),
        cookie="Set-Cookie" in pressed.headers,
        page=looked.content_type == "text/html",
    )
