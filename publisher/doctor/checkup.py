"""One thing looked at, and what came of it. A frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_STRING = 255
"""Octets of one string of a TXT record (RFC 1035, 3.3)."""


class Verdict(StrEnum):
    """``GOOD``, ``DOUBTFUL`` (a person should look), ``BAD`` (mail will be lost or refused), ``UNKNOWN`` (not seen)."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A DNS record to publish: ``value`` is for the field of a registrar's page, as it is."""

    name: str
    kind: str
    value: str

    @property
    def line(self) -> str:
        """Return the record as a zone file writes it; a text that is too long for one string is several."""
        value = self.value
        if self.kind == "TXT":
            value = " ".join(f'"{value[at : at + _STRING]}"' for at in range(0, len(value), _STRING))
        return f"{self.name}. IN {self.kind} {value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """``name`` is stable, for programs; ``text`` says what was seen and ``remedy`` what to do, both in French.

    ``record`` is what to publish in the DNS, where that is the remedy.
    """

    name: str
    verdict: Verdict
    text: str
    remedy: str = ""
    record: Record | None = None


def good(name: str, text: str) -> Checkup:
    """Return a checkup without anything to do."""
    return Checkup(name=name, verdict=Verdict.GOOD, text=text)


def bad(name: str, text: str, remedy: str, record: Record | None = None) -> Checkup:
    """Return a checkup of what loses mail."""
    return Checkup(name=name, verdict=Verdict.BAD, text=text, remedy=remedy, record=record)


def doubtful(name: str, text: str, remedy: str, record: Record | None = None) -> Checkup:
    """Return a checkup of what a person should look at."""
    return Checkup(name=name, verdict=Verdict.DOUBTFUL, text=text, remedy=remedy, record=record)


def unknown(name: str, text: str, remedy: str) -> Checkup:
    """Return a checkup of what could not be seen."""
    return Checkup(name=name, verdict=Verdict.UNKNOWN, text=text, remedy=remedy)
