"""What a source changed in an item, told to an editor. It compares two readings and judges neither."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from publisher import clean, french, identity
from publisher.item import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from publisher.item import ItemData

KINDS = {
    Kind.ARTICLE: "article",
    Kind.EVENT: "événement",
    Kind.CALL: "appel",
    Kind.RESOURCE: "ressource",
    Kind.JOB: "offre",
}
"""What an item is, in French."""
NAMES = {
    "title": "le titre",
    "title_proposed": "l’origine du titre",
    "rubric": "la rubrique",
    "summary": "le résumé",
    "html": "le texte",
    "kind": "le genre",
    "published": "la date de parution",
    "updated": "la date de mise à jour",
    "event": "l’événement",
    "deadline": "la date limite",
    "themes": "les thèmes",
    "credits": "les crédits",
    "authors": "les auteurs",
    "images": "les images",
    "documents": "les documents",
    "videos": "les vidéos",
    "citations": "les liens cités",
    "link": "le lien",
    "address": "l’adresse",
    "language": "la langue",
    "members_only": "la réserve aux adhérents",
    "source": "la source",
}
"""What an editor calls the fields of an item, in the order in which they are shown."""
_UNSHOWN = frozenset({"title_proposed", "address", "citations", "updated"})
"""What may change without the letter showing it: told with the rest, but not worth a look of its own."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_LONGEST = 160  # characters of a passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One field that changed: ``field`` is its name in the record; both values are as a person reads them."""

    field: str
    before: str
    after: str

    @property
    def shows(self) -> bool:
        """Say whether the letter may show it."""
        return self.field not in _UNSHOWN and self.before != self.after

    def __str__(self) -> str:
        """Return « le titre : « A » devient « B » », or what was added or taken out."""
        name = NAMES.get(self.field, self.field)
        if self.before == self.after:  # its markup, a size, something beyond what is shown
            return f"{name} : changement"
        if self.before and self.after:
            return f"{name} : « {self.before} » devient « {self.after} »"
        return f"{name} : ajout de « {self.after} »" if self.after else f"{name} : retrait de « {self.before} »"


def edits(before: ItemData, after: ItemData, zone: tzinfo) -> tuple[Edit, ...]:
    """Return what changed from one reading to another, in the order of ``NAMES``; times are told in ``zone``."""
    changed = set(identity.changes(before, after))
    found = []
    for name in NAMES:
        if name not in changed:
            continue
        old, new = getattr(before, name), getattr(after, name)
        if name in {"html", "summary"}:
            lost, gained = _passages(_plain(old), _plain(new))
            found.append(Edit(field=name, before=lost, after=gained))
        else:
            found.append(Edit(field=name, before=_short(said(old, zone)), after=_short(said(new, zone))))
    return tuple(found)


def told(found: Sequence[Edit]) -> str:
    """Return in one line what the letter may show of the edits, "" for nothing; a summary's is its text's."""
    shown = [edit for edit in found if edit.shows]
    if any(edit.field == "html" for edit in shown):
        shown = [edit for edit in shown if edit.field != "summary"]
    return " ; ".join(str(edit) for edit in shown)


def said(value: object, zone: tzinfo) -> str:
    """Return a value of an item as a person reads it, "" for none."""
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words(value, zone)
    return "" if value is None else str(value)


def _event(event: Event, zone: tzinfo) -> str:
    end = event.end.astimezone(zone) if event.end else None
    when = french.period(event.start.astimezone(zone), end, all_day=event.all_day)
    return ", ".join(part for part in (when, event.place) if part)


def _thing(value: object) -> str:
    """Return the words of a theme, image, document, video or link."""
    words = (getattr(value, name, "") for name in ("name", "title", "alt", "text"))
    return next(filter(None, words), "") or str(getattr(value, "address", value))


_WORDS: tuple[tuple[type, Callable[..., str]], ...] = (
    (bool, lambda value, _: "oui" if value else "non"),
    (Kind, lambda value, _: KINDS[value]),
    (Event, _event),
    (datetime, lambda value, zone: french.moment(value.astimezone(zone))),
    (date, lambda value, _: french.day(value)),
    (tuple, lambda value, _: ", ".join(dict.fromkeys(map(_thing, value)))),
)


def _plain(text: str) -> list[str]:
    plain = clean.text(text) if "<" in text else text
    return [part.strip() for part in _SENTENCE.split(plain) if part.strip()]


def _passages(old: list[str], new: list[str]) -> tuple[str, str]:
    """Return the sentences that went and those that came, as far as one can be shown."""
    lost: list[str] = []
    gained: list[str] = []
    for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            lost += old[start:end]
            gained += new[first:last]
    return _short(" ".join(lost)), _short(" ".join(gained))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
