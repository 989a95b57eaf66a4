"""Which network addresses a collector may speak to. It must not fetch: ``http`` does, through ``PublicResolver``."""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from typing import TYPE_CHECKING

from aiohttp.resolver import ThreadedResolver

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """A host that leads to a private network, to this machine, or to nowhere in public."""

    def __init__(self, host: str, number: str) -> None:
        super().__init__(f"{host} → {number}")
        self.host = host
        self.number = number


def is_public(number: str) -> bool:
    """Say whether an IP address is routed on the public internet (IANA special-purpose registries).

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) counts as the IPv4 address it leads to.
    """
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


@lru_cache(maxsize=1000)
def literal(host: str) -> str:
    """Return the IP address that a host spells out, also as ``2130706433`` or ``127.1``; "" when it is a name."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):  # ValueError: a character that no host name holds
        return ""


class PublicResolver(ThreadedResolver):
    """Resolves names and keeps public addresses only, so that what was checked is what is connected to."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the public addresses of a host. Raises ``PrivateAddressError`` when it has only others."""
        found = await super().resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if found and not public:
            raise PrivateAddressError(host, found[0]["host"])
        return public
