"""What is due when: the calendar's rules, the clocks' oddities, and what holds over years of ticks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.protocols import Mark
from publisher.timetable import (
    APPROVED,
    SENDING,
    Occurrence,
    Settings,
    Step,
    due,
    holidays,
    local,
    occurrence,
    occurrences,
)

PARIS = ZoneInfo("Europe/Paris")
USUAL = Settings()
RULES = st.sampled_from(
    ["first tuesday", "second monday", "last friday", "first working day", "last working day", "last day"]
    + [str(number) for number in range(1, 32)]
)
SETTINGS = st.builds(
    Settings,
    send_on=RULES,
    send_at=st.sampled_from(["00:00", "02:30", "09:00", "23:59"]),
    draft_days_before=st.integers(0, 28),
    remind_days_before=st.integers(0, 5),
    late=st.sampled_from(["catch-up", "report"]),
    late_hours=st.sampled_from([0, 6, 48, 300]),
)


def paris(*parts: int, fold: int = 0) -> datetime:
    """Return a time in Paris."""
    return datetime(*parts, tzinfo=PARIS, fold=fold)  # type: ignore[misc,arg-type]  # a row of numbers


def mark(issue: str, action: str, at: datetime | None = None) -> Mark:
    """Return a mark, by default written as the issue of November 2026 is to be drafted."""
    return Mark(issue=issue, action=action, at=at or paris(2026, 10, 27, 9))


def steps(state: tuple[Mark, ...], now: datetime, settings: Settings = USUAL) -> list[tuple[str, Step]]:
    """Return what is due as (issue, step) pairs."""
    return [(action.issue, action.step) for action in due(settings, PARIS, state, now)]


# the calendar


@pytest.mark.parametrize(
    ("rule", "month", "day"),
    [
        ("first tuesday", "2026-11", 3),
        ("First Tuesday", "2026-12", 1),
        ("second monday", "2026-11", 9),
        ("third wednesday", "2026-11", 18),
        ("fourth thursday", "2026-11", 26),
        ("last friday", "2026-11", 27),
        ("last friday", "2027-02", 26),
        ("last working day", "2026-10", 30),
        ("last working day", "2026-11", 30),
        ("last working day", "2029-03", 30),
        ("last working day", "2032-05", 31),
        ("first working day", "2026-01", 2),
        ("first working day", "2026-05", 4),
        ("first working day", "2026-11", 2),
        ("last day", "2028-02", 29),
        ("15", "2026-11", 15),
        ("31", "2026-11", 30),
        ("31", "2027-02", 28),
        ("30", "2028-02", 29),
        ("31", "2026-12", 31),
        ("1", "2026-12", 1),
    ],
)
def test_day_of_the_month(rule: str, month: str, day: int) -> None:
    """Each rule names the expected day, the month's last where a number is missing; holidays are no working days."""
    assert occurrence(Settings(send_on=rule), PARIS, month).send_at.date() == date.fromisoformat(f"{month}-{day:02}")


def test_french_holidays() -> None:
    """The eleven public holidays of 2026 and the moving ones of other years are those of the official calendar."""
    assert sorted(day.isoformat()[5:] for day in holidays(2026)) == [
        "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25",
    ]  # fmt: skip
    for monday in (date(2024, 4, 1), date(2025, 4, 21), date(2027, 3, 29), date(2038, 4, 26), date(2285, 3, 23)):
        assert monday in holidays(monday.year)


def test_times_of_one_issue() -> None:
    """The draft is a week before the sending, the reminder the day before, all at the same local time."""
    assert occurrence(USUAL, PARIS, "2026-11") == Occurrence(
        issue="2026-11",
        draft_at=paris(2026, 10, 27, 9),
        remind_at=paris(2026, 11, 2, 9),
        send_at=paris(2026, 11, 3, 9),
    )


