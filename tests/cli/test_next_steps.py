"""What a person is told about messages that wait for them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest

from publisher.cli.status import bar, next_steps
from publisher.message import DeliveryState
from publisher.protocols import Tally

if TYPE_CHECKING:
    from publisher.wiring import Publication


def tally(campaign: str, next_try: datetime | None = None, /, **counts: int) -> Tally:
    """Return the tally of an issue with these counts."""
    found = {state: counts.get(state.value, 0) for state in DeliveryState}
    return Tally(issue="2026-11", counts=found, reasons={}, campaign=campaign, next_try=next_try)


def told(found: Tally, uncertain: str) -> str:
    """Return what a publication with this setting says."""
    config = SimpleNamespace(zone=ZoneInfo("Europe/Paris"), sending=SimpleNamespace(uncertain=uncertain))
    return " | ".join(next_steps(cast("Publication", SimpleNamespace(config=config)), found))


@pytest.mark.parametrize(
    ("uncertain", "campaign", "said"),
    [
        ("hold", "done", "--retry uncertain"),
        ("hold", "running", "--retry uncertain"),
        ("resend", "running", "repartent au prochain"),
        ("resend", "done", "--retry uncertain"),
    ],
)
def test_the_uncertain_are_never_left_without_a_word(uncertain: str, campaign: str, said: str) -> None:
    """Held, a person settles them by a command that is named; sent again, it says when and under which Message-ID."""
    words = told(tally(campaign, sent=5, uncertain=2), uncertain)
    assert said in words
    assert "même Message-ID" in words


def test_nothing_is_said_where_nothing_waits() -> None:
    """A sending that is over, or given up, asks for nothing."""
    assert told(tally("done", sent=5, failed=1), "hold") == ""
    assert told(tally("cancelled", sent=5, uncertain=1), "hold") == ""


def test_the_next_try_is_told_in_local_time() -> None:
    """Whoever runs the command again too early would see nothing happen."""
    words = told(tally("running", datetime(2026, 11, 3, 8, 5, tzinfo=UTC), deferred=1), "resend")
    assert "9 h 05" in words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"planned": 4}, "░░░░░░░░░░░░░░░░░░░░ 0 % (0 sur 4)"),
        ({"sent": 2, "failed": 1, "deferred": 1}, "███████████████░░░░░ 75 % (3 sur 4)"),
        ({"sent": 999, "planned": 1}, "███████████████████░ 99 % (999 sur 1\u202f000)"),
        ({"sent": 3, "excluded": 9, "cancelled": 2}, "████████████████████ 100 % (3 sur 3)"),
        ({}, "████████████████████ 100 % (0 sur 0)"),
    ],
)
def test_a_bar_is_full_when_all_is_over_and_never_before(counts: dict[str, int], shown: str) -> None:
    """Who is excluded or given up was never to get it."""
    assert bar(tally("running", **counts)) == shown
