"""What one message that came back, or one event of a provider, says: frozen records. They decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.mime.addresses import ReturnPath


class Kind(StrEnum):
    """What a message is."""

    BOUNCE = "bounce"
    DELAY = "delay"
    COMPLAINT = "complaint"
    AUTOMATIC = "automatic"
    UNSUBSCRIBE = "unsubscribe"
    """Somebody writes that they want to leave; ``token`` says who."""
    LEFT = "left"
    """A provider tells that the recipient of a delivery has left."""
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One recipient of a bounce.

    ``address`` is whom the letter was meant for, ``final`` where it ended, when the report names both and they differ
    (RFC 3464, 2.3.1 and 2.3.2). ``meaning`` is one of ``delivery.meaning``'s words ("hard", "full", …); ``status`` the
    enhanced code; ``evidence`` the very words it was read from.
    """

    address: str
    meaning: str
    status: str = ""
    evidence: str = ""
    final: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message, read.

    ``return_path`` is what our VERP address in it says, ``message_ids`` the Message-IDs of the returned letter,
    ``token`` the subscriber's token of a wish to leave. ``how`` names the rule that recognised the kind. ``sender`` is
    the From header as it is, which proves nothing and lets a person find the message.
    """

    kind: Kind
    how: str
    subject: str = ""
    sender: str = ""
    failures: tuple[Failure, ...] = ()
    return_path: ReturnPath | None = None
    message_ids: tuple[str, ...] = ()
    token: str = ""
