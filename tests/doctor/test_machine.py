"""Clock, disk, folders and the one-click address, each with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.doctor import machine
from publisher.doctor.checkup import Verdict
from publisher.doctor.one_click import Asked

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def test_a_clock_is_judged_by_the_past() -> None:
    """A clock before this programme, or before what it already did, is wrong; one after both may be right."""
    assert machine.clock(NOW, [NOW - timedelta(days=1)]).verdict is Verdict.GOOD
    assert machine.clock(datetime(2020, 1, 1, tzinfo=UTC), []).verdict is Verdict.BAD
    assert machine.clock(NOW, [NOW + timedelta(days=1)]).verdict is Verdict.BAD


def test_a_server_that_forgets_is_told_before_it_does() -> None:
    """A database that is open is good; one whose server syncs nothing is to be looked at, and why is said."""
    assert machine.database("SQLite 3.45.1", 12).verdict is Verdict.GOOD
    found = machine.database("PostgreSQL 18.4", 12, ("fsync",))
    assert (found.verdict, "fsync" in found.text) == (Verdict.DOUBTFUL, True)
    assert "deux fois" in found.remedy


def test_room_is_looked_for_where_the_state_will_be(tmp_path: Path) -> None:
    """A folder that does not exist yet is judged by the disk that it will lie on."""
    assert machine.disk(tmp_path / "var" / "deep").verdict is Verdict.GOOD


def test_a_folder_that_can_be_written_is_good(tmp_path: Path) -> None:
    """A folder of ours is good, one below the system's own memory is not (root may write anywhere else)."""
    assert machine.writable("feeds", tmp_path / "feeds").verdict is Verdict.GOOD


RIGHT = Asked(looked=200, pressed=200, page=True)


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (RIGHT, Verdict.GOOD),
        (replace(RIGHT, location="https://ailleurs.example/"), Verdict.BAD),
        (replace(RIGHT, looked=404), Verdict.BAD),
        (replace(RIGHT, page=False), Verdict.BAD),
        (replace(RIGHT, pressed=405), Verdict.BAD),
        (replace(RIGHT, cookie=True), Verdict.BAD),
        (Asked(error="le nom du site est introuvable"), Verdict.BAD),
    ],
)
def test_one_click_shows_a_page_and_takes_the_click(asked: Asked, verdict: Verdict) -> None:
    """Anything but a page for who looks and a plain 200 for who clicks is bad, as RFC 8058 asks."""
    found = machine.one_click("https://lettre.example/desinscription/", asked)
    assert found.verdict is verdict
    assert bool(found.remedy) is (verdict is Verdict.BAD)
