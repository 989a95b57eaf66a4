"""Dates as an editor writes them in the issue file: a TOML date, or French words in quotes. It guesses nothing."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import tzinfo

PARIS = ZoneInfo("Europe/Paris")

_MONTHS = (
    ("janvier", "janv"),
    ("février", "fevrier", "févr", "fevr"),
    ("mars",),
    ("avril", "avr"),
    ("mai",),
    ("juin",),
    ("juillet", "juil"),
    ("août", "aout"),
    ("septembre", "sept"),
    ("octobre", "oct"),
    ("novembre", "nov"),
    ("décembre", "decembre", "déc", "dec"),
)
_NUMBERS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_WEEKDAY = r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s+)?"
_HOUR = r"(?:(?:\s*,?\s*(?:à|a|-|–)?\s*)(?P<hour>\d{1,2})\s*(?:h|:)\s*(?P<minute>\d{2})?)?"
_WORDS = re.compile(
    rf"{_WEEKDAY}(?:le\s+)?(?P<day>\d{{1,2}})(?:er)?\s+(?P<month>[^\W\d]+)\.?\s+(?P<year>\d{{4}}){_HOUR}", re.IGNORECASE
)
_FIGURES = re.compile(rf"{_WEEKDAY}(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})/(?P<year>\d{{4}}){_HOUR}", re.IGNORECASE)


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


def _read(text: str, zone: tzinfo) -> datetime | None:
    text = re.sub(r"[\s\u00a0\u202f]+", " ", text).strip()
    try:
        return moment(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    match = _WORDS.fullmatch(text) or _FIGURES.fullmatch(text)
    if match is None:
        return None
    month = match["month"].lower()
    number = int(month) if month.isdigit() else _NUMBERS.get(month, 0)
    try:
        return datetime(
            int(match["year"]),
            number,
            int(match["day"]),
            int(match["hour"] or 0),
            int(match["minute"] or 0),
            tzinfo=zone,
        )
    except ValueError:
        return None
