"""A person's word on two items is kept, replaced by a later one, and refused for items that are not there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher import stories
from publisher.errors import StoreError
from publisher.item import ItemData
from publisher.protocols import Collected, Memory
from publisher.store.decisions import Decisions
from publisher.store.items import Items
from publisher.stories import Decision

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

NOW = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Return a database that holds two items of two sources, with nothing in common."""
    for source, title in (("rtes", "Une épicerie ouvre à Valbrune"), ("irev", "Le conseil citoyen se réunit")):
        data = ItemData(source=source, guid=title, title=title, published=NOW)
        Items(engine).save(Collected(source=source, memory=Memory(source=source), items=(data,)), NOW)
    return engine


def test_a_decision_outlives_the_programme_and_rules_the_stories(engine: Engine) -> None:
    """What a person joined is one story, after a restart too; what they split later is two again."""
    items = Items(engine).items()
    Decisions(engine).decide(Decision(left="rtes:1", right="irev:1", together=True), by="Zoé", now=NOW)
    assert len(stories.group(items, Decisions(engine).all())) == 1
    Decisions(engine).decide(Decision(left="irev:1", right="rtes:1", together=False), by="Zoé", now=NOW)
    assert len(stories.group(items, Decisions(engine).all())) == 2
    assert len(Decisions(engine).all()) == 1


@pytest.mark.parametrize(("left", "right"), [("rtes:1", "rtes:9"), ("rtes:1", "rtes:1")])
def test_a_decision_needs_two_items_that_are_there(engine: Engine, left: str, right: str) -> None:
    """An unknown item, or the same one twice, is refused and nothing is stored."""
    with pytest.raises(StoreError):
        Decisions(engine).decide(Decision(left=left, right=right, together=True), by="Zoé", now=NOW)
    assert Decisions(engine).all() == ()