def test_local_time_survives_the_clock_change() -> None:
    """A draft before and a sending after the change of clocks are both at nine local time, an hour apart in UTC."""
    times = occurrence(Settings(send_on="first tuesday", draft_days_before=14), PARIS, "2026-11")
    assert (times.draft_at.hour, times.send_at.hour) == (9, 9)
    assert (times.draft_at.astimezone(UTC).hour, times.send_at.astimezone(UTC).hour) == (7, 8)


def test_issue_is_the_month_of_sending() -> None:
    """A letter drafted in October and sent in November is November's."""
    times = occurrence(USUAL, PARIS, "2026-11")
    assert times.draft_at.month == 10
    assert due(USUAL, PARIS, (), times.draft_at)[0].issue == "2026-11"


def test_next_occurrences() -> None:
    """The next occurrences start after the given time, one a month, over the year's end."""
    found = occurrences(USUAL, PARIS, paris(2026, 11, 3, 9), 3)
    assert [one.issue for one in found] == ["2026-12", "2027-01", "2027-02"]
    assert occurrences(USUAL, PARIS, paris(2026, 11, 3, 8, 59), 1)[0].issue == "2026-11"
    assert occurrences(USUAL, PARIS, paris(2026, 11, 3), 0) == ()


@given(SETTINGS, st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(PARIS)))  # noqa: DTZ001 - Hypothesis adds the zone
def test_one_a_month_in_its_month(settings: Settings, after: datetime) -> None:
    """Over any years there is exactly one sending a month, within it, at the set time or the next that exists."""
    found = occurrences(settings, PARIS, after, 14)
    assert all(one.issue == f"{one.send_at:%Y-%m}" for one in found)
    numbers = [int(one.issue[:4]) * 12 + int(one.issue[5:]) for one in found]
    assert numbers == list(range(numbers[0], numbers[0] + 14))
    assert all(one.draft_at <= one.send_at for one in found)
    assert all(one.send_at > after for one in found)
    assert all(f"{one.send_at:%H:%M}" in {settings.send_at, "03:00"} for one in found)


# the clocks


def test_missing_hour_gives_the_next_minute_that_exists() -> None:
    """On the night that skips from two to three, 02:30 becomes 03:00, once."""
    assert local(date(2026, 3, 29), time(2, 30), PARIS) == paris(2026, 3, 29, 3, 0)
    times = occurrence(Settings(send_on="last day", send_at="02:30"), PARIS, "2026-03")
    assert times.send_at == paris(2026, 3, 31, 2, 30)
    assert occurrence(Settings(send_on="29", send_at="02:30"), PARIS, "2026-03").send_at == paris(2026, 3, 29, 3, 0)


def test_doubled_hour_gives_the_first() -> None:
    """On the night that has two o'clock twice, 02:30 is the first of the two; an hour later nothing comes again."""
    settings = Settings(send_on="25", send_at="02:30")
    times = occurrence(settings, PARIS, "2026-10")
    assert times.send_at.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    state = (mark("2026-10", Step.DRAFT), mark("2026-10", APPROVED))
    first, second = paris(2026, 10, 25, 2, 30), paris(2026, 10, 25, 2, 30, fold=1)
    assert steps(state, first, settings) == [("2026-10", Step.SEND)]
    sent = (*state, mark("2026-10", Step.SEND, first))
    assert steps(sent, second, settings) == []


def test_a_day_that_a_zone_skipped() -> None:
    """Where a whole day is missing (Samoa, 30 December 2011), its time becomes the first minute of the next."""
    samoa = ZoneInfo("Pacific/Apia")
    assert local(date(2011, 12, 30), time(9), samoa) == datetime(2011, 12, 31, tzinfo=samoa)


def test_now_in_another_zone_is_the_same_now() -> None:
    """A clock that tells UTC makes the same decisions as one that tells local time."""
    state = (mark("2026-11", APPROVED),)
    now = paris(2026, 11, 3, 9)
    assert due(USUAL, PARIS, state, now) == due(USUAL, PARIS, state, now.astimezone(UTC))


