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
from publisher.stories.apart import apart, boilerplate, doubtful, elsewhere, known
from publisher.stories.facts import shingles

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
LIKELY = "likely"

DAYS = 45
"""Whatever agrees, news further apart is another news."""
CITED_MOST = 2
"""Addresses: an item that cites more is a round-up."""

# found on the pairs of tests/corpus/stories/dev-*.toml, each so coarse that it holds on all lots: make bench-stories
_DAYS_TITLE = 10
_DAYS_REWORDED = 3  # the same words otherwise turned
_DAYS_POINTED = 21  # whoever cites or credits later than that tells what came of it
_DAYS_COPIED = 4  # later, what came of it may be told in the words of before
_DAYS_LIKELY = 14
_DAYS_AGAIN = 3
_TITLE_LEAST = 2  # telling words and figures
_TITLE_WORDS = 3  # telling words: a shorter title is a rubric
_LONG_TITLE = 8  # words of any kind: no rubric is that long
_TEXT = 120  # characters: a shorter text proves nothing by being equal
_LONG_TEXT = 160  # the same where both titles have a word of their own: forms are short
_SAME_TITLE = 92.0  # percent of rapidfuzz' ratio
_NEAR_TITLE = 80.0
_SAME_TEXT = 80.0
_COPIED = 50.0  # percent of the phrases of the shorter text, where one title is covered
_WHOLE_TEXT = 92.0
_SHARE = 0.60  # of the lighter item's evidence
_TITLED = 0.50  # the same where the titles are equal
_POINTING = 0.50  # the same where one points at the other
_UNCOUNTED = 0.75  # the same where no figure and no day agrees and a person judges
_TOLD = 0.65  # the same where its title is known in part
_POINTED = 4.0  # telling words: whoever borrows a page or names a source shares a few in any case
_HEAVY = 12.0  # weight of what both have: with so much, who points need not know the other's title
_DATED = 3.0  # weight beside an equal day or deadline
_FACTS = 6.0  # where a person judges
_COVERED = 0.99  # of one title: it tells nothing that the other item does not know
_EXPLAINED = 0.5  # of the other title
_KNOWN = 0.75  # of the title of the one who points


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
        one, other = self.left.days, self.right.days
        return bool(one and other) and not one & other

    @cached_property
    def leads(self) -> bool:
        """Say whether the texts share a telling word or figure that does not stand in both titles, or one is empty."""
        return bool(self.beyond) or not (self.left.text and self.right.text)

    @cached_property
    def beyond(self) -> frozenset[str]:
        """Return the telling words and figures that both have and that do not stand in both titles."""
        one, other = self.left.named, self.right.named
        both_titles = frozenset(one.stems) & frozenset(other.stems)
        both_titles |= {f"#{each:g}" for each in one.figures & other.figures}
        both_titles |= {f"@{month}-{day}" for month, day in one.days & other.days}
        return frozenset(key for key in self.both - both_titles if self.left.weights[key] >= 1)

    @cached_property
    def known(self) -> tuple[float, float]:
        """Return how much of what each title tells the other item knows, 0 to 1, the lesser first.

        A title that tells next to nothing is known to everybody, and proves nothing by it.
        """
        one, other = known(self.left, self.right), known(self.right, self.left)
        most = (
            each
            for each, facts in ((one, self.left), (other, self.right))
            if len(facts.telling) + len(facts.named.figures) >= _TITLE_LEAST
        )
        return min(one, other), max(most, default=0.0)

    @cached_property
    def covered(self) -> bool:
        """Say whether one title tells nothing that the other item does not know, and the other title little.

        Two calls, two posts, two parts of a series: each title has a word of its own there.
        """
        return self.known[1] >= _COVERED and self.known[0] >= _EXPLAINED

    @cached_property
    def shared(self) -> str:
        return f"le plus bref se retrouve à {100 * self.share:.0f}\u00a0% dans l’autre"


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
            parted = apart(left, right) or (code not in _POINTERS and doubtful(left, right))
            return None if parted else _merge(pair, code, said)
    return None


def likely(left: Facts, right: Facts) -> Merge | None:
    """Return what speaks for one news where it is too little to merge: for a person to judge."""
    pair = _Pair(left=left, right=right)
    if not _comparable(pair):
        return None
    said = _pointing(pair) or _facts_near(pair) or _titles_near(pair)
    return _merge(pair, LIKELY, said) if said and not apart(left, right) else None


def _comparable(pair: _Pair) -> bool:
    return pair.days <= DAYS and (pair.left.item.source != pair.right.item.source or _again(pair))


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
        if one.address in other.cited and len(other.cited) <= CITED_MOST and one.path:
            heavy = pair.weight >= _HEAVY and pair.share >= _SHARE and not elsewhere(one, other)
            if _retold(pair, other, one) or (heavy and pair.days <= _DAYS_POINTED):
                return f"{other.item.id} cite l’adresse de {one.item.id}\u00a0: {one.address}"
    return ""


def _credited(pair: _Pair) -> str:
    for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
        if one.source in other.credits and _retold(pair, other, one):
            return f"{other.item.id} nomme {one.item.source} parmi ses sources, {pair.shared}"
    return ""


