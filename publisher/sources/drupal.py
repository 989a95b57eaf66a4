"""Drupal 7 to 10: a node rendered as fields with labels. It must be called for Drupal sites only.

Drupal 7 writes ``field-name-field-date``, ``field-label``, ``field-item``; Drupal 8 and later
``field--name-field-date``, ``field__label``, ``field__item``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from publisher.item import Event, Theme
from publisher.sources import documents, fragment
from publisher.sources.dates import machine_date, spelled_out
from publisher.sources.fields import Fields

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from lxml.html import HtmlElement

_NAME = re.compile(r"\bfield-(?:-name|name)-(?:field-)?([\w-]+)")
_GUID = re.compile(r"^(\d+) at https?://\S+$")
_REFUSAL = frozenset({"non", "no", "0", "faux"})

# What a field means, by its machine name or its label (irev.fr, rtes.fr, banquedesterritoires.fr). The label decides
# first: names are the site builder's whim, labels are what readers saw.
_LABELS = (
    (re.compile(r"^ressource privée$"), "members"),
    (re.compile(r"^(?:dates?|quand)$"), "event"),
    (re.compile(r"^(?:date limite|clôture|échéance)\b"), "deadline"),
    (re.compile(r"^(?:thématiques?|thèmes?|mots[- ]cl[ée]s?|tags?)$"), "themes"),
    (re.compile(r"^(?:lieu|où|adresse)$"), "place"),
    (re.compile(r"^(?:catégories?|type de ressources?|type|rubrique)$"), "labels"),
    (re.compile(r"^(?:sources?)$"), "credits"),
    (re.compile(r"^(?:inscription|lien d[’']inscription)$"), "registration"),
)
_NAMES = (
    (re.compile(r"^(?:chapo|chapeau|accroche|intro(?:duction)?|lead|resume|summary)$"), "lead"),
    (re.compile(r"^ressource-privee$"), "members"),
    (re.compile(r"^(?:dates?|date-evenement|event-date)$"), "event"),
    (re.compile(r"^date-limite$"), "deadline"),
    (re.compile(r"^(?:thematiques?|themes?|tags|mots-cles)$"), "themes"),
    (re.compile(r"^lieu$"), "place"),
    (re.compile(r"^(?:type-de-ressource|type-ressource|categorie)$"), "labels"),
)


@dataclass(slots=True)
class _Taken:
    """Fields met so far, and the classes of the tree they stand in."""

    classes: frozenset[str]
    lead: HtmlElement | None = None
    themes: list[Theme] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    event: Event | None = None
    deadline: date | None = None
    place: str = ""
    registration: str = ""
    members_only: bool = False


def stable_id(guid: str) -> str:
    """Return the id of a node whatever the site's host: ``231877 at https://site`` is ``node/231877``."""
    found = _GUID.match(guid.strip())
    return f"node/{found[1]}" if found else guid


def take(root: HtmlElement, base: str, zone: tzinfo) -> Fields:
    """Return what the fields of a rendered node say; fields that were understood leave the tree."""
    taken = _Taken(classes=fragment.class_names(root))
    for element in [
        each for each in root.iter("div", "section", "span", "p") if _machine(each.get("class")) is not None
    ]:
        meaning = _meaning(taken, element)
        if meaning:
            _take(taken, meaning, element, base, zone)
    for name in taken.classes & {"field-label", "field__label"}:  # of fields that stay: « Partenaires : » has no
        for label in fragment.by_class(root, name):  # meaning alone
            label.tag = "strong"
    for name in ("links", "node__links"):
        for links in fragment.by_class(root, name) if name in taken.classes else ():
            fragment.drop(links)
    return Fields(
        lead=taken.lead,
        themes=tuple(dict.fromkeys(taken.themes)),
        labels=tuple(taken.labels),
        credits=tuple(taken.credits),
        event=_event(taken),
        deadline=taken.deadline,
        members_only=taken.members_only,
    )


