"""How each source is, told before the deadline and not in a log. Pure: it reads no clock and asks no site.

A source has a rhythm of its own: a daily is silent after a week, a network that publishes twice a month is not. The
usual gap is the median of the last gaps between days with news; a silence is told when it is much longer than usual
*and* longer than any gap that the source has shown, so that a known summer break alarms nobody twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from publisher import french

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from publisher.item import Item
    from publisher.protocols import Memory

GAPS = 26
"""The last gaps that make the rhythm: half a year of a weekly source."""
FEWEST_GAPS = 4
"""Fewer say nothing of a rhythm."""
TIMES_USUAL = 3
SHORTEST_SILENCE = 7
"""Days; nobody is alarmed for less, whatever the rhythm."""
ENOUGH_FAILURES = 3
"""Failures in a row after which an editor should act; before that the next try often mends it."""
LATEST = 4
"""Items that must all lack something before it is called lost: one article without a picture is an article."""
BEFORE = 8
"""Earlier items needed to say what a source usually gives."""
USUALLY = 0.9
OVERDUE = timedelta(days=2)
"""Without any reading, good or bad, for so long, it is the programme that does not run."""


class State(StrEnum):
    """The one thing that matters most about a source now."""

    GOOD = "good"
    NEVER = "never"
    RETIRED = "retired"
    FAILING = "failing"
    OVERDUE = "overdue"
    SILENT = "silent"
    EMPTY = "empty"
    CHANGED = "changed"
    MOVED = "moved"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a source has news, in whole days: the median gap, the longest one, and the silence that goes on."""

    usual: int
    longest: int
    silence: int

    @property
    def broken(self) -> bool:
        """Say whether the silence is longer than this source's habits explain."""
        return self.silence >= SHORTEST_SILENCE and self.silence > max(TIMES_USUAL * self.usual, self.longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one source is: ``level`` is "good", "note" or "bad"; ``text`` and ``remedy`` are for a person.

    ``rhythm`` is ``None`` where too little is known, or where none is to be expected (an agenda, a folder).
    """

    source: str
    state: State
    level: str
    text: str
    remedy: str = ""
    last_success: datetime | None = None
    last_news: datetime | None = None
    rhythm: Rhythm | None = None


def rhythm(news: Iterable[datetime], now: datetime) -> Rhythm | None:
    """Return the rhythm of a source with news at these times; ``None`` when there were too few days with news.

    Days are those of ``now``'s zone. Times after ``now`` are left out: a feed can be dated in the future.
    """
    days = sorted({each.astimezone(now.tzinfo).date() for each in news if each <= now})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)][-GAPS:]
    if len(gaps) < FEWEST_GAPS:
        return None
    return Rhythm(usual=max(1, round(median(gaps))), longest=max(gaps), silence=(now.date() - days[-1]).days)


_GIVEN: tuple[tuple[str, Callable[[Item], object]], ...] = (
    ("de date", lambda item: item.published),
    ("d’adresse", lambda item: item.address),
    ("de résumé", lambda item: item.summary),
    ("d’image", lambda item: item.images),
    ("de thème", lambda item: item.themes),
)


def losses(items: Iterable[Item]) -> tuple[str, ...]:
    """Return in French what the source's latest items all lack and nearly all of its earlier ones had.

    A site that changes its templates goes on being read without any error; this is how it shows.
    """
    told = sorted(items, key=lambda item: (item.first_seen, item.dated, item.id))
    before, latest = told[:-LATEST], told[-LATEST:]
    if len(before) < BEFORE:
        return ()
    return tuple(
        name
        for name, given in _GIVEN
        if not any(given(item) for item in latest)
        and sum(bool(given(item)) for item in before) >= USUALLY * len(before)
    )


def examine(  # noqa: PLR0913 - each is a fact about the same source
    memory: Memory | None,
    source: str,
    news: Iterable[datetime],
    now: datetime,
    *,
    rhythmic: bool = True,
    lost: tuple[str, ...] = (),
) -> Health:
    """Return how a source is. ``news`` are the times of its items; ``rhythmic`` is false where silence means nothing.

    ``lost`` is what ``losses`` says of its items.

    Where several things are true, the one that explains the others is told: a source that cannot be read is not
    called silent.
    """
    times = sorted(each.astimezone(now.tzinfo) for each in news)
    success = memory.last_success.astimezone(now.tzinfo) if memory and memory.last_success else None
    last = max((each for each in times if each <= now), default=None)
    beat = rhythm(times, now) if rhythmic else None
    known = bool(times) or not rhythmic
    state, level, text, remedy = _judge(memory, success, last, beat, now, known=known, lost=lost)
    if state is State.GOOD and not times:
        text = f"{text[:-1]}, rien pour l’instant."
    return Health(
        source=source,
        state=state,
        level=level,
        text=text,
        remedy=remedy,
        last_success=success,
        last_news=last,
        rhythm=beat,
    )


def _judge(  # noqa: PLR0911, PLR0913 - one return a state, each of what is known
    memory: Memory | None,
    success: datetime | None,
    last: datetime | None,
    beat: Rhythm | None,
    now: datetime,
    *,
    known: bool,
    lost: tuple[str, ...],
) -> tuple[State, str, str, str]:
    if memory is None or (success is None and not memory.failures and not memory.retired):
        return State.NEVER, "note", "Jamais relevée.", "Lancez «\u00a0publisher collect\u00a0»."
    if memory.retired:
        return (
            State.RETIRED,
            "bad",
            "Le site dit que cette adresse n’existe plus (410)\u00a0: elle n’est plus demandée.",
            "Cherchez la nouvelle adresse sur le site, ou ôtez la source de config.toml.",
        )
    if memory.failures:
        return _failing(memory, success, now)
    if success is None or now - success > OVERDUE:
        since = "jamais" if success is None else f"pour la dernière fois {_ago(success, now)}"
        return (
            State.OVERDUE,
            "bad",
            f"Relevée {since}.",
            "Vérifiez que «\u00a0publisher run\u00a0» est en marche, ou lancez «\u00a0publisher collect\u00a0».",
        )
    if beat is not None and beat.broken:
        return (
            State.SILENT,
            "bad",
            f"Silencieuse depuis {beat.silence} jours, alors que {beat.usual} est l’usage.",
            "Ouvrez le site\u00a0: s’il a publié depuis, son flux a changé d’adresse ou de forme.",
        )
    if not known:
        return (
            State.EMPTY,
            "note",
            "Se lit sans erreur, mais aucun article n’en est jamais venu.",
            "Vérifiez que cette adresse est bien celle des actualités.",
        )
    if lost:
        return (
            State.CHANGED,
            "note",
            f"Ses {LATEST} derniers articles n’ont plus {_listed(lost)}\u00a0: son flux a sans doute changé de forme.",
            "Comparez-les avec leurs pages\u00a0; s’il manque quelque chose, complétez-les dans le numéro.",
        )
    if memory.address and memory.address != memory.configured:
        return (
            State.MOVED,
            "note",
            f"A déménagé à {memory.address}, où elle est lue désormais.",
            "Recopiez cette adresse dans config.toml.",
        )
    if memory.last_error:
        return State.FAULTY, "note", f"Relevée {_ago(success, now)}, avec une faute. {memory.last_error}", ""
    return State.GOOD, "good", _well(success, last, beat, now), ""


def _failing(memory: Memory, success: datetime | None, now: datetime) -> tuple[State, str, str, str]:
    times = "1 échec" if memory.failures == 1 else f"{memory.failures} échecs de suite"
    since = f"N’a jamais pu être lue ({times})." if success is None else f"Ne se lit plus\u00a0: {times}, "
    if success is not None:
        since += f"dernier succès {_ago(success, now)}."
    late = success is None or now - success > OVERDUE
    level = "bad" if late or memory.failures >= ENOUGH_FAILURES else "note"
    again = ""
    if memory.next_try is not None and memory.next_try > now:
        again = f"Nouvel essai {french.moment(memory.next_try.astimezone(now.tzinfo))}."
    return State.FAILING, level, f"{since} {memory.last_error}".rstrip(), again


def _well(success: datetime, last: datetime | None, beat: Rhythm | None, now: datetime) -> str:
    told = f"Relevée {_ago(success, now)}"
    if last is not None:
        told += f", dernier article {_ago(last, now)}"
    if beat is not None:
        told += ", d’ordinaire chaque jour" if beat.usual == 1 else f", d’ordinaire tous les {beat.usual} jours"
    return f"{told}."


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} ni {names[-1]}"


def _ago(when: datetime, now: datetime) -> str:
    """Return « aujourd’hui », « hier », « il y a 9 jours » and, beyond two months, the day itself."""
    days = (now.date() - when.date()).days
    if days <= 0:
        return "aujourd’hui"
    if days == 1:
        return "hier"
    return f"il y a {days} jours" if days <= 60 else f"le {french.day(when, weekday=False)}"  # noqa: PLR2004 - as said
