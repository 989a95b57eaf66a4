"""One relay: its settings, and a greeted, encrypted, authenticated connection to it. It sends no message."""

from __future__ import annotations

import asyncio
import base64
import errno
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from publisher.errors import TransportError
from publisher.transports.pace import rate
from publisher.transports.wire import Cut, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.transports.reply import Reply

_ISSUER_UNKNOWN = (18, 19, 20, 21)
_EXPIRED = 10
_OTHER_NAME = (62, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where and how to connect. Times in seconds.

    ``security`` "none" is for a relay on this machine. The password stands in the environment variable
    ``password_env`` or alone in ``password_file``, never here. ``ca_file`` adds a certificate authority.
    ``timeout`` is for connecting and for each answer, ``data_timeout`` for the answer to a whole message
    (RFC 5321, 4.5.3.2.6). ``messages_per_connection`` 0 means no limit. ``in_flight`` messages may wait for
    their answers on one connection where the relay offers CHUNKING (RFC 3030); 1 turns it off. ``weight`` is the
    relay's share beside others, ``limit`` what it may be given: "20/s", "300/min", "500/h", "10000/d".
    """

    host: str = "localhost"
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""
    ehlo: str = ""
    connections: int = 5
    weight: int = 1
    limit: str = ""
    messages_per_connection: int = 0
    in_flight: int = 16
    timeout: float = 60.0
    data_timeout: float = 600.0
    tries: int = 3
    retry_wait: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, with ``ValueError`` and a French sentence."""
        rate(self.limit)
        for key in ("connections", "weight", "in_flight", "tries"):
            if getattr(self, key) < 1:
                raise ValueError(f"« {key} » doit valoir au moins 1")

    @property
    def place(self) -> str:
        """Return how the relay is called in sentences."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A name and a password that no print shows."""

    username: str
    password: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Line:
    """An open connection with what the relay offers (EHLO keywords in capitals, with their parameters)."""

    wire: Wire
    offers: Mapping[str, str]

    @property
    def largest(self) -> int:
        """Return the octets of a message at most, 0 when the relay names no limit."""
        size = self.offers.get("SIZE", "")
        return int(size) if size.isdecimal() else 0


def login(relay: Relay, root: Path, environ: Mapping[str, str] = os.environ) -> Login | None:
    """Return what to log in with, None without a user name.

    Raises ``TransportError`` when the password is nowhere, or would leave this machine in clear.
    """
    if not relay.username:
        return None
    if relay.security == "none" and not _is_loopback(relay.host):
        text = "le mot de passe partirait en clair sur le réseau\u00a0: rien n’a été envoyé."
        remedy = "Mettez « transport.security » à « starttls » ou « tls »."
        raise TransportError(text, place=relay.place, remedy=remedy)
    if relay.password_env:
        password = environ.get(relay.password_env, "")
        remedy = f"Définir la variable d’environnement {relay.password_env} avant de lancer l’envoi."
    else:
        try:
            password = (root / relay.password_file).read_text(encoding="utf-8").strip() if relay.password_file else ""
        except (OSError, UnicodeError):
            password = ""
        remedy = "Écrivez le mot de passe, seul, dans le fichier que nomme « transport.password_file »."
    if not password:
        text = f"le mot de passe de « {relay.username} » est introuvable."
        raise TransportError(text, place=relay.place, remedy=remedy)
    return Login(username=relay.username, password=password)


def tls(relay: Relay, root: Path) -> ssl.SSLContext:
    """Return what checks the relay's certificate and name. Raises ``TransportError`` for a ``ca_file`` without one."""
    context = ssl.create_default_context()
    if relay.ca_file:
        try:
            context.load_verify_locations(root / relay.ca_file)
        except (OSError, ssl.SSLError) as error:
            text = f"l’autorité de certification {relay.ca_file} ne se lit pas ({error})."
            raise TransportError(text, place=relay.place, remedy="Vérifiez « transport.ca_file ».") from error
    return context


async def connect(relay: Relay, context: ssl.SSLContext | None, credentials: Login | None) -> Line:
    """Return a connection ready for mail. ``context`` may be None only where ``security`` is "none".

    Raises ``TransportError`` with what to do; ``Cut`` when trying again may help.
    """
    try:
        async with asyncio.timeout(relay.timeout):
            return await _greeted(relay, context, credentials)
    except TimeoutError as error:
        raise Cut(f"n’a pas répondu en {relay.timeout:g} s") from error
    except ssl.SSLCertVerificationError as error:
        raise _certificate(relay, error) from error
    except ssl.SSLError as error:
        text = f"la négociation TLS échoue ({error.reason or error})."
        remedy = "Vérifiez « transport.port » et « transport.security » (« tls » pour 465, « starttls » pour 587)."
        raise TransportError(text, place=relay.place, remedy=remedy) from error
    except OSError as error:
        raise Cut(f"est injoignable ({_why(error)})") from error


def _why(error: OSError) -> str:
    """Return in French why no connection came about; the system would say it in its own language."""
    if isinstance(error, socket.gaierror):
        return "ce nom est inconnu du DNS"
    if isinstance(error, ConnectionRefusedError):
        return "la connexion est refusée"
    if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return "aucune route n’y mène"
    if error.errno is None:  # several addresses, several reasons
        return "aucune de ses adresses ne répond"
    return f"erreur {errno.errorcode.get(error.errno, error.errno)}"


async def _greeted(relay: Relay, context: ssl.SSLContext | None, credentials: Login | None) -> Line:
    loop = asyncio.get_running_loop()
    direct = context if relay.security == "tls" else None
    name = relay.host if direct else None
    _, wire = await loop.create_connection(Wire, relay.host, relay.port, ssl=direct, server_hostname=name)
    try:
        offers = await _prepared(relay, wire, context, credentials)
    except BaseException:
        wire.cut("est abandonné")
        await wire.closed()
        raise
    return Line(wire=wire, offers=offers)


async def _prepared(
    relay: Relay, wire: Wire, context: ssl.SSLContext | None, credentials: Login | None
) -> Mapping[str, str]:
    """Return what the relay offers once the connection is as safe as configured and logged in."""
    greeting = await wire.reply()
    if not greeting.good:
        raise _unwelcome(relay, greeting)
    offers = await _hello(relay, wire)
    if relay.security == "starttls" and context is not None:
        if "STARTTLS" not in offers:
            text = "le relais ne propose pas STARTTLS\u00a0: rien n’a été envoyé en clair."
            remedy = "Choisir « tls » (port 465), ou « none » pour un relais de cette machine."
            raise TransportError(text, place=relay.place, remedy=remedy)
        answer = await _said(wire, "STARTTLS")
        if not answer.good:
            raise Cut(f"refuse STARTTLS ({answer})")
        await wire.start_tls(context, relay.host)
        offers = await _hello(relay, wire)
    if credentials is not None:
        await _authenticate(relay, wire, offers, credentials)
    return offers


async def _said(wire: Wire, command: str) -> Reply:
    wire.write(command.encode() + b"\r\n")
    return await wire.reply()


async def _hello(relay: Relay, wire: Wire) -> dict[str, str]:
    name = relay.ehlo or wire.own_address
    answer = await _said(wire, f"EHLO {name}")
    if answer.good:
        words = (line.partition(" ") for line in answer.lines[1:])
        return {keyword.upper(): parameters.strip() for keyword, _, parameters in words}
    answer = await _said(wire, f"HELO {name}")
    if not answer.good:
        raise _unwelcome(relay, answer)
    return {}


async def _authenticate(relay: Relay, wire: Wire, offers: Mapping[str, str], credentials: Login) -> None:
    ways = offers.get("AUTH", "").upper().split()
    name, password = credentials.username, credentials.password
    if "PLAIN" in ways:
        answer = await _said(wire, "AUTH PLAIN " + _base64(f"\0{name}\0{password}"))
    elif "LOGIN" in ways:
        await _said(wire, "AUTH LOGIN")
        await _said(wire, _base64(name))
        answer = await _said(wire, _base64(password))
    else:
        text = "le relais ne propose ni AUTH PLAIN ni AUTH LOGIN."
        remedy = "Retirez « transport.username », ou vérifiez le port et la sécurité."
        raise TransportError(text, place=relay.place, remedy=remedy)
    if not answer.good and not answer.final:
        raise Cut(f"ne peut pas vérifier le mot de passe pour l’instant ({answer})")
    if not answer.good:
        text = f"le relais refuse le nom « {name} » ou son mot de passe ({answer})."
        raise TransportError(text, place=relay.place, remedy="Vérifiez « transport.username » et le mot de passe.")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unwelcome(relay: Relay, answer: Reply) -> Exception:
    if not answer.final:
        return Cut(f"demande d’attendre ({answer})")
    text = f"le relais refuse la connexion ({answer})."
    return TransportError(text, place=relay.place, remedy="Demandez à l’hébergeur du relais pourquoi.")


def _certificate(relay: Relay, error: ssl.SSLCertVerificationError) -> TransportError:
    if error.verify_code in _OTHER_NAME:
        text = "le certificat du relais est celui d’un autre nom\u00a0: rien n’a été envoyé."
        remedy = "Écrivez dans « transport.host » le nom que porte le certificat."
    elif error.verify_code == _EXPIRED:
        text = "le certificat du relais a expiré\u00a0: rien n’a été envoyé."
        remedy = "Prévenir l’hébergeur du relais."
    elif error.verify_code in _ISSUER_UNKNOWN:
        text = "aucune autorité connue ne garantit le certificat du relais\u00a0: rien n’a été envoyé."
        remedy = "Indiquez l’autorité qui l’a signé dans « transport.ca_file »."
    else:
        text = f"le certificat du relais est refusé ({error.verify_message})\u00a0: rien n’a été envoyé."
        remedy = "Prévenir l’hébergeur du relais."
    return TransportError(text, place=relay.place, remedy=remedy)
