"""Dates, hours and sizes as a French letter prints them. It converts no zone: what is given is what is written."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from publisher.french.words import DAYS, MONTHS

_NO_BREAK = "\u00a0"
_UNITS = ("ko", "Mo", "Go", "To")
_STEP = 1024  # as SPIP and the file managers of this milieu count
_WHOLE = 10


def month(key: str | date) -> str:
    """Return « novembre 2026 » for ``2026-11`` or any day of that month. Raises ``ValueError`` for another text."""
    when = key if isinstance(key, date) else date.fromisoformat(f"{key}-01")
    return f"{MONTHS[when.month - 1]} {when.year}"


def day(when: date, *, weekday: bool = True, year: bool = True) -> str:
    """Return « mardi 3 novembre 2026 », the first of a month as « 1er »."""
    named = f"{DAYS[when.weekday()]} " if weekday else ""
    number = "1er" if when.day == 1 else str(when.day)
    dated = f" {when.year}" if year else ""
    return f"{named}{number} {MONTHS[when.month - 1]}{dated}"


def clock(when: datetime) -> str:
    """Return « 9 h » or « 9 h 30 », with no-break spaces."""
    return f"{when.hour}{_NO_BREAK}h{f'{_NO_BREAK}{when.minute:02}' if when.minute else ''}"


def moment(when: datetime) -> str:
    """Return « mardi 3 novembre 2026 à 9 h »."""
    return f"{day(when)} à {clock(when)}"


def period(start: date, end: date | None = None, *, all_day: bool = False) -> str:
    """Return the shortest clear wording of a time from ``start`` to ``end``.

    « mardi 3 novembre 2026 à 9 h », « … de 9 h à 17 h 30 », « du 3 au 5 novembre 2026 », « du lundi 30 novembre
    à 9 h au … ». With ``all_day``, or plain dates, hours are not said; ``end`` of an all-day event given as a
    datetime or a date is exclusive (RFC 5545, 3.6.1).
    """
    hours = isinstance(start, datetime) and not all_day
    if not hours:
        return _days(start, None if end is None else end - timedelta(days=1) if all_day else end)
    if not isinstance(end, datetime) or end <= start:
        return moment(start)  # type: ignore[arg-type]  # hours: start is a datetime
    if start.date() == end.date():  # type: ignore[attr-defined]  # the same
        return f"{day(start)}, de {clock(start)} à {clock(end)}"  # type: ignore[arg-type]  # the same
    return f"du {day(start, year=start.year != end.year)} à {clock(start)} au {moment(end)}"  # type: ignore[arg-type]  # the same


def _days(start: date, end: date | None) -> str:
    first = (start.year, start.month, start.day)
    if end is None or (end.year, end.month, end.day) <= first:
        return day(start)
    number = "1er" if start.day == 1 else str(start.day)
    if (start.year, start.month) == (end.year, end.month):
        return f"du {number} au {day(end, weekday=False)}"
    return f"du {day(start, weekday=False, year=start.year != end.year)} au {day(end, weekday=False)}"


def size(octets: int) -> str:
    """Return « 214 ko », « 1,4 Mo », « 512 octets », with a no-break space; one figure after the comma below ten."""
    if octets < _STEP:
        return f"{octets}{_NO_BREAK}octet{'s' if octets > 1 else ''}"
    amount, unit = octets / _STEP, 0
    while round(amount) >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    figures = f"{amount:.1f}".replace(".", ",").removesuffix(",0") if round(amount, 1) < _WHOLE else f"{amount:.0f}"
    return f"{figures}{_NO_BREAK}{_UNITS[unit]}"
