"""When each month's letter is drafted and sent, decided from stored marks and a given time. It reads no clock.

It does nothing either: ``due`` says what is to be done now, its caller does it and writes the mark.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from publisher import french

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from publisher.protocols import Mark

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_KEY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_LONGEST_MONTH = 31
_SATURDAY = 5
_LOOK_BACK = 24
"""Months. What was missed longer ago is history, and a clock that jumped must not unroll centuries."""


def holidays(year: int) -> frozenset[date]:
    """Return the eleven French public holidays of a year (Code du travail, L3133-1; the mainland's)."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(
        [*(date(year, month, day) for month, day in fixed), *(easter + timedelta(days=days) for days in moving)]
    )


def _day_of(rule: str, year: int, month: int) -> date:
    words = rule.lower().split()
    last = calendar.monthrange(year, month)[1]
    days = [date(year, month, number) for number in range(1, last + 1)]
    match words:
        case [number] if number.isdecimal() and 1 <= int(number) <= _LONGEST_MONTH:
            return days[min(int(number), last) - 1]
        case ["last", "day"]:
            return days[-1]
        case [("first" | "last") as which, "working", "day"]:
            off = holidays(year)
            working = [day for day in days if day.weekday() < _SATURDAY and day not in off]
            return working[_ORDINALS[which]]
        case [which, weekday] if which in _ORDINALS and weekday in _WEEKDAYS:
            return [day for day in days if day.weekday() == _WEEKDAYS.index(weekday)][_ORDINALS[which]]
        case _:
            raise ValueError(
                f"« {rule} » n’est pas compris. Attendu, par exemple : « first tuesday », "
                "« last friday », « last working day », « last day » ou « 15 »."
            )


