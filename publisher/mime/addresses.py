"""Mail addresses as the wire wants them: RFC 5321 mailboxes, international domains, VERP. It looks nothing up."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from publisher.message import Delivery

MAX_ADDRESS = 254
"""Octets of a whole address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""
MAX_LOCAL = 64
"""Octets of the part before the ``@`` (RFC 5321, 4.5.3.1.1)."""

# RFC 5322's atext and qtext by what they leave out, and all that is not ASCII (RFC 6531): it compiles ten times faster
_ATOM = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]+'
_LOCAL = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*")')
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]+)\]")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_VERP = re.compile(r"(?P<issue>[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*)\.(?P<delivery>[0-9]{1,9})\.(?P<check>[0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPath:
    """What a VERP address says: which delivery came back. ``check`` must equal ``check_of`` for that delivery."""

    issue: str
    delivery: int
    check: str


@lru_cache(1024)
def on_the_wire(address: str) -> str:
    """Return the address as RCPT takes it: the domain in A-labels (RFC 5891), the local part untouched.

    Returns "" for what no SMTP server can be given (no ``@``, line breaks, spaces outside quotes, too long).
    A local part that is not ASCII stays so, and then needs SMTPUTF8 (RFC 6531).
    """
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or len(local.encode(errors="replace")) > MAX_LOCAL:
        return ""
    ascii_domain = domain_on_the_wire(domain)
    wire = f"{local}@{ascii_domain}"
    if not ascii_domain or len(wire.encode(errors="replace")) > MAX_ADDRESS:
        return ""
    try:
        wire.encode()
    except UnicodeEncodeError:
        return ""  # a lone surrogate: bytes that were never text
    return wire


@lru_cache(4096)
def domain_on_the_wire(domain: str) -> str:
    """Return the domain in lower-case A-labels (or the address literal as it is), "" when it is none."""
    if _LITERAL.fullmatch(domain):
        return domain
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    labels = domain.split(".")
    return domain.lower() if all(_LABEL.fullmatch(label) for label in labels) else ""


def domain_of(address: str) -> str:
    """Return the domain of an address in A-labels, "" when it has none."""
    return domain_on_the_wire(address.rpartition("@")[2]) if "@" in address else ""


def message_id(issue: str, token: str, domain: str) -> str:
    """Return the Message-ID of (issue, subscriber), brackets included: the same at every try, so a repeat shows.

    It is made from the subscriber's secret ``token``: a bounce that returns it proves that it saw the letter, and
    whoever only counts subscribers from one cannot invent it (docs/decisions/0120-proof-is-a-secret.md).
    """
    number = hashlib.sha256(f"message-id\n{domain}\n{issue}\n{token}".encode()).hexdigest()[:24]
    return f"<{_token(issue)}.{number}@{domain}>"


def check_of(issue: str, delivery: int, token: str) -> str:
    """Return the eight digits that keep a stranger from inventing the return path of a delivery."""
    return hashlib.sha256(f"verp\n{issue}\n{delivery}\n{token}".encode()).hexdigest()[:8]


def mark(delivery: Delivery) -> str:
    """Return what names a delivery to those who carry it: issue, number and check digits, ``2026-11.42.9f3ac1d2``."""
    return f"{_token(delivery.issue)}.{delivery.id}.{check_of(delivery.issue, delivery.id, delivery.token)}"


def return_path(bounce_address: str, delivery: Delivery, separator: str = "+") -> str:
    """Return the envelope sender of one delivery (VERP), or ``bounce_address`` itself when ``separator`` is "".

    ``retours@rtes.fr`` becomes ``retours+2026-11.42.9f3ac1d2@rtes.fr``: it names the delivery and not the person,
    stays short whatever the recipient's address, and needs only plus-addressing on the receiving side.
    """
    local, _, domain = bounce_address.rpartition("@")
    domain = domain_on_the_wire(domain)
    if not separator:
        return f"{local}@{domain}"
    return f"{local}{separator}{mark(delivery)}@{domain}"


def read_return_path(address: str, bounce_address: str, separator: str = "+") -> ReturnPath | None:
    """Return what a VERP address of ours says, or None when it is another address. Letter case does not matter."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    own_local, _, own_domain = bounce_address.lower().rpartition("@")
    start = f"{own_local}{separator}"
    if not separator or domain != domain_on_the_wire(own_domain) or not local.startswith(start):
        return None
    return read_mark(local[len(start) :])


def read_mark(text: str) -> ReturnPath | None:
    """Return what a ``mark`` says, or None when the text is none."""
    match = _VERP.fullmatch(text)
    if match is None:
        return None
    return ReturnPath(issue=match["issue"], delivery=int(match["delivery"]), check=match["check"])


@lru_cache(64)
def _token(issue: str) -> str:
    return re.sub(r"[^0-9A-Za-z-]", "-", issue)
