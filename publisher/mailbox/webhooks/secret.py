"""The secret that a provider sends back with each event: where it is kept, and whether a request bears it.

Compared in constant time: how long a refusal takes tells nothing about the secret.
"""

from __future__ import annotations

import os
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.mailbox.webhooks.settings import Brevo, Mailjet, Postmark

LEAST = 16
"""Characters of a secret: a shorter one can be guessed by whoever keeps asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may pass: whoever bears ``value`` in the request field ``header``, both in lower case and as bytes."""

    scheme: str
    header: str
    value: bytes = field(repr=False)

    def lets_in(self, headers: Mapping[str, str]) -> bool:
        """Say whether a request bears the secret; ``headers`` finds a field whatever its letter case."""
        given = headers.get(self.header, "")
        if self.scheme == "header":
            return compare_digest(given.encode(errors="replace"), self.value)
        scheme, _, credentials = given.partition(" ")
        if scheme.lower() != self.scheme:
            return False
        presented = credentials.strip().encode(errors="replace")
        if self.scheme == "basic":  # RFC 7617: decoded, since padding and case of the alphabet are the sender's
            try:
                presented = b64decode(presented, validate=True)
            except (Base64Error, ValueError):
                return False
        return compare_digest(presented, self.value)


def gate(
    provider: str, settings: Brevo | Mailjet | Postmark, root: Path, environ: Mapping[str, str] = os.environ
) -> Gate:
    """Return who may speak for a provider. Raises ``ConfigError`` when the secret is nowhere or too short."""
    secret = _secret(provider, settings, root, environ)
    if settings.scheme == "header":
        if not settings.header:
            raise _refused(provider, "header", "aucun en-tête n’est nommé.", "Écrivez par exemple « X-Publisher ».")
        return Gate(scheme="header", header=settings.header.lower(), value=secret.encode())
    if settings.scheme == "basic":
        if not settings.username or ":" in settings.username:
            remedy = "Écrivez celui de l’adresse donnée au prestataire, sans deux-points."
            raise _refused(provider, "username", "le nom d’utilisateur manque ou ne convient pas.", remedy)
        secret = f"{settings.username}:{secret}"
    return Gate(scheme=settings.scheme, header="authorization", value=secret.encode())


def _secret(provider: str, settings: Brevo | Mailjet | Postmark, root: Path, environ: Mapping[str, str]) -> str:
    secret = environ.get(settings.secret_env, "") if settings.secret_env else ""
    if not secret and settings.secret_file:
        try:
            secret = (root / settings.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError):
            secret = ""
    if not secret:
        remedy = "Nommez une variable d’environnement (secret_env) ou un fichier qui le contient (secret_file)."
        raise _refused(provider, "secret_env", "le secret est introuvable.", remedy)
    if len(secret) < LEAST:
        remedy = "« openssl rand -hex 24 » en donne un."
        raise _refused(provider, "secret_env", f"le secret a moins de {LEAST} caractères.", remedy)
    return secret


def _refused(provider: str, key: str, text: str, remedy: str) -> ConfigError:
    fault = Fault(place=f"webhooks.{provider}.{key}", text=text, remedy=remedy)
    return ConfigError("Les événements du prestataire ne peuvent pas être reçus.", (fault,))
