"""Sample issues of our own writing that the render tests share. Hosts end in .example."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2

from publisher.issue import Editorial, Entry, Issue, Overrides, Section
from publisher.item import Document, Event, Image, Item, Kind, Story, Theme, Video
from publisher.links import Settings as Campaign
from publisher.links import Tagger
from publisher.render import environment, letter
from publisher.render.settings import Legal, Publication, Settings
from publisher.render.view import SourceName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.edition import Edition
    from publisher.render.images import Picture

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
GOLDEN = ROOT / "tests" / "golden"
PARIS = ZoneInfo("Europe/Paris")
SETTINGS = Settings(
    publication=Publication(
        title="La Lettre des territoires",
        organisation="Réseau des collectivités pour une économie solidaire",
        short_name="Réseau",
        site="https://reseau.example/",
        base="https://lettre.reseau.example/",
        id_domain="reseau.example",
        id_year=2026,
    ),
    legal=Legal(
        address="Maison des réseaux, 12 rue du Port, 59000 Lille",
        director="Camille Aubry",
        host="Coopérative d’hébergement, 3 quai des Tanneurs, 44000 Nantes",
        privacy="https://reseau.example/donnees-personnelles",
    ),
)
SOURCES = {
    "reseau": SourceName(name="Réseau"),
    "ville": SourceName(name="Ville de Brassac"),
    "gazette": SourceName(name="La Gazette solidaire", partner=True, press=True),
    "agence": SourceName(name="Agence des tiers-lieux", partner=True),
    "fonds": SourceName(name="Fonds des possibles", partner=True),
}
_RECORDS = {"images": Image, "documents": Document, "videos": Video, "themes": Theme}
CAMPAIGN = Campaign(source="lettre", name="lettre-{year}-{month}")


def fresh_templates() -> jinja2.Environment:
    """Return a new environment of the repository's own templates."""
    return environment.make(jinja2.FileSystemLoader(TEMPLATES))


@cache
def templates() -> jinja2.Environment:
    """Return the environment that tests share; compiling the templates costs as much as a letter."""
    return fresh_templates()


def day(year: int, month: int, number: int) -> date:
    """Return a day."""
    return date(year, month, number)


def hour(year: int, month: int, number: int, at: int) -> datetime:
    """Return a full hour in Paris."""
    return datetime(year, month, number, at, tzinfo=PARIS)


def item(id_: str, title: str, **fields: object) -> Item:
    """Return an item of the source that the id names, published as many hours before 20 October 2026 as it says."""
    source, _, number = id_.partition(":")
    seen = datetime(2026, 10, 20, 9, 0, tzinfo=PARIS)
    address = f"https://{source}.example/articles/{number}"
    published = seen - timedelta(hours=int(number))
    base = Item(id=id_, source=source, title=title, address=address, link=address, first_seen=seen, published=published)
    return replace(base, **fields)  # type: ignore[arg-type]  # checked by the dataclass's own fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An issue with the stories it names."""

    issue: Issue
    stories: Mapping[str, Story]

    def frozen(
        self,
        *,
        settings: Settings = SETTINGS,
        campaign: Campaign = CAMPAIGN,
        templates_: jinja2.Environment | None = None,
        pictures: Mapping[str, Picture] | None = None,
    ) -> Edition:
        """Return the edition of this sample."""
        return letter.freeze(
            self.issue,
            self.stories,
            settings=settings,
            tagger=Tagger.for_issue(campaign, self.issue.key),
            environment=templates_ or templates(),
            sources=SOURCES,
            pictures=pictures,
        )


def read(name: str) -> Sample:
    """Return the sample of ``tests/golden/NAME/input.toml``; each entry stands on a line of its own."""
    return opened(tomllib.loads((GOLDEN / name / "input.toml").read_text(encoding="utf-8")))


def opened(raw: dict[str, Any]) -> Sample:
    """Return the sample that a table in the shape of ``input.toml`` describes."""
    stories: dict[str, Story] = {}
    sections: list[Section] = []
    line = 10
    for part in raw.get("section", ()):
        line += 4
        entries: list[Entry] = []
        for told in part.get("entry", ()):
            line += 1
            fields = dict(told)
            overrides = Overrides(**fields.pop("overrides", {}))
            others = tuple(_item(other) for other in fields.pop("others", ()))
            main = _item(fields)
            stories[main.id] = Story(main=main, others=others)
            entries.append(Entry(item=main.id, overrides=overrides, line=line))
        sections.append(
            Section(
                key=part["key"], title=part["title"], intro=part.get("intro", ""), entries=tuple(entries), line=line
            )
        )
    issue = Issue(
        key=raw["key"],
        subject=raw["subject"],
        preheader=raw.get("preheader", ""),
        editorial=Editorial(**raw.get("editorial", {}), line=4),
        sections=tuple(sections),
        file=f"content/issues/{raw['key']}.md",
    )
    return Sample(issue=issue, stories=stories)


def _item(raw: dict[str, Any]) -> Item:
    fields = dict(raw)
    for name, kind in _RECORDS.items():
        if name in fields:
            fields[name] = tuple(kind(**each) for each in fields[name])
    if "event" in fields:
        fields["event"] = Event(**fields["event"])
    if "kind" in fields:
        fields["kind"] = Kind(fields["kind"])
    for name in ("credits", "authors"):
        fields[name] = tuple(fields.get(name, ()))
    return item(fields.pop("id"), fields.pop("title"), **fields)
