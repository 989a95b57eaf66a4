"""The fast parser reads nothing differently from feedparser, and leaves to it what it should not judge."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.demo import routes
from publisher.sources import feed, lenient, strict
from publisher.sources.reading import Origin

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "feeds"
PARIS = ZoneInfo("Europe/Paris")
DEMO = {
    name: each.body for name, each in routes.table().items() if "rss" in each.media_type or "xml" in each.media_type
}


def cases() -> dict[str, tuple[bytes, str]]:
    """Return every feed of the corpus that comes whole, and the demonstration's, with the CMS said."""
    found = {}
    for path in sorted(CORPUS.glob("*.toml")):
        case = tomllib.loads(path.read_text(encoding="utf-8"))
        if case["kind"] == "feed" and "cut" not in case and "charset" not in case:
            found[path.stem] = (case["input"].encode(case.get("encoding", "utf-8")), case.get("cms", ""))
    return found | {name: (body, "") for name, body in DEMO.items()}


def origin(cms: str) -> Origin:
    """Return where a feed of the corpus comes from."""
    now = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
    return Origin(key="s", address="https://site.example/flux", now=now, zone=PARIS, cms=cms)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "case"), cases().items(), ids=list(cases()))
def test_both_parsers_agree(name: str, case: tuple[bytes, str]) -> None:
    """Where the fast parser reads a feed, feedparser gives the very same items."""
    body, cms = case
    fast = strict.parse(body, origin(cms))
    if fast is not None:
        assert feed.understood(lenient.parse(body, origin(cms)), origin(cms)) == feed.understood(fast, origin(cms))


def test_the_fast_parser_reads_ordinary_feeds() -> None:
    """Most of the corpus and the demonstration take the fast way, so that the test above proves something."""
    read = {name for name, (body, cms) in cases().items() if strict.parse(body, origin(cms)) is not None}
    assert {"spip2", "spip3", "drupal7", "drupal10-localtis", "wordpress", "rdf", "atom03"} <= read
    assert set(DEMO) <= read
    assert len(read) > 25


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel><item><title>&a;</title></item></channel></rss>",
        b"<rss><channel><item><title>A</title><title>B</title></item></channel></rss>",
        b"<rss><channel><item><description><p>A</p></description></item></channel></rss>",
        b"<rss><channel><item><title>A</title></channel></rss>",
        b"<html><body/></html>",
        b"<rss/>",
        b"",
    ],
)
def test_oddities_are_left_to_feedparser(body: bytes) -> None:
    """A DTD, elements given twice, bare markup, damage and other documents are not judged by the fast parser."""
    assert strict.parse(body, origin("")) is None
    lenient.parse(body, origin(""))
