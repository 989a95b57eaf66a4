"""Questions to the DNS, behind one small protocol. dnspython asks; nothing here judges an answer."""

from __future__ import annotations

from typing import Protocol

import dns.exception
import dns.resolver
import dns.reversename

from publisher.errors import PublisherError


class UnansweredError(PublisherError):
    """The DNS did not answer at all: this says nothing about the name."""


class Names(Protocol):
    """What the checks ask of the DNS. A name that does not exist gives an empty tuple."""

    def txt(self, name: str) -> tuple[str, ...]:
        """Return the TXT records, the strings of each joined (RFC 7208, 3.3)."""
        ...

    def mx(self, name: str) -> tuple[str, ...]:
        """Return the mail servers, best first."""
        ...

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return IPv4 and IPv6 addresses."""
        ...

    def reverse(self, address: str) -> tuple[str, ...]:
        """Return the names of an IP address."""
        ...


class Dns:
    """``Names`` from the DNS of this machine. ``lifetime`` is in seconds a question."""

    def __init__(self, lifetime: float = 5.0) -> None:
        self._resolver = dns.resolver.Resolver()
        self._resolver.lifetime = lifetime

    def txt(self, name: str) -> tuple[str, ...]:
        """Return the TXT records."""
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT"))

    def mx(self, name: str) -> tuple[str, ...]:
        """Return the mail servers, best first."""
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return tuple(str(record.exchange).rstrip(".") for record in records)

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return IPv4 and IPv6 addresses."""
        return tuple(str(record) for kind in ("A", "AAAA") for record in self._ask(name, kind))

    def reverse(self, address: str) -> tuple[str, ...]:
        """Return the names of an IP address."""
        return tuple(str(record).rstrip(".") for record in self._ask(str(dns.reversename.from_address(address)), "PTR"))

    def _ask(self, name: str, kind: str) -> tuple:  # type: ignore[type-arg]  # dnspython's records are dynamic
        try:
            return tuple(self._resolver.resolve(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            raise UnansweredError(
                f"le DNS n’a pas répondu pour {name} ({kind}).", remedy="Vérifiez l’accès au réseau de cette machine."
            ) from error
