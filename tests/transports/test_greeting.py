"""A relay that is only greeted: what it offers is told, and one that never hangs up keeps nobody waiting."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from transports.scripted import Scripted

from publisher.errors import TransportError
from publisher.transports.greeting import greet
from publisher.transports.relay import Relay

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_relay_offers_is_told(tmp_path: Path) -> None:
    """EHLO's keywords come back, and no mail transaction was begun."""
    with Scripted() as server:
        offers = greet(Relay(host="127.0.0.1", port=server.port, security="none"), tmp_path)
    assert {"PIPELINING", "CHUNKING", "SIZE"} <= set(offers)
    assert [step.verb for step in server.log] == ["GREETING", "EHLO", "QUIT"]


def test_a_relay_that_never_hangs_up(tmp_path: Path) -> None:
    """No answer to QUIT and an open connection: told what it offers all the same, within seconds."""
    begun = time.monotonic()
    with Scripted(lambda step: b"" if step.verb == "QUIT" else None) as server:
        assert greet(Relay(host="127.0.0.1", port=server.port, security="none"), tmp_path)
    assert time.monotonic() - begun < 20


def test_a_relay_that_is_busy(tmp_path: Path) -> None:
    """A relay that asks to wait is one sentence with what to do."""
    with (
        Scripted(lambda step: "421 4.3.2 busy" if step.verb == "GREETING" else None) as server,
        pytest.raises(TransportError, match="demande d’attendre") as caught,
    ):
        greet(Relay(host="127.0.0.1", port=server.port, security="none"), tmp_path)
    assert caught.value.remedy
