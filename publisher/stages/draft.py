"""Draft: an issue file made of what is new since the last issue. It never touches a file that exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher import curate, stories
from publisher.errors import ContentError, Fault
from publisher.protocols import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from publisher.item import Merge
    from publisher.protocols import Diary, IssueShelf, ItemStore
    from publisher.stories import Decision

DRAFTED = "drafted"
RECENT = timedelta(days=400)
"""What was first seen longer ago is compared with nothing: it was proposed in its time."""


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
    items: ItemStore,
    decisions: Iterable[Decision] = (),
    shelf: IssueShelf,
    diary: Diary,
    rules: curate.Rules,
    sent: datetime,
    now: datetime,
) -> Draft:
    """Write ``content/issues/<key>.md`` and return what was proposed.

    ``sent`` is when the letter will leave: what is over by then is left out. New is what was first seen since the
    last issue before ``key`` was drafted and stands in no earlier issue. ``decisions`` are people's words on stories.
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
    grouped = stories.group(recent, decisions)
    proposal = curate.propose(
        key,
        grouped,
        rules,
        carried=carried,
        seen_before=last_drafted(diary.marks(), key),
        later=earlier[-1].later if earlier else (),
        sent=max(sent, now),
        now=now,
    )
    file = shelf.write_new(proposal.issue, proposal.titles)
    diary.mark(Mark(issue=key, action=DRAFTED, at=now))
    placed = frozenset(proposal.issue.item_ids)
    alike = stories.likely([item for item in recent if item.id in placed], decisions)
    return Draft(file=file, proposal=proposal, likely=alike)


def last_drafted(marks: Iterable[Mark], key: str) -> datetime | None:
    """Return when the last issue before ``key`` was drafted, ``None`` when there was none."""
    return max((mark.at for mark in marks if mark.action == DRAFTED and mark.issue < key), default=None)
