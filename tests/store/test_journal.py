"""Journals: a restored backup sends nothing again and writes to nobody who left in between."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import ISSUE, NOBODY, SENT, UNUSED, Bench, person

from publisher.delivery import Settings
from publisher.errors import StoreError
from publisher.store.journal import Journals
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture
def bench(engine: Engine, now: datetime, tmp_path: Path) -> Bench:
    """Return a ledger that keeps journals."""
    return Bench(engine, now, journals=Journals(tmp_path / "journal"))


def _backup(bench: Bench, file: Path) -> None:
    target = sqlite3.connect(file)
    with bench.engine.connect() as connection:
        connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]
    target.close()


def _restore(bench: Bench, file: Path) -> None:
    source = sqlite3.connect(file)
    with bench.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        source.backup(driver)
    source.close()
    bench.engine.dispose()


def _send(bench: Bench, count: int) -> list[str]:
    rows = bench.ledger.claim(ISSUE, "me", limit=count, now=bench.now)
    bench.ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    return [row.address for row in rows]


def test_a_backup_from_the_middle_of_a_sending_sends_nothing_again(bench: Bench, tmp_path: Path) -> None:
    """What went out after the backup is known from the journal; what was in flight is uncertain, the rest planned."""
    bench.planned(10)
    first = _send(bench, 2)
    _backup(bench, tmp_path / "backup")
    second = _send(bench, 3)
    in_flight = bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    _restore(bench, tmp_path / "backup")
    rest = _send(bench, 10)
    assert len(rest) == 4
    assert not {*first, *second, in_flight[0].address} & set(rest)
    assert bench.states() == {"sent": 9, "uncertain": 1}


def test_a_backup_from_before_the_sending_knows_who_has_it(bench: Bench, tmp_path: Path) -> None:
    """The audience is frozen anew, and those who had the letter are excluded from it with that reason."""
    bench.people(6)
    digest = bench.approved()
    _backup(bench, tmp_path / "backup")
    bench.ledger.plan(ISSUE, digest, bench.now)
    sent = _send(bench, 2)
    bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    _restore(bench, tmp_path / "backup")
    tally = bench.ledger.plan(ISSUE, digest, bench.now)
    assert tally.reasons == {"already": 2, "doubtful": 1}
    assert not set(sent) & set(_send(bench, 10))


def test_with_resend_only_the_surely_sent_are_excluded(bench: Bench, tmp_path: Path) -> None:
    """When what is uncertain goes again, a restored backup sends it again too."""
    bench.settings = Settings(uncertain="resend")
    bench.people(3)
    digest = bench.approved()
    _backup(bench, tmp_path / "backup")
    bench.ledger.plan(ISSUE, digest, bench.now)
    _send(bench, 1)
    bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    _restore(bench, tmp_path / "backup")
    assert bench.ledger.plan(ISSUE, digest, bench.now).reasons == {"already": 1}


def test_nobody_who_left_since_the_backup_is_written_to(bench: Bench, tmp_path: Path) -> None:
    """Unsubscribed, complained, bounced or suppressed after the backup: the journal remembers all of them."""
    bench.planned(5)
    _backup(bench, tmp_path / "backup")
    bench.roster.change("p0@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    bench.roster.suppress(["p1@villes.example"], "complaint", bench.now, evidence="ARF")
    rows = bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    assert rows[0].address == "p2@villes.example"
    bench.ledger.settle("me", [(rows[0].id, NOBODY)], bench.now)
    _restore(bench, tmp_path / "backup")
    assert set(_send(bench, 10)) == {"p3@villes.example", "p4@villes.example"}
    assert bench.roster.suppressed("p1@villes.example") == "complaint"


def test_somebody_who_came_and_left_since_the_backup_stays_away(bench: Bench, tmp_path: Path) -> None:
    """The restored list does not know the person; an import that brings them back changes nothing for them."""
    bench.people(1)
    _backup(bench, tmp_path / "backup")
    bench.roster.add([person(7)], bench.now)
    bench.roster.change("p7@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    _restore(bench, tmp_path / "backup")
    bench.roster.add([person(7)], bench.now)
    bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert _send(bench, 10) == ["p0@villes.example"]


def test_an_outcome_whose_commit_failed_is_known_all_the_same(bench: Bench) -> None:
    """The journal is written before the commit: a crash between the two loses no outcome."""
    ledger = bench.planned(3)
    rows = ledger.claim(ISSUE, "me", limit=2, now=bench.now)

    def die(_: object) -> None:
        raise sqlite3.OperationalError("the machine stops here")

    sa.event.listen(bench.engine, "commit", die)
    with pytest.raises(StoreError):
        ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    sa.event.remove(bench.engine, "commit", die)
    assert bench.states() == {"claimed": 2, "planned": 1}
    ledger.recover(ISSUE, bench.now)
    assert bench.states() == {"sent": 2, "planned": 1}


def test_what_was_given_back_goes_out_after_a_restore(bench: Bench, tmp_path: Path) -> None:
    """Claimed and never handed over is no reason to leave somebody out."""
    bench.planned(2)
    _backup(bench, tmp_path / "backup")
    rows = bench.ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    bench.ledger.settle("me", [(row.id, UNUSED) for row in rows], bench.now)
    _restore(bench, tmp_path / "backup")
    assert len(_send(bench, 10)) == 2


def test_journals_hold_fingerprints_and_nothing_that_names(bench: Bench, tmp_path: Path) -> None:
    """Nobody's address stands in them; each line is JSON with a time."""
    bench.planned(2)
    _send(bench, 2)
    bench.roster.suppress(["p0@villes.example"], "complaint", bench.now)
    for name in ("deliveries", "people"):
        text = (tmp_path / "journal" / f"{name}.jsonl").read_text()
        assert "villes" not in text
        assert all(json.loads(line)["at"] for line in text.splitlines())


