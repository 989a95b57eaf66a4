"""What is compared of an item, worked out once. It compares nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher import links
from publisher.french import MONTHS
from publisher.stories.words import COMMON, NOTHING, Words, bare, together, words

if TYPE_CHECKING:
    from datetime import date

    from publisher.item import Item

HEAD = 700
"""Characters of a text that tell its news; what follows is detail and boilerplate."""
LONGEST = 4000
"""Characters of a text that are compared as a whole."""

ROOT = 5
"""Letters by which two inflected words are one."""

_SHINGLE = 5  # words

_MARKUP = re.compile(r"<[^<>]*>|&\w+;")
_WORD = re.compile(r"[a-z0-9]+")
_NUMBERING = re.compile(r"^\s*\d+([.)]|°)\s+")  # SPIP 2: « 12. Titre »
_CUT = re.compile(r"\s*(?:\.\.\.|…|\(\.\.\.\))\s*$")
_PART = re.compile(
    r"\b(?:fiche|volet|table ronde|atelier|seance|episode|lot|tome|partie|numero|n°|vague|chapitre|session|etape)s?"
    r"\s*(?:n°\s*)?(\d+|[a-h]\b)|\((\d+)\)"
)
_MONTH = re.compile(rf"\b({'|'.join(bare(month) for month in MONTHS)})\b")
_SEASON = re.compile(r"\b(printemps|ete|automne|hiver)\b")

_LEVEL = re.compile(r"\b(region|departement|metropol|intercommunal|national|europe)")

_STAGES = {
    # what marks a title as another chapter than the one before it, without accents
    name: re.compile(rf"\b(?:{'|'.join(words_)})")
    for name, words_ in {
        "told": (
            r"retour sur l", r"retour en images\b", r"replay\b", r"rediffusion\b", r"revo(?:ir|yez)\b", r"actes d",
            r"comptes? rendus?\b", r"(?:les )?(?:supports|presentations|lecons) d",
        ),
        "filed": (r"depose(?:e|s|es|nt)?\b",),
        "awarded": (r"laureate?s?\b",),
        "person": (r"portrait\b", r"entretien\b", r"interview\b", r"questions a\b", r"rencontre avec\b"),
        "moved": (r"prolonge", r"report(?:e|ee|es|ees)\b", r"repousse", r"derniers jours\b", r"annule", r"abandonn"),
    }.items()
}  # fmt: skip
# looked for in title and head: whoever counts the time since then tells what came of it
_SINCE = re.compile(r"\b\w+ (?:jours?|semaines?|mois) (?:apres|plus tard)\b|\blendemain d")
_FUTURE = re.compile(
    r"\b[a-z]{3,}(?:eront|iront|dront|[rv]ront|era|ira|dra|[rv]ra)\b"
    r"|\b(?:sera|aura|fera|ira|demain|ce soir|prochaine?s?|attendue?s?)\b|\b(?:au|se|fe)ront\b"
)
# with accents, so that « à » is no « a »
_PAST = re.compile(
    r"\b(?:a|ont|avait|avaient|s[’']est|se sont)\s(?:été\s|déjà\s|bien\s)?"
    r"\w{2,}(?:é|ée|és|ées|i|ie|is|it|u|us|ert|erts)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An item and what it is compared by.

    ``address``, ``kin`` and ``cited`` as ``links`` makes them; ``source`` and ``credits`` are bare names. ``named`` is
    the title's words, ``telling`` those of its stems that tell something, ``place`` the words of its event's place,
    ``told`` those of title, place and head together; ``stems`` and ``roots`` are all stems told and their beginnings,
    ``insisted`` the stems that stand in title and head; ``days`` are those it names, its event's and its deadline;
    ``weights`` is what each of them is worth as evidence (``#`` a figure, ``@`` a day). ``parts`` number a series;
    ``months``, ``seasons``, ``levels`` (tiers of government) and ``stages`` (the chapter of the news) are what the
    title says; ``ahead`` and ``behind`` whether verbs in the future and in the past stand there.
    """

    item: Item
    source: str
    address: str
    kin: str
    title: str
    text: str
    named: Words
    place: Words
    told: Words
    telling: frozenset[str]
    stems: frozenset[str]
    roots: frozenset[str]
    insisted: frozenset[str]
    days: frozenset[tuple[int, int]]
    weights: dict[str, float]
    parts: frozenset[str]
    months: frozenset[str]
    seasons: frozenset[str]
    levels: frozenset[str]
    stages: frozenset[str]
    ahead: bool
    behind: bool
    cited: frozenset[str]
    credits: frozenset[str]

    @property
    def path(self) -> str:
        """Return the path of its address, "" for a home page."""
        return self.address.partition("://")[2].partition("/")[2]

    @property
    def day(self) -> date:
        """Return the day it was published, or first seen."""
        return self.item.dated.date()


