"""Messages and deliveries: an edition addressed to one subscriber, and the record of its way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class DeliveryState(StrEnum):
    """The closed vocabulary of the ledger. ``delivery.LEGAL`` says which may follow which."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What a transport can say of one message."""

    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One recipient's message. ``data`` is what goes on the wire: CRLF lines, headers, a blank line, the body.

    ``dot_safe`` is the word of whoever made ``data`` that no line of it starts with a dot, ``seven_bit`` that all of
    it is ASCII: looking through 70 kB costs as much as building the message.
    """

    delivery: int
    recipient: str
    envelope_sender: str
    message_id: str
    data: bytes
    dot_safe: bool = False
    seven_bit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A transport's answer: the SMTP reply ``code`` (0 if none), ``enhanced`` as in RFC 3463, ``text`` as received."""

    outcome: Outcome
    code: int = 0
    enhanced: str = ""
    text: str = ""
    pause: bool = False
    """The relay asks for a pause of the whole sending (421, 452): a quota, not this recipient's fault."""
    retry_after: float = 0.0
    """Seconds that the server itself asks to wait before the next try, 0 if it names none (greylisting does)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The ledger's row for one (issue, subscriber)."""

    id: int
    issue: str
    subscriber: int
    address: str
    name: str
    token: str
    state: DeliveryState
    message_id: str
    attempts: int = 0
    reason: str = ""
    next_try: datetime | None = None
