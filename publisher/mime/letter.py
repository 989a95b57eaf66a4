"""The edition as bytes, made once; per recipient only splices, one hash and the signatures. It draws nothing at random.

The order of the fields and the boundary are derived, so the same edition, settings and date give the same bytes.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from publisher.edition import SLOTS
from publisher.message import Message
from publisher.mime import addresses, headers, quoted, signing
from publisher.mime.layout import around, layout, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from publisher.edition import Edition
    from publisher.message import Delivery
    from publisher.mime.layout import Cut, Hole, Layout
    from publisher.mime.settings import Settings

LONGEST_NAME = 120
"""Characters kept of a subscriber's name: what a greeting can bear."""

_ROOM = 1000
"""Characters of a personal address up to which nothing of it can be cut off, and its layout may be kept."""

_URL_SAFE = re.compile(r"[0-9A-Za-z_~-]+")
_PLAIN_ADDRESS = re.compile(r"[0-9A-Za-z:/._~@?=&%+-]+")
_PERSONAL = ("To", "Message-ID", "List-Unsubscribe")


class _Hash(Protocol):
    def copy(self) -> _Hash: ...
    def update(self, octets: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """The body in pieces: a constant, the value of slot ``(part, key)``, a constant, … and a constant at the end."""

    constants: tuple[bytes, ...]
    slots: tuple[tuple[str, str], ...]
    start: _Hash
    """The SHA-256 fed with the first constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """All that a token stands in. ``cuts`` are the parts of it that folds and soft breaks leave together."""

    leave: Layout
    """The List-Unsubscribe field."""
    signed: Layout
    """The same in relaxed form."""
    body: Layout
    """Everything behind the body's first constant."""
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """An edition encoded for one sending. ``message`` is all that runs per recipient."""

    issue: str
    settings: Settings
    domain: str
    fixed: bytes = field(repr=False)
    """The fields that all recipients share, as written."""
    signed: bytes = field(repr=False)
    """Those of them that are signed, in relaxed form."""
    body: _Body = field(repr=False)
    stamps: tuple[signing.Stamp, ...] = ()
    _shapes: dict[int, _Shape] = field(default_factory=dict, repr=False, compare=False)
    """Shapes by the length of plain tokens."""

    def message(self, delivery: Delivery) -> Message:
        """Return the message of one delivery. It never fails on what a name or an address holds.

        An address that no server could be given stays in ``recipient`` as it is: the transport refuses it, alone.
        """
        settings = self.settings
        wire = addresses.on_the_wire(delivery.address)
        identity = delivery.message_id or addresses.message_id(self.issue, delivery.token, self.domain)
        name = headers.one_line(delivery.name, LONGEST_NAME)
        to = headers.mailbox("To", name, wire) if wire else b"To: undisclosed-recipients:;\r\n"
        own = headers.fold("Message-ID", [headers.one_line(identity)])
        shape, values = self._shaped(delivery.token)
        escaped = html.escape(name)
        values["plain name"] = values["html name"] = quoted.piece(name)
        if escaped != name:
            values["html name"] = quoted.piece(escaped)
        body = shape.body.filled(values)
        sent = [self.fixed, to, own, *shape.leave.filled(values)]
        if settings.mark_header:
            sent.append(headers.fold(settings.mark_header, [addresses.mark(delivery)]))
        if self.stamps:
            body_hash = self.body.start.copy()
            for run in shape.body.runs:
                body_hash.update(b"".join(body[run]))
            digest = body_hash.digest()
            personal = (headers.relaxed(to), headers.relaxed(own), *shape.signed.filled(values))
            canonical = b"".join((self.signed, *personal))
            sent = [*(stamp.field(canonical, digest) for stamp in self.stamps), *sent]
        return Message(
            delivery=delivery.id,
            recipient=wire or delivery.address,
            envelope_sender=addresses.return_path(
                settings.bounce_address or settings.from_address, delivery, settings.verp
            ),
            message_id=identity,
            data=b"".join((*sent, b"\r\n", self.body.constants[0], *body)),
            dot_safe=True,
            seven_bit=wire.isascii() and identity.isascii() and self.fixed.isascii(),
        )

    def _shaped(self, token: str) -> tuple[_Shape, dict[Hole, bytes]]:
        """Return what the token stands in, and the token cut up for it."""
        room = len(token) + len(self.settings.unsubscribe) + len(self.settings.unsubscribe_mailto)
        if not plain(token) or room > _ROOM:
            return self._shape(lambda write: [write(token)]), {}
        shape = self._shapes.get(len(token))
        if shape is None:
            shape = self._shapes[len(token)] = self._shape(lambda write: around(write, len(token)))
        octets = token.encode()
        return shape, {cut: octets[cut[0] : cut[1]] for cut in shape.cuts}

    def _shape(self, cut_up: Callable[[Callable[[str], bytes]], list[bytes | Hole]]) -> _Shape:
        settings = self.settings

        def signed_field(token: str) -> bytes:
            return headers.relaxed(written) if (written := _unsubscribe(settings, token)) else b""

        parts: list[bytes | Hole] = []
        for (part, key), constant in zip(self.body.slots, self.body.constants[1:], strict=True):
            if key == "name":
                parts.append(f"{part} name")
            else:
                base = (key == "preferences" and settings.preferences) or settings.unsubscribe
                parts += cut_up(partial(_slot, part, base))
            parts.append(constant)
        whole = [cut_up(partial(_unsubscribe, settings)), cut_up(signed_field), parts]
        cuts = {part for found in whole for part in found if isinstance(part, tuple)}
        leave, signed, body = map(layout, whole)
        return _Shape(leave=leave, signed=signed, body=body, cuts=tuple(sorted(cuts)))


def encode(
    edition: Edition, settings: Settings, *, date: datetime | None = None, signers: Iterable[signing.Signer] = ()
) -> Encoded:
    """Return the edition encoded: multipart/alternative, text before HTML, UTF-8 in quoted-printable.

    ``date`` is the sending's nominal time (the edition's when None): a message sent again keeps its Date.
    ``signers`` come from ``signing.load``; each adds a DKIM-Signature that covers every field but ``mark_header``.
    """
    boundary = f"=_{hashlib.sha256(edition.digest.encode()).hexdigest()[:32]}"  # quoted-printable never holds "=_"
    fixed = _fixed(edition, settings, date or edition.date, boundary)
    names = [octets.partition(b":")[0].decode() for octets in fixed]
    personal = [name for name in _PERSONAL if name != "List-Unsubscribe" or _can_leave(settings)]
    return Encoded(
        issue=edition.issue,
        settings=settings,
        domain=settings.domain,
        fixed=b"".join(fixed),
        signed=b"".join(map(headers.relaxed, fixed)),
        body=_body(edition, boundary),
        stamps=tuple(signing.stamp(signer, (*names, *personal)) for signer in signers),
    )


def with_token(address: str, token: str) -> str:
    """Return a personal address: the token follows, whatever it holds."""
    return address + _quoted(token)


def _quoted(token: str) -> str:
    return token if _URL_SAFE.fullmatch(token) else quote(token, safe="")


def _can_leave(settings: Settings) -> bool:
    return bool(settings.unsubscribe or settings.unsubscribe_mailto)


def _unsubscribe(settings: Settings, token: str) -> bytes:
    """Return the List-Unsubscribe field, nothing where no way to leave is known."""
    ways = [_angle(with_token(settings.unsubscribe, token))] if settings.unsubscribe else []
    if settings.unsubscribe_mailto:
        ways.append(_angle(f"mailto:{settings.unsubscribe_mailto}?subject={_quoted(token)}"))
    return headers.fold("List-Unsubscribe", [*(f"{way}," for way in ways[:-1]), ways[-1]]) if ways else b""


def _slot(part: str, base: str, token: str) -> bytes:
    """Return a personal address as it stands in the text or in the HTML."""
    address = with_token(base, token) if base else ""
    return quoted.piece(html.escape(address) if part == "html" else address)


def _fixed(edition: Edition, settings: Settings, date: datetime, boundary: str) -> list[bytes]:
    """Return the fields that no recipient changes, in the order in which they are sent and signed."""
    sender = addresses.on_the_wire(settings.from_address)
    answer = addresses.on_the_wire(settings.reply_to)
    help_at = settings.help or f"mailto:{answer or sender}?subject=aide"
    feedback = settings.feedback_id or settings.domain.replace(".", "-")[:15]
    list_name = headers.one_line(settings.list_name)
    found = [
        headers.mailbox("From", settings.from_name, sender),
        headers.mailbox("Reply-To", settings.from_name, answer) if answer else b"",
        headers.unstructured("Subject", edition.subject),
        headers.fold("Date", [format_datetime(date)]),
        headers.mailbox("List-Id", settings.from_name, list_name),
        headers.fold("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]) if settings.unsubscribe else b"",
        headers.fold("List-Archive", [_angle(settings.archive)]) if settings.archive else b"",
        headers.fold("List-Help", [_angle(help_at)]),
        headers.unstructured("Feedback-ID", f"{edition.issue}:{list_name}:newsletter:{feedback}"),
        headers.unstructured("Content-Language", edition.language),
        headers.fold("X-Auto-Response-Suppress", ["OOF,", "AutoReply"]),
        headers.fold("MIME-Version", ["1.0"]),
        headers.fold("Content-Type", ["multipart/alternative;", f'boundary="{boundary}"']),
    ]
    return [octets for octets in found if octets]


def _angle(address: str) -> str:
    if _PLAIN_ADDRESS.fullmatch(address):
        return f"<{address}>"
    return "<" + quote(headers.one_line(address), safe="%/:=&?~#+!$,;'@()*[]") + ">"


def _body(edition: Edition, boundary: str) -> _Body:
    constants: list[bytes] = [b""]
    slots: list[tuple[str, str]] = []
    for part, text in (("plain", edition.text), ("html", edition.html)):
        head = f"--{boundary}\r\nContent-Type: text/{part}; charset=utf-8\r\n"
        head += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        pieces, keys = quoted.encode(text, SLOTS)
        constants[-1] += head.encode() + pieces[0]
        constants += pieces[1:]
        slots += [(part, key) for key in keys]
        constants[-1] += b"\r\n"
    constants[-1] += f"--{boundary}--\r\n".encode()
    return _Body(constants=tuple(constants), slots=tuple(slots), start=hashlib.sha256(constants[0]))
