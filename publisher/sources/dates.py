"""Dates as feeds and pages write them for machines; French prose dates are ``french``'s. It knows no clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from publisher import french

if TYPE_CHECKING:
    from datetime import tzinfo

# Zones by name: RFC 822 knows the American ones only, and feedparser reads CEST as UTC.
_ZONES = {
    "CEST": "+0200",
    "CET": "+0100",
    "MEST": "+0200",
    "MET": "+0100",
    "WEST": "+0100",
    "WET": "+0000",
    "Z": "+0000",
}
_ZONE = re.compile(r"\b(" + "|".join(_ZONES) + r")$")
_OFFSET = re.compile(r"([+-]\d{2}):(\d{2})$")
# RFC 822 dates that were put through a French locale: « mar., 06 oct. 2026 », « Lun 5 Oct 2026 ».
_FRENCH_MONTHS = (
    ("janv", "Jan"), ("févr", "Feb"), ("fevr", "Feb"), ("fév", "Feb"), ("fev", "Feb"), ("mars", "Mar"),
    ("avril", "Apr"), ("avr", "Apr"), ("mai", "May"), ("juin", "Jun"), ("juil", "Jul"), ("août", "Aug"),
    ("aout", "Aug"), ("sept", "Sep"), ("déc", "Dec"), ("dec", "Dec"), ("oct", "Oct"), ("nov", "Nov"),
)  # fmt: skip
_RFC = re.compile(
    r"^(?:[^\W\d_]+\.?,?\s+)?(?P<day>\d{1,2})\s+(?P<month>[^\W\d_]+)\.?\s+(?P<rest>\d{2,4}\b.*)$", re.DOTALL
)
# What a well-kept feed writes (RFC 822 as RFC 1123 has it), read here since the standard library takes its time.
_USUAL = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([12]\d{3}) "
    r"(\d{2}):(\d{2}):(\d{2}) (?:GMT|(?!-00:?00)([+-])(\d{2}):?([0-5]\d))"
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")  # noqa: SIM905 - a table reads best on one line
_FARTHEST = timedelta(hours=15)
_ISO = re.compile(r"^\d{4}-\d{2}(?:-\d{2})?")
_LONGEST = 80  # characters: what is longer is no date
_YEARS = range(1970, 2101)


_RANGE = re.compile(
    r"\b(?P<first>\d{1,2}(?:er)?)(?P<month>\s+[^\W\d_]{3,9}\.?)?(?P<joint>\s*(?:au|et|-|–)\s*)"
    r"(?P<rest>(?:[^\W\d_]{5,8}\s+)?\d{1,2}(?:er)?(?P<last>\s+[^\W\d_]{3,9}\.?)(?P<year>\s+\d{4}))\b"
)


def spelled_out(text: str) -> str:
    """Return text whose ranges name month and year on both sides: « du 3 au 5 novembre 2026 » says both only once."""
    return _RANGE.sub(
        lambda found: (
            f"{found['first']}{found['month'] or found['last']}{found['year']}{found['joint']}{found['rest']}"
        ),
        text,
    )


def any_date(text: str, zone: tzinfo) -> datetime | None:
    """Return the time that machine text means, or else the day that the whole text is in French."""
    found = machine_date(text, zone) if text else None
    if found is not None or not text:
        return found
    read = french.read(text[:_LONGEST])
    return read.at(zone) if read is not None and read.day and read.year in _YEARS else None


def machine_date(text: str, zone: tzinfo) -> datetime | None:
    """Return the aware time that RFC 822, RFC 3339 or ISO 8601 text means, ``None`` when it is none of them.

    The time is given in ``zone``; text without a zone is in it. A day alone is its midnight; a date
    that no site can mean (1890, 9999) is none.
    """
    text = " ".join(text[:_LONGEST].split())
    if not text:
        return None
    found = _iso(text) if _ISO.match(text) else _rfc822(text)
    if found is None or found.year not in _YEARS:
        return None
    return found.astimezone(zone) if found.tzinfo is not None else found.replace(tzinfo=zone)


def _iso(text: str) -> datetime | None:
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text = f"{text}-01"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:  # W3C-DTF in the wild: a space before the zone, five digits of a second, words after the day
        return datetime.combine(date.fromisoformat(text[:10]), time())
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    usual = _USUAL.fullmatch(text)
    if usual:
        return _of_usual(usual)
    text = _OFFSET.sub(r"\1\2", text)
    text = _ZONE.sub(lambda found: _ZONES[found[1]], text)
    shape = _RFC.match(text)
    if shape:
        month = shape["month"].lower()
        english = next((to for start, to in _FRENCH_MONTHS if month.startswith(start)), shape["month"])
        text = f"{shape['day']} {english} {shape['rest']}"
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    offset = found.utcoffset()
    if offset is not None and abs(offset) >= _FARTHEST:
        return None
    return found if offset is None else found.replace(tzinfo=timezone(offset))


def _of_usual(found: re.Match[str]) -> datetime | None:
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= _FARTHEST:
        return None
    zone = timezone(-offset if sign == "-" else offset)
    try:
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError:
        return None
