"""Dates as French sites print them. It reads what is written and never guesses a missing year, hour or zone.

Own tables instead of dateparser: these few forms, read exactly, with no date invented from a lone number, and nothing
heavy to import.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from publisher.french.words import DAYS, MONTHS, SHORT_DAYS, SHORT_MONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A date as it was written, between ``start`` and ``end`` of the text.

    ``day`` is 0 for a month alone, ``hour`` and ``minute`` are ``None`` when no time stands there. ``doubtful`` is
    true when the name of the day is not that of the date.
    """

    year: int
    month: int
    day: int = 0
    hour: int | None = None
    minute: int | None = None
    doubtful: bool = False
    start: int = 0
    end: int = 0

    @property
    def date(self) -> date:
        """Return the day, or the first of the month when the month stands alone."""
        return date(self.year, self.month, self.day or 1)

    def at(self, zone: tzinfo) -> datetime:
        """Return the moment in ``zone``, midnight when no time stands there."""
        return datetime(self.year, self.month, self.day or 1, self.hour or 0, self.minute or 0, tzinfo=zone)


def _bare(text: str) -> str:
    """Return the text in lower case without accents, one character for one, so that places in it stay true."""
    found = []
    for char in text:
        base = unicodedata.normalize("NFD", char)[0].lower()
        found.append(base if len(base) == 1 else char)
    return "".join(found)


_BLANK = r"[\s\u00a0\u202f]"
_MONTH_NUMBERS = {_bare(name): number for number, name in enumerate(MONTHS, start=1)} | SHORT_MONTHS
_DAY_NUMBERS = {name: number for number, name in enumerate(DAYS)} | {
    name: number for number, name in enumerate(SHORT_DAYS)
}


def _one_of(names: dict[str, int]) -> str:
    # text out of a PDF may have its accents apart (NFD): a mark may follow the vowel
    spelled = (re.sub("[eu]", "\\g<0>[\u0300-\u036f]?", name) for name in sorted(names, key=len, reverse=True))
    return "|".join(spelled)


_MARKS = re.compile("[\u0300-\u036f]")


_WEEKDAY = rf"(?:(?P<weekday>{_one_of(_DAY_NUMBERS)})\b\.?,?{_BLANK}+(?:le{_BLANK}+)?)?"
_TIME = (
    rf"(?:{_BLANK}*(?:[-–—,|]|{_BLANK}a{_BLANK}|{_BLANK}de{_BLANK}|{_BLANK}des{_BLANK}){_BLANK}*|{_BLANK}+)"
    rf"(?P<hour>[01]?\d|2[0-3])"
    rf"(?::(?P<colon>[0-5]\d)(?::[0-5]\d)?|{_BLANK}?(?:heures?|h)\b(?:{_BLANK}?(?P<minute>[0-5]\d))?|{_BLANK}?h(?P<joined>[0-5]\d))"
    rf"(?![\d:])"
)
_WORDS = re.compile(
    rf"(?<![\w/]){_WEEKDAY}(?:(?P<day>0?[1-9]|[12]\d|3[01])(?:{_BLANK}?er|\u1d49\u02b3)?{_BLANK}+)?"
    rf"(?P<month>{_one_of(_MONTH_NUMBERS)})\b\.?{_BLANK}+(?P<year>(?:19|20)\d\d)(?!\d)(?:{_TIME})?"
)
_FIGURES = re.compile(
    rf"(?<![\w/.-]){_WEEKDAY}(?P<day>0?[1-9]|[12]\d|3[01])(?P<mark>[/.-])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
    rf"(?P<year>(?:19|20)\d\d)(?![\d/]|[.-]\d)(?:{_TIME})?"
)
_ISO = re.compile(
    r"(?<![\w/.-])(?P<weekday>)(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\d/-])"
    # a time with an offset or in UTC is no local time: it is for the reader of feeds, not for this one
    r"(?:(?:t| )(?P<hour>[01]\d|2[0-3]):(?P<colon>[0-5]\d)(?::[0-5]\d)?(?![\w:.+-])(?P<minute>)(?P<joined>)|(?!t\d))"
)


def find(text: str) -> tuple[Reading, ...]:
    """Return every date of the text in its order: days with and without hours, months with their year.

    Forms: ``9 janvier 2018``, ``1er mars 2021``, ``Lundi 16 juillet 2018 - 16:30``, ``08/08/2018 - 16:10``,
    ``2018-07-16``, ``juillet 2018``, in any case, with or without accents, times as ``16:30``, ``16h30``, ``16 h``.
    A date that no calendar has (31 June) is left out.
    """
    bare = _bare(text)
    found = (reading for form in (_WORDS, _FIGURES, _ISO) for match in form.finditer(bare) if (reading := _read(match)))
    return tuple(sorted(found, key=lambda reading: reading.start))


def read(text: str) -> Reading | None:
    """Return the date that the whole text is, blanks aside, or ``None``."""
    shown = text.strip()
    for reading in find(shown):
        if (reading.start, reading.end) == (0, len(shown)):
            return reading
    return None


def _read(match: re.Match[str]) -> Reading | None:
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTH_NUMBERS[_MARKS.sub("", month)]
    minute = match["colon"] or match["minute"] or match["joined"]
    hour = int(match["hour"]) if match["hour"] else None
    try:
        reading = Reading(
            year=int(match["year"]),
            month=number,
            day=int(match["day"] or 0),
            hour=hour,
            minute=None if hour is None else int(minute or 0),
            start=match.start(),
            end=match.end(),
        )
        weekday = reading.date.weekday()
    except ValueError:
        return None
    if match["weekday"] and reading.day and _DAY_NUMBERS[match["weekday"]] != weekday:
        return Reading(**{name: getattr(reading, name) for name in Reading.__slots__} | {"doubtful": True})
    return reading
