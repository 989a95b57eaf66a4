"""The archive: pages as they were frozen, with the way to their neighbours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from render import reading, sampling

from publisher.render import archive

if TYPE_CHECKING:
    from publisher.edition import Edition


@pytest.fixture(scope="module")
def edition() -> Edition:
    """Return the usual month's edition."""
    return sampling.read("usual").frozen()


def built(*editions: Edition) -> dict[str, str]:
    """Return the pages as text."""
    pages = archive.build(editions, sampling.SETTINGS, sampling.templates())
    return {name: page.decode() for name, page in pages.items()}


def months(edition: Edition) -> tuple[Edition, ...]:
    """Return three issues, not in order."""
    return (edition, replace(edition, issue="2027-01"), replace(edition, issue="2026-12"))


def test_there_is_one_page_for_each_issue_and_a_list(edition: Edition) -> None:
    """The folder holds index.html and a page for each issue, the newest first in the list."""
    pages = built(*months(edition))
    assert sorted(pages) == ["2026-11.html", "2026-12.html", "2027-01.html", "index.html"]
    listed = [
        href.rsplit("/", 1)[1]
        for href, _ in reading.links(reading.tree(pages["index.html"]))
        if href[-12:-7].startswith("202")
    ]
    assert listed == ["2027-01.html", "2026-12.html", "2026-11.html"]


def test_a_page_is_the_edition_s_own(edition: Edition) -> None:
    """But for the navigation, the page is what was frozen, byte for byte."""
    head, body = edition.page.split(archive.NEIGHBOURS)
    before, after = body.split(archive.NAVIGATION)
    page = built(edition)["2026-11.html"]
    assert page.startswith(head)
    assert before in page
    assert page.endswith(after)


def test_neighbours_are_linked_in_head_and_body(edition: Edition) -> None:
    """The middle issue has previous and next; the first and the last one have one of them."""
    pages = built(*months(edition))
    base = "https://lettre.reseau.example/"
    assert f'<link rel="prev" href="{base}2026-11.html">' in pages["2026-12.html"]
    assert f'<link rel="next" href="{base}2027-01.html">' in pages["2026-12.html"]
    assert 'rel="prev"' not in pages["2026-11.html"]
    assert 'rel="next"' not in pages["2027-01.html"]
    assert [a.get("rel") for a in reading.tree(pages["2026-12.html"]).xpath("//nav//a")] == ["prev", None, "next"]


def test_every_page_leads_to_the_feeds(edition: Edition) -> None:
    """Autodiscovery links for the three feeds stand on every page."""
    for page in built(edition).values():
        found = {link.get("type"): link.get("href") for link in reading.tree(page).xpath("//link[@rel='alternate']")}
        assert found == {
            "application/rss+xml": "https://lettre.reseau.example/rss.xml",
            "application/atom+xml": "https://lettre.reseau.example/atom.xml",
            "application/feed+json": "https://lettre.reseau.example/feed.json",
        }


def test_a_page_tells_machines_who_and_when(edition: Edition) -> None:
    """Canonical address, Open Graph and JSON-LD of the issue with every entry, and a style for paper."""
    document = reading.tree(built(edition)["2026-11.html"])
    address = "https://lettre.reseau.example/2026-11.html"
    assert document.xpath("//link[@rel='canonical']/@href") == [address]
    graph = {meta.get("property"): meta.get("content") for meta in document.xpath("//meta[@property]")}
    assert (graph["og:url"], graph["og:title"], graph["og:type"]) == (address, edition.subject, "article")
    assert graph["og:image"] == "https://reseau.example/images/cantine.jpg"
    linked = json.loads(document.xpath("//script[@type='application/ld+json']")[0].text)
    assert linked["@type"] == "PublicationIssue"
    assert linked["datePublished"] == "2026-11-01T09:00:00+01:00"
    assert [part["name"] for part in linked["hasPart"]] == [entry.title for entry in edition.entries]
    assert [part["startDate"] for part in linked["hasPart"] if part["@type"] == "Event"] == [
        "2026-11-12T09:30:00+01:00",
        "2026-11-24",
    ]
    assert "@media print" in (document.findtext("head/style") or "")


def test_an_empty_archive_still_has_its_list() -> None:
    """Before the first issue the list says that nothing has come out yet."""
    assert "n’a pas encore paru" in built()["index.html"]
