"""The ``[letter]`` part of the configuration: who writes, where answers, bounces and unsubscriptions go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Fault
from publisher.mime.addresses import domain_of, on_the_wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESS = re.compile(r"https?://[!-~]+")
_RELAYS_OWN = re.compile(r"X-[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """One ``[[letter.dkim]]``: RSA and Ed25519 keys may stand side by side (RFC 8463, 3).

    ``domain`` is the From domain when left empty; ``key_file`` a private key in PEM, which wiring reads.
    """

    selector: str
    key_file: str
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Who the letter comes from.

    ``bounce_address`` is the envelope sender before VERP (``from_address`` when empty), ``verp`` what separates the
    delivery's mark from it ("" when the receiving side knows no plus-addressing). ``unsubscribe`` and
    ``preferences`` are followed by the subscriber's token; ``preferences`` is ``unsubscribe`` when empty.
    ``mark_header`` names a field for the relay, which gives it back with its events (``docs/site.md``); it carries
    VERP's mark and is not signed, since relays take it off. ``list_id`` is derived from ``from_address`` when empty;
    ``archive`` and ``help`` are addresses.
    """

    from_address: str
    from_name: str = ""
    reply_to: str = ""
    bounce_address: str = ""
    unsubscribe: str = ""
    unsubscribe_mailto: str = ""
    preferences: str = ""
    list_id: str = ""
    archive: str = ""
    help: str = ""
    feedback_id: str = ""
    verp: str = "+"
    mark_header: str = ""
    dkim: tuple[Dkim, ...] = ()

    @property
    def domain(self) -> str:
        """Return the domain of ``from_address`` in A-labels: Message-IDs stand on it."""
        return domain_of(self.from_address)

    @property
    def list_name(self) -> str:
        """Return the List-Id without brackets (RFC 2919): ``newsletter.rtes.fr`` for ``newsletter@rtes.fr``."""
        local = re.sub(r"[^0-9A-Za-z-]+", "-", self.from_address.rpartition("@")[0]).strip("-")
        return self.list_id or f"{local or 'lettre'}.{self.domain}"


def faults(settings: Settings) -> tuple[Fault, ...]:
    """Return what is wrong in these settings, each with its dotted key: nothing of it would be seen before sending."""
    found: list[Fault] = []
    for key in ("from_address", "reply_to", "bounce_address", "unsubscribe_mailto"):
        value: str = getattr(settings, key)
        if (value or key == "from_address") and not on_the_wire(value).isascii():
            found.append(_fault(key, f"l’adresse « {value} » a une partie locale qui n’est pas en ASCII."))
        elif (value or key == "from_address") and not on_the_wire(value):
            found.append(_fault(key, f"« {value} » n’est pas une adresse de courriel."))
    for key in ("unsubscribe", "preferences", "archive"):
        value = getattr(settings, key)
        if value and not _ADDRESS.fullmatch(value):
            found.append(_fault(key, f"« {value} » n’est pas une adresse web complète."))
    if settings.unsubscribe and not settings.unsubscribe.startswith("https://"):
        found.append(_fault("unsubscribe", "la désinscription en un clic demande une adresse en https (RFC 8058)."))
    if not settings.unsubscribe and not settings.unsubscribe_mailto:
        found.append(_fault("unsubscribe", "aucun moyen de se désinscrire n’est indiqué."))
    return (*found, *_misspelt(settings))


def _misspelt(settings: Settings) -> Iterator[Fault]:
    """Yield names that could not stand where they go."""
    if settings.mark_header and not _RELAYS_OWN.fullmatch(settings.mark_header):
        yield _fault("mark_header", f"« {settings.mark_header} » n’est pas un en-tête « X-… ».")
    for number, dkim in enumerate(settings.dkim):
        if not re.fullmatch(r"[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*", dkim.selector):
            yield _fault(f"dkim[{number}].selector", f"« {dkim.selector} » n’est pas un sélecteur DKIM.")


def _fault(key: str, text: str) -> Fault:
    return Fault(place=f"letter.{key}", text=text, remedy="Corriger cette clé dans config.toml.")
