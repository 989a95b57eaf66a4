"""How the databases go about the statements of a sending: through indexes, however long the list is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from store.bench import ISSUE, LATER, NOBODY, SENT, Bench
from store.plans import Recorder

from publisher.delivery import Settings
from publisher.store.campaigns import Campaigns
from publisher.store.returns import Returns

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

PEOPLE = 3000


@pytest.fixture
def plans(engine: Engine, now: datetime) -> dict[str, str]:
    """Return the plans of all that a sending asks, with what the database knows when everybody is planned."""
    bench = Bench(engine, now, settings=Settings(uncertain="resend"))
    ledger = bench.planned(PEOPLE)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    with Recorder(engine) as recorder:
        rows = ledger.claim(ISSUE, "me", limit=5, now=now)
        with ledger.hold("me"):
            ledger.settle("me", [(rows[0].id, SENT), (rows[1].id, LATER), (rows[2].id, NOBODY)], now)
        bench.now = now + timedelta(hours=2)
        ledger.recover(ISSUE, bench.now)
        rest = ledger.claim(ISSUE, "me", limit=PEOPLE, now=bench.now)
        ledger.settle("me", [(row.id, SENT) for row in rest], bench.now)
        ledger.claim(ISSUE, "me", limit=5, now=bench.now)
        ledger.tally(ISSUE)
        Returns(engine).delivery_of(rows[0].message_id)
        Returns(engine).delivery(rows[0].id)
        Campaigns(engine).retry(ISSUE, hard=True)
    found = {words: plan for words, plan in recorder.plans().items() if "delivery" in words}
    assert len(found) > 15
    return found


def _of(plans: dict[str, str], pattern: str) -> str:
    """Return the one plan whose statement matches."""
    (plan,) = [plan for words, plan in plans.items() if re.search(pattern, " ".join(words.split()))]
    return plan


def test_no_statement_of_a_sending_reads_the_whole_ledger(plans: dict[str, str], engine: Engine) -> None:
    """Claim, settle, renew, recover, count, look up: none walks through the rows of everybody.

    PostgreSQL may read all rows where all of them are counted, and where it was just told that all are planned.
    """
    for words, plan in plans.items():
        if engine.dialect.name == "sqlite":
            assert not re.search(r"SCAN delivery(?! USING (COVERING )?INDEX ix_delivery_claimed)", plan), words
        elif "Seq Scan on delivery" in plan:
            assert "GROUP BY delivery.state" in words, words


def test_the_next_to_be_claimed_are_found_in_order(plans: dict[str, str], engine: Engine) -> None:
    """Nothing is sorted and nothing that went out is passed over, neither for a claim nor for the last one's check."""
    index = {"sqlite": "ix_delivery_state", "postgresql": "ix_delivery_planned"}[engine.dialect.name]
    for pattern in (r"^SELECT .*standing.*state = 'planned'", r"^SELECT delivery.id FROM .*state = 'planned'"):
        plan = _of(plans, pattern)
        assert index in plan
        assert not re.search("sort|temp b-tree", plan.lower())


def test_a_returned_message_is_found_by_its_message_id(plans: dict[str, str]) -> None:
    """A bounce that only bears the Message-ID asks one index."""
    assert "ix_delivery_message_id" in _of(plans, r"^SELECT .*WHERE delivery.message_id = ")


def test_each_index_of_the_ledger_serves(plans: dict[str, str], engine: Engine) -> None:
    """An index costs at each message: those that no statement of a sending uses are not there."""
    with engine.connect() as connection:
        query = {
            "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'delivery' AND sql <> ''",
            "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = 'delivery' AND indexname LIKE 'ix%%'",
        }[engine.dialect.name]
        names = set(connection.exec_driver_sql(query).scalars())
    used = "\n".join(plans.values())
    assert {name for name in names if name not in used} == set()
