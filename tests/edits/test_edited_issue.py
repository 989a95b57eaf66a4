"""An editor who drafted an issue sees what its sources changed afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from publisher.config import load
from publisher.demo import publication as sample
from publisher.item import ItemData
from publisher.protocols import Collected, Memory
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
ITEM = ItemData(
    source="rtes",
    guid="1",
    title="Une fonciere ouvre",
    link="https://www.rtes.example/fonciere",
    address="https://www.rtes.example/fonciere",
    html="<p>Elle compte douze logements au centre-bourg, loués à des familles de la commune.</p>",
    summary="Elle compte douze logements au centre-bourg, loués à des familles de la commune.",
    published=NOW - timedelta(days=2),
)


def read(publication: Publication, item: ItemData, when: datetime) -> None:
    """Store what the source says at a time."""
    publication.items.save(Collected(source="rtes", memory=Memory(source="rtes"), items=(item,)), when)


def edited(publication: Publication) -> list[str]:
    """Return what preflight says of edits."""
    composed = publication.press.compose("2026-11")
    return [each.text for each in publication.press.findings(composed) if each.code == "item-edited"]


def test_an_edit_after_the_draft_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the source corrects after the draft is told with old and new words; what it did before is not."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    config = load(sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8")))
    publication = Publication(config)
    read(publication, replace(ITEM, title="Une foncière"), NOW - timedelta(hours=2))
    read(publication, ITEM, NOW - timedelta(hours=1))
    publication.draft("2026-11", NOW)
    assert edited(publication) == []
    read(publication, replace(ITEM, title="Une foncière ouvre"), NOW + timedelta(hours=1))
    (said,) = edited(publication)
    assert "« Une fonciere ouvre » devient « Une foncière ouvre »" in said.replace("\u00a0", " ")
    read(
        publication,
        replace(ITEM, title="Une foncière ouvre", html=ITEM.html.replace("douze", "dix")),
        NOW + timedelta(hours=2),
    )
    (said,) = edited(publication)
    assert "le titre" in said
    assert "le texte" in said
