"""Draft: an issue file made of what is new since the last issue. It never touches a file that exists."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from publisher import curate, stories
from publisher.errors import ContentError, Fault
from publisher.item import ItemData
from publisher.protocols import ItemStore, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from publisher.item import Item, Merge, Story
    from publisher.protocols import Diary, IssueShelf
    from publisher.stories import Decision

DRAFTED = "drafted"
RECENT = timedelta(days=400)
"""What was first seen longer ago is compared with nothing: it was proposed in its time."""


class Version(Protocol):
    """What an item said from a time on."""

    @property
    def seen(self) -> datetime:
        """Return when it was first seen to say it."""
        ...

    @property
    def data(self) -> ItemData:
        """Return what it said."""
        ...


class Archive(ItemStore, Protocol):
    """Items with everything they ever said."""

    def history(self, key: str) -> Sequence[Version]:
        """Return the versions of an item, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Where the file was written, and what stands in it or was left out, with the reasons."""

    file: str
    proposal: curate.Proposal
    likely: tuple[Merge, ...] = ()
    """Pairs of placed items that may tell the same news: a person decides."""


def draft(  # noqa: PLR0913 - the ports of one stage
    key: str,
    *,
    items: Archive,
    decisions: Iterable[Decision] = (),
    shelf: IssueShelf,
    diary: Diary,
    rules: curate.Rules,
    sent: datetime,
    now: datetime,
) -> Draft:
    """Write ``content/issues/<key>.md`` and return what was proposed.

    ``sent`` is when the letter will leave: what is over by then is left out. New is what was first seen since the
    last issue before ``key`` was drafted and stands in no earlier issue, and what was held back then as part of a story
    that it has left since. ``decisions`` are people's words on stories.
    Raises ``ContentError`` when the file exists already: what an editor wrote is never overwritten.
    """
    if shelf.exists(key):
        fault = Fault(
            place=f"{key}.md",
            text="ce numéro existe déjà ; rien n’a été changé.",
            remedy="Modifiez le fichier, ou retirez-le pour repartir de zéro.",
        )
        raise ContentError(f"Le numéro {key} ne peut pas être préparé.", (fault,))
    earlier = tuple(shelf.read(other) for other in shelf.keys() if other < key)  # noqa: SIM118 - a shelf is no dict
    carried = {item: issue.key for issue in earlier for item in issue.item_ids}
    recent = items.items(since=now - RECENT)
    said = tuple(decisions)
    grouped = stories.group(recent, said)
    before = last_drafted(diary.marks(), key)
    proposal = curate.propose(
        key,
        grouped,
        rules,
        carried=carried,
        seen_before=before,
        later=earlier[-1].later if earlier else (),
        released=curate.released(_as_of(before, recent, said, items), grouped, carried) if before else (),
        sent=max(sent, now),
        now=now,
    )
    file = shelf.write_new(proposal.issue, proposal.titles)
    diary.mark(Mark(issue=key, action=DRAFTED, at=now))
    placed = frozenset(proposal.issue.item_ids)
    alike = stories.likely([item for item in recent if item.id in placed], said)
    return Draft(file=file, proposal=proposal, likely=alike)


def _as_of(
    before: datetime, recent: Collection[Item], decisions: Collection[Decision], archive: Archive
) -> tuple[Story, ...]:
    """Return the stories as they were at that time; none when nothing that makes them has changed since."""
    changed = {item.id for item in recent if item.changed and item.changed > before}
    given = tuple(each for each in decisions if each.at is None or each.at <= before)
    if not changed and len(given) == len(decisions):
        return ()
    known = (item for item in recent if item.first_seen <= before)
    return stories.group((_past(each, before, archive) if each.id in changed else each for each in known), given)


def _past(item: Item, before: datetime, archive: Archive) -> Item:
    """Return the item as it was at that time."""
    said = [version.data for version in archive.history(item.id) if version.seen <= before]
    return replace(item, **{spec.name: getattr(said[-1], spec.name) for spec in fields(ItemData)}) if said else item


def last_drafted(marks: Iterable[Mark], key: str) -> datetime | None:
    """Return when the last issue before ``key`` was drafted, ``None`` when there was none."""
    return max((mark.at for mark in marks if mark.action == DRAFTED and mark.issue < key), default=None)