def _marked(taken: _Taken, field_: HtmlElement, *names: str) -> list[HtmlElement]:
    """Return the elements of a field that have one of these classes, those of the first class first."""
    return [found for name in names if name in taken.classes for found in fragment.within(field_, name)]


def _meaning(taken: _Taken, element: HtmlElement) -> str:
    return _meant(_label(taken, element), _machine(element.get("class")) or "")


@lru_cache(maxsize=1000)
def _machine(classes: str | None) -> str | None:
    """Return a field's machine name by its classes, ``None`` when it is no field."""
    name = _NAME.search(classes or "")
    return name[1].split("--")[0] if name else None


@lru_cache(maxsize=1000)
def _meant(label: str, machine: str) -> str:
    """Return what a field means by its label, or else by its machine name; a site has few of them, each many times."""
    for pattern, meaning in _LABELS:
        if label and pattern.match(label):
            return meaning
    return next((meaning for pattern, meaning in _NAMES if pattern.match(machine)), "")


def _label(taken: _Taken, element: HtmlElement) -> str:
    labels = _marked(taken, element, "field-label", "field__label")
    return fragment.words(labels[0]).rstrip(": \u00a0").lower().replace("’", "'") if labels else ""


def _items(taken: _Taken, element: HtmlElement) -> list[HtmlElement]:
    return _marked(taken, element, "field-item", "field__item") or [element]


def _take(taken: _Taken, meaning: str, element: HtmlElement, base: str, zone: tzinfo) -> None:
    items = _items(taken, element)
    said = [text for text in map(fragment.words, items) if text]
    if meaning == "lead":
        if taken.lead is not None:
            return
        taken.lead = items[0]
    elif meaning == "themes":
        taken.themes += [theme for item in items for theme in _themes(item, base)]
    elif meaning in {"event", "deadline"}:
        when = _when(items, zone)
        if when is None:
            return  # not understood: the words stay in the text
        if meaning == "event":
            taken.event = taken.event or when
        else:
            taken.deadline = when.start.astimezone(zone).date()
    elif meaning == "registration":
        link = next((each.get("href") or "" for item in items for each in item.iter("a")), "")
        taken.registration = fragment.absolute(link, base)
    else:
        _take_words(taken, meaning, said)
    fragment.drop(element)


def _take_words(taken: _Taken, meaning: str, said: list[str]) -> None:
    if meaning == "place":
        taken.place = ", ".join(said)
    elif meaning == "labels":
        taken.labels += said
    elif meaning == "members":
        taken.members_only = bool(said) and said[0].lower() not in _REFUSAL
    else:
        taken.credits += said


def _themes(item: HtmlElement, base: str) -> list[Theme]:
    linked = [
        Theme(name=fragment.words(each), address=fragment.absolute(each.get("href") or "", base))
        for each in item.iter("a")
        if fragment.words(each)
    ]
    said = fragment.words(item)
    return linked or [Theme(name=said)] if said else linked


def _times(item: HtmlElement, zone: tzinfo) -> list[datetime]:
    """Return the times that the machine's own attributes of a date field say."""
    marked = [each.get("content") or each.get("datetime") or "" for each in item.iter("span", "time")]
    return [time for time in (machine_date(text, zone) for text in marked if text) if time is not None]


def _when(items: list[HtmlElement], zone: tzinfo) -> Event | None:
    """Return the event of a date field: the words tell whole days from midnight, the attributes stand in for them."""
    spoken = documents.event_of(spelled_out(" ".join(map(fragment.words, items))), zone)
    if spoken is not None:
        return spoken
    times = sorted({time for item in items for time in _times(item, zone)})
    return Event(start=times[0], end=times[-1] if len(times) > 1 else None) if times else None


def _event(taken: _Taken) -> Event | None:
    if taken.event is None:
        return None
    return replace(taken.event, place=taken.place, registration=taken.registration)
