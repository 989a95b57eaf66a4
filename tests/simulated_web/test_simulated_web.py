"""Four hurried weeks of a web that moves, fails, doubles and comes back: nothing is lost, nothing comes twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from simulated_web.world import PIECE_ACTS, SITE_ACTS, WEATHERS, World
from simulated_web.year import START, Outcome, live

if TYPE_CHECKING:
    from pathlib import Path

SEED = 2


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Live four weeks once for all facts: six sites, one of each kind, mishaps four times as often as usual."""
    folder: Path = tmp_path_factory.mktemp("year")
    return live(folder, days=28, sites=6, seed=SEED, every=6, hurry=4.0, issue_days=7)


def test_nothing_that_was_sent_whole_is_lost(outcome: Outcome) -> None:
    """Every article that a site sent whole at least once is an item."""
    assert outcome.lost == ()


def test_nothing_comes_twice(outcome: Outcome) -> None:
    """No article is two items, whatever ids, addresses, hosts and dates it was given; no item is no article."""
    assert outcome.doubled == ()
    assert outcome.strangers == ()


def test_nothing_was_gone_before_it_could_be_read(outcome: Outcome) -> None:
    """The waits after failures are short enough for feeds of fifteen items: nothing left its feed unread."""
    assert outcome.unseen == 0
    assert outcome.items == outcome.pieces


def test_every_item_is_in_one_issue(outcome: Outcome) -> None:
    """Over five drafts, whatever was re-dated, dated ahead or came back: nothing is sent twice, nothing never.

    The articles are all different news, so hardly any may be taken for the same as another's.
    """
    assert outcome.issues == 5
    assert outcome.sent_twice == ()
    assert outcome.never_sent == ()
    assert outcome.beside <= outcome.items // 100


def test_everything_that_can_happen_did(outcome: Outcome) -> None:
    """The weeks were not calm: each kind of change and failure happened, and readings failed."""
    assert set(outcome.acts) == {"publish", "come back", *PIECE_ACTS, *SITE_ACTS, *WEATHERS}
    assert sum(outcome.failures.values()) > 50
    assert outcome.versions > outcome.items


def test_the_same_seed_is_the_same_world() -> None:
    """Two worlds of one seed have the same articles and the same mishaps at the same times."""
    one, other = (World(SEED, START, sites=6, hurry=4.0) for _ in range(2))
    for hours in range(1, 200):
        for world in (one, other):
            world.advance(START + timedelta(hours=hours))
    assert one.acts == other.acts
    assert [one.feed(place) for place in one.places] == [other.feed(place) for place in other.places]
