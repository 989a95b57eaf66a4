"""One person, one fingerprint: what two spellings of an address have in common. It looks nothing up."""

from __future__ import annotations

import hashlib
import unicodedata

from publisher.mime.addresses import domain_on_the_wire


def normalised(address: str) -> str:
    """Return the address as compared: NFC, without surrounding space, lower case, the domain in A-labels.

    RFC 5321 lets a server tell ``Jean@`` from ``jean@``; none that people use does, and two letters to one
    person are worse. Dots and ``+tags`` stay: they are other mailboxes for most servers.
    """
    address = unicodedata.normalize("NFC", address).strip().lower()
    if address.isascii():
        return address
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain_on_the_wire(domain) or domain}"  # été.example and xn--t-9fab.example are one domain


def fingerprint(address: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 over the normalised address: enough to know a person again by."""
    return hashlib.sha256(normalised(address).encode(errors="surrogatepass")).hexdigest()[:32]
