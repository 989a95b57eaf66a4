"""DKIM signatures (RFC 6376, RFC 8463) over bytes that are canonical already. It reads no key file and asks no DNS."""

from __future__ import annotations

import base64
import hashlib
from binascii import b2a_base64
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from publisher.errors import ConfigError, Fault

SMALLEST_RSA = 2048
"""Bits asked for by the large mailbox providers since 2024."""
OVERSIGNED = ("From", "To", "Subject", "Date", "Reply-To", "Message-ID", "Content-Type", "List-Unsubscribe")
"""Fields signed once more than they occur, so that nobody can add a second one (RFC 6376, 8.15)."""

_PADDING = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One private key with the place in the DNS where its public half stands."""

    selector: str
    domain: str
    key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """Return the ``a=`` tag."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def record(self) -> str:
        """Return the TXT record to publish at ``<selector>._domainkey.<domain>``."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            octets = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"
        octets = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(octets).decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Return the signature of the canonical header block."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(octets, _PADDING, _SHA256)
        return self.key.sign(hashlib.sha256(octets).digest())  # RFC 8463, 3: Ed25519 over the SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A signer with everything of its field that no recipient changes."""

    signer: Signer
    before: bytes
    """The field as it is written, up to the body hash."""
    canonical: bytes
    """The same in relaxed form."""

    def field(self, headers: bytes, body_hash: bytes) -> bytes:
        """Return the whole DKIM-Signature field for canonical signed headers and the SHA-256 of the canonical body."""
        hashed = b2a_base64(body_hash, newline=False)
        signature = self.signer.sign(b"".join((headers, self.canonical, hashed, b"; b=")))
        signature = b2a_base64(signature, newline=False)
        folded = b"\r\n ".join(signature[start : start + 72] for start in range(0, len(signature), 72))
        return b"".join((self.before, hashed, b";\r\n b=", folded, b"\r\n"))


def load(pem: bytes, *, selector: str, domain: str, place: str = "letter.dkim") -> Signer:
    """Return the signer of a private key in PEM. Raises ``ConfigError`` naming ``place`` when it cannot sign."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        raise _wrong(place, "la clé DKIM est protégée par une phrase secrète.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong(place, "ce fichier n’est pas une clé privée DKIM au format PEM.") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < SMALLEST_RSA:
        raise _wrong(place, f"la clé DKIM n’a que {key.key_size} bits\u00a0; il en faut {SMALLEST_RSA}.")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise _wrong(place, "la clé DKIM n’est ni RSA ni Ed25519.")
    return Signer(selector=selector, domain=domain, key=key)


def stamp(signer: Signer, names: tuple[str, ...]) -> Stamp:
    """Return what is constant of the field when the fields ``names`` are signed, in that order."""
    present = [name.lower() for name in names]
    signed = ":".join([*present, *(name.lower() for name in OVERSIGNED)])
    start = f"v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain}; s={signer.selector};"
    listed = signed.replace(":", ":\r\n  ").split("\r\n")
    lines: list[str] = [" h="]
    for name in listed:
        if len(lines[-1]) + len(name.strip()) > 74:  # noqa: PLR2004 - room for the semicolon
            lines.append("  ")
        lines[-1] += name.strip()
    written = f"DKIM-Signature: {start}\r\n" + "\r\n".join(lines) + ";\r\n bh="
    canonical = "dkim-signature:" + " ".join(written.partition(": ")[2].split())
    return Stamp(signer=signer, before=written.encode(), canonical=canonical.encode())


def _wrong(place: str, text: str) -> ConfigError:
    remedy = "Créer une clé avec « openssl genrsa -out dkim.pem 2048 » et indiquer son chemin."
    return ConfigError("La clé de signature ne convient pas.", [Fault(place=place, text=text, remedy=remedy)])
