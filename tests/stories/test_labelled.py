"""The labelled pairs: how often the same news is recognised, and that nothing depends on order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stories.labelled import pairs

from publisher.stories import group, likely
from publisher.stories.evidence import reason
from publisher.stories.facts import facts

if TYPE_CHECKING:
    from stories.labelled import Pair


def judged(found: tuple[Pair, ...]) -> tuple[float, float]:
    """Return precision and recall."""
    merged = [pair for pair in found if len(group((pair.left, pair.right))) == 1]
    right = sum(pair.same for pair in merged)
    return right / len(merged), right / sum(pair.same for pair in found)


def test_the_set_is_large_and_half_of_it_is_hard() -> None:
    """There are at least 150 labelled pairs, half of them or more different news that look alike."""
    found = pairs("dev") + pairs("test")
    assert len(found) >= 150
    assert sum(not pair.same for pair in found) * 2 >= len(found)


@pytest.mark.parametrize(("split", "precision", "recall"), [("dev", 0.98, 0.3), ("test", 0.9, 0.7)])
def test_precision_first_then_recall(split: str, precision: float, recall: float) -> None:
    """On the pairs that rules were tuned on precision is 0.98 at least; on those held out it is 0.9 at least."""
    found_precision, found_recall = judged(pairs(split))
    assert found_precision >= precision
    assert found_recall >= recall


@pytest.mark.parametrize("split", ["dev", "test"])
def test_what_is_not_sure_is_offered_to_a_person(split: str) -> None:
    """Most pairs that are one news and not merged are offered; of those tuned on three offers in five are right."""
    held = pairs(split)
    missed = [pair for pair in held if pair.same and len(group((pair.left, pair.right))) == 2]
    offered = [pair.same for pair in held if likely((pair.left, pair.right))]
    assert sum(offered) > 0.7 * len(missed)
    assert sum(offered) >= (0.6 if split == "dev" else 0.4) * len(offered)


def test_strangers_are_never_merged() -> None:
    """All items tuned on, grouped at once, make no story across two matters: a hundred thousand chances to be wrong."""
    held = [pair for pair in pairs("dev") if "relayed" not in pair.name]
    matters = {item.id: pair.matter for pair in held for item in (pair.left, pair.right)}
    for story in group([item for pair in held for item in (pair.left, pair.right)]):
        assert len({matters[item.id] for item in story.items}) == 1


def test_left_and_right_do_not_matter() -> None:
    """Two items tell the same news whichever is looked at first, and for the same reason."""
    for pair in pairs("dev") + pairs("test"):
        one, other = facts(pair.left), facts(pair.right)
        here, there = reason(one, other), reason(other, one)
        assert (here and here.reason) == (there and there.reason), pair.name


def test_every_merge_has_its_evidence() -> None:
    """Each merge names both items and says in a sentence what agrees."""
    for pair in pairs("dev"):
        for story in group((pair.left, pair.right)):
            for merge in story.merges:
                assert {merge.left, merge.right} == {pair.left.id, pair.right.id}
                assert merge.detail