def _time_of(text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError(f"« {text} » n’est pas une heure. Attendu : HH:MM, par exemple 09:00.")
    return time(int(found[1]), int(found[2]))


def _easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian algorithm of Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _between(least: int, most: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValueError(f"« {value} » est hors limites. Attendu\u00a0: de {least} à {most}.")

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[schedule]``: one letter a month.

    ``send_on``: ``first tuesday`` (to ``fourth``, and ``last``), ``first working day``, ``last working day`` (French
    public holidays are none), ``last day``, or a number, the month's last day where that day is missing.
    ``send_at``: local time. ``draft_days_before``, ``remind_days_before``: days before the sending, at the same time.
    ``late``: what becomes of a sending that was due while the programme did not run: ``catch-up`` sends it within
    ``late_hours``, ``report`` only says so. ``grace_minutes`` late is still in time.
    Raises ``ValueError`` in French for values that mean nothing.
    """

    send_on: str = "first tuesday"
    send_at: str = "09:00"
    draft_days_before: int = 7
    remind_days_before: int = 1
    late: Literal["catch-up", "report"] = "catch-up"
    late_hours: int = 48
    grace_minutes: int = 60

    CHECKS: ClassVar[Mapping[str, Callable[[Any], object]]] = {
        "send_on": lambda rule: _day_of(rule, 2026, 1),
        "send_at": _time_of,
        "draft_days_before": _between(0, 28),
        "remind_days_before": _between(0, 28),
        "late_hours": _between(0, 600),
        "grace_minutes": _between(1, 24 * 60),
    }
    """What no type says, by key: each raises ``ValueError`` in French. The configuration runs all of them."""

    def __post_init__(self) -> None:
        """Run the checks."""
        for key, check in self.CHECKS.items():
            try:
                check(getattr(self, key))
            except ValueError as error:
                raise ValueError(f"« {key} »\u00a0: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One month's times, aware. The issue's key is the month of ``send_at``, whenever it is drafted."""

    issue: str
    draft_at: datetime
    remind_at: datetime
    send_at: datetime


class Step(StrEnum):
    """What there is to do. The value is the mark (``protocols.Mark.action``) to write once it is done."""

    DRAFT = "drafted"
    REMIND = "reminded"
    """It leaves soon and nobody has approved it."""
    OVERDUE = "overdue"
    """Its time has come and nobody has approved it; it can still be caught up."""
    SEND = "sent"
    MISSED = "reported"
    """Its time is over; a person decides."""


APPROVED = "approved"
SENDING = "sending"
"""A sending that has begun is carried to its end, however late it gets; writing this mark is up to the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do now. ``late`` is the time since it was due, ``text`` the sentence for a person."""

    step: Step
    occurrence: Occurrence
    late: timedelta
    text: str

    @property
    def issue(self) -> str:
        """Return the issue's key."""
        return self.occurrence.issue


def occurrence(settings: Settings, zone: ZoneInfo, key: str) -> Occurrence:
    """Return the times of one issue (``YYYY-MM``). Raises ``ValueError`` for a key of another form."""
    found = _KEY.fullmatch(key)
    if not found:
        raise ValueError(f"« {key} » n’est pas une clé de numéro. Attendu : AAAA-MM, par exemple 2026-11.")
    day = _day_of(settings.send_on, int(found[1]), int(found[2]))
    at = _time_of(settings.send_at)
    return Occurrence(
        issue=key,
        draft_at=local(day - timedelta(days=settings.draft_days_before), at, zone),
        remind_at=local(day - timedelta(days=settings.remind_days_before), at, zone),
        send_at=local(day, at, zone),
    )


def occurrences(settings: Settings, zone: ZoneInfo, after: datetime, count: int) -> tuple[Occurrence, ...]:
    """Return the next ``count`` occurrences whose sending lies after ``after``, soonest first."""
    found: list[Occurrence] = []
    month = _month(after.astimezone(zone))
    while len(found) < count:
        one = occurrence(settings, zone, _key(month))
        if one.send_at > after:
            found.append(one)
        month += 1
    return tuple(found)


def due(settings: Settings, zone: ZoneInfo, state: Iterable[Mark], now: datetime) -> tuple[Action, ...]:
    """Return what is to be done at ``now``, oldest issue first, at most one step an issue.

    ``state`` is every mark written so far. A step stays due until its mark is there, so a tick that failed is tried
    again at the next, and one whose mark is there is never due again, whatever the clock does. Nothing is sent before
    its time, nor without the mark ``approved``.
    """
    marks = tuple(state)
    actions: list[Action] = []
    for key in _in_play(settings, zone, marks, now):
        times = occurrence(settings, zone, key)
        done = frozenset(mark.action for mark in marks if mark.issue == key)
        step = _step(settings, times, done, now)
        if step is not None and step not in done:
            since = {Step.DRAFT: times.draft_at, Step.REMIND: times.remind_at}.get(step, times.send_at)
            said = _sentence(step, times, APPROVED in done, settings)
            actions.append(Action(step=step, occurrence=times, late=now - since, text=said))
    return tuple(actions)


def local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return that local time: the first of two equal hours, the next existing minute of a missing one."""
    when = datetime.combine(day, at.replace(fold=0))
    while True:
        placed = when.replace(tzinfo=zone)
        if placed.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == when:
            return placed
        when += timedelta(minutes=1)


def _step(settings: Settings, times: Occurrence, done: frozenset[str], now: datetime) -> Step | None:
    """Return the step that this issue is at, done or not."""
    approved = APPROVED in done
    if Step.SEND in done or SENDING in done:
        return None if Step.SEND in done else Step.SEND
    wanted = Step.DRAFT if not approved and Step.DRAFT not in done else None
    if now < times.draft_at:
        return None
    if now < times.send_at:
        return wanted or (Step.REMIND if not approved and now >= times.remind_at else None)
    late = now - times.send_at
    in_time = late <= timedelta(minutes=settings.grace_minutes)
    if in_time or (settings.late == "catch-up" and late <= timedelta(hours=settings.late_hours)):
        return Step.SEND if approved else wanted or Step.OVERDUE
    return Step.MISSED


def _in_play(settings: Settings, zone: ZoneInfo, marks: tuple[Mark, ...], now: datetime) -> Iterator[str]:
    """Yield the keys of issues that may have something to do.

    An issue that bears no mark counts when the programme was already at work as it was to be drafted, or when its time
    is still to come: a new publication is not told of letters that it never had. One older than the last one sent is
    over, unless it was approved or has begun.
    """
    first = min((mark.at for mark in marks), default=None)
    last_sent = max((mark.issue for mark in marks if mark.action == Step.SEND), default="")
    wanted = {mark.issue for mark in marks if mark.action in {APPROVED, SENDING}}
    known = {mark.issue for mark in marks}
    this = _month(now.astimezone(zone))
    oldest = max(this - _LOOK_BACK, min([this, *(_month(mark.at.astimezone(zone)) for mark in marks)]))
    for month in range(oldest - 1, this + 2):
        key = _key(month)
        if key in wanted:
            yield key
        elif key > last_sent:
            times = occurrence(settings, zone, key)
            if key in known or times.send_at > now or (first is not None and times.draft_at >= first):
                yield key


def _sentence(step: Step, times: Occurrence, approved: bool, settings: Settings) -> str:
    name = french.month(times.issue)
    when = french.moment(times.send_at)
    match step:
        case Step.DRAFT:
            return f"Numéro de {name}\u00a0: c’est le moment de le préparer, il part {when}."
        case Step.REMIND:
            return (
                f"Le numéro de {name} part {when} et n’est pas approuvé. "
                f"Relisez-le, puis\u00a0: publisher approve {times.issue}"
            )
        case Step.OVERDUE:
            until = french.moment(times.send_at + _window(settings))
            return (
                f"Le numéro de {name} devait partir {when} et n’est pas approuvé\u00a0: rien n’est envoyé. Approuvé "
                f"avant {until}, il partira aussitôt\u00a0: publisher approve {times.issue}"
            )
        case Step.SEND:
            return f"Numéro de {name}\u00a0: approuvé, il part."
    why = "le programme ne tournait pas" if approved else "il n’était pas approuvé"
    first = "" if approved else f"publisher approve {times.issue}, puis "
    return (
        f"Le numéro de {name} devait partir {when} et n’est pas parti\u00a0: {why}. "
        f"Pour l’envoyer quand même\u00a0: {first}publisher send {times.issue}"
    )


def _window(settings: Settings) -> timedelta:
    grace = timedelta(minutes=settings.grace_minutes)
    return max(grace, timedelta(hours=settings.late_hours)) if settings.late == "catch-up" else grace


def _month(when: datetime) -> int:
    return when.year * 12 + when.month - 1


def _key(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"
