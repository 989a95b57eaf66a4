"""French as people print it: dates read and written, no-break spaces, sizes. It knows no clock and no time zone."""

from __future__ import annotations

from publisher.french.reading import Reading, find, read
from publisher.french.typography import curled, typeset
from publisher.french.words import DAYS, MONTHS
from publisher.french.writing import clock, day, moment, month, period, size

__all__ = [
    "DAYS",
    "MONTHS",
    "Reading",
    "clock",
    "curled",
    "day",
    "find",
    "moment",
    "month",
    "period",
    "read",
    "size",
    "typeset",
]
