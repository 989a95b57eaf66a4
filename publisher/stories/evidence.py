"""Whether two items tell the same news, and why. It joins nothing.

Precision comes before recall: two stories that should be one cost a reader a moment, one that should be two loses a
news. So each reason asks for signs that agree, and ``apart`` has the last word on all of them but the same address.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from publisher.item import Kind, Merge
from publisher.stories.apart import apart, boilerplate, elsewhere, explained
from publisher.stories.facts import shingles
from publisher.stories.words import COMMON

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.stories.facts import Facts

SAME_ADDRESS = "same-address"
CITED_ADDRESS = "cited-address"
CREDIT = "credit"
NEAR_TEXT = "near-text"
TITLE_AND_DATE = "title-and-date"
SAME_EVENT = "same-event"
SAME_DEADLINE = "same-deadline"
SAME_FACTS = "same-facts"
LIKELY = "likely"

DAYS = 45
"""Whatever agrees, news further apart is another news."""
CITED_MOST = 2
"""Addresses: an item that cites more is a round-up."""

# all of it found on the pairs of tests/corpus/stories/dev-*.toml: make bench-stories
_DAYS_TITLE = 10
_DAYS_FACTS = 2
_DAYS_COUNTED = 5  # where two figures or days agree
_DAYS_AGAIN = 3
_TITLE_WORDS = 3  # telling words: a shorter title is a rubric
_LONG_TITLE = 8  # words of any kind: no rubric is that long
_TEXT = 120  # characters: a shorter text proves nothing by being equal
_SAME_TITLE = 92.0  # percent of rapidfuzz' ratio
_NEAR_TITLE = 80.0
_SAME_TEXT = 80.0
_WHOLE_TEXT = 92.0
_SHARE = 0.60  # of the lighter item's evidence
_TITLED = 0.50  # the same where the titles are equal
_UNCOUNTED = 0.75  # the same where no figure and no day agrees
_POINTED = 4.0  # telling words: whoever borrows a page or names a source shares a few in any case
_DATED = 3.0  # weight beside an equal day or deadline
_FACTS = 6.0  # weight where nothing but the facts speaks
_TELLING = 2.5
_COUNTED = 2  # figures and days: with fewer, what happens next has as much in common with what happened
_WHOLE = 0.90  # share from which the shorter item says nothing of its own
_EXPLAINED = 0.4  # of each title: whoever retells a news knows what its title says


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """Two items and what comparing them gives, each worked out when a reason asks for it."""

    left: Facts
    right: Facts

    @cached_property
    def days(self) -> int:
        return abs((self.left.day - self.right.day).days)

    @cached_property
    def both(self) -> frozenset[str]:
        return frozenset(self.left.weights.keys() & self.right.weights.keys())

    @cached_property
    def weight(self) -> float:
        return sum(max(self.left.weights[key], self.right.weights[key]) for key in sorted(self.both))

    @cached_property
    def share(self) -> float:
        """Return how much of the lighter item's evidence both have, 0 to 1."""
        least = min(sum(self.left.weights.values()), sum(self.right.weights.values()))
        return min(self.weight / least, 1.0) if least else 0.0

    @cached_property
    def telling(self) -> float:
        """Return how many telling words and figures both have; a name counts half, since it says who and not what."""
        return sum(self.left.weights[key] >= 1 for key in self.both - self.names) + len(self.names) / 2

    @cached_property
    def names(self) -> frozenset[str]:
        return self.both & (self.left.told.names | self.right.told.names)

    @cached_property
    def counted(self) -> int:
        """Return how many figures of some size and days both have."""
        return sum(key[0] in "#@" and self.left.weights[key] > 1 for key in self.both)

    @cached_property
    def titles(self) -> float:
        """Return how alike the titles are, in percent, the order of words aside."""
        return max(
            fuzz.ratio(self.left.title, self.right.title), fuzz.token_sort_ratio(self.left.title, self.right.title)
        )

    @cached_property
    def otherwise_dated(self) -> bool:
        """Say whether both speak of days and of none in common."""
        one, other = self.left.told.days, self.right.told.days
        return bool(one and other) and not one & other

    @cached_property
    def leads(self) -> bool:
        """Say whether the texts share a telling word or figure that does not stand in both titles, or one is empty."""
        both_titles = frozenset(self.left.named.stems) & frozenset(self.right.named.stems)
        common = {key for key in self.both - both_titles if self.left.weights[key] >= 1}
        return bool(common) or not (self.left.text and self.right.text)

    @cached_property
    def percent(self) -> str:
        return f"{100 * self.share:.0f}\u00a0%"


def reason(left: Facts, right: Facts) -> Merge | None:
    """Return why two items tell the same news, the strongest reason first, or ``None``."""
    pair = _Pair(left=left, right=right)
    if left.address and left.address == right.address:
        return _merge(pair, SAME_ADDRESS, f"même adresse\u00a0: {left.address}")
    if not _comparable(pair):
        return None
    for code, detail in _REASONS:
        said = detail(pair)
        if said:
            return _merge(pair, code, said)
    return None


def likely(left: Facts, right: Facts) -> Merge | None:
    """Return what speaks for one news where it is too little to merge: for a person to judge."""
    pair = _Pair(left=left, right=right)
    said = _facts_agree(pair) if _comparable(pair) else ""
    return _merge(pair, LIKELY, said) if said else None


def _comparable(pair: _Pair) -> bool:
    one_source = pair.left.item.source == pair.right.item.source
    return pair.days <= DAYS and (not one_source or _again(pair)) and not apart(pair.left, pair.right)


