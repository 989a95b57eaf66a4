"""French as people print it: dates, no-break spaces, counts, the system’s words. It knows no clock and no time zone."""

from __future__ import annotations

from publisher.french.borrowed import system, toml
from publisher.french.counting import counted, number
from publisher.french.reading import Reading, find, read
from publisher.french.typography import curled, tied, typeset
from publisher.french.words import DAYS, MONTHS
from publisher.french.writing import clock, day, moment, month, period, size

__all__ = [
    "DAYS",
    "MONTHS",
    "Reading",
    "clock",
    "counted",
    "curled",
    "day",
    "find",
    "moment",
    "month",
    "number",
    "period",
    "read",
    "size",
    "system",
    "tied",
    "toml",
    "typeset",
]
