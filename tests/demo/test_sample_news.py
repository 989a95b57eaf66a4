"""What the real collector understands of the sample sites: the demonstration shows every case that it promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import stories
from publisher.config import load
from publisher.demo import publication, server
from publisher.item import Kind
from publisher.sources.collector import Collector
from publisher.stages.collect import collect
from publisher.store.database import open_engine
from publisher.store.items import Items

if TYPE_CHECKING:
    from publisher.item import Item

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> tuple[Item, ...]:
    """Return the items of the sample sites, collected over real HTTP as the demonstration does."""
    folder = tmp_path_factory.mktemp("sample")
    config = load(publication.prepare(folder, (ROOT / "config.toml").read_text(encoding="utf-8")))
    engine = open_engine(f"sqlite:///{folder / 'items.db'}")
    try:
        with server.serve() as sites:
            http = replace(config.http, resolve=sites.resolve)
            collector = Collector(config.sources, http, folder, config.zone)
            report = collect(collector, Items(engine), now=publication.DRAFTED)
        assert report.failed == ()
        return Items(engine).items()
    finally:
        engine.dispose()


def one(items: tuple[Item, ...], title: str) -> Item:
    """Return the only item whose title begins so."""
    (found,) = (each for each in items if each.title.replace("’", "'").startswith(title))
    return found


def test_every_item_is_there(items: tuple[Item, ...]) -> None:
    """All posts of the three sites, the documents and the occurrences of the agenda become items."""
    counts = {key: sum((each.via or each.source) == key for each in items) for key in ("rtes", "irev", "localtis")}
    assert counts == {"rtes": 13, "irev": 9, "localtis": 9}
    assert sum(each.via == "documents" for each in items) == 3
    assert sum(each.source == "agenda" for each in items) >= 9


def test_the_same_news_is_told_by_two_and_by_three(items: tuple[Item, ...]) -> None:
    """Three sources tell of the homes of Port-Sérin, two of the survey and of the mill: each is one story."""
    told = {
        frozenset(f"{each.source} {each.title}" for each in story.items): story
        for story in stories.group(items)
        if len(story.items) > 1
    }
    keys = sorted(tuple(sorted(each.source for each in story.items)) for story in told.values())
    assert keys == [("agenda", "irev"), ("irev", "localtis", "rtes"), ("irev", "rtes"), ("localtis", "rtes")]
    homes = next(story for story in told.values() if len(story.items) == 3)
    assert homes.main.title.startswith("À Port-Sérin, les premiers logements")
    assert {merge.reason for merge in homes.merges} == {stories.CITED_ADDRESS}


def test_what_must_not_go_out_is_marked(items: tuple[Item, ...]) -> None:
    """The members-only directory is marked, and nothing else is."""
    assert [each.title for each in items if each.members_only] == ["Annuaire 2026 des chefs et cheffes de projet"]


def test_one_item_has_no_date(items: tuple[Item, ...]) -> None:
    """The memo says no date, so that it is dated by the day it was first seen."""
    (memo,) = (each for each in items if each.published is None and each.source != "agenda")
    assert memo.title.startswith("Mémo")
    assert memo.dated == memo.first_seen


def test_calls_have_deadlines_after_the_letter(items: tuple[Item, ...]) -> None:
    """Each call for projects is one, with a deadline that readers can still meet."""
    calls = {each.title: each.deadline for each in items if each.kind is Kind.CALL}
    assert sorted(filter(None, calls.values())) == [
        date(2026, 11, 20),
        date(2026, 11, 30),
        date(2026, 12, 11),
        date(2027, 1, 15),
    ]
    assert len(calls) == 4


def test_documents_videos_and_pictures(items: tuple[Item, ...]) -> None:
    """The guide has its two PDF with their sizes, the report its video, the market its picture with words."""
    guide = one(items, "Guide")
    assert sorted(each.size for each in guide.documents) == [219_443, 2_204_310]
    assert guide.kind is Kind.RESOURCE
    assert [video.title for video in one(items, "Retour sur les Rencontres").videos]
    assert any(each.alt for each in one(items, "Vingt-deux communes").images)


def test_a_print_export_belongs_to_its_site(items: tuple[Item, ...]) -> None:
    """The print export found in the folder is an item of the resource centre, with both its dates and its address."""
    export = one(items, "Régies de quartier")
    assert (export.source, export.via) == ("irev", "documents")
    assert export.published is not None
    assert export.published.date() == date(2026, 9, 1)
    assert export.event is not None
    assert export.event.start.date() == date(2026, 11, 20)
    assert export.address.endswith("/actualites-0/regies-de-quartier-ce-que-les-habitants-reparent")
    assert all("utm_" not in each.address for each in export.citations)
