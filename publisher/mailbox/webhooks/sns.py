"""Messages of Amazon SNS over HTTP: whose they are, and whether their signature holds. It fetches nothing itself.

Follows "Verifying the signatures of Amazon SNS messages" and "Parsing Amazon SNS message formats" of AWS: the signed
text names its fields in alphabetical order, version 1 hashes it with SHA-1 and version 2 with SHA-256, both under RSA
with PKCS #1 v1.5; the certificate is asked of SNS itself, over https.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    Fetch = Callable[[str], bytes]
    """Return what an address answers. Raises ``PublisherError`` when it answers nothing that can be used."""

NOTIFICATION, SUBSCRIPTION, UNSUBSCRIPTION = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
_HOST = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.(?:com|com\.cn|eu)")
_ISSUED_TO = re.compile(r"sns(?:-signing)?(?:[.-][a-z0-9-]+)?\.amazonaws\.(?:com|com\.cn|eu)")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": SHA1, "2": SHA256}
_KEPT = 8
"""Certificates that are remembered: a topic has one at a time."""


class ForgedError(Exception):
    """The message is not proven to come from a topic of ours. ``str()`` says why, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message of SNS whose signature holds."""

    kind: str
    number: str
    topic: str
    message: str
    subscribe: str = ""


class Verifier:
    """Judges messages for some topics. ``fetch`` gets certificates, each asked for once while it is remembered."""

    def __init__(self, topics: tuple[str, ...], fetch: Fetch) -> None:
        self._topics = frozenset(topics)
        self._fetch = fetch
        self._certificates: dict[str, x509.Certificate] = {}
        self._lock = Lock()

    def verified(self, table: Mapping[str, object], now: datetime) -> Notice:
        """Return the message when topic, certificate and signature are right.

        Raises ``ForgedError`` when they are not, and what ``fetch`` raises when the certificate cannot be had.
        """
        kind, topic = _text(table, "Type"), _text(table, "TopicArn")
        if kind not in _SIGNED:
            raise ForgedError("ce n’est pas un message signé de SNS (la remise brute doit être désactivée)")
        if topic not in self._topics:
            raise ForgedError("le sujet SNS n’est pas parmi ceux de webhooks.ses.topics")
        scheme = _HASHES.get(_text(table, "SignatureVersion"))
        if scheme is None:
            raise ForgedError("la version de la signature n’est pas connue")
        try:
            signature = b64decode(_text(table, "Signature"), validate=True)
        except (Base64Error, ValueError) as error:
            raise ForgedError("la signature est illisible") from error
        key = _key(self._certificate(_text(table, "SigningCertURL")), now)
        try:
            key.verify(signature, signed_text(kind, table), PKCS1v15(), scheme())
        except InvalidSignature as error:
            raise ForgedError("la signature ne correspond pas au message") from error
        subscribe = _text(table, "SubscribeURL")
        if kind == SUBSCRIPTION and not of_sns(subscribe):
            raise ForgedError("l’adresse de confirmation n’est pas celle de SNS")
        return Notice(
            kind=kind,
            number=_text(table, "MessageId"),
            topic=topic,
            message=_text(table, "Message"),
            subscribe=subscribe,
        )

    def _certificate(self, address: str) -> x509.Certificate:
        if not of_sns(address) or not urlsplit(address).path.endswith(".pem"):
            raise ForgedError("l’adresse du certificat n’est pas celle de SNS")
        with self._lock:  # one question at a time: what somebody else is asking for is known a moment later
            if address not in self._certificates:
                try:
                    found = x509.load_pem_x509_certificate(self._fetch(address))
                except ValueError as error:
                    raise ForgedError("le certificat est illisible") from error
                if len(self._certificates) >= _KEPT:
                    self._certificates.pop(next(iter(self._certificates)))
                self._certificates[address] = found
            return self._certificates[address]


def of_sns(address: str) -> bool:
    """Say whether an address is one of SNS's own: https, its host, no port, no user."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        return False


def signed_text(kind: str, table: Mapping[str, object]) -> bytes:
    """Return what SNS signs: name and value of each field, a line each; a field that is not there is left out."""
    fields = ((name, _text(table, name)) for name in _SIGNED[kind] if isinstance(table.get(name), str))
    return "".join(f"{name}\n{value}\n" for name, value in fields).encode(errors="replace")


def _key(certificate: x509.Certificate, now: datetime) -> RSAPublicKey:
    """Return the key of a certificate that is in force and was issued to SNS. Raises ``ForgedError``."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ForgedError("le certificat n’est pas en vigueur")
    names = [name.value for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not any(isinstance(name, str) and _ISSUED_TO.fullmatch(name) for name in names):
        raise ForgedError("le certificat n’est pas au nom de SNS")
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ForgedError("la clé du certificat n’est pas lisible") from error
    if not isinstance(key, RSAPublicKey):
        raise ForgedError("la clé du certificat n’est pas une clé RSA")
    return key


def _text(table: Mapping[str, object], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""
