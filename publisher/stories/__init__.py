"""The same news told by several sources becomes one story, each merge with its reason. No clock, no store."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from publisher.item import Merge, Story
from publisher.stories.apart import apart
from publisher.stories.clusters import Clusters
from publisher.stories.evidence import (
    CITED_ADDRESS,
    CITED_MOST,
    CREDIT,
    DAYS,
    LIKELY,
    NEAR_TEXT,
    SAME_ADDRESS,
    SAME_DEADLINE,
    SAME_EVENT,
    TITLE_AND_DATE,
    reason,
)
from publisher.stories.evidence import likely as _likely
from publisher.stories.facts import facts as _facts
from publisher.stories.facts import shingles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from publisher.item import Item
    from publisher.stories.facts import Facts

__all__ = [
    "CITED_ADDRESS",
    "CREDIT",
    "DECISION",
    "LIKELY",
    "NEAR_TEXT",
    "SAME_ADDRESS",
    "SAME_DEADLINE",
    "SAME_EVENT",
    "TITLE_AND_DATE",
    "Decision",
    "group",
    "likely",
]

DECISION = "decision"
_KEYS = 8  # shingles kept of each text: with 8, nine near-copies in ten share one
_CROWD = 60  # items under one key within one window: so many share boilerplate, not news


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's word on two items by their ids, given ``at`` that time: they are ``together``, or they are not."""

    left: str
    right: str
    together: bool
    at: datetime | None = field(default=None, compare=False)


def group(items: Iterable[Item], decisions: Iterable[Decision] = ()) -> tuple[Story, ...]:
    """Return every item in exactly one story, newest story first; the same input in any order gives the same stories.

    A decision outweighs every reason. Two items of one source are one story only when they are one item that came
    twice: same address, an alias of it, or a copy.
    """
    facts = {each.id: _facts(each) for each in sorted(items, key=lambda item: (item.first_seen, item.id))}
    clusters = Clusters(facts)
    said = sorted(decisions, key=lambda each: (each.left, each.right))
    for decision in said:
        if not decision.together:
            clusters.part(decision.left, decision.right)
    for decision in said:
        if decision.together and decision.left in facts and decision.right in facts:
            clusters.merge(Merge(left=decision.left, right=decision.right, reason=DECISION, detail="réunis à la main"))

    def refused(left: str, right: str) -> bool:
        one, other = facts[left], facts[right]
        if one.address and one.address == other.address:
            return False
        return bool(apart(one, other)) or (one.item.source == other.item.source and reason(one, other) is None)

    for left, right in _candidates(facts):
        merge = reason(facts[left], facts[right])
        if merge is not None:
            clusters.merge(merge, None if merge.reason == SAME_ADDRESS else refused)
    stories = [_story([facts[id_] for id_ in members], merges) for members, merges in clusters.found()]
    return tuple(sorted(stories, key=lambda story: (-story.main.dated.timestamp(), story.main.id)))


def likely(items: Iterable[Item], decisions: Iterable[Decision] = ()) -> tuple[Merge, ...]:
    """Return pairs that ``group`` leaves apart and that may be one news, newest first, for a person to join or not.

    On pairs held out too many of them are wrong to merge without a person. What was decided comes no more.
    """
    known = tuple(items)
    said = tuple(decisions)
    facts = {each.id: _facts(each) for each in sorted(known, key=lambda item: (item.first_seen, item.id))}
    story = {item.id: place for place, each in enumerate(group(known, said)) for item in each.items}
    parted = {frozenset((each.left, each.right)) for each in said if not each.together}
    found = (
        merge
        for left, right in _candidates(facts)
        if story[left] != story[right] and frozenset((left, right)) not in parted
        if (merge := _likely(facts[left], facts[right])) is not None
    )
    return tuple(sorted(found, key=lambda merge: (-facts[merge.right].item.dated.timestamp(), merge.left, merge.right)))


def _candidates(facts: dict[str, Facts]) -> Iterator[tuple[str, str]]:
    """Yield the pairs worth comparing, each once: those that share an address, a name, a figure, words or phrases."""
    keys: dict[str, list[str]] = defaultdict(list)
    for id_, each in facts.items():
        for said in _keys(each):
            keys[said].append(id_)
    seen: set[tuple[str, str]] = set()
    for said, ids in keys.items():
        if said.startswith("address ") or len(ids) <= _CROWD:
            seen.update(combinations(ids, 2))
    order = {id_: place for place, id_ in enumerate(facts)}
    yield from sorted(seen, key=lambda pair: (order[pair[0]], order[pair[1]]))


def _keys(each: Facts) -> set[str]:
    found = {f"address {address}" for address in (each.address, each.kin) if address}
    if len(each.cited) <= CITED_MOST:
        found |= {f"address {address}" for address in each.cited}
    telling = sorted(set(each.named.stems), key=lambda word: (-len(word), word))[:5]
    near = {f"title {a} {b}" for a, b in combinations(sorted(telling), 2)}
    names = sorted(each.told.names | each.told.starts)
    near |= {f"name {name}" for name in names}
    near |= {f"figure {figure}" for figure in each.told.figures if figure > 99}  # noqa: PLR2004 - hundreds tell something
    phrases = sorted(shingles(each.text), key=lambda said: zlib.crc32(said.encode()))
    near |= {f"text {phrase}" for phrase in phrases[:_KEYS] if phrase}
    # a key holds for a window of days and the next one: items further apart are never compared, and years do not crowd
    window = each.day.toordinal() // DAYS
    return found | {f"{said} {at}" for said in near for at in (window, window + 1)}


def _story(members: Sequence[Facts], merges: tuple[Merge, ...]) -> Story:
    """Return the story, told by the item that others credit or cite, then by the one that says most."""
    told = sorted(members, key=lambda each: (-_pointed(each, members), -len(each.text), each.item.dated, each.item.id))
    first, *others = (each.item for each in told)
    return Story(main=first, others=tuple(sorted(others, key=lambda item: (item.dated, item.id))), merges=merges)


def _pointed(each: Facts, members: Sequence[Facts]) -> int:
    """Count the other items that credit or cite this one."""
    return sum(
        each.source in other.credits or (each.address != "" and each.address in other.cited)
        for other in members
        if other is not each
    )