# one issue's way


def test_an_issue_on_its_way() -> None:
    """Draft a week before, remind the day before, send when approved and its time has come, each once."""
    state: tuple[Mark, ...] = ()
    assert steps(state, paris(2026, 10, 27, 8, 59)) == []
    assert steps(state, paris(2026, 10, 27, 9)) == [("2026-11", Step.DRAFT)]
    state += (mark("2026-11", Step.DRAFT, paris(2026, 10, 27, 9)),)
    assert steps(state, paris(2026, 10, 28, 9)) == []
    assert steps(state, paris(2026, 11, 2, 9)) == [("2026-11", Step.REMIND)]
    state += (mark("2026-11", Step.REMIND, paris(2026, 11, 2, 9)),)
    assert steps(state, paris(2026, 11, 2, 10)) == []
    state += (mark("2026-11", APPROVED, paris(2026, 11, 2, 17)),)
    assert steps(state, paris(2026, 11, 3, 8, 59)) == []
    assert steps(state, paris(2026, 11, 3, 9)) == [("2026-11", Step.SEND)]
    state += (mark("2026-11", Step.SEND, paris(2026, 11, 3, 9)),)
    assert steps(state, paris(2026, 11, 3, 9, 1)) == []
    assert steps(state, paris(2026, 11, 24, 9)) == [("2026-12", Step.DRAFT)]


def test_never_sent_without_approval() -> None:
    """At its time an issue that nobody approved is told of once and not sent; approved in time, it leaves late."""
    state: tuple[Mark, ...] = (mark("2026-11", Step.DRAFT),)
    assert steps(state, paris(2026, 11, 3, 9)) == [("2026-11", Step.OVERDUE)]
    state += (mark("2026-11", Step.OVERDUE),)
    assert steps(state, paris(2026, 11, 3, 12)) == []
    state += (mark("2026-11", APPROVED),)
    assert steps(state, paris(2026, 11, 3, 15)) == [("2026-11", Step.SEND)]


def test_an_issue_approved_by_hand_needs_no_draft() -> None:
    """An issue that a person wrote and approved is not drafted over, and leaves at its time."""
    state = (mark("2026-11", APPROVED),)
    assert steps(state, paris(2026, 10, 30)) == []
    assert steps(state, paris(2026, 11, 2, 9)) == []
    assert steps(state, paris(2026, 11, 3, 9)) == [("2026-11", Step.SEND)]


@pytest.mark.parametrize(
    ("late", "hours", "after", "expected"),
    [
        ("catch-up", 48, timedelta(minutes=5), Step.SEND),
        ("catch-up", 48, timedelta(hours=48), Step.SEND),
        ("catch-up", 48, timedelta(hours=48, minutes=1), Step.MISSED),
        ("catch-up", 0, timedelta(minutes=60), Step.SEND),
        ("catch-up", 0, timedelta(minutes=61), Step.MISSED),
        ("report", 48, timedelta(minutes=60), Step.SEND),
        ("report", 48, timedelta(minutes=61), Step.MISSED),
    ],
)
def test_what_was_missed(late: Literal["catch-up", "report"], hours: int, after: timedelta, expected: Step) -> None:
    """A sending missed while the programme was off is caught up within its hours, or reported, as configured."""
    settings = Settings(late=late, late_hours=hours)
    state = (mark("2026-11", Step.DRAFT), mark("2026-11", APPROVED))
    (action,) = due(settings, PARIS, state, paris(2026, 11, 3, 9) + after)
    assert (action.step, action.late) == (expected, after)


