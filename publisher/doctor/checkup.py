"""One thing looked at, and what came of it. A frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """``GOOD``, ``DOUBTFUL`` (a person should look), ``BAD`` (mail will be lost or refused), ``UNKNOWN`` (not seen)."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """``name`` is stable, for programs; ``text`` says what was seen and ``remedy`` what to do, both in French."""

    name: str
    verdict: Verdict
    text: str
    remedy: str = ""


def good(name: str, text: str) -> Checkup:
    """Return a checkup without anything to do."""
    return Checkup(name=name, verdict=Verdict.GOOD, text=text)


def bad(name: str, text: str, remedy: str) -> Checkup:
    """Return a checkup of what loses mail."""
    return Checkup(name=name, verdict=Verdict.BAD, text=text, remedy=remedy)


def doubtful(name: str, text: str, remedy: str) -> Checkup:
    """Return a checkup of what a person should look at."""
    return Checkup(name=name, verdict=Verdict.DOUBTFUL, text=text, remedy=remedy)


def unknown(name: str, text: str, remedy: str) -> Checkup:
    """Return a checkup of what could not be seen."""
    return Checkup(name=name, verdict=Verdict.UNKNOWN, text=text, remedy=remedy)