def _merge(pair: _Pair, code: str, detail: str) -> Merge:
    return Merge(left=pair.left.item.id, right=pair.right.item.id, reason=code, detail=detail)


def _again(pair: _Pair) -> bool:
    """Say whether one source brings the same item twice: same title and text within days, as a copy or an alias."""
    if pair.days > _DAYS_AGAIN or pair.titles < _SAME_TITLE or len(pair.left.title.split()) < _TITLE_WORDS:
        return False
    return bool(pair.left.text) and fuzz.ratio(pair.left.text, pair.right.text) >= _WHOLE_TEXT


def _alias(pair: _Pair) -> str:
    if pair.left.kin and pair.left.kin == pair.right.kin and pair.titles >= _SAME_TITLE:
        return f"même page sous une autre adresse\u00a0: {pair.left.kin}"
    return ""


def _cited(pair: _Pair) -> str:
    for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
        # a home page names a body, not a news
        if one.address in other.cited and len(other.cited) <= CITED_MOST and one.path and _retold(pair):
            return f"l’un cite l’adresse de l’autre\u00a0: {one.address}"
    return ""


def _credited(pair: _Pair) -> str:
    left, right = pair.left, pair.right
    named = ({left.item.source.lower()} & right.credits) | ({right.item.source.lower()} & left.credits)
    if named and _retold(pair):
        return f"l’un crédite l’autre ({', '.join(sorted(named))}), contenus communs à {pair.percent}"
    return ""


def _retold(pair: _Pair) -> bool:
    if elsewhere(pair.left, pair.right):
        return False
    near = (
        pair.titles >= _NEAR_TITLE and min(len(each.title.split()) for each in (pair.left, pair.right)) > _TITLE_WORDS
    )
    return near or (pair.share >= _SHARE and pair.telling >= _POINTED)


def _same_text(pair: _Pair) -> str:
    short, long = sorted((pair.left.text, pair.right.text), key=len)
    if len(short) < _TEXT or pair.share < _SHARE or boilerplate(pair.left, pair.right):
        return ""
    alike = fuzz.ratio(short, long, score_cutoff=_SAME_TEXT)
    if alike:
        return f"textes identiques à {alike:.0f}\u00a0%"
    phrases = shingles(short)
    held = 100 * len(phrases & shingles(long)) / len(phrases)
    return f"l’un reprend le texte de l’autre à {held:.0f}\u00a0%" if held >= _SAME_TEXT else ""


def _same_title(pair: _Pair) -> str:
    said = f"même titre, à {pair.days}\u00a0jour{'s' if pair.days > 1 else ''} près"
    telling = [frozenset(each.named.stems) - COMMON for each in (pair.left, pair.right)]
    short, long = sorted((pair.left.title, pair.right.title), key=len)
    if pair.days > _DAYS_TITLE or pair.share < _TITLED or pair.otherwise_dated:
        return ""
    # cut by the feed, or with a rubric before it: the shorter stands whole in the longer
    part = 2 * len(short) > len(long) and (long.startswith(short) or long.endswith(short))
    if part and len(short.split()) >= _LONG_TITLE and pair.leads:
        return said
    if min(len(words) for words in telling) < _TITLE_WORDS:
        equal = short == long and len(short.split()) > _TITLE_WORDS and pair.share >= _UNCOUNTED and pair.leads
        return said if equal else ""
    # two rubrics may bear one name: with few words in the title and no name, the texts must have a word in common too
    few = len(telling[0] & telling[1]) <= _TITLE_WORDS and not pair.names
    if few and not pair.leads:
        return ""
    return said if part or pair.titles >= _SAME_TITLE or telling[0] == telling[1] else ""


def _same_event(pair: _Pair) -> str:
    one, other = pair.left.item.event, pair.right.item.event
    if not (one and other) or one.start != other.start or pair.share < _SHARE:
        return ""
    if explained(pair.left, pair.right) < _EXPLAINED:
        return ""
    return f"même jour, même heure, contenus communs à {pair.percent}"


def _same_deadline(pair: _Pair) -> str:
    one, other = pair.left.item, pair.right.item
    same = one.deadline is not None and one.deadline == other.deadline and one.kind == other.kind != Kind.ARTICLE
    if same and pair.share >= _SHARE and pair.weight >= _DATED:
        return f"même date limite, contenus communs à {pair.percent}"
    return ""


def _same_facts(pair: _Pair) -> str:
    if pair.counted >= _COUNTED or (pair.share >= _WHOLE and pair.telling >= 2 * _TELLING):
        return _facts_agree(pair)
    return ""


def _facts_agree(pair: _Pair) -> str:
    most = _DAYS_COUNTED if pair.counted >= _COUNTED else _DAYS_FACTS
    if pair.days > most or pair.weight < _FACTS or not (pair.counted or pair.names):
        return ""
    share, telling = (_SHARE, _TELLING) if pair.counted else (_UNCOUNTED, 2 * _TELLING)
    if pair.share < share or pair.telling < telling or boilerplate(pair.left, pair.right):
        return ""
    if explained(pair.left, pair.right) < _EXPLAINED:
        return ""
    return f"mêmes noms et mêmes chiffres, contenus communs à {pair.percent}"


_REASONS: tuple[tuple[str, Callable[[_Pair], str]], ...] = (
    (SAME_ADDRESS, _alias),
    (CITED_ADDRESS, _cited),
    (CREDIT, _credited),
    (NEAR_TEXT, _same_text),
    (TITLE_AND_DATE, _same_title),
    (SAME_EVENT, _same_event),
    (SAME_DEADLINE, _same_deadline),
    (SAME_FACTS, _same_facts),
)