def test_missed_is_reported_once_and_never_sent() -> None:
    """Once its window is over an issue is reported a single time, and approving it later sends nothing by itself."""
    state: tuple[Mark, ...] = (mark("2026-11", Step.DRAFT),)
    after = paris(2026, 11, 6)
    assert steps(state, after) == [("2026-11", Step.MISSED)]
    state += (mark("2026-11", Step.MISSED),)
    assert steps(state, after) == []
    assert steps((*state, mark("2026-11", APPROVED)), after) == []


def test_a_sending_that_began_is_finished_however_late() -> None:
    """A sending interrupted by a quota stays due after its window, until it is done."""
    state = (mark("2026-11", APPROVED), mark("2026-11", SENDING))
    assert steps(state, paris(2026, 11, 20)) == [("2026-11", Step.SEND)]
    assert steps((*state, mark("2026-11", Step.SEND)), paris(2026, 11, 20)) == []


def test_a_tick_that_failed_is_due_again() -> None:
    """Without its mark a step stays due, so a failed draft or sending is tried at the next tick."""
    state = (mark("2026-11", APPROVED),)
    assert steps(state, paris(2026, 11, 3, 9)) == steps(state, paris(2026, 11, 3, 9, 1)) == [("2026-11", Step.SEND)]


def test_a_late_draft_comes_before_the_report() -> None:
    """A programme that was off the whole week still drafts, then says that approval is missing."""
    state = (mark("2026-10", Step.SEND, paris(2026, 10, 6, 9)),)
    now = paris(2026, 11, 3, 14)
    assert steps(state, now) == [("2026-11", Step.DRAFT)]
    assert steps((*state, mark("2026-11", Step.DRAFT, now)), now) == [("2026-11", Step.OVERDUE)]


def test_a_new_publication_hears_of_no_missed_letter() -> None:
    """Without any mark, letters whose time is over are nobody's; the coming one is drafted at once if it is time."""
    assert steps((), paris(2026, 11, 10)) == []
    assert steps((), paris(2026, 11, 1)) == [("2026-11", Step.DRAFT)]


def test_months_without_power_are_reported_each_once() -> None:
    """Months that passed while the machine was off are reported, and the coming issue goes its way beside them."""
    state = (mark("2026-06", Step.SEND, paris(2026, 6, 2, 9)),)
    now = paris(2026, 9, 29, 9)
    assert steps(state, now) == [
        ("2026-07", Step.MISSED), ("2026-08", Step.MISSED), ("2026-09", Step.MISSED), ("2026-10", Step.DRAFT),
    ]  # fmt: skip
    told = (*state, *(mark(f"2026-0{month}", Step.MISSED, now) for month in (7, 8, 9)))
    assert steps(told, now) == [("2026-10", Step.DRAFT)]


def test_an_older_issue_is_over_once_a_newer_one_left() -> None:
    """After December was sent, November, never approved, is neither drafted nor told of."""
    state = (mark("2026-10", Step.SEND), mark("2026-12", Step.SEND))
    assert steps(state, paris(2026, 11, 2, 9)) == []


def test_sentences_say_what_and_what_to_do() -> None:
    """Each sentence names the month and the command; those of a missed issue tell the two causes apart."""
    draft = (mark("2026-11", Step.DRAFT),)
    approved = (*draft, mark("2026-11", APPROVED))
    moments = {
        "c’est le moment de le préparer": ((), paris(2026, 10, 27, 9)),
        "n’est pas approuvé. Relisez-le": (draft, paris(2026, 11, 2, 9)),
        "avant jeudi 5 novembre 2026 à 9\u00a0h": (draft, paris(2026, 11, 3, 9)),
        "approuvé, il part": (approved, paris(2026, 11, 3, 9)),
        "publisher approve 2026-11, puis publisher send 2026-11": (draft, paris(2026, 11, 9)),
        "le programme ne tournait pas": (approved, paris(2026, 11, 9)),
    }
    for said, (state, now) in moments.items():
        (action,) = due(USUAL, PARIS, state, now)
        assert "novembre 2026" in action.text
        assert said in action.text
    (overdue,) = due(Settings(late="report"), PARIS, draft, paris(2026, 11, 3, 9))
    assert "avant mardi 3 novembre 2026 à 10\u00a0h" in overdue.text


