"""The same news told by several sources becomes one story, each merge with its reason. It reads no clock and no store.

Precision comes before recall: two stories that should be one cost a reader a moment, one that should be two loses a
news. So each reason asks for two signs that agree, and what differs in a year, a figure or an event's day stays apart.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from publisher import links
from publisher.item import Merge, Story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from publisher.item import Item

SAME_ADDRESS = "same-address"
CITED_ADDRESS = "cited-address"
CREDIT = "credit"
NEAR_TEXT = "near-text"
TITLE_AND_DATE = "title-and-date"
DECISION = "decision"

_DAYS_CITED = 45
_DAYS_CREDIT = 45
_DAYS_TEXT = 45
_DAYS_TITLE = 4
_CITED_MOST = 3  # addresses: an item that cites more is a round-up
_NEAR_TITLE = 80.0  # percent of rapidfuzz' token_set_ratio
_SAME_TITLE = 95.0
_SOME_TITLE = 55.0
_SAME_TEXT = 88.0
_TITLE = 20  # characters: a shorter title is a rubric
_TEXT = 200  # characters: a shorter text proves nothing
_SHINGLE = 5  # words
_KEYS = 8  # shingles kept of each text: with 8, nine near-copies in ten share one
_CROWD = 40  # items under one key: so many share boilerplate, not news
_LONGEST = 4000  # characters of a text that are compared

_WORD = re.compile(r"[a-z0-9]+")
_FIGURES = re.compile(r"\d+")
_MARKUP = re.compile(r"<[^<>]*>|&\w+;")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's word on two items by their ids: they are ``together``, or they are not."""

    left: str
    right: str
    together: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is compared of an item, worked out once."""

    item: Item
    address: str
    title: str
    text: str
    figures: frozenset[str]
    cited: frozenset[str]
    credits: frozenset[str]


def group(items: Iterable[Item], decisions: Iterable[Decision] = ()) -> tuple[Story, ...]:
    """Return every item in exactly one story, newest story first; the same input in any order gives the same stories.

    A decision outweighs every reason. Items of one source are one story only for the same address.
    """
    facts = {each.id: _facts(each) for each in sorted(items, key=lambda item: (item.first_seen, item.id))}
    clusters = _Clusters(facts)
    said = sorted(decisions, key=lambda each: (each.left, each.right))
    for decision in said:
        if not decision.together:
            clusters.part(decision.left, decision.right)
    for decision in said:
        if decision.together and decision.left in facts and decision.right in facts:
            clusters.merge(Merge(left=decision.left, right=decision.right, reason=DECISION, detail="réunis à la main"))
    for left, right in _candidates(facts):
        merge = _reason(facts[left], facts[right])
        if merge is not None:
            clusters.merge(merge)
    stories = [_story([facts[id_] for id_ in members], merges) for members, merges in clusters.found()]
    return tuple(sorted(stories, key=lambda story: (-story.main.dated.timestamp(), story.main.id)))


def _facts(item: Item) -> _Facts:
    return _Facts(
        item=item,
        address=links.canonical(item.address) if item.address else "",
        title=_plain(item.title),
        text=_plain(_MARKUP.sub(" ", item.html) or item.summary)[:_LONGEST],
        figures=frozenset(_FIGURES.findall(item.title)),
        cited=frozenset(links.canonical(each.address) for each in item.citations),
        credits=frozenset(_plain(credit) for credit in item.credits),
    )


def _plain(text: str) -> str:
    """Return words in small letters without accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(char for char in decomposed if not unicodedata.combining(char))))


def _candidates(facts: dict[str, _Facts]) -> Iterator[tuple[str, str]]:
    """Yield the pairs worth comparing, each once: those that share an address, a title’s words, or phrases."""
    keys: dict[str, list[str]] = defaultdict(list)
    for id_, each in facts.items():
        for key in _keys(each):
            keys[key].append(id_)
    seen: set[tuple[str, str]] = set()
    for key, ids in keys.items():
        if len(ids) <= _CROWD or key.startswith("address "):
            seen.update(combinations(ids, 2))
    order = {id_: place for place, id_ in enumerate(facts)}
    yield from sorted(seen, key=lambda pair: (order[pair[0]], order[pair[1]]))