def test_a_line_cut_by_a_power_cut_is_dropped(bench: Bench, tmp_path: Path) -> None:
    """A batch that was never confirmed leaves no trace, and the next line starts clean."""
    bench.planned(3)
    _send(bench, 1)
    file = tmp_path / "journal" / "deliveries.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"at":"2026-')
    _send(bench, 1)
    assert file.read_bytes().startswith(whole + b'{"at":"2026-10')
    assert all(json.loads(line) for line in file.read_text().splitlines())


@pytest.mark.parametrize("line", [b"garbage\n", b"[1]\n"])
def test_a_damaged_journal_stops_the_sending_in_words(bench: Bench, tmp_path: Path, line: bytes) -> None:
    """A whole line that cannot be read may have been somebody's "sent": nothing goes out over it."""
    bench.planned(3)
    _send(bench, 1)
    file = tmp_path / "journal" / "deliveries.jsonl"
    file.write_bytes(file.read_bytes() + line)
    with pytest.raises(StoreError, match="journal"):
        _send(bench, 1)


def test_a_journal_that_cannot_be_written_claims_nothing(bench: Bench, tmp_path: Path) -> None:
    """A full disk under the journal undoes the claim, in words."""
    bench.planned(3)
    folder = tmp_path / "journal"
    folder.mkdir(exist_ok=True)
    (folder / "deliveries.jsonl").unlink(missing_ok=True)
    (folder / "deliveries.jsonl").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="journal ne peut pas être écrit"):
        bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    assert bench.states() == {"planned": 3}


def test_a_journal_that_was_taken_away_is_begun_anew(bench: Bench, tmp_path: Path) -> None:
    """The database knows more than a journal that is not there: the sending goes on."""
    bench.planned(3)
    _send(bench, 1)
    (tmp_path / "journal" / "deliveries.jsonl").unlink()
    assert len(_send(bench, 5)) == 2