def plain(text: str) -> str:
    """Return words in small letters without accents, for comparing."""
    return " ".join(_WORD.findall(bare(text)))


def key(name: str) -> str:
    """Return a source's name or key so that « Maire-info », « Maire info » and ``maireinfo`` are one."""
    return plain(name).replace(" ", "")


def shingles(text: str) -> frozenset[str]:
    """Return every run of five words of a plain text, or the text itself when it is shorter."""
    found = text.split()
    return frozenset(" ".join(found[at : at + _SHINGLE]) for at in range(max(len(found) - _SHINGLE + 1, 1)))


def facts(item: Item) -> Facts:
    """Return what is compared of this item."""
    title = _CUT.sub("", _NUMBERING.sub("", item.title))
    body = _MARKUP.sub(" ", item.html) or item.summary
    named = words(title)
    head = words(body[:HEAD])
    place = words(item.event.place) if item.event and item.event.place else NOTHING
    told = together(named, head) if place is NOTHING else together(together(named, place), head)
    stems = frozenset(told.stems)
    dates = [item.event.start.date()] if item.event else []
    dates += [item.deadline] if item.deadline else []
    days = told.days | {(each.month, each.day) for each in dates}
    flat = plain(f"{title} {body[:HEAD]}")
    shown = bare(title)
    return Facts(
        item=item,
        source=key(item.source),
        address=links.canonical(item.address) if item.address else "",
        kin=links.kin(item.address) if item.address else "",
        title=plain(title),
        text=plain(body[:LONGEST]),
        named=named,
        place=place,
        told=told,
        telling=frozenset(named.stems) - COMMON,
        stems=stems,
        roots=frozenset(each[:size] for each in stems for size in range(1, ROOT + 1)),
        insisted=frozenset(named.stems) & frozenset(head.stems),
        days=days,
        weights=_weights(told, days),
        parts=frozenset(found[1] or found[2] for found in _PART.finditer(shown)),
        months=frozenset(_MONTH.findall(shown)),
        seasons=frozenset(_SEASON.findall(shown)),
        levels=frozenset(_LEVEL.findall(shown)),
        stages=frozenset(
            [name for name, pattern in _STAGES.items() if pattern.search(plain(title))]
            + ["since" for _ in _SINCE.findall(flat)[:1]]
        ),
        ahead=bool(_FUTURE.search(flat)),
        behind=bool(_PAST.search(f"{title} {body[:HEAD]}".lower())),
        cited=frozenset(links.canonical(each.address) for each in item.citations),
        credits=frozenset(key(credit) for credit in item.credits),
    )


def _weights(told: Words, days: frozenset[tuple[int, int]]) -> dict[str, float]:
    """Return what the item is made of with its worth as evidence: names and large figures say most."""
    found: dict[str, float] = {stem: 0.25 if stem in COMMON else 1.0 for stem in told.stems}
    found |= dict.fromkeys(told.starts, 1.0)
    found |= dict.fromkeys(told.names, 2.5)
    found |= dict.fromkeys(told.compounds, 1.25)  # two parts or three make one name
    for figure in told.figures:
        found[f"#{figure:g}"] = 0.5 if figure < 10 else 1.5 if figure < 100 else 2.5  # noqa: PLR2004 - few, tens, hundreds
    found |= {f"@{month}-{day}": 1.5 for month, day in days}
    return found