def _keys(each: _Facts) -> set[str]:
    addresses = {each.address, *each.cited} if len(each.cited) <= _CITED_MOST else {each.address}
    words = each.title.split()
    rare = sorted(set(words), key=lambda word: (-len(word), word))[:4]
    found = {f"address {address}" for address in addresses if address}
    found |= {f"title {a} {b}" for a, b in combinations(sorted(rare), 2)}
    phrases = each.text.split()
    shingles = {" ".join(phrases[at : at + _SHINGLE]) for at in range(max(len(phrases) - _SHINGLE + 1, 0))}
    return found | {f"text {each}" for each in sorted(shingles, key=lambda said: zlib.crc32(said.encode()))[:_KEYS]}


def _reason(left: _Facts, right: _Facts) -> Merge | None:  # noqa: PLR0911 - one return per reason, in their order
    """Return why two items tell the same news, the strongest reason first, or ``None``."""
    if left.address and left.address == right.address:
        return _merge(left, right, SAME_ADDRESS, f"même adresse\u00a0: {left.address}")
    if left.item.source == right.item.source or _apart(left, right):
        return None
    days = abs((left.item.dated - right.item.dated).days)
    near = fuzz.token_set_ratio(left.title, right.title)
    cited = (left.address in right.cited) or (right.address in left.cited)
    few = max(len(left.cited), len(right.cited)) <= _CITED_MOST
    if cited and few and days <= _DAYS_CITED and near >= _SOME_TITLE:
        address = left.address if left.address in right.cited else right.address
        return _merge(left, right, CITED_ADDRESS, f"l’un cite l’adresse de l’autre\u00a0: {address}")
    credited = _plain(left.item.source) in right.credits or _plain(right.item.source) in left.credits
    if credited and days <= _DAYS_CREDIT and near >= _NEAR_TITLE:
        return _merge(left, right, CREDIT, f"l’un crédite l’autre, titres proches à {near:.0f}\u00a0%")
    if days <= _DAYS_TEXT and min(len(left.text), len(right.text)) >= _TEXT:
        alike = fuzz.ratio(left.text, right.text, score_cutoff=_SAME_TEXT)
        if alike:
            return _merge(left, right, NEAR_TEXT, f"textes identiques à {alike:.0f}\u00a0%")
    same = fuzz.ratio(left.title, right.title)
    if same >= _SAME_TITLE and min(len(left.title), len(right.title)) >= _TITLE and days <= _DAYS_TITLE:
        return _merge(left, right, TITLE_AND_DATE, f"même titre, à {days}\u00a0jour(s) près")
    return None


def _apart(left: _Facts, right: _Facts) -> bool:
    """Say whether something that both state differs: a figure of the title (a year, a number), or an event's day."""
    if left.figures and right.figures and left.figures != right.figures:
        return True
    one, other = left.item.event, right.item.event
    return one is not None and other is not None and one.start.date() != other.start.date()


def _merge(left: _Facts, right: _Facts, reason: str, detail: str) -> Merge:
    return Merge(left=left.item.id, right=right.item.id, reason=reason, detail=detail)


class _Clusters:
    """Items joined step by step; what a person parted is never joined, not even through a third item."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._of = {id_: [id_] for id_ in ids}
        self._merges: dict[str, list[Merge]] = defaultdict(list)
        self._parted: set[frozenset[str]] = set()

    def part(self, left: str, right: str) -> None:
        self._parted.add(frozenset((left, right)))

    def merge(self, merge: Merge) -> None:
        one, other = self._of[merge.left], self._of[merge.right]
        if any(frozenset((a, b)) in self._parted for a in one for b in other):
            return
        if one is not other:
            one += other
            for id_ in other:
                self._of[id_] = one
        self._merges[merge.left].append(merge)

    def found(self) -> Iterator[tuple[list[str], tuple[Merge, ...]]]:
        """Yield each cluster's ids with its merges."""
        done: set[int] = set()
        for members in self._of.values():
            if id(members) not in done:
                done.add(id(members))
                yield sorted(members), tuple(merge for id_ in sorted(members) for merge in self._merges[id_])


def _story(members: Sequence[_Facts], merges: tuple[Merge, ...]) -> Story:
    """Return the story, told by the item that others credit or cite, then by the one that says most."""
    told = sorted(members, key=lambda each: (-_pointed(each, members), -len(each.text), each.item.dated, each.item.id))
    first, *others = (each.item for each in told)
    return Story(main=first, others=tuple(sorted(others, key=lambda item: (item.dated, item.id))), merges=merges)


def _pointed(each: _Facts, members: Sequence[_Facts]) -> int:
    """Count the other items that credit or cite this one."""
    source = _plain(each.item.source)
    return sum(
        source in other.credits or (each.address != "" and each.address in other.cited)
        for other in members
        if other is not each
    )
