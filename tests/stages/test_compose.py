"""An issue file and its items become an edition; what must not be told is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.edition import Edition
from publisher.errors import ContentError
from publisher.folders.issues import IssueFolder
from publisher.issue import Entry, Issue, Section
from publisher.item import Citation, Item, Story
from publisher.stages.compose import compose
from publisher.stories import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from publisher.protocols import Collected, Memory, Saved

NOW = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)
KEY = "2026-11"


def item(name: str, **said: object) -> Item:
    """Return an item of that id."""
    known = {"source": name.partition(":")[0], "title": f"Titre {name}", "first_seen": NOW, "published": NOW}
    return Item(id=name, **{**known, **said})  # type: ignore[arg-type]  # fields by name


class Shelf:
    """Items in memory; only what composing asks for."""

    def __init__(self, *items: Item) -> None:
        self.kept = items

    def items(self, *, since: datetime | None = None) -> tuple[Item, ...]:
        """Return all of them."""
        return self.kept

    def get(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return those that exist."""
        wanted = set(ids)
        return {one.id: one for one in self.kept if one.id in wanted}

    def memories(self) -> dict[str, Memory]:
        """Return nothing."""
        return {}

    def save(self, collected: Collected, now: datetime) -> Saved:
        """Refuse."""
        raise AssertionError("composing stores nothing")

    def remember(self, memories: Iterable[Memory]) -> None:
        """Refuse."""
        raise AssertionError("composing remembers nothing")


def frozen(issue: Issue, told: Mapping[str, Story]) -> Edition:
    """Return an edition that says which stories it was given."""
    text = "; ".join(f"{name}: {', '.join(one.id for one in story.items)}" for name, story in told.items())
    return Edition(
        issue=issue.key, date=NOW, subject=issue.subject, preheader="", language="fr", html="", text=text, page=""
    )


@pytest.fixture
def issues(tmp_path: Path) -> IssueFolder:
    """Return a shelf whose issue tells localtis:1, and names an item that may not be there."""
    folder = IssueFolder(tmp_path)
    section = Section(key="une", title="À la une", entries=(Entry(item="localtis:1"),))
    folder.write_new(Issue(key=KEY, subject="Lettre", sections=(section,)), {})
    return folder


def test_the_editors_choice_leads_the_story(issues: IssueFolder) -> None:
    """The placed item tells the news, whatever item the story would have been told by, and the others follow."""
    there = Shelf(
        item("rtes:1", address="https://rtes.example/a", html="<p>long</p>" * 50),
        item("localtis:1", citations=(Citation(address="https://rtes.example/a"),)),
    )
    together = (Decision(left="localtis:1", right="rtes:1", together=True),)
    made = compose(KEY, items=there, shelf=issues, freeze=frozen, decisions=together)
    assert made.edition.text == "localtis:1: localtis:1, rtes:1"


def test_what_others_keep_for_their_members_is_not_pointed_to(issues: IssueFolder) -> None:
    """A members-only item of the same story never stands in « Lire aussi »."""
    there = Shelf(item("rtes:1", members_only=True), item("localtis:1"))
    together = (Decision(left="localtis:1", right="rtes:1", together=True),)
    made = compose(KEY, items=there, shelf=issues, freeze=frozen, decisions=together)
    assert made.edition.text == "localtis:1: localtis:1"


def test_an_unknown_item_is_told_with_file_and_line(issues: IssueFolder) -> None:
    """An id that no collected item has is a fault of the issue file, at its line."""
    with pytest.raises(ContentError) as caught:
        compose(KEY, items=Shelf(), shelf=issues, freeze=frozen)
    (fault,) = caught.value.faults
    assert fault.line > 0
    assert "localtis:1" in fault.text
