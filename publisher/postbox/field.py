"""One header field of a message, whatever its state. It judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message


def field(message: Message, name: str) -> str:
    """Return a field's text on one line, decoded where it can be, "" when there is none.

    The library reads a field when it is asked for, and raises what it likes at some that are damaged.
    """
    try:
        said = str(message.get(name, ""))
    except Exception:  # noqa: BLE001 - AttributeError, IndexError, ValueError, … according to what is wrong
        said = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return " ".join(said.encode("utf-8", "replace").decode().split())
