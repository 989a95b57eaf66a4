"""What no way out can carry, said of one message before anything is sent. It opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.message import Outcome, Result
from publisher.mime.addresses import on_the_wire

if TYPE_CHECKING:
    from publisher.message import Message


def unsendable(message: Message) -> Result | None:
    """Return the failure of a message whose recipient is no address (RFC 3463: 5.1.3), None when it can be tried."""
    if on_the_wire(message.recipient) == message.recipient:
        return None
    return Result(outcome=Outcome.FAILED, enhanced="5.1.3", text=f"adresse impossible\u00a0: {message.recipient!r}")