def _retold(pair: _Pair, teller: Facts, told: Facts) -> bool:
    """Say whether the one who points tells the same: what came of it has a title that the other does not know."""
    if pair.days > _DAYS_POINTED or elsewhere(pair.left, pair.right):
        return False
    words = min(len(each.title.split()) for each in (pair.left, pair.right))
    if pair.covered and pair.titles >= _NEAR_TITLE and words > _TITLE_WORDS:
        return True
    knows = known(teller, told)
    share = _SHARE if knows >= _COVERED else _TOLD if knows >= _KNOWN else 1
    return pair.share >= share and pair.telling >= _POINTED


def _pointing(pair: _Pair) -> str:
    """Return that one points at the other and says about the same, for a person to judge."""
    for one, other in ((pair.left, pair.right), (pair.right, pair.left)):
        cites = bool(one.path) and one.address in other.cited and len(other.cited) <= CITED_MOST
        if pair.share >= _POINTING and (cites or one.source in other.credits):
            said = f"cite l’adresse de {one.item.id}" if cites else f"nomme {one.item.source} parmi ses sources"
            return f"{other.item.id} {said}, {pair.shared}"
    return ""


def _same_text(pair: _Pair) -> str:
    short, long = sorted((pair.left.text, pair.right.text), key=len)
    if pair.share < _SHARE or len(short) < (_TEXT if pair.covered else _LONG_TEXT):
        return ""
    forms = any(each.item.kind not in {Kind.ARTICLE, Kind.RESOURCE} for each in (pair.left, pair.right))
    if (forms and not pair.covered) or boilerplate(pair.left, pair.right):
        return ""  # a post and a call are written on a form
    phrases = shingles(short)
    held = 100 * len(phrases & shingles(long)) / len(phrases)
    if held < _WHOLE_TEXT:
        # a part may be a long article that recalls a short one and goes on
        enough = held >= (_COPIED if pair.covered else _SAME_TEXT) and (pair.covered or len(long) <= 2 * len(short))
        if not enough or pair.days > _DAYS_COPIED:
            return ""
    return f"l’un reprend le texte de l’autre à {held:.0f}\u00a0%"


def _same_title(pair: _Pair) -> str:
    if pair.days > _DAYS_TITLE or pair.share < _TITLED or not pair.covered:
        return ""
    said = f"même titre, à {pair.days}\u00a0jour{'s' if pair.days > 1 else ''} près"
    telling = [each.telling for each in (pair.left, pair.right)]
    short, long = sorted((pair.left.title, pair.right.title), key=len)
    if pair.otherwise_dated and pair.share < _UNCOUNTED:
        return ""
    # cut by the feed, or with a rubric before it: the shorter stands whole in the longer
    part = 2 * len(short) > len(long) and (long.startswith(short) or long.endswith(short))
    if part and len(short.split()) >= _LONG_TITLE and pair.leads:
        return said
    if min(len(words) for words in telling) < _TITLE_WORDS:
        equal = short == long and len(short.split()) > _TITLE_WORDS and pair.share >= _UNCOUNTED
        return said if equal and len(pair.beyond) > 1 else ""
    # two rubrics may bear one name: with few words in the title and no name, the texts must have a word in common too
    few = len(telling[0] & telling[1]) <= _TITLE_WORDS and not pair.names
    if few and not pair.leads:
        return ""
    reworded = telling[0] == telling[1] and pair.days <= _DAYS_REWORDED
    return said if part or reworded or pair.titles >= _SAME_TITLE else ""


def _same_event(pair: _Pair) -> str:
    one, other = pair.left.item.event, pair.right.item.event
    if one and other:
        same, said = one.start == other.start, "même jour, même heure"
    else:
        event, text = (one, pair.right) if one else (other, pair.left)
        same = event is not None and (event.start.month, event.start.day) in text.days
        said = "l’un nomme le jour de l’autre"
    if same and pair.covered and pair.share >= _SHARE and pair.weight >= _DATED:
        return f"{said}, {pair.shared}"
    return ""


def _same_deadline(pair: _Pair) -> str:
    one, other = pair.left.item, pair.right.item
    same = one.deadline is not None and one.deadline == other.deadline and one.kind == other.kind != Kind.ARTICLE
    if same and pair.covered and pair.share >= _SHARE and pair.weight >= _DATED:
        return f"même date limite, {pair.shared}"
    return ""


def _facts_near(pair: _Pair) -> str:
    if pair.days > _DAYS_LIKELY or pair.weight < _FACTS or not (pair.counted or pair.names):
        return ""
    if pair.share < (_SHARE if pair.counted else _UNCOUNTED) or boilerplate(pair.left, pair.right):
        return ""
    same = [said for said, found in (("mêmes noms", pair.names), ("mêmes chiffres ou dates", pair.counted)) if found]
    return f"{', '.join(same)}, {pair.shared}"


def _titles_near(pair: _Pair) -> str:
    """Return that the titles say the same of a matter, for a person to judge."""
    if pair.days > _DAYS_LIKELY or not pair.covered or pair.share < _SHARE or pair.telling < _TITLE_WORDS:
        return ""
    return f"titres voisins, {pair.shared}"


_POINTERS = frozenset({SAME_ADDRESS, CITED_ADDRESS, CREDIT})
_REASONS: tuple[tuple[str, Callable[[_Pair], str]], ...] = (
    (SAME_ADDRESS, _alias),
    (CITED_ADDRESS, _cited),
    (CREDIT, _credited),
    (NEAR_TEXT, _same_text),
    (TITLE_AND_DATE, _same_title),
    (SAME_EVENT, _same_event),
    (SAME_DEADLINE, _same_deadline),
)
