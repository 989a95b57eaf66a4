"""What keeps two look-alikes apart whatever else agrees, as one list. It never says that two items belong together.

Each rule answers a kind of pair in tests/corpus/stories; a series, a yearly event, an announcement and its report share
nearly every word.
"""

from __future__ import annotations

from datetime import date
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from publisher.stories.facts import ROOT
from publisher.stories.words import COMMON, stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.stories.facts import Facts

_SHORT = 3  # letters: words up to here are grammar
_COUNTED = 10  # below, a figure is a way of speaking
_ONLINE = frozenset(stem(word) for word in ("ligne", "distance", "visio", "visioconference", "webinaire", "zoom"))


def apart(left: Facts, right: Facts) -> str:
    """Return in French what keeps two items apart though they look alike, "" when nothing does."""
    return next((said for said, differ in SURE if differ(left, right)), "")


def doubtful(left: Facts, right: Facts) -> str:
    """Return in French what a person may overrule, "" when nothing: enough not to merge by agreement alone."""
    return next((said for said, differ in DOUBTFUL if differ(left, right)), "")


def elsewhere(left: Facts, right: Facts) -> bool:
    """Say whether a title holds a place or a person that the other item does not know: it borrows, and retells nothing.

    Sigles are left out: they are often spelled out elsewhere.
    """
    return any(
        len(name) > _SHORT and name not in other.stems
        for one, other in ((left, right), (right, left))
        for name in one.named.names - one.named.sigles
    )


def boilerplate(left: Facts, right: Facts) -> bool:
    """Say whether what two texts share is a form or a presentation: each counts its own, or tells its own title."""
    here, there = (frozenset(each for each in one.told.figures if each >= _COUNTED) for one in (left, right))
    return bool(here - there and there - here) or (_foreign(left, right) and _foreign(right, left))


def known(one: Facts, other: Facts) -> float:
    """Return how much of what the title of one tells, in words and figures, the other item knows, 0 to 1."""
    telling = one.telling
    found = sum(_knows(other, word) for word in telling) + len(one.named.figures & other.told.figures)
    return found / count if (count := len(telling) + len(one.named.figures)) else 1.0


def _foreign(one: Facts, other: Facts) -> bool:
    """Say whether most of what the title of one tells is nowhere in the other."""
    telling = one.telling
    return bool(telling) and 2 * len(telling - other.stems) > len(telling)


def _disjoint(here: frozenset[object], there: frozenset[object]) -> bool:
    return bool(here and there) and not here & there


def _days(left: Facts, right: Facts) -> bool:
    one, other = left.item.event, right.item.event
    return one is not None and other is not None and one.start.date() != other.start.date()


def _places(left: Facts, right: Facts) -> bool:
    """Say whether two events name places without a word in common; online is everywhere."""
    here, there = (frozenset(each.place.stems) - _ONLINE for each in (left, right))
    return _disjoint(here, there)


def _deadlines(left: Facts, right: Facts) -> bool:
    one, other = left.item.deadline, right.item.deadline
    return one is not None and other is not None and one != other


def _editions(left: Facts, right: Facts) -> bool:
    return (
        _disjoint(frozenset(left.named.years), frozenset(right.named.years))
        or _disjoint(frozenset(left.named.ordinals), frozenset(right.named.ordinals))
        or _disjoint(frozenset(left.told.ordinals), frozenset(right.told.ordinals))
    )


def _figures(left: Facts, right: Facts) -> bool:
    """Say whether each title counts what the other does not know."""
    return all(
        one.named.figures and not one.named.figures & other.told.figures
        for one, other in ((left, right), (right, left))
    )


def _stages(left: Facts, right: Facts) -> bool:
    """Say whether one alone bears the mark of another chapter: laureates, a report, an extension, an end."""
    return left.stages != right.stages


def _around(left: Facts, right: Facts) -> bool:
    """Say whether a day that one speaks of, or the event that it announces, lies between their publications."""
    first, last = sorted((left.day, right.day))
    for event in (left.item.event, right.item.event):
        if event and first <= event.start.date() < last:
            return True
    for month, day in left.told.days | right.told.days:
        for year in {first.year, last.year}:
            try:
                if first < date(year, month, day) < last:
                    return True
            except ValueError:  # 29 February, or a figure before a month that is no day
                continue
    return False


def _turned(left: Facts, right: Facts) -> bool:
    """Say whether one speaks only of what will be and the other only of what was; a day that both name tells better."""
    if left.told.days & right.told.days or left.title.startswith(right.title) or right.title.startswith(left.title):
        return False
    return {left.ahead - left.behind, right.ahead - right.behind} == {1, -1}


def _names(left: Facts, right: Facts) -> bool:
    """Say whether each title holds a name that the other item does not know at all."""
    return all(
        any(name not in other.stems for name in one.named.names - COMMON)
        for one, other in ((left, right), (right, left))
    )


def _subjects(left: Facts, right: Facts) -> bool:
    """Say whether each insists, in title and text, on a telling word that the other does not know at all."""
    return all(
        any(not _knows(other, word) for word in one.insisted - COMMON) for one, other in ((left, right), (right, left))
    )


def _knows(one: Facts, word: str) -> bool:
    return word[:ROOT] in one.roots


def _template(left: Facts, right: Facts) -> bool:
    """Say whether two titles are one form filled in twice: equal words around one place where each says its own."""
    here, there = left.title.split(), right.title.split()
    turns = SequenceMatcher(None, here, there, autojunk=False).get_opcodes()
    changed = [turn for turn in turns if turn[0] != "equal"]
    if len(changed) != 1 or changed[0][0] != "replace":
        return False
    _, first, last, start, end = changed[0]
    kept = len(here) - (last - first)
    own = _own(here[first:last], left, right) and _own(there[start:end], right, left)
    return own and 2 * kept >= max(len(here), len(there))


def _own(words: list[str], one: Facts, other: Facts) -> bool:
    """Say whether a word of this title is one the other item does not know, or a name that its title does not bear."""
    stems = frozenset(stem(word) for word in words if len(word) > _SHORT)
    return bool(stems - other.stems or (stems & one.named.names) - frozenset(other.named.stems))


SURE: tuple[tuple[str, Callable[[Facts, Facts], bool]], ...] = (
    ("jours différents", _days),
    ("dates limites différentes", _deadlines),
    ("parties d’une série", lambda left, right: _disjoint(frozenset(left.parts), frozenset(right.parts))),
    ("mois différents", lambda left, right: _disjoint(frozenset(left.months), frozenset(right.months))),
    ("saisons différentes", lambda left, right: _disjoint(frozenset(left.seasons), frozenset(right.seasons))),
    ("éditions différentes", _editions),
    ("étapes différentes", _stages),
    ("avant et après", _around),
    ("noms différents", _names),
    ("titres d’une série", _template),
)
DOUBTFUL: tuple[tuple[str, Callable[[Facts, Facts], bool]], ...] = (
    ("lieux différents", _places),
    ("échelons différents", lambda left, right: _disjoint(frozenset(left.levels), frozenset(right.levels))),
    ("chiffres différents", _figures),
    ("futur et passé", _turned),
    ("sujets différents", _subjects),
)
