"""Hostile text in every field of an issue: nothing runs, nothing breaks the layout, nothing leaves its line."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from render import reading, sampling

from publisher.item import Document, Image, Kind, Story, Theme, Video
from publisher.links import feed_tagger
from publisher.render import archive, feeds
from publisher.render.plain import line

if TYPE_CHECKING:
    from publisher.edition import Edition

CASES = tomllib.loads(Path(__file__).with_name("hostile.toml").read_text(encoding="utf-8"))["case"]


def poisoned(text: str, *, editors: bool = True) -> sampling.Sample:
    """Return the usual month with ``text`` wherever a source, and unless told otherwise an editor, can write."""
    usual = sampling.read("usual")
    stories = {}
    for key, story in usual.stories.items():
        event = story.main.event and replace(story.main.event, place=text)
        main = replace(
            story.main,
            title=text,
            rubric=text,
            summary=text,
            html=f"<p>{text}</p>",
            event=event,
            themes=(Theme(name=text),),
            credits=(text,),
            authors=(text,),
            images=tuple(Image(address=image.address, alt=text) for image in story.main.images),
            documents=(Document(address="https://reseau.example/f.pdf", title=text),)
            if story.main.kind is Kind.RESOURCE
            else (),
            videos=tuple(Video(title=text, address=video.address) for video in story.main.videos),
        )
        stories[key] = Story(main=main, others=story.others)
    if not editors:
        return replace(usual, stories=stories)
    editorial = replace(usual.issue.editorial, title=text, text=text, author=text, role=text, portrait_alt=text)
    sections = tuple(replace(section, title=text, intro=text) for section in usual.issue.sections)
    issue = replace(usual.issue, subject=text, preheader=text, editorial=editorial, sections=sections)
    return replace(usual, issue=issue, stories=stories)


@pytest.fixture(scope="module", params=CASES, ids=[case["name"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return one case with its edition and its text."""
    told: dict[str, Any] = dict(request.param)
    told["text"] *= told.get("repeat", 1)
    told["edition"] = poisoned(told["text"]).frozen()
    return told


def shape(html: str) -> list[str]:
    """Return the elements of a layout that text must not change."""
    return [
        str(element.tag)
        for element in reading.tree(html).iter("table", "tr", "td", "h1", "h2", "h3", "img", "script", "style", "body")
    ]


@pytest.fixture(scope="module")
def sound() -> Edition:
    """Return the same issue with a harmless word everywhere."""
    return poisoned("mot").frozen()


def test_the_layout_is_the_same(case: dict[str, Any], sound: Edition) -> None:
    """Letter and page have the same tables, headings and pictures as with a harmless word."""
    assert shape(case["edition"].html) == shape(sound.html)
    assert shape(case["edition"].page) == shape(sound.page)


def test_nothing_runs_and_nothing_hidden_stays(case: dict[str, Any]) -> None:
    """No handler, no script, no foreign style; what must be read is read."""
    edition: Edition = case["edition"]
    for html in (edition.html, edition.page):
        document = reading.tree(html)
        assert not [name for element in document.iter() for name in element.attrib if str(name).startswith("on")]
        scripts = [script.get("type") for script in document.iter("script")]
        assert set(scripts) <= {"application/ld+json"}
        for never in case["never"]:
            assert never not in html
        if "shown" in case:
            assert case["shown"] in " ".join(document.text_content().split())
    linked = reading.tree(edition.page).xpath("//script")[0].text
    assert json.loads(linked)["hasPart"]


def test_no_field_leaves_its_line(case: dict[str, Any]) -> None:
    """Subject, preheader, titles and alternative texts stay on one line; only our own slots are slots."""
    edition: Edition = case["edition"]
    told = [edition.subject, edition.preheader]
    told += [field for entry in edition.entries for field in (entry.title, entry.image_alt, entry.place)]
    for field in told:
        assert len(field.splitlines()) <= 1
        assert field.isprintable() or "\u00a0" in field or "\u202f" in field or "\u200b" in field or "\u200d" in field
    assert edition.html.count("@@unsubscribe@@") == edition.text.count("@@unsubscribe@@") == 1
    assert "@@name@@" not in edition.html


def test_the_text_stays_narrow(case: dict[str, Any]) -> None:
    """Lines of the text part stay within 72 characters, a single long word or address apart."""
    for row in case["edition"].text.splitlines():
        assert len(row) <= 72 or len(row.split()) <= 3 or reading.addresses(row), row[:90]


def test_no_source_makes_the_letter_heavy(case: dict[str, Any]) -> None:
    """However long the texts of sources are, the letter weighs less than what Gmail cuts; editors are told instead."""
    edition = poisoned(case["text"], editors=False).frozen()
    assert len(edition.html.encode()) < 102_000
    assert all(len(entry.title) <= 250 for entry in edition.entries)


def test_feeds_stay_well_formed(case: dict[str, Any]) -> None:
    """All three feeds and the archive can be read back, with the title as the letter shows it."""
    edition: Edition = case["edition"]
    built = feeds.build([edition], sampling.SETTINGS, feed_tagger(sampling.CAMPAIGN))
    first = next(etree.fromstring(built["rss.xml"]).iter("item"))
    assert first.findtext("title") == edition.entries[0].title
    etree.fromstring(built["atom.xml"])
    assert json.loads(built["feed.json"])["items"][0]["title"] == edition.entries[0].title
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"".join(built.values()))
    assert archive.build([edition], sampling.SETTINGS, sampling.templates())


def test_a_title_is_never_lost(case: dict[str, Any]) -> None:
    """The title that is shown begins as the one that came in."""
    begins = line(case["text"])[:8].replace(" ", "")
    shown = case["edition"].entries[0].title.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    assert shown.startswith(begins[:6])
