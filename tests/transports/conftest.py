"""Messages to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from transports.sending import MODES

from publisher.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable


def make(number: int, **changes: object) -> Message:
    """Return message ``number``; ``changes`` replace its fields."""
    given: dict[str, object] = {
        "delivery": number,
        "recipient": f"abonne{number}@mairie.example",
        "envelope_sender": f"retours+2026-11.{number}.00000000@reseau.example",
        "message_id": f"<2026-11.{number}@reseau.example>",
        "data": f"From: lettre@reseau.example\r\nMessage-ID: <2026-11.{number}@reseau.example>\r\n\r\n".encode()
        + b"Bonjour\r\n.un point\r\n..deux\r\n"
        + b"x" * 70
        + b"\r\n",
    }
    return Message(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def message() -> Callable[..., Message]:
    """Return the maker of messages."""
    return make


@pytest.fixture
def messages() -> Callable[[int], tuple[Message, ...]]:
    """Return the maker of several messages."""
    return lambda count: tuple(make(number) for number in range(1, count + 1))


@pytest.fixture(params=list(MODES))
def offers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Give the EHLO keywords of each of the three ways to talk."""
    return MODES[request.param]
