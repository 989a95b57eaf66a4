"""Faults of [schedule] and [campaign] in config.toml: all at once, each at its key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from publisher import config, links, timetable
from publisher.errors import ConfigError

CONFIG = Path(__file__).resolve().parent.parent.parent / "config.toml"


def told(**values: str) -> list[str]:
    """Return the places of the faults of the repository's configuration with these lines written anew."""
    lines = [
        f"{key} = {values[key]}" if (key := line.partition("=")[0].strip()) in values else line
        for line in CONFIG.read_text(encoding="utf-8").splitlines()
    ]
    with pytest.raises(ConfigError) as caught:
        config.parse("\n".join(lines), CONFIG)
    return sorted(fault.place for fault in caught.value.faults)


def test_several_faults_of_one_table_are_told_together() -> None:
    """A value that means nothing is told at its key even when another key of its table is of the wrong kind."""
    assert told(send_on='"premier mardi"', send_at='"25:00"', late='"jamais"') == [
        "schedule.late",
        "schedule.send_at",
        "schedule.send_on",
    ]


def test_a_wrong_type_is_told_once() -> None:
    """A number where a text belongs is one fault, not two."""
    assert told(send_at="9", late_hours='"beaucoup"') == ["schedule.late_hours", "schedule.send_at"]


@pytest.mark.parametrize("settings", [links.Settings, timetable.Settings])
def test_every_check_is_of_a_key(settings: type[links.Settings | timetable.Settings]) -> None:
    """Each check belongs to a key that the table has, and the defaults pass them all."""
    keys = {spec.name for spec in fields(settings)}
    made = settings()
    for key, check in settings.CHECKS.items():
        assert key in keys
        check(getattr(made, key))
