"""The sample sites have the shapes that real ones have, hold what the demonstration promises, and speak real HTTP."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import feedparser
import icalendar
import pytest

from publisher.demo import drupal, posts, routes, server, spip
from publisher.sources.http import Client
from publisher.sources.settings import HttpSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.sources.http import Answer

FEED = "reseau.example/spip.php?page=backend"
WINTER = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def table() -> Mapping[str, routes.Resource]:
    """Return every address of the sample sites."""
    return routes.table()


def test_at_least_thirty_items_over_three_months() -> None:
    """The demonstration has its thirty items, from August to October 2026, beside the agenda."""
    dates = [post.date for name in ("reseau", "centre", "quotidien") for post in posts.load(name).posts]
    assert len(dates) >= 30
    assert {(each.year, each.month) for each in dates} == {(2026, 8), (2026, 9), (2026, 10)}


def test_spip_feed_has_the_lines_of_the_sample(table: Mapping[str, routes.Resource], samples: Path) -> None:
    """Every kind of line of the sample SPIP feed stands in ours, and no pubDate."""
    real = (samples / "spip3_backend.xml").read_text(encoding="utf-8")
    ours = table[FEED].body.decode()
    assert ours.startswith('<?xml \nversion="1.0" encoding="utf-8"?>')
    assert set(re.findall(r"<([\w:]+)[ >/]", real)) == set(re.findall(r"<([\w:]+)[ >/]", ours))
    for part in ("rss_chapo", "rss_texte", "rss_notes", "spip_logos", "hyperlien", "spip_doc_titre"):
        assert part in real
        assert part in ours
    assert "pubDate" not in ours
    assert "’" not in ours


@pytest.mark.parametrize(
    ("address", "count"),
    [(FEED, 13), ("centre-ressources.example/rss.xml", 9), ("quotidien.example/flux/localtis.xml", 9)],
)
def test_feeds_are_read_whole(table: Mapping[str, routes.Resource], address: str, count: int) -> None:
    """A feed parser finds no fault in a feed and reads every item."""
    read = feedparser.parse(table[address].body)
    assert not read.bozo
    assert len(read.entries) == count


def test_drupal_7_carries_labels_and_relative_addresses(table: Mapping[str, routes.Resource]) -> None:
    """The rendered nodes hold what makes Drupal 7 hard: labels, a login, relative links, a guid that names the host."""
    text = table["centre-ressources.example/rss.xml"].body.decode()
    for part in (
        "Ressource privée:&amp;nbsp;",
        "Dates:&amp;nbsp;",
        "Thématiques:&amp;nbsp;",
        "<dc:creator>webmaster</dc:creator>",
        "240118 at https://centre-ressources.example",
        "href=&quot;/sites/default/files/",
        'xml:base="https://centre-ressources.example"',
    ):
        assert part in text


def test_daily_tags_its_own_links(table: Mapping[str, routes.Resource]) -> None:
    """Each link of the Drupal 10 feed carries the partner's own campaign tags."""
    read = feedparser.parse(table["quotidien.example/flux/localtis.xml"].body)
    assert all("?pk_campaign=Flux%20RSS&pk_kwd=localtis&pk_source=" in entry.link for entry in read.entries)


def test_agenda_is_a_calendar() -> None:
    """The agenda has nine events, one that recurs and two that last whole days, in lines of 75 octets at most."""
    wire = routes.calendar()
    events = icalendar.Calendar.from_ical(wire).events
    assert len(events) == 9
    assert sum("RRULE" in event for event in events) == 1
    assert sum(type(event.DTSTART) is date for event in events) == 2
    assert max(len(line) for line in wire.split(b"\r\n")) <= 75
    assert b"\n" not in wire.replace(b"\r\n", b"")


def test_no_sentence_of_the_seeds(table: Mapping[str, routes.Resource], seeds: Path) -> None:
    """Nothing of the five real documents was copied: no run of eight words of theirs stands in ours."""
    ours = " ".join(
        re.findall(r"\w+", " ".join(each.body.decode("utf-8", "ignore") for each in table.values()).lower())
    )
    for document in seeds.iterdir():
        words = re.findall(r"\w+", re.sub(r"\S*(?:://|%)\S*", " ", document.read_text(encoding="utf-8")).lower())
        for place in range(len(words) - 8):
            run = " ".join(words[place : place + 8])
            assert run not in ours, f"{document.name}: {run}"


def test_only_reserved_hosts(table: Mapping[str, routes.Resource]) -> None:
    """Every host that the sample sites name is reserved for examples (RFC 2606), but for those of the formats."""
    formats = {"purl.org", "ogp.me", "xmlns.com", "www.w3.org", "drupal.org", "www.drupal.org"}
    text = " ".join(each.body.decode("utf-8", "ignore") for each in table.values() if "image" not in each.media_type)
    found = set(re.findall(r"https?://([\w.-]+)", text)) - formats
    assert {host for host in found if not host.endswith(".example")} == set()


def test_pictures_are_light_and_described() -> None:
    """Each picture is a JPEG of at most 60 kB, and whoever uses it says what it shows."""
    used = [post for post in posts.load("reseau").posts if post.image]
    assert len(used) == 7
    for post in used:
        data = posts.image(post.image)
        assert data.startswith(b"\xff\xd8\xff")
        assert len(data) <= 60_000
        assert len(post.alt) > 20


def test_conditional_requests() -> None:
    """Over real HTTP an https address of a sample host answers 200, then 304 to its ETag and to its date."""

    async def ask(resolve: dict[str, str]) -> tuple[Answer, Answer, Answer]:
        settings = HttpSettings(contact="essai@reseau.example", delay=0.0, resolve=resolve)
        async with Client(settings, now=WINTER) as client:
            first = await client.get(f"https://{FEED}")
            by_etag = await client.get(f"https://{FEED}", etag=first.etag)
            by_date = await client.get(f"https://{FEED}", modified=first.modified)
            return first, by_etag, by_date

    with server.serve() as sites:
        first, by_etag, by_date = asyncio.run(ask(sites.resolve))
    assert first.body == routes.table()[FEED].body
    assert first.media_type == "text/xml"
    assert (by_etag.unchanged, by_date.unchanged) == (True, True)
    assert sites.asked == [(FEED, 200), (FEED, 304), (FEED, 304)]


def test_bytes_do_not_depend_on_the_port() -> None:
    """Nothing that the sites serve names the port or the loopback address they are served on."""
    with server.serve() as sites:
        told = str(sites.port).encode()
    for address, resource in routes.table().items():
        if not resource.media_type.startswith("image"):
            assert b"127.0.0.1" not in resource.body, address
            assert b":" + told not in resource.body, address


def test_unknown_address_is_404() -> None:
    """An address that the sites do not have answers 404 and not another page."""

    async def ask(resolve: dict[str, str]) -> str:
        settings = HttpSettings(contact="essai@reseau.example", delay=0.0, resolve=resolve)
        async with Client(settings, now=WINTER) as client:
            try:
                await client.get("https://reseau.example/rien")
            except Exception as error:  # noqa: BLE001 - the test says which one it is
                return type(error).__name__ + str(getattr(error, "status", ""))
        return "an answer"

    with server.serve() as sites:
        assert asyncio.run(ask(sites.resolve)) == "FetchError404"


def test_same_posts_same_bytes() -> None:
    """The writers draw nothing: two feeds of the same posts are the same bytes."""
    site = posts.load("centre")
    assert drupal.rss7(site) == drupal.rss7(posts.load("centre"))
    network = posts.load("reseau")
    assert spip.page(network, network.posts[0]) == spip.page(network, network.posts[0])
