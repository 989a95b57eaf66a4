"""Compose: issue file and items become an edition and its findings. Preview, check, approve and send all come here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher import stories
from publisher.errors import ContentError, Fault
from publisher.item import Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from publisher.edition import Edition
    from publisher.issue import Issue
    from publisher.protocols import IssueShelf, ItemStore
    from publisher.stories import Decision

    Freeze = Callable[[Issue, Mapping[str, Story]], Edition]


NEAR = timedelta(days=60)
"""How long before the oldest placed item others may have told its news: years of items are not compared each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An issue, the stories it tells by the id of each placed item, and the edition made of both."""

    issue: Issue
    stories: Mapping[str, Story]
    edition: Edition


def compose(
    key: str, *, items: ItemStore, shelf: IssueShelf, freeze: Freeze, decisions: Iterable[Decision] = ()
) -> Composed:
    """Return the edition of an issue as its file stands now.

    Raises ``ContentError`` with every fault of the file (unknown items included) and ``RenderError``.
    """
    issue = shelf.read(key)
    told = placed_stories(issue, items, decisions)
    return Composed(issue=issue, stories=told, edition=freeze(issue, told))


def placed_stories(issue: Issue, items: ItemStore, decisions: Iterable[Decision] = ()) -> dict[str, Story]:
    """Return the story of each placed item with that item as its main one. Raises ``ContentError`` for unknown ids."""
    known = items.get(issue.item_ids)
    faults = tuple(
        Fault(
            place=issue.file,
            line=entry.line,
            text=f"l’article « {entry.item} » n’existe pas.",
            remedy="« publisher items » montre ceux qui ont été relevés.",
        )
        for section in issue.sections
        for entry in section.entries
        if entry.item not in known
    )
    if faults:
        raise ContentError(f"Le numéro {issue.key} nomme des articles inconnus.", faults)
    since = min((item.first_seen for item in known.values()), default=None)
    near = items.items(since=since - NEAR) if since else ()
    there = {item.id: item for item in (*near, *known.values())}
    by_item = {item.id: story for story in stories.group(there.values(), decisions) for item in story.items}
    return {name: _led_by(name, by_item[name]) for name in issue.item_ids}


def _led_by(name: str, story: Story) -> Story:
    """Return the story led by the item that the editor placed, without what others keep for their members."""
    main = next(item for item in story.items if item.id == name)
    others = tuple(item for item in story.items if item.id != name and not item.members_only)
    return Story(main=main, others=others, merges=story.merges)
