"""French dates, typography and sizes: the corpus, the wordings, and what holds for any text."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.french import MONTHS, Reading, clock, day, find, moment, month, period, read, size, typeset

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "french"
PARIS = ZoneInfo("Europe/Paris")
DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31))
TEXTS = st.text(alphabet="«»:;!?.,… \t\n\u00a0\u202fabhé%€°n(1)02')}-@/&#", max_size=30)
SENTENCES = st.lists(
    st.sampled_from(
        ["https://a.example/x?y", "a@b.example", "16:30", "2 : 1", "«", "»", ":", ";", "!", "?", " ", "\u00a0", "mot",
         "12", "000", "%", "h", "n°", ":)", "@@name@@", "&amp;", "...", "…", "(", ")", "\n", "a.example/?b"]
    ),
    max_size=14,
).map("".join)  # fmt: skip
SPACES = str.maketrans("", "", " \t\u00a0\u2009\u202f")


def cases(name: str) -> list[Any]:
    """Return the cases of one corpus file, each named by the fact it states."""
    found = tomllib.loads((CORPUS / f"{name}.toml").read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["fact"]) for case in found]


def shown(reading: Reading) -> str:
    """Return a reading as the corpus writes it."""
    if not reading.day:
        return f"{reading.year}-{reading.month:02}"
    hour = "" if reading.hour is None else f" {reading.hour:02}:{reading.minute:02}"
    return f"{reading.date.isoformat()}{hour}{'?' if reading.doubtful else ''}"


@pytest.mark.parametrize("case", cases("typography"))
def test_typography(case: dict[str, str]) -> None:
    """Each typography case of the corpus holds, and typesetting its result again changes nothing."""
    visible = str.maketrans("~^", "\u00a0\u202f")
    text = case["text"].translate(visible)
    expected = text if case["expected"] == "=" else case["expected"].translate(visible)
    assert typeset(text) == expected
    assert typeset(expected) == expected


@pytest.mark.parametrize("case", cases("dates"))
def test_dates(case: dict[str, Any]) -> None:
    """Each dates case of the corpus holds."""
    assert [shown(reading) for reading in find(case["text"])] == case["dates"]


@given(st.one_of(TEXTS, SENTENCES, st.text()))
def test_typesetting_is_idempotent_and_moves_only_spaces(text: str) -> None:
    """Typesetting twice equals typesetting once, and nothing but spaces differs from the text."""
    once = typeset(text)
    assert typeset(once) == once
    assert once.translate(SPACES) == text.translate(SPACES)


@given(SENTENCES)
def test_addresses_are_untouched(text: str) -> None:
    """A web or mail address between two spaces is in the typeset text as it was."""
    around = typeset(f"{text} https://a.example/x?y;z=1:2! {text} a@b.example {text}")
    assert "https://a.example/x?y;z=1:2!" in around
    assert "a@b.example" in around


@given(DATES, st.times())
def test_what_is_written_is_read(when: date, at: datetime) -> None:
    """Every date that this room writes, with or without its hour, is read back as the same."""
    assert (read(day(when)) or Reading(year=1, month=1)).date == when
    stamp = datetime(when.year, when.month, when.day, at.hour, at.minute, tzinfo=PARIS)
    found = read(moment(stamp))
    assert found
    assert found.at(PARIS) == stamp
    assert not found.doubtful
    alone = read(month(when))
    assert alone
    assert (alone.year, alone.month, alone.day) == (when.year, when.month, 0)


@given(st.text())
def test_reading_never_raises(text: str) -> None:
    """Any text is read without an error, and each date says where it stands."""
    for reading in find(text):
        assert 0 <= reading.start < reading.end <= len(text)


def test_whole_text_must_be_the_date() -> None:
    """``read`` takes a text that is a date and nothing else; blanks around it do not count."""
    assert read(" 9 janvier 2018\n")
    assert read("le 9 janvier 2018") is None
    assert read("") is None


def test_midnight_and_first_of_month_stand_for_what_is_not_said() -> None:
    """Without an hour the moment is midnight of the zone, without a day the first of the month."""
    found = read("mars 2021")
    assert found
    assert found.at(PARIS) == datetime(2021, 3, 1, tzinfo=PARIS)


def test_wordings() -> None:
    """Days, months, hours and moments are worded as in print, with no-break spaces in hours."""
    stamp = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)
    assert day(stamp) == "mardi 3 novembre 2026"
    assert day(date(2026, 8, 1), weekday=False) == "1er août 2026"
    assert clock(stamp) == "9\u00a0h"
    assert moment(stamp) == "mardi 3 novembre 2026 à 9\u00a0h"
    assert month("2026-12") == f"{MONTHS[11]} 2026"
    with pytest.raises(ValueError, match="month"):
        month("2026-13")


@pytest.mark.parametrize(
    ("start", "end", "all_day", "said"),
    [
        ((2026, 11, 3, 9), None, False, "mardi 3 novembre 2026 à 9 h"),
        ((2026, 11, 3, 9), (2026, 11, 3, 9), False, "mardi 3 novembre 2026 à 9 h"),
        ((2026, 11, 3, 9), (2026, 11, 3, 17), False, "mardi 3 novembre 2026, de 9 h à 17 h"),
        (
            (2026, 11, 30, 9), (2026, 12, 1, 17), False,
            "du lundi 30 novembre à 9 h au mardi 1er décembre 2026 à 17 h",
        ),
        (
            (2026, 12, 31, 9), (2027, 1, 1, 1), False,
            "du jeudi 31 décembre 2026 à 9 h au vendredi 1er janvier 2027 à 1 h",
        ),
        ((2026, 11, 3, 0), (2026, 11, 4, 0), True, "mardi 3 novembre 2026"),
        ((2026, 11, 3, 0), None, True, "mardi 3 novembre 2026"),
        ((2026, 11, 3, 0), (2026, 11, 6, 0), True, "du 3 au 5 novembre 2026"),
        ((2026, 12, 1, 0), (2026, 12, 3, 0), True, "du 1er au 2 décembre 2026"),
        ((2026, 11, 30, 0), (2026, 12, 3, 0), True, "du 30 novembre au 2 décembre 2026"),
        ((2026, 12, 31, 0), (2027, 1, 2, 0), True, "du 31 décembre 2026 au 1er janvier 2027"),
    ],
)  # fmt: skip
def test_periods(
    start: tuple[int, int, int, int], end: tuple[int, int, int, int] | None, all_day: bool, said: str
) -> None:
    """A period is worded without repeating what both ends share; an all-day end is the day after the last."""
    until = datetime(*end, tzinfo=UTC) if end else None
    assert period(datetime(*start, tzinfo=UTC), until, all_day=all_day).replace("\u00a0", " ") == said


def test_plain_dates_are_inclusive() -> None:
    """Plain dates have no hours, and their end is the last day unless they are said to be all-day."""
    assert period(date(2026, 11, 3), date(2026, 11, 5)) == "du 3 au 5 novembre 2026"
    assert period(date(2026, 11, 3), date(2026, 11, 5), all_day=True) == "du 3 au 4 novembre 2026"


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (0, "0 octet"),
        (1, "1 octet"),
        (512, "512 octets"),
        (1024, "1 ko"),
        (1500, "1,5 ko"),
        (10_189, "10 ko"),
        (219_443, "214 ko"),
        (1_048_000, "1023 ko"),
        (1_048_575, "1 Mo"),
        (1_500_000, "1,4 Mo"),
        (3 * 1024**4, "3 To"),
        (5000 * 1024**4, "5000 To"),
    ],
)
def test_sizes(octets: int, said: str) -> None:
    """Sizes count by 1024, as the sites of this milieu do, with a comma and one figure below ten."""
    assert size(octets) == said.replace(" ", "\u00a0")
