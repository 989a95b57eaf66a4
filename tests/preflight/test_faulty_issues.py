"""Issues that are faulty in one way each, from the file to the message: each trips its rule and only its rule."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2
import pytest

from publisher import links, mime, preflight
from publisher.errors import Fault
from publisher.folders import issue_file
from publisher.item import Event, Image, Item, Kind, Story
from publisher.message import Delivery, DeliveryState
from publisher.preflight import LinkStatus
from publisher.preflight.support import Feature, Support
from publisher.render import environment, letter
from publisher.render.settings import Legal, Publication, Settings
from publisher.render.view import SourceName

if TYPE_CHECKING:
    from publisher.edition import Edition
    from publisher.issue import Issue
    from publisher.preflight import Finding

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus" / "issues" / "faulty"
CASES = sorted(path for path in CORPUS.glob("*.toml") if path.stem != "base")
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
SENDING = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)

PUBLICATION = Publication(
    title="La lettre du réseau",
    organisation="Réseau des collectivités solidaires",
    short_name="Réseau",
    site="https://reseau.example/",
    base="https://lettre.reseau.example/",
    id_domain="reseau.example",
    id_year=2026,
)
LEGAL = Legal(
    address="12 rue du Port, 59000 Lille",
    director="Camille Aubry",
    host="Coopérative d’hébergement, Nantes",
    privacy="https://reseau.example/donnees",
)
SOURCES = {"reseau": SourceName(name="Réseau"), "gazette": SourceName(name="La Gazette", partner=True, press=True)}
LETTER = mime.Settings(
    from_address="lettre@reseau.example",
    from_name="Réseau",
    unsubscribe="https://lettre.reseau.example/sortie/",
    unsubscribe_mailto="sortie@reseau.example",
)
CAMPAIGN = links.Settings(source="lettre", own=(PUBLICATION.base, LETTER.unsubscribe))
DELIVERY = Delivery(
    id=1,
    issue="2026-11",
    subscriber=7,
    address="lectrice@ville.example",
    name="Ana",
    token="a1b2c3d4e5f6",
    state=DeliveryState.PLANNED,
    message_id="<2026-11.7@reseau.example>",
)
GRID = Feature(
    slug="css-display-grid",
    title="display: grid",
    address="https://www.caniemail.com/features/css-display-grid/",
    support={"gmail.ios": "n"},
)
SUPPORT = Support(features={GRID.slug: GRID}, names={"gmail": "Gmail", "ios": "iOS"}, dated="2025-09-09")


TEMPLATES = environment.make(jinja2.FileSystemLoader(ROOT / "templates"))
FROZEN: dict[str, Edition] = {}


@dataclass(frozen=True, kw_only=True)
class Made:
    """An issue of the corpus, from its file to its edition."""

    issue: Issue
    edition: Edition
    findings: tuple[Finding, ...]


def make(case: dict[str, Any]) -> Made:
    """Return what becomes of the base issue with the changes that a case describes."""
    text = _patched((CORPUS / "base.md").read_text(encoding="utf-8"), case.get("issue", ()))
    issue = issue_file.parse(text, "content/issues/2026-11.md")
    told = tomllib.loads((CORPUS / "base.toml").read_text(encoding="utf-8"))["item"]
    for name, fields in case.get("item", {}).items():
        told[name] = {**told.get(name, {}), **fields}
    items = {name: _item(name, fields) for name, fields in told.items()}
    also = case.get("also", {})
    stories = {
        name: Story(main=items[name], others=tuple(items[other] for other in also.get(name, ())))
        for name in issue.item_ids
    }
    tagger = links.Tagger.for_issue(CAMPAIGN, issue.key)
    asked = json.dumps([text, *(case.get(key, {}) for key in ("item", "also", "legal", "source"))], sort_keys=True)
    if asked not in FROZEN:  # most cases spoil the same edition afterwards
        FROZEN[asked] = letter.freeze(
            issue,
            stories,
            settings=Settings(publication=PUBLICATION, legal=replace(LEGAL, **case.get("legal", {}))),
            tagger=tagger,
            environment=TEMPLATES,
            sources={key: replace(source, **case.get("source", {}).get(key, {})) for key, source in SOURCES.items()},
            date=SENDING,
        )
    edition = FROZEN[asked]
    edition = replace(
        edition,
        html=case["html_part"] if "html_part" in case else _patched(edition.html, case.get("html", ())),
        text=case["text_part"] if "text_part" in case else _patched(edition.text, case.get("text", ())),
        page=_patched(edition.page, case.get("page", ())),
    )
    data = mime.encode(edition, replace(LETTER, **case.get("letter", {}))).message(DELIVERY).data
    findings = preflight.check(
        edition,
        issue,
        _patched(data.decode("latin-1"), case.get("message", ())).encode("latin-1"),
        stories=stories,
        now=NOW,
        settings=preflight.Settings(**case.get("settings", {})),
        tagger=tagger,
        statuses={address: LinkStatus(**status) for address, status in case.get("link", {}).items()},
        support=SUPPORT,
        sent=case.get("sent", {}),
        edited=case.get("edited", {}),
        pictures=tuple(
            Fault(**{**told, "line": text.split("\n").index(told["line"]) + 1}) for told in case.get("picture", ())
        ),
    )
    return Made(issue=issue, edition=edition, findings=findings)


def _patched(text: str, changes: Any) -> str:
    for change in changes:
        assert change["old"] in text, f"the base no longer holds {change['old']!r}"
        text = text.replace(change["old"], change["new"] * change.get("times", 1), -1 if change.get("all") else 1)
    return text


def _item(name: str, told: dict[str, Any]) -> Item:
    fields = dict(told)
    fields.update({field: fields[field] * times for field, times in fields.pop("times", {}).items()})
    source, _, number = name.partition(":")
    address = fields.pop("address", f"https://{source}.example/articles/{number}")
    image = fields.pop("image", "")
    alt = fields.pop("alt", "")
    start = fields.pop("start", "")
    place = fields.pop("place", "")
    deadline = fields.pop("deadline", "")
    published = datetime.fromisoformat(fields.pop("published", "2026-10-12T09:00:00+02:00"))
    return Item(
        id=name,
        source=source,
        address=links.without_tracking(address),
        link=address,
        kind=Kind(fields.pop("kind", "article")),
        images=(Image(address=image, alt=alt, width=640, height=360),) if image else (),
        event=Event(start=datetime.fromisoformat(start), place=place) if start else None,
        deadline=date.fromisoformat(deadline) if deadline else None,
        published=published,
        first_seen=published,
        **fields,
    )


def test_the_base_issue_trips_nothing() -> None:
    """Every faulty issue is this one with one thing wrong."""
    assert make({}).findings == ()


def test_there_are_at_least_thirty_and_one_for_every_rule() -> None:
    """No rule is without an issue that trips it on the way an editor's file takes."""
    codes = {tomllib.loads(path.read_text(encoding="utf-8"))["code"] for path in CASES}
    assert len(CASES) >= 30
    assert codes == set(preflight.RULES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_each_faulty_issue_trips_its_rule_and_only_it(path: Path) -> None:
    """One thing is wrong; one code is found, where the file says, and nothing else."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    findings = make(case).findings
    assert {finding.code for finding in findings} == {case["code"]}, [str(one) for one in findings]
    if "at" in case:
        assert [(one.section, one.entry) for one in findings] == [tuple(case["at"])] * len(findings)
    lines = _patched((CORPUS / "base.md").read_text(encoding="utf-8"), case.get("issue", ())).split("\n")
    for finding in findings:
        if finding.entry and finding.line:
            assert f'"{finding.entry}"' in lines[finding.line - 1]
