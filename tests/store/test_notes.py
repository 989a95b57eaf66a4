"""What a sender heard survives its sudden end, and misleads nobody."""

from __future__ import annotations

import os
import resource
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from store.bench import ISSUE, LATER, NOBODY, SENT, UNKNOWN, Bench

from publisher.delivery import Settings
from publisher.message import Outcome, Result
from publisher.store.notes import Notes, left

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from publisher.store.ledger import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where senders leave their notes."""
    return tmp_path / "notes"


def killed(notes: Notes) -> None:
    """Let a sender end as ``kill -9`` ends it: the system closes its files, nothing else happens."""
    os.close(notes._file)


def ledger_of(bench: Bench, folder: Path) -> Ledger:
    """Return a ledger that takes up notes, as a programme that starts would."""
    ledger = bench.ledger
    ledger._notes = folder
    return ledger


def test_a_killed_senders_answers_are_taken_up(engine: Engine, now: datetime, folder: Path) -> None:
    """Messages whose acceptance was heard are sent, not uncertain, and none of them goes out again."""
    bench = Bench(engine, now, settings=Settings(uncertain="resend"))
    rows = bench.planned(5).claim(ISSUE, "dead", limit=5, now=now)
    notes = Notes(folder, "dead").__enter__()
    notes.add(rows[0].id, SENT)
    notes.add(rows[1].id, NOBODY)
    notes.add(rows[2].id, LATER)
    notes.add(rows[3].id, UNKNOWN)
    killed(notes)
    bench.now = now + timedelta(hours=1)
    ledger = ledger_of(bench, folder)
    assert ledger.recover(ISSUE, bench.now) == 3
    assert bench.states() == {"sent": 1, "failed": 1, "planned": 3}
    assert list(folder.iterdir()) == []
    again = ledger.claim(ISSUE, "new", limit=5, now=bench.now)
    assert {row.id for row in again} == {row.id for row in rows[2:]}


def test_a_living_senders_notes_are_its_own(engine: Engine, now: datetime, folder: Path) -> None:
    """As long as a sender lives nobody takes up what it noted: it settles that itself."""
    bench = Bench(engine, now)
    ledger = bench.planned(2)
    rows = ledger.claim(ISSUE, "alive", limit=2, now=now)
    with Notes(folder, "alive") as notes:
        notes.add(rows[0].id, SENT)
        ledger_of(bench, folder).recover(ISSUE, now)
        assert bench.states() == {"claimed": 2}
        assert ledger.settle("alive", [(row.id, SENT) for row in rows], now) == 2
        notes.clear()
    assert list(folder.iterdir()) == []


def test_what_could_not_be_stored_stays(folder: Path) -> None:
    """A sender that ends without having stored its outcomes leaves them for the next start."""
    with Notes(folder, "a") as notes:
        notes.add(7, SENT)
    (found,) = left(folder)
    assert (found.owner, found.results) == ("a", ((7, SENT),))


def test_old_notes_change_nothing(engine: Engine, now: datetime, folder: Path) -> None:
    """Notes about rows that are stored, or that somebody else holds by now, are without effect."""
    bench = Bench(engine, now, settings=Settings(uncertain="resend", lease=60))
    ledger = bench.planned(2)
    first, second = ledger.claim(ISSUE, "dead", limit=2, now=now)
    ledger.settle("dead", [(first.id, NOBODY)], now)
    bench.now = now + timedelta(seconds=61)
    ledger.recover(ISSUE, bench.now)
    ledger.claim(ISSUE, "other", limit=2, now=bench.now)
    notes = Notes(folder, "dead").__enter__()
    notes.add(first.id, SENT)
    notes.add(second.id, SENT)
    killed(notes)
    ledger_of(bench, folder).recover(ISSUE, bench.now)
    assert bench.states() == {"failed": 1, "claimed": 1}


@pytest.mark.parametrize("text", ["", "2.0.0 Ok: queued as 4F3", "déjà vu\r\nQUIT\x00", "x" * 5000])
def test_a_note_reads_back(folder: Path, text: str) -> None:
    """Outcome, codes and the answer's words come back, on one line, cut to a length that is read."""
    told = replace(NOBODY, text=text)
    with Notes(folder, "a") as notes:
        notes.add(7, told)
    (found,) = left(folder)
    ((number, result),) = found.results
    assert number == 7
    assert replace(result, text="") == replace(told, text="")
    assert " ".join(text.split()).startswith(result.text)


@given(st.lists(st.binary(max_size=60) | st.just(b"3 sent 250 2.0.0 Ok\n"), max_size=6))
@example([b"\0" * 4096 + b"12 sent 250  \n", b"3 sent 250 2.0.0 O"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_are_notes_or_nothing(folder: Path, pieces: list[bytes]) -> None:
    """Whatever a power cut leaves in the file, only whole lines of ours are read."""
    folder.mkdir(exist_ok=True)
    octets = b"".join(pieces)
    (folder / "a.notes").write_bytes(octets)
    (found,) = left(folder)
    assert len(found.results) <= octets.count(b"\n")
    assert all(result.outcome in {Outcome.SENT, Outcome.FAILED} for _, result in found.results)
    assert not list(folder.iterdir())


def test_no_notes_stop_no_sending(tmp_path: Path) -> None:
    """Where the folder cannot be made or the file is another's, nothing is noted and nothing is raised."""
    (tmp_path / "file").write_text("")
    with Notes(tmp_path / "file", "a") as notes:
        notes.add(1, SENT)
        notes.clear()
    with Notes(tmp_path, "b"), Notes(tmp_path, "b") as second:
        second.add(1, Result(outcome=Outcome.SENT))
    assert not list(left(tmp_path))


def test_an_outcome_is_noted_once_and_again_after_it_was_forgotten(folder: Path) -> None:
    """The transport and the stage may both tell an outcome; one that comes after a clearing is not stored yet."""
    with Notes(folder, "a") as notes:
        notes.add(1, SENT)
        notes.add(2, SENT)
        notes.add(1, SENT)
        assert (folder / "a.notes").read_bytes().count(b"\n") == 2
        notes.clear()
        notes.add(2, SENT)
    (found,) = left(folder)
    assert [number for number, _ in found.results] == [2]


def test_a_piece_of_a_line_is_followed_by_nothing(folder: Path) -> None:
    """A disk that is full in the middle of a line, and not any more for the next: no two lines become one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Notes(folder, "a") as notes:
        notes.add(1, SENT)
        room = (folder / "a.notes").stat().st_size + 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            notes.add(1234, SENT)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (folder / "a.notes").stat().st_size == room
        notes.add(300, SENT)
    (found,) = left(folder)
    assert [number for number, _ in found.results] == [1]
