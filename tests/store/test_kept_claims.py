"""What a ledger remembers of its own claims spares questions to the database and never outweighs it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from store.bench import ISSUE, LATER, NOBODY, SENT, Bench
from store.plans import Recorder

from publisher.delivery import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine


def test_a_settling_asks_nothing_that_the_claim_told(engine: Engine, now: datetime) -> None:
    """The ledger that claimed settles without reading the rows again; another one reads them first."""
    bench = Bench(engine, now)
    ledger = bench.planned(4)
    rows = list(ledger.claim(ISSUE, "me", limit=4, now=now))
    for settling, expected in ((ledger, 0), (bench.ledger, 1)):
        with Recorder(engine) as recorder:
            assert settling.settle("me", [(rows.pop().id, SENT), (rows.pop().id, LATER)], now) == 2
        asked = [words for words in recorder.statements if "delivery.attempts, campaign.issue" in words]
        assert len(asked) == expected


def test_the_database_has_the_last_word(engine: Engine, now: datetime) -> None:
    """Rows that somebody else took over are not written, whatever the first owner remembers of them."""
    bench = Bench(engine, now, settings=Settings(uncertain="resend", lease=60))
    first = bench.planned(3)
    rows = first.claim(ISSUE, "first", limit=3, now=now)
    bench.now = now + timedelta(seconds=61)
    second = bench.ledger
    assert second.recover(ISSUE, bench.now) == 3
    taken = second.claim(ISSUE, "second", limit=2, now=bench.now)
    assert first.settle("first", [(row.id, SENT) for row in rows], bench.now) == 0
    assert second.settle("second", [(row.id, SENT) for row in taken], bench.now) == 2
    assert bench.states() == {"sent": 2, "planned": 1}


def test_a_row_claimed_twice_counts_its_tries(engine: Engine, now: datetime) -> None:
    """A row that the same owner claims again is remembered as it is now: its tries go on."""
    bench = Bench(engine, now, settings=Settings(attempts=2, first_delay=1))
    ledger = bench.planned(1)
    for expected in ("deferred", "failed"):
        (row,) = ledger.claim(ISSUE, "me", limit=9, now=bench.now)
        assert ledger.settle("me", [(row.id, LATER)], bench.now) == 1
        assert bench.states() == {expected: 1}
        bench.now += timedelta(seconds=5)


def test_outcomes_of_one_batch_are_each_written(engine: Engine, now: datetime) -> None:
    """Different outcomes in one settling go to the right rows, and an address that is none to the right person."""
    bench = Bench(engine, now)
    ledger = bench.planned(5)
    rows = ledger.claim(ISSUE, "me", limit=5, now=now)
    told = [(row.id, result) for row, result in zip(rows, (SENT, NOBODY, LATER, SENT, SENT), strict=True)]
    assert ledger.settle("me", told, now) == 5
    assert bench.states() == {"sent": 3, "failed": 1, "deferred": 1}
    bounced = [person.address for person in bench.roster.subscribers() if person.state == "bounced"]
    assert bounced == [rows[1].address]


def test_who_has_left_is_known_at_once(engine: Engine, now: datetime) -> None:
    """A held ledger says of each delivery, one by one or many, what the database says at that moment."""
    bench = Bench(engine, now)
    ledger = bench.planned(6)
    rows = ledger.claim(ISSUE, "me", limit=6, now=now)
    ids = [row.id for row in rows]
    with ledger.hold("me"):
        assert ledger.gone(ids) == frozenset()
        bench.roster.suppress([rows[1].address], "complaint", now)
        ledger.settle("me", [(ids[2], NOBODY)], now)
        assert ledger.gone(ids) == bench.ledger.gone(ids) == {ids[1], ids[2]}
        assert ledger.gone(ids[:1]) == frozenset()
        assert ledger.gone([]) == frozenset()
    assert ledger.gone(ids) == {ids[1], ids[2]}
