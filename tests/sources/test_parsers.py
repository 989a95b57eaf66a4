"""The fast parser reads nothing differently from feedparser, and leaves to it what it should not judge."""

from __future__ import annotations

import html
import tomllib
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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


WORDS = st.sampled_from(
    [
        *("", "Une épicerie", "15 < 20 %", "R&D", "&amp;", "&lt;b&gt;", "<b>gras</b>", "<br/>", "&eacute;", "&#156;"),
        *("L'élu", " bords ", "a\nb", "a@b.org (Nom)", "http://site.example/a?x=1&y=2", "2026-10-05T10:00:00Z"),
        *("7ème", "]]", "é<p>"),
    ]
)
RSS = ("title", "link", "guid", "description", "pubDate", "dc:date", "dc:creator", "author", "category", "dc:subject",
       "content:encoded", "dc:language", "comments", "dcterms:modified")  # fmt: skip
ATOM = ("title", "id", "summary", "content", "published", "updated", "rights")


def escaped(text: str, *, cdata: bool) -> str:
    """Return a text as the inside of an element."""
    return f"<![CDATA[{text}]]>" if cdata else html.escape(text)


@st.composite
def feeds(draw: st.DrawFn) -> bytes:
    """Draw a well-formed feed of any of the formats, with elements left out, empty or strange."""
    atom = draw(st.booleans())
    items = []
    for _ in range(draw(st.integers(0, 3))):
        names = draw(st.lists(st.sampled_from(ATOM if atom else RSS), max_size=6, unique=True))
        inner = []
        for name in names:
            kind = draw(st.sampled_from(["", ' type="html"', ' type="text"'])) if atom and name != "id" else ""
            inner.append(f"<{name}{kind}>{escaped(draw(WORDS), cdata=draw(st.booleans()))}</{name}>")
        if atom and draw(st.booleans()):
            inner.append(f"<link href={quoteattr(draw(WORDS))}/>")
        if not atom and draw(st.booleans()):
            inner.append(f'<enclosure url={quoteattr(draw(WORDS))} length="12" type="image/jpeg"/>')
        tag = "entry" if atom else "item"
        items.append(f"<{tag}>{''.join(inner)}</{tag}>")
    base = draw(st.sampled_from(["", ' xml:base="https://site.example/blog/"', ' xml:lang="de"']))
    spaces = (
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/"'
    )
    if atom:
        text = f'<feed xmlns="http://www.w3.org/2005/Atom"{base}><title>Fil</title>{"".join(items)}</feed>'
    else:
        text = f'<rss version="2.0"{spaces}{base}><channel><title>Fil</title>{"".join(items)}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()


@given(feeds())
@hypothesis_settings(deadline=None, max_examples=150)
def test_both_parsers_agree_on_any_well_formed_feed(body: bytes) -> None:
    """Elements left out, empty, strange or escaped in any way mean the same to both parsers."""
    fast = strict.parse(body, origin(""))
    if fast is not None:
        assert feed.understood(lenient.parse(body, origin("")), origin("")) == feed.understood(fast, origin(""))
