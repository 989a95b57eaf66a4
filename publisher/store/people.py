"""One person, one fingerprint: what two spellings of an address have in common. It looks nothing up."""

from __future__ import annotations

import hashlib
import unicodedata


def normalised(address: str) -> str:
    """Return the address as compared: NFC, without surrounding space, lower case.

    RFC 5321 lets a server tell ``Jean@`` from ``jean@``; none that people use does, and two letters to one
    person are worse. Dots and ``+tags`` stay: they are other mailboxes for most servers.
    """
    return unicodedata.normalize("NFC", address).strip().lower()


def fingerprint(address: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 over the normalised address: enough to know a person again by."""
    return hashlib.sha256(normalised(address).encode(errors="surrogatepass")).hexdigest()[:32]