# years of ticks


@given(
    SETTINGS,
    st.lists(st.tuples(st.integers(-40 * 24, 60 * 24), st.booleans(), st.booleans()), min_size=1, max_size=60),
)
def test_no_step_is_repeated_whatever_the_clock_does(settings: Settings, ticks: list[tuple[int, bool, bool]]) -> None:
    """With a clock that jumps both ways and steps that fail, no step comes twice, none early, none unapproved."""
    now = paris(2026, 1, 10)
    state: tuple[Mark, ...] = ()
    for hours, approve, works in ticks:
        now += timedelta(hours=hours)
        for action in due(settings, PARIS, state, now):
            assert not any((one.issue, one.action) == (action.issue, action.step) for one in state)
            times = occurrence(settings, PARIS, action.issue)
            assert action.occurrence == times
            assert now >= times.draft_at
            if action.step is Step.SEND:
                assert now >= times.send_at
                assert any((one.issue, one.action) == (action.issue, APPROVED) for one in state)
            if works:
                state = (*state, Mark(issue=action.issue, action=action.step, at=now))
            found = {one.action for one in state if one.issue == action.issue}
            if approve and Step.DRAFT in found and APPROVED not in found:
                state = (*state, Mark(issue=action.issue, action=APPROVED, at=now))


@hypothesis.settings(max_examples=6, deadline=None)
@given(SETTINGS, st.integers(2020, 2060), st.integers(1, 11))
def test_steady_ticks_send_every_month_once(settings: Settings, year: int, hour: int) -> None:
    """Ticking steadily for two years, with every draft approved, sends each month's issue once, in order, in time."""
    settings = replace(settings, grace_minutes=24 * 60, draft_days_before=max(2, settings.draft_days_before))
    now = start = paris(year, 1, 1, hour)
    state: tuple[Mark, ...] = ()
    while now < start + timedelta(days=730):
        for action in due(settings, PARIS, state, now):
            assert action.step in {Step.DRAFT, Step.SEND}
            state = (*state, Mark(issue=action.issue, action=action.step, at=now))
            if action.step is Step.DRAFT:
                state = (*state, Mark(issue=action.issue, action=APPROVED, at=now))
        now += timedelta(hours=12)
    sent = [one.issue for one in state if one.action == Step.SEND]
    assert sent == sorted(set(sent))
    assert len(sent) in {23, 24}


# the settings


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"send_on": "premier mardi"}, "send_on"),
        ({"send_on": "fifth tuesday"}, "send_on"),
        ({"send_on": "0"}, "send_on"),
        ({"send_on": "32"}, "send_on"),
        ({"send_on": ""}, "send_on"),
        ({"send_on": "second working day"}, "send_on"),
        ({"send_at": "9h"}, "send_at"),
        ({"send_at": "24:00"}, "send_at"),
        ({"draft_days_before": -1}, "draft_days_before"),
        ({"remind_days_before": 29}, "remind_days_before"),
        ({"late_hours": 10_000}, "late_hours"),
        ({"grace_minutes": 0}, "grace_minutes"),
    ],
)
def test_settings_that_mean_nothing_are_refused(values: dict[str, Any], said: str) -> None:
    """A value that means nothing is refused when the settings are made, with its key and what is expected."""
    with pytest.raises(ValueError, match=rf"{said}.*Attendu"):
        Settings(**values)


@pytest.mark.parametrize("key", ["2026-13", "2026-00", "2026", "nov"])
def test_wrong_issue_key_is_refused(key: str) -> None:
    """A key that is no month is refused with the form that is expected."""
    with pytest.raises(ValueError, match="AAAA-MM"):
        occurrence(USUAL, PARIS, key)
