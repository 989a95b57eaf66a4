"""Dates as an editor writes them in the issue file: a TOML date, or French words in quotes. It guesses nothing."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from publisher import french

if TYPE_CHECKING:
    from datetime import tzinfo

PARIS = ZoneInfo("Europe/Paris")


def moment(value: object, zone: tzinfo) -> datetime | None:
    """Return the aware time that ``value`` says, ``None`` when it says none. A date alone is midnight in ``zone``."""
    if isinstance(value, str):
        return _read(value, zone)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=zone)
    return None


def day(value: object, zone: tzinfo) -> date | None:
    """Return the day that ``value`` says, ``None`` when it says none. The hour of a time in another zone counts."""
    told = moment(value, zone)
    return told.astimezone(zone).date() if told else None


def doubtful(value: object) -> bool:
    """Say whether the name of the day in a French date is not that of its date."""
    reading = french.read(value) if isinstance(value, str) else None
    return reading is not None and reading.doubtful


def _read(text: str, zone: tzinfo) -> datetime | None:
    try:
        return moment(datetime.fromisoformat(text.strip()), zone)
    except ValueError:
        reading = french.read(text)
    return reading.at(zone) if reading and reading.day and not reading.doubtful else None
