"""Journals: a restored backup sends nothing again and writes to nobody who left in between."""

from __future__ import annotations

import json
import resource
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import ISSUE, NOBODY, SENT, UNUSED, Bench, identity, person, together

from publisher.delivery import Settings
from publisher.errors import StoreError
from publisher.store import replay
from publisher.store.database import reading
from publisher.store.journal import Journals
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine
    from store.vault import Vault


@pytest.fixture
def bench(engine: Engine, now: datetime, tmp_path: Path) -> Bench:
    """Return a ledger that keeps journals."""
    return Bench(engine, now, journals=Journals(tmp_path / "journal"))


def _file(tmp_path: Path, kind: str = "deliveries") -> Path:
    """Return the only file of this kind."""
    (file,) = (tmp_path / "journal").glob(f"{kind}-*.jsonl")
    return file


def _send(bench: Bench, count: int) -> list[str]:
    rows = bench.ledger.claim(ISSUE, "me", limit=count, now=bench.now)
    bench.ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    return [row.address for row in rows]


def test_a_backup_from_the_middle_of_a_sending_sends_nothing_again(bench: Bench, vault: Vault) -> None:
    """What went out after the backup is known from the journal; what was in flight is uncertain, the rest planned."""
    bench.planned(10)
    first = _send(bench, 2)
    vault.keep()
    second = _send(bench, 3)
    in_flight = bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    vault.restore()
    rest = _send(bench, 10)
    assert len(rest) == 4
    assert not {*first, *second, in_flight[0].address} & set(rest)
    assert bench.states() == {"sent": 9, "uncertain": 1}


def test_a_backup_from_before_the_sending_knows_who_has_it(bench: Bench, vault: Vault) -> None:
    """The audience is frozen anew, and those who had the letter are excluded from it with that reason."""
    bench.people(6)
    digest = bench.approved()
    vault.keep()
    bench.ledger.plan(ISSUE, digest, bench.now)
    sent = _send(bench, 2)
    bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    vault.restore()
    tally = bench.ledger.plan(ISSUE, digest, bench.now)
    assert tally.reasons == {"already": 2, "doubtful": 1}
    assert not set(sent) & set(_send(bench, 10))


def test_with_resend_only_the_surely_sent_are_excluded(bench: Bench, vault: Vault) -> None:
    """When what is uncertain goes again, a restored backup sends it again too."""
    bench.settings = Settings(uncertain="resend")
    bench.people(3)
    digest = bench.approved()
    vault.keep()
    bench.ledger.plan(ISSUE, digest, bench.now)
    _send(bench, 1)
    bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    vault.restore()
    assert bench.ledger.plan(ISSUE, digest, bench.now).reasons == {"already": 1}


def test_nobody_who_left_since_the_backup_is_written_to(bench: Bench, vault: Vault) -> None:
    """Unsubscribed, complained, bounced or suppressed after the backup: the journal remembers all of them."""
    bench.planned(5)
    vault.keep()
    bench.roster.change("p0@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    bench.roster.suppress(["p1@villes.example"], "complaint", bench.now, evidence="ARF")
    rows = bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    assert rows[0].address == "p2@villes.example"
    bench.ledger.settle("me", [(rows[0].id, NOBODY)], bench.now)
    vault.restore()
    assert set(_send(bench, 10)) == {"p3@villes.example", "p4@villes.example"}
    assert bench.roster.suppressed("p1@villes.example") == "complaint"


def test_somebody_who_came_and_left_since_the_backup_stays_away(bench: Bench, vault: Vault) -> None:
    """The restored list does not know the person; an import that brings them back changes nothing for them."""
    bench.people(1)
    vault.keep()
    bench.roster.add([person(7)], bench.now)
    bench.roster.change("p7@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    vault.restore()
    bench.roster.add([person(7)], bench.now)
    bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert _send(bench, 10) == ["p0@villes.example"]


def test_an_outcome_whose_commit_failed_is_known_all_the_same(bench: Bench) -> None:
    """The journal is written before the commit: a crash between the two loses no outcome."""
    ledger = bench.planned(3)
    rows = ledger.claim(ISSUE, "me", limit=2, now=bench.now)

    def die(_: object) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, OSError("the machine stops here"))

    sa.event.listen(bench.engine, "commit", die)
    with pytest.raises(StoreError):
        ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    sa.event.remove(bench.engine, "commit", die)
    assert bench.states() == {"claimed": 2, "planned": 1}
    ledger.recover(ISSUE, bench.now)
    assert bench.states() == {"sent": 2, "planned": 1}


def test_what_was_given_back_goes_out_after_a_restore(bench: Bench, vault: Vault) -> None:
    """Claimed and never handed over is no reason to leave somebody out."""
    bench.planned(2)
    vault.keep()
    rows = bench.ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    bench.ledger.settle("me", [(row.id, UNUSED) for row in rows], bench.now)
    vault.restore()
    assert len(_send(bench, 10)) == 2


def test_journals_hold_fingerprints_and_nothing_that_names(bench: Bench, tmp_path: Path) -> None:
    """Nobody's address stands in them; each line is JSON with a time."""
    bench.planned(2)
    _send(bench, 2)
    bench.roster.suppress(["p0@villes.example"], "complaint", bench.now)
    for kind in ("deliveries", "people"):
        text = _file(tmp_path, kind).read_text()
        assert "villes" not in text
        assert all(json.loads(line)["at"] for line in text.splitlines())


def test_a_line_cut_by_a_power_cut_is_dropped(bench: Bench, tmp_path: Path) -> None:
    """A batch that was never confirmed leaves no trace, and the next line starts clean."""
    bench.planned(3)
    _send(bench, 1)
    file = _file(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"at":"2026-')
    _send(bench, 1)
    assert file.read_bytes().startswith(whole + b'{"at":"2026-10')
    assert all(json.loads(line) for line in file.read_text().splitlines())


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"[1]\n", b'{"who":[]}\n', b'{"at":"?","who":[],"issue":"","state":""}\n', b"\xff\n"]
)
def test_a_damaged_journal_stops_the_sending_in_words(bench: Bench, tmp_path: Path, line: bytes) -> None:
    """A whole line that cannot be read may have been somebody's "sent": nothing goes out over it."""
    bench.planned(3)
    _send(bench, 1)
    file = _file(tmp_path)
    file.write_bytes(file.read_bytes() + line)
    with pytest.raises(StoreError, match="journal"):
        _send(bench, 1)


