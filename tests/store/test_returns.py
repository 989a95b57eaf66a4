"""What came back is tied to its delivery, and each message is dealt with once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from store.bench import ISSUE, SENT, Bench, together

from publisher.message import DeliveryState
from publisher.store.returns import Returns

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from publisher.message import Delivery


@pytest.fixture
def sent(engine: Engine, now: datetime) -> tuple[Returns, Delivery]:
    """Return the memory of what came back, and a delivery that went out."""
    bench = Bench(engine, now)
    ledger = bench.planned(3)
    row, *_ = ledger.claim(ISSUE, "me", limit=3, now=now)
    ledger.settle("me", [(row.id, SENT)], now)
    return Returns(engine), row


def test_a_delivery_is_found_by_number_name_and_address(sent: tuple[Returns, Delivery]) -> None:
    """Whatever a returned message bears leads to the same row; nothing leads to no row."""
    returns, row = sent
    found = returns.delivery(row.id)
    assert found is not None
    assert (found.state, found.address, found.message_id) == (DeliveryState.SENT, row.address, row.message_id)
    assert returns.delivery_of(row.message_id) == returns.delivery_to(row.address.upper(), ISSUE) == found
    assert returns.delivery(99) is returns.delivery_of("") is returns.delivery_of("<no@a.example>") is None
    assert returns.delivery_to(row.address, "2031-01") is None
    assert returns.address_of(row.token) == row.address
    assert returns.address_of("nobody's") == ""


def test_a_returned_message_is_noted_once_whoever_reads_it(
    sent: tuple[Returns, Delivery], engine: Engine, now: datetime
) -> None:
    """Four readers of one mailbox at the same moment: one decision, the latest first, letters counted since a day."""
    returns, row = sent
    noted: list[bool] = []

    def note(key: str, at: datetime, delivery: int = 0) -> None:
        said = {"action": "count", "reason": "pleine", "evidence": "5.2.2\0", "subscriber": row.subscriber}
        noted.append(Returns(engine).note(key, delivery=delivery, at=at, **said))  # type: ignore[arg-type]

    together(*[lambda: note("a", now, row.id)] * 4)
    note("b", now + timedelta(days=2))
    assert sorted(noted) == [False, False, False, True, True]
    assert [one.at for one in returns.latest(5)] == [now + timedelta(days=2), now]
    assert returns.latest(1)[0].address == row.address
    assert returns.soft_bounces(row.subscriber, now) == 2
    assert returns.soft_bounces(row.subscriber, now + timedelta(days=1)) == 1
