"""What no way out can carry, said of one message before anything is sent. It opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.message import Outcome, Result
from publisher.mime.addresses import on_the_wire
from publisher.mime.headers import one_line

if TYPE_CHECKING:
    from publisher.message import Message

_MOST = 120
"""Characters of an impossible address that are shown."""


def unsendable(message: Message) -> Result | None:
    """Return the failure of a message whose recipient is no address (RFC 3463: 5.1.3), None when it can be tried."""
    if on_the_wire(message.recipient) == message.recipient:
        return None
    shown = one_line(message.recipient, _MOST)
    return Result(outcome=Outcome.FAILED, enhanced="5.1.3", text=f"adresse impossible\u00a0: «\u00a0{shown}\u00a0»")
