"""Why an address gave no answer that can be used, in French and with what to do. It must not fetch anything."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import aiohttp

from publisher.errors import FetchError
from publisher.postbox import certificates
from publisher.sources.network import PrivateAddressError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ForbiddenError(FetchError):
    """An address that we may not ask, whatever it would answer."""


class InwardError(ForbiddenError):
    """An address on a private network or on this machine; ``number`` is its IP address."""

    def __init__(self, text: str, *, place: str = "", remedy: str = "", number: str = "") -> None:
        super().__init__(text, place=place, remedy=remedy)
        self.number = number


_OPEN = "Ouvrez l’adresse dans un navigateur\u00a0: si elle y répond aussi une erreur, prévenez le webmestre du site."
_LATER = "Rien à faire si cela ne dure pas\u00a0: un nouvel essai aura lieu plus tard."
_MOVED = "Cherchez la nouvelle adresse sur le site et corrigez la source dans config.toml."

_STATUS: Mapping[int, tuple[str, str]] = {
    401: ("le site demande un mot de passe", "Demandez au webmestre une adresse publique."),
    403: (
        "le site refuse notre programme",
        "Écrivez au webmestre\u00a0: notre User-Agent donne l’adresse de contact à autoriser.",
    ),
    404: ("il n’y a rien à cette adresse", _MOVED),
    410: (
        "cette adresse a été supprimée pour de bon\u00a0; la source est mise à la retraite",
        "Retirez-la de config.toml ou donnez-lui sa nouvelle adresse.",
    ),
    429: ("le site nous demande d’attendre", _LATER),
    503: ("le site est momentanément indisponible", _LATER),
}
_SERVER_FAULT = 500


def status(address: str, code: int, retry_after: float) -> FetchError:
    """Return the error for an HTTP status that brings no content."""
    known = _STATUS.get(code)
    if known:
        text, remedy = known
        text = f"{text} (réponse {code})"
    elif code >= _SERVER_FAULT:
        text, remedy = f"le site est en panne (réponse {code})", f"{_LATER} Si cela dure, prévenez le webmestre."
    else:
        text, remedy = f"le site a répondu {code}", _OPEN
    if retry_after:
        remedy = f"{remedy} Il demande {_span(retry_after)} d’attente\u00a0: nous la respectons."
    return FetchError(_sentence(text), place=address, remedy=remedy, status=code, retry_after=retry_after)


def timed_out(address: str, seconds: float) -> FetchError:
    """Return the error for an answer that did not come whole in time."""
    return FetchError(
        f"pas de réponse complète en {_span(seconds)}.",
        place=address,
        remedy=f"{_LATER} Si le site est toujours lent, augmentez http.timeout.",
    )


def too_large(address: str, limit: int, *, packed: bool) -> FetchError:
    """Return the error for more octets than ``limit``, received or (``packed`` false) decompressed."""
    text = "la réponse dépasse" if packed else "la réponse décompressée dépasse"
    return FetchError(
        f"{text} {_octets(limit)}\u00a0; elle a été abandonnée.",
        place=address,
        remedy="Un flux pèse rarement plus d’un mégaoctet\u00a0: vérifiez l’adresse, ou augmentez http.max_bytes.",
    )


def unreadable_coding(address: str) -> FetchError:
    """Return the error for a compression that is unknown or damaged from its first octet."""
    return FetchError(
        "la réponse est compressée d’une façon illisible.",
        place=address,
        remedy="Prévenez le webmestre\u00a0: son en-tête Content-Encoding est faux, ou inconnu de nous.",
    )


def loop(address: str, target: str) -> FetchError:
    """Return the error for redirects that come back to where they were."""
    return FetchError(f"les redirections tournent en rond (elles reviennent à {target}).", place=address, remedy=_OPEN)


def too_many_redirects(address: str, limit: int) -> FetchError:
    """Return the error for more redirects than allowed."""
    return FetchError(f"plus de {limit} redirections à la suite.", place=address, remedy=_MOVED)


def redirect_to_nowhere(address: str, code: int) -> FetchError:
    """Return the error for a redirect without a Location."""
    return FetchError(
        f"le site redirige sans dire vers où (réponse {code}).", place=address, remedy=_MOVED, status=code
    )


def bad_address(address: str) -> FetchError:
    """Return the error for what is no http or https address."""
    return ForbiddenError(
        "ce n’est pas une adresse http ou https.",
        place=address,
        remedy="Corrigez l’adresse de la source dans config.toml.",
    )


def not_allowed(address: str, *, closed: bool) -> FetchError:
    """Return the error for a page that robots.txt keeps from us, or (``closed``) whose robots.txt does not answer."""
    if closed:
        text, remedy = "le fichier robots.txt du site ne répond pas\u00a0; la page n’est pas demandée.", _LATER
    else:
        text = "le fichier robots.txt du site nous interdit cette page."
        remedy = "Demandez au webmestre d’autoriser «\u00a0territoires-publisher\u00a0», ou prenez le flux du site."
    kind = FetchError if closed else ForbiddenError
    return kind(text, place=address, remedy=remedy)


def private(address: str, number: str) -> InwardError:
    """Return the error for a host on a private network or on this machine."""
    return InwardError(
        f"l’adresse mène à un réseau privé ou à cette machine ({number})\u00a0; elle n’est pas suivie.",
        place=address,
        remedy="Si c’est voulu, écrivez allow_private = true sous [http].",
        number=number,
    )


def led_inward(address: str, number: str) -> InwardError:
    """Return the error for an address whose site redirects to a private network or to this machine."""
    return InwardError(
        f"le site redirige vers un réseau privé ou vers cette machine ({number})\u00a0; nous ne suivons pas.",
        place=address,
        remedy="Prévenez le webmestre\u00a0: c’est une faute de réglage, ou quelqu’un d’autre tient le site.",
        number=number,
    )


def unreachable(address: str, error: Exception) -> FetchError:
    """Return the error for a connection that failed before any answer."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorDNSError) else error
    if isinstance(cause, PrivateAddressError):
        return private(address, cause.number)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        text, remedy = "le nom du site est introuvable", "Vérifiez la connexion, puis l’orthographe de l’adresse."
    elif isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
        why, remedy = certificates.told(cause)
        text = f"le certificat du site {why}"
    elif isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        text, remedy = "la connexion chiffrée n’a pas pu s’établir", _OPEN
    elif isinstance(error, aiohttp.ClientConnectorError):
        text, remedy = "le site refuse la connexion", _LATER
    elif isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        text, remedy = "le site a coupé la connexion sans répondre", _LATER
    else:
        text, remedy = "la réponse du site n’est pas du HTTP lisible", _OPEN
    return FetchError(_sentence(text), place=address, remedy=remedy)


def _sentence(text: str) -> str:
    return f"{text}."


def _span(seconds: float) -> str:
    """Return a duration as a person says it."""
    for size, name in ((86_400, "jours"), (3_600, "heures"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}\u00a0{name}"
    return f"{seconds:.0f}\u00a0secondes" if seconds >= 2 else f"{seconds:g}\u00a0seconde".replace(".", ",")  # noqa: PLR2004


def _octets(count: int) -> str:
    """Return a size as a person says it."""
    mega = 1_000_000
    return f"{count / mega:.0f}\u00a0Mo" if count >= mega else f"{count / 1000:.0f}\u00a0ko"
