"""What was held back beside a news already sent, and is that news no longer, is proposed: once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher import curate
from publisher.folders.issues import IssueFolder
from publisher.item import Item, ItemData, Story
from publisher.protocols import Collected, Memory
from publisher.stages.draft import Draft, draft
from publisher.store.database import open_engine
from publisher.store.decisions import Decisions
from publisher.store.diary import Diary
from publisher.store.items import Items
from publisher.stories import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator

PARIS = ZoneInfo("Europe/Paris")
SEPTEMBER = datetime(2026, 9, 24, 9, tzinfo=PARIS)
RULES = curate.Rules(sections=(curate.SectionRule(key="news", title="Actualités"),), lead="news", default="news")
TEXT = (
    "<p>La halle aux grains de Valbrune rouvre ses portes après deux ans de travaux. Vingt producteurs y tiendront "
    "boutique et une épicerie participative occupera l’aile nord.</p>"
)
CALL = "<p>Le département du Sornin cherche douze communes qui prêtent un pré à des maraîchers.</p>"
FIRST = ItemData(
    source="rtes", guid="1", title="La halle aux grains de Valbrune rouvre", html=TEXT, published=SEPTEMBER
)
AGAIN = replace(FIRST, source="irev", guid="2", published=SEPTEMBER + timedelta(days=2))


class Office:
    """A publication's items, decisions and issues on disk."""

    def __init__(self, folder: Path) -> None:
        """Open what is in this folder."""
        self.engine = open_engine(f"sqlite:///{folder / 'publisher.db'}")
        self.items, self.decisions = Items(self.engine), Decisions(self.engine)
        self._shelf, self._diary = IssueFolder(folder / "issues", timezone=PARIS), Diary(self.engine)

    def collect(self, data: ItemData, now: datetime) -> None:
        """Store one item."""
        self.items.save(Collected(source=data.source, memory=Memory(source=data.source), items=(data,)), now)

    def draft(self, key: str, now: datetime) -> Draft:
        """Draft an issue that leaves at once."""
        said = self.decisions.all()
        stores = {"items": self.items, "shelf": self._shelf, "diary": self._diary}
        return draft(key, decisions=said, rules=RULES, sent=now, now=now, **stores)  # type: ignore[arg-type]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return a publication whose first issue told a news that another source has told since."""
    opened = Office(tmp_path)
    opened.collect(FIRST, SEPTEMBER)
    assert opened.draft("2026-10", SEPTEMBER + timedelta(days=1)).proposal.issue.item_ids == ("rtes:1",)
    opened.collect(AGAIN, SEPTEMBER + timedelta(days=2))
    made = opened.draft("2026-11", SEPTEMBER + timedelta(days=30)).proposal
    assert made.left_out == (("rtes:1", "déjà dans le numéro 2026-10"),)
    yield opened
    opened.engine.dispose()


def test_what_a_person_parts_is_in_the_next_draft(office: Office) -> None:
    """An item left out beside a news already sent is proposed once somebody says that it is another, with a remark."""
    split = Decision(left="rtes:1", right="irev:1", together=False)
    office.decisions.decide(split, by="Zoé", now=SEPTEMBER + timedelta(days=40))
    made = office.draft("2026-12", SEPTEMBER + timedelta(days=60)).proposal
    assert made.issue.item_ids == ("irev:1",)
    assert made.remarks == (("irev:1", "séparé d’une nouvelle déjà parue, que l’on croyait la même"),)


def test_what_turns_out_to_be_another_news_is_in_the_next_draft(office: Office) -> None:
    """An item left out beside a news already sent is proposed once its source changes it into another."""
    other = replace(AGAIN, title="Douze communes cherchées pour des prés maraîchers", html=CALL)
    office.collect(other, SEPTEMBER + timedelta(days=40))
    assert office.draft("2026-12", SEPTEMBER + timedelta(days=60)).proposal.issue.item_ids == ("irev:1",)


def test_nothing_is_given_back_while_the_two_are_one_news(office: Office) -> None:
    """Without a word from anybody and without a change, an item held back stays held back."""
    assert office.draft("2026-12", SEPTEMBER + timedelta(days=60)).proposal.issue.item_ids == ()


def test_what_was_given_back_and_dropped_does_not_return(office: Office) -> None:
    """An item is given back in one draft: if the editor drops it there, the following draft does not bring it again."""
    split = Decision(left="rtes:1", right="irev:1", together=False)
    office.decisions.decide(split, by="Zoé", now=SEPTEMBER + timedelta(days=40))
    file = Path(office.draft("2026-12", SEPTEMBER + timedelta(days=60)).file)
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if '"irev:1"' not in line]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    made = office.draft("2027-01", SEPTEMBER + timedelta(days=90)).proposal
    assert made.issue.item_ids == ()
    assert ("irev:1", "déjà proposé pour un numéro précédent") in made.left_out


def test_an_item_that_was_carried_itself_is_not_given_back() -> None:
    """Of a story that came apart only what stood in no issue is given back, and only if none of its news was sent."""
    one, two, three = (
        Item(id=f"{key}:1", source=key, title=key, first_seen=SEPTEMBER) for key in ("rtes", "irev", "localtis")
    )
    then = (Story(main=one, others=(two, three)),)
    apart = (Story(main=one, others=(three,)), Story(main=two))
    assert curate.released(then, apart, {"rtes:1"}) == {"irev:1"}
    assert curate.released(then, then, {"rtes:1"}) == frozenset()
    assert curate.released(then, apart, {"rtes:1", "irev:1"}) == frozenset()
