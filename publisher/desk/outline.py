"""The issue's outline and what an editor does to it with a button. The file stays the truth: notes and order are kept.

Each gesture is one operation of ``folders.operations``; what undoes it is kept until the page is closed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from publisher.errors import ConflictError, ContentError
from publisher.folders.operations import Drop, Later, Operation, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.edition import Edition
    from publisher.issue import Issue

GESTURES = {
    "monter": "« {title} » est monté.",
    "descendre": "« {title} » est descendu.",
    "plus-tard": "« {title} » est gardé pour le prochain numéro.",
    "retirer": "« {title} » est retiré de ce numéro.",
}
"""What a button asks for, and what is said when it is done."""


class Shelf(Protocol):
    """The issue files, as ``folders.issues.IssueFolder`` keeps them."""

    def text(self, key: str) -> str:
        """Return the file as it is."""
        ...

    def read(self, key: str) -> Issue:
        """Return the issue."""
        ...

    def change(self, key: str, operations: Iterable[Operation]) -> tuple[Operation, ...]:
        """Change the file and return what undoes it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the outline; ``up`` and ``down`` say whether there is a place to go to."""

    id: str
    title: str
    source: str
    up: bool
    down: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section of the outline."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The issue as a list. ``seen`` names the file's text that it was read from."""

    seen: str
    parts: tuple[Part, ...]
    later: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A gesture that was carried out, in words, and what undoes it."""

    issue: str
    item: str
    text: str
    inverses: tuple[Operation, ...]


def outline(shelf: Shelf, edition: Edition) -> Outline:
    """Return the outline of the issue whose edition is shown. Raises ``ContentError`` when the file is no issue."""
    text = shelf.text(edition.issue)
    issue = shelf.read(edition.issue)
    known = {entry.id: entry for entry in edition.entries}
    last = len(issue.sections) - 1
    parts = []
    for place, section in enumerate(issue.sections):
        lines = []
        for number, entry in enumerate(section.entries):
            told = known.get(entry.item)
            lines.append(
                Line(
                    id=entry.item,
                    title=told.title if told else entry.item,
                    source=told.source_name if told else "",
                    up=place > 0 or number > 0,
                    down=place < last or number < len(section.entries) - 1,
                )
            )
        parts.append(Part(title=section.title, lines=tuple(lines)))
    return Outline(seen=digest(text), parts=tuple(parts), later=issue.later)


def anchor(item: str) -> str:
    """Return the name of an item's place in the page."""
    return f"article-{re.sub(r'[^A-Za-z0-9_-]', '-', item)}"


def digest(text: str) -> str:
    """Return the name of a file's text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def act(  # noqa: PLR0913 - what one button sends
    shelf: Shelf, key: str, *, gesture: str, item: str, title: str, seen: str
) -> Done:
    """Carry out one gesture on the file, if it is still the text that the page showed.

    Raises ``ConflictError`` when somebody saved it in between (nothing is changed then), ``ContentError`` or
    ``OutputError``.
    """
    text = shelf.text(key)
    if digest(text) != seen:
        raise ConflictError(
            "le fichier a été enregistré entre-temps\u00a0: rien n’a été changé.",
            field="entries",
            theirs=text,
            ours=f"{gesture} {item}",
            remedy="Voici ce qu’il dit maintenant\u00a0; refaites votre geste s’il convient encore.",
        )
    operation = _operation(shelf.read(key), gesture, item)
    inverses = shelf.change(key, [operation])
    return Done(issue=key, item=item, text=GESTURES[gesture].format(title=title or item), inverses=inverses)


def undo(shelf: Shelf, done: Done) -> None:
    """Take a gesture back, on the file as it is now. Raises what ``Shelf.change`` raises; nothing is changed then."""
    shelf.change(done.issue, done.inverses)


def _operation(issue: Issue, gesture: str, item: str) -> Operation:
    place = next((at for at, each in enumerate(issue.sections) if any(one.item == item for one in each.entries)), -1)
    if place < 0 or gesture not in GESTURES:
        raise ContentError(f"l’article «\u00a0{item}\u00a0» n’est plus dans le numéro.", (), place=issue.file)
    match gesture:
        case "retirer":
            return Drop(item=item)
        case "plus-tard":
            return Later(item=item)
    section = issue.sections[place]
    ids = [entry.item for entry in section.entries]
    at = ids.index(item)
    if gesture == "monter":
        if at:
            return Place(item=item, section=section.key, before=ids[at - 1])
        return Place(item=item, section=issue.sections[max(place - 1, 0)].key)
    if at < len(ids) - 1:
        return Place(item=item, section=section.key, before=_at(ids, at + 2))
    below = issue.sections[min(place + 1, len(issue.sections) - 1)]
    return Place(item=item, section=below.key, before=_at([entry.item for entry in below.entries], 0))


def _at(ids: Sequence[str], place: int) -> str:
    return ids[place] if place < len(ids) else ""