def test_a_journal_that_cannot_be_written_claims_nothing(bench: Bench, tmp_path: Path) -> None:
    """A full disk under the journal undoes the claim, in words."""
    bench.planned(3)
    folder = tmp_path / "journal"
    folder.mkdir(exist_ok=True)
    (folder / "deliveries-2026-10-00000000.jsonl").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="journal ne peut pas être écrit"):
        bench.ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    assert bench.states() == {"planned": 3}


def test_a_disk_that_takes_only_a_part_of_a_line_is_given_nothing(tmp_path: Path) -> None:
    """The half that fitted is taken back, so that the next line does not follow a torn one."""
    journal = Journals(tmp_path).deliveries
    file = tmp_path / "deliveries-2026-10-00000000.jsonl"
    assert journal._append(file, b"a" * 999 + b"\n") == 1000
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, limits[1]))  # a file may grow by half a line, as on a full disk
    try:
        with pytest.raises(StoreError, match="journal ne peut pas être écrit"):
            journal._append(file, b"b" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == b"a" * 999 + b"\n"


def test_a_journal_that_was_taken_away_is_begun_anew(bench: Bench, tmp_path: Path) -> None:
    """The database knows more than a journal that is not there: the sending goes on."""
    bench.planned(3)
    _send(bench, 1)
    _file(tmp_path).unlink()
    assert len(_send(bench, 5)) == 2


def test_there_is_a_file_a_month_and_a_restored_database_reads_them_all(
    bench: Bench, vault: Vault, tmp_path: Path
) -> None:
    """A backup of months ago is completed from each month's file, in the order in which things happened."""
    bench.planned(6)
    vault.keep()
    sent = []
    for _ in range(3):
        sent += _send(bench, 1)
        bench.now += timedelta(days=31)
    bench.roster.change("p5@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    bench.now += timedelta(days=31)
    bench.roster.change("p5@villes.example", SubscriberState.ACTIVE, bench.now)
    names = sorted(file.name for file in (tmp_path / "journal").iterdir())
    assert [name[:-15] for name in names] == [
        "deliveries-2026-10",
        "deliveries-2026-11",
        "deliveries-2026-12",
        "people-2027-01",
        "people-2027-02",
    ]
    assert len({name[-14:] for name in names if name.startswith("deliveries")}) == 1
    vault.restore()
    assert not set(sent) & set(_send(bench, 10))
    assert bench.states() == {"sent": 6}


def test_machines_on_one_database_keep_files_of_their_own(bench: Bench, tmp_path: Path) -> None:
    """Each machine's journals lie in its own folder: neither takes the other's for a loss, and nobody is held up."""
    bench.planned(6)
    _send(bench, 2)
    bench.journals = Journals(tmp_path / "another")
    _send(bench, 1)
    bench.journals = Journals(tmp_path / "journal")
    _send(bench, 3)
    assert bench.states() == {"sent": 6}
    with reading(bench.engine) as connection:
        assert not Journals(tmp_path / "journal").behind(connection)
        assert not Journals(tmp_path / "another").behind(connection)


def test_a_restored_database_is_completed_at_the_next_start_and_that_is_told(
    bench: Bench, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever starts the programme reads that the journals knew more; a second start has nothing to say."""
    bench.planned(3)
    vault.keep()
    _send(bench, 2)
    vault.restore()
    assert bench.journals is not None
    assert replay.at_start(bench.engine, bench.journals, identity) == 2
    assert "2 lignes reprises" in caplog.text
    assert bench.states() == {"sent": 2, "planned": 1}
    assert replay.at_start(bench.engine, bench.journals, identity) == 0


def test_a_journal_from_before_there_were_months_is_read_too(bench: Bench, vault: Vault, tmp_path: Path) -> None:
    """The single file of earlier versions counts like any other."""
    bench.planned(3)
    vault.keep()
    sent = _send(bench, 1)
    file = _file(tmp_path)
    file.rename(file.with_name("deliveries.jsonl"))
    vault.restore()
    assert not set(sent) & set(_send(bench, 10))


def test_two_senders_at_once_share_the_journals(bench: Bench) -> None:
    """Each waits for the other's line and commit: nothing is taken for lost, nobody is claimed twice."""
    bench.planned(60)
    seen: list[list[str]] = []

    def work(owner: str) -> None:
        while rows := bench.ledger.claim(ISSUE, owner, limit=5, now=bench.now):
            seen.append([row.address for row in rows])
            bench.ledger.settle(owner, [(row.id, SENT) for row in rows], bench.now)

    together(*(partial(work, owner) for owner in ("a", "b", "c")))
    assert len([address for batch in seen for address in batch]) == 60
    assert bench.states() == {"sent": 60}
    assert bench.ledger.tally(ISSUE).repeats == 0
