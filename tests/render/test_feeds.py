"""The feeds: what readers and validators ask for, read back with the tools that readers use."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from lxml import etree
from render import sampling

from publisher.errors import OutputError
from publisher.links import feed_tagger
from publisher.render import feeds

if TYPE_CHECKING:
    from publisher.edition import Edition

NAMES = {"atom": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}


@pytest.fixture(scope="module")
def edition() -> Edition:
    """Return the usual month's edition."""
    return sampling.read("usual").frozen()


def built(*editions: Edition) -> dict[str, bytes]:
    """Return the three feeds."""
    return feeds.build(editions, sampling.SETTINGS, feed_tagger(sampling.CAMPAIGN))


def read(data: bytes) -> Any:
    """Return what feedparser makes of a feed; it must find nothing to complain of."""
    parsed = feedparser.parse(data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def test_two_builds_give_the_same_bytes(edition: Edition) -> None:
    """No clock and no version number stands in the feeds."""
    assert built(edition) == built(edition)


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_feedparser_reads_every_entry_in_order(edition: Edition, name: str) -> None:
    """Titles, tagged links and untagged identifiers of both XML feeds come back in the letter's order."""
    parsed = read(built(edition)[name])
    assert [entry.title for entry in parsed.entries] == [entry.title for entry in edition.entries]
    for told, entry in zip(edition.entries, parsed.entries, strict=True):
        assert entry.link == f"{told.address}?utm_source=lettre&utm_medium=rss&utm_campaign=flux"
        assert entry.id == f"tag:reseau.example,2026:{told.id}"
        assert "utm_" not in entry.id
        assert entry.published_parsed


def test_rss_says_what_its_profile_asks_for(edition: Edition) -> None:
    """Self link, language, docs, ttl, lastBuildDate; guid no permalink; description before content:encoded."""
    root = etree.fromstring(built(edition)["rss.xml"])
    channel = root.find("channel")
    assert channel is not None
    own = channel.find("atom:link", NAMES)
    assert own is not None
    assert dict(own.attrib) == {
        "href": "https://lettre.reseau.example/rss.xml",
        "rel": "self",
        "type": "application/rss+xml",
    }
    assert channel.findtext("language") == "fr-FR"
    assert channel.findtext("ttl")
    assert channel.findtext("docs")
    assert channel.findtext("lastBuildDate") == "Sun, 01 Nov 2026 09:00:00 +0100"
    assert {guid.get("isPermaLink") for guid in channel.iter("guid")} == {"false"}
    for item in channel.iter("item"):
        names = [etree.QName(child).localname for child in item]
        assert "description" in names
        if "encoded" in names:
            assert names.index("description") < names.index("encoded")


def test_a_partner_is_named_as_the_source(edition: Edition) -> None:
    """RSS has <source> and dc:creator, Atom <source>, an author and rel=via without tags, JSON the other address."""
    rss, atom = etree.fromstring(built(edition)["rss.xml"]), etree.fromstring(built(edition)["atom.xml"])
    item = next(i for i in rss.iter("item") if "gazette:55" in (i.findtext("guid") or ""))
    source = item.find("source")
    assert source is not None
    assert (source.text, source.get("url")) == ("La Gazette solidaire", "https://gazette.example/")
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == "La Gazette solidaire"
    entry = next(e for e in atom.iter("{*}entry") if "gazette:55" in (e.findtext("atom:id", namespaces=NAMES) or ""))
    via = entry.find("atom:link[@rel='via']", NAMES)
    assert via is not None
    assert via.get("href") == "https://gazette.example/articles/55"
    assert entry.findtext("atom:author/atom:name", namespaces=NAMES) == "La Gazette solidaire"
    assert len([link for link in entry.findall("atom:link", NAMES) if link.get("rel", "alternate") == "alternate"]) == 1
    told = json.loads(built(edition)["feed.json"])
    one = next(item for item in told["items"] if item["id"].endswith("gazette:55"))
    assert one["url"] == "https://lettre.reseau.example/2026-11.html"
    assert one["external_url"].startswith("https://gazette.example/articles/55?utm_")


def test_json_feed_has_string_ids_and_rfc_3339_dates(edition: Edition) -> None:
    """Version 1.1, authors as a list, ids as strings, dates with a zone, content in HTML."""
    document = json.loads(built(edition)["feed.json"])
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["authors"][0]["name"]
    for item in document["items"]:
        assert isinstance(item["id"], str)
        assert datetime.fromisoformat(item["date_published"]).tzinfo
        assert item["content_html"].startswith("<p>")


def test_an_identifier_survives_a_new_title_and_a_new_address(edition: Edition) -> None:
    """Retitling an entry and moving it to another site changes neither guid nor Atom id."""
    first = edition.entries[0]
    moved = replace(first, title="Autre titre", address="https://nouveau.example/autre")
    changed = replace(edition, entries=(moved, *edition.entries[1:]))
    for name in ("rss.xml", "atom.xml"):
        assert read(built(changed)[name]).entries[0].id == read(built(edition)[name]).entries[0].id


def test_updated_moves_on_a_real_change_only(edition: Edition) -> None:
    """Atom's updated is the entry's own change, published stays; the feed's date is the newest of them."""
    first = edition.entries[0]
    assert first.published is not None
    later = first.published + timedelta(days=30)
    changed = replace(edition, entries=(replace(first, updated=later), *edition.entries[1:]))
    before, after = read(built(edition)["atom.xml"]), read(built(changed)["atom.xml"])
    assert after.entries[0].published == before.entries[0].published
    assert datetime.fromisoformat(after.entries[0].updated) == later
    assert datetime.fromisoformat(after.feed.updated) == later
    assert after.entries[1].updated == before.entries[1].updated


def test_an_item_told_twice_stands_once(edition: Edition) -> None:
    """Of two issues with the same item the newest tells it; the newest issue comes first."""
    older = replace(edition, issue="2026-10", date=edition.date - timedelta(days=31))
    parsed = read(built(older, edition)["rss.xml"])
    assert len(parsed.entries) == len(edition.entries)


def test_hostile_text_stays_text(edition: Edition) -> None:
    """Markup, ]]> and ampersands in a title or a summary are shown, never run, in all three feeds."""
    odd = "<script>alert(1)</script> & ]]> \"'"
    changed = replace(edition, entries=(replace(edition.entries[0], title=odd, summary=odd),))
    for name in ("rss.xml", "atom.xml"):
        root = etree.fromstring(built(changed)[name])
        assert not list(root.iter("script"))
        entry = next(iter(root.iter("item", "{*}entry")))
        assert entry.findtext("{*}title") == odd
        shown = entry.findtext("{*}encoded") or entry.findtext("{*}content")
        assert shown is not None
        assert "<script" not in shown
    assert "<script" not in json.loads(built(changed)["feed.json"])["items"][0]["content_html"]


def test_nothing_published_is_said() -> None:
    """Without an edition there is no feed, and one sentence says why."""
    with pytest.raises(OutputError, match="aucun numéro"):
        built()


def test_every_item_has_a_link_even_without_an_address(edition: Edition) -> None:
    """An entry whose source gave no address leads to its place in our archive."""
    changed = replace(edition, entries=(replace(edition.entries[0], address=""),))
    assert read(built(changed)["rss.xml"]).entries[0].link == "https://lettre.reseau.example/2026-11.html"
