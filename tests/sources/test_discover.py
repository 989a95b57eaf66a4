"""What a site offers is found, tried and written into config.toml without touching what people wrote there."""

from __future__ import annotations

import tomllib
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.loopback import Reply, Site, settings

from publisher.cli.app import run
from publisher.errors import ConfigError, FetchError
from publisher.sources import systems
from publisher.sources.block import added, collected_already
from publisher.sources.discover import Discovery, discover
from publisher.sources.settings import (
    CalendarSource,
    FeedSource,
    FolderSource,
    ListingSource,
    PageSource,
    SitemapSource,
)
from publisher.wiring import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.sources.settings import AnySource

PARIS = ZoneInfo("Europe/Paris")
RSS = (
    "<rss version='2.0'><channel><title>Actualités</title><generator>SPIP - www.spip.net</generator>"
    "<item><title>A</title><link>/a</link><pubDate>Mon, 05 Oct 2026 10:00:00 +0200</pubDate></item>"
    "<item><title>B</title><link>/b</link><pubDate>Tue, 06 Oct 2026 10:00:00 +0200</pubDate></item>"
    "</channel></rss>"
).encode()
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261103T090000Z\r\n"
    b"SUMMARY:Forum\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def look(site: Site, path: str, now: datetime) -> Discovery:
    """Return what is found at a path of the site."""
    return discover(site.url(path), settings(), now=now, zone=PARIS)


def home(head: str) -> Reply:
    """Return a home page."""
    return Reply(
        body=f"<html><head><title>Accueil | Le Réseau</title>{head}</head><body>Bonjour</body></html>".encode()
    )


def test_announced_feeds_and_calendars(site: Site, now: datetime) -> None:
    """What a page announces is read and counted; comments are left out, what is no feed is refused with the reason."""
    site.pages |= {
        "/": home(
            "<meta name='generator' content='SPIP 3.2'><meta property='og:site_name' content='Le Réseau des essais'>"
            "<link rel='alternate' type='application/rss+xml' href='spip.php?page=backend'>"
            "<link rel='alternate' type='application/rss+xml' href='/casse'>"
            "<link rel='alternate' type='application/rss+xml' href='/comments/feed'>"
            "<link rel='alternate' type='text/calendar' href='/agenda.ics'>"
        ),
        "/spip.php?page=backend": Reply(body=RSS),
        "/casse": Reply(body=b"<html>Erreur</html>"),
        "/comments/feed": Reply(body=RSS),
        "/agenda.ics": Reply(body=ICS),
        "/robots.txt": Reply(body=f"Sitemap: {site.url('/plan.xml')}".encode()),
        "/plan.xml": Reply(body=b"<urlset><url><loc>https://reseau.example/a</loc></url></urlset>"),
    }
    found = look(site, "/", now)
    assert found.cms == "spip"
    assert found.name == "Le Réseau des essais"
    assert [(each.address, each.items) for each in found.found] == [
        (site.url("/spip.php?page=backend"), 2),
        (site.url("/agenda.ics"), 1),
        (site.url("/plan.xml"), 1),
    ]
    assert found.found[0].title == "Actualités"
    assert found.found[0].newest == datetime(2026, 10, 6, 10, 0, tzinfo=PARIS)
    assert [fault.place for fault in found.refused] == [site.url("/casse")]
    assert "page web" in found.refused[0].text
    assert [type(each) for each in found.proposals] == [FeedSource, CalendarSource, SitemapSource]
    assert found.proposals[0] == FeedSource(
        name="Le Réseau des essais", url=site.url("/spip.php?page=backend"), cms="spip"
    )


def test_usual_addresses_are_tried(site: Site, now: datetime) -> None:
    """A Drupal site that announces nothing is tried at its usual address; a WordPress feed that is HTML is refused."""
    site.pages |= {"/": home("<meta name='generator' content='Drupal 10'>"), "/rss.xml": Reply(body=RSS)}
    found = look(site, "/", now)
    assert [each.address for each in found.found] == [site.url("/rss.xml")]
    assert found.name == "Le Réseau"
    site.pages |= {"/": home("<meta name='generator' content='WordPress 6'>"), "/feed/": home("")}
    del site.pages["/rss.xml"]
    found = look(site, "/", now)
    assert not found.found
    assert not found.proposals
    assert site.url("/feed/") in {fault.place for fault in found.refused}


def test_an_address_of_a_feed_is_the_feed(site: Site, now: datetime) -> None:
    """A feed's own address needs no search, its permanent redirect is taken, and its system is recognised."""
    site.pages |= {"/old": Reply(status=301, headers={"Location": "/rss"}), "/rss": Reply(body=RSS)}
    found = look(site, "/old", now)
    assert found.proposals == (FeedSource(name="Actualités", url=site.url("/rss"), cms="spip"),)


def test_what_is_not_there_is_told_apart(site: Site, now: datetime) -> None:
    """An address that is announced and tried is refused once; the usual addresses without anything are one list."""
    site.pages |= {
        "/": home("<link rel='alternate' type='application/rss+xml' href='/feed/'>"),
        "/feed/": home(""),
    }
    found = look(site, "/", now)
    assert [fault.place for fault in found.refused] == [site.url("/feed/")]
    assert site.url("/rss.xml") in found.absent
    assert site.url("/feed/") not in found.absent


@pytest.mark.parametrize(
    ("markup", "cms"),
    [
        ("<link rel='stylesheet' href='local/cache-css/a.css'>", "spip"),
        ('<script data-drupal-selector="x" src="/core.js"></script>', "drupal"),
        ("<link rel='https://api.w.org/' href='/wp-json/'>", "wordpress"),
        (
            "<a href='https://ailleurs.example/spip.php?page=plan'>x</a><img src='https://b.example/wp-content/i.png'>",
            "",
        ),
    ],
)
def test_a_system_that_hides_its_name(site: Site, now: datetime, markup: str, cms: str) -> None:
    """Without a generator the files that a page loads for itself tell the system; what it cites does not."""
    site.pages |= {"/": home(markup)}
    assert look(site, "/", now).cms == cms


def test_localtis_is_known_by_its_host() -> None:
    """Its pages are Drupal's and its feeds are not; a host that only ends alike is another."""
    assert systems.by_host("https://www.banquedesterritoires.fr/localtis") == "localtis"
    assert systems.by_host("https://fauxbanquedesterritoires.fr/") == ""


def test_a_page_that_lists_articles_is_proposed_last(site: Site, now: datetime) -> None:
    """Where there is no feed, headings that link to the same site are a listing, with the selector that finds them."""
    heads = "".join(f"<article><h2><a href='/actualites/{each}'>A {each}</a></h2></article>" for each in range(4))
    site.pages |= {
        "/": Reply(body=f"<html><title>Site</title><body>{heads}<a href='/mentions'>x</a></body></html>".encode())
    }
    (only,) = look(site, "/", now).proposals
    assert only == ListingSource(name="Site", url=site.url("/"), selector="article h2 a")
    site.pages["/rss.xml"] = Reply(body=RSS)
    assert [type(each) for each in look(site, "/", now).proposals] == [FeedSource]


def test_an_address_that_is_read_already_is_found() -> None:
    """The same feed under another scheme, host or tag is the same; a folder has no address."""
    sources: dict[str, AnySource] = {
        "docs": FolderSource(name="D", path="x"),
        "irev": FeedSource(name="I", url="https://www.irev.example/rss.xml"),
        "pages": PageSource(name="P", urls=("https://p.example/a", "https://p.example/b")),
    }
    assert collected_already("http://irev.example/rss.xml?utm_source=x", sources) == "irev"
    assert collected_already("https://p.example/b", sources) == "pages"
    assert collected_already("https://irev.example/autre.xml", sources) == ""


def test_a_site_that_does_not_answer(site: Site, now: datetime) -> None:
    """The address itself failing is an error with what to do."""
    with pytest.raises(FetchError) as caught:
        look(site, "/", now)
    assert caught.value.remedy


CONFIG = """\
# notre lettre
[publication]
title = "Lettre"   # le titre

[sources.rtes]
kind = "feed"
name = "RTES"
url = "https://www.rtes.example/rss.xml"   # vérifiée en 2026

# la poste
[transport]
kind = "maildir"
"""


def test_a_block_is_added_after_the_last_source() -> None:
    """Every byte that stood there stays, the block stands with the sources, and only what differs is written."""
    text = added(CONFIG, "irev", FeedSource(name="L'IREV « essai »", url="https://irev.example/rss.xml", partner=True))
    assert (
        text.replace(
            '[sources.irev]\nkind = "feed"\nname = "L\'IREV « essai »"\npartner = true\nurl = "https://irev.example/rss.xml"\n\n',
            "",
        )
        == CONFIG
    )
    assert text.index("[sources.irev]") < text.index("# la poste")


@pytest.mark.parametrize(
    "config",
    [
        "",
        "# rien\n",
        "[a]\nb = 1",
        '[[sections]]\nkey = """\n[sources.faux]\nx = 1\n"""\n',
        "[sources.x]\nkind = 'feed'",
    ],
)
def test_any_configuration_takes_a_block(config: str) -> None:
    """An empty file, one without sources, one without a last newline and one with a decoy all stay valid."""
    source = SitemapSource(name="S", url="https://s.example/plan.xml", paths=("/a/",))
    read = tomllib.loads(added(config, "neuf", source))
    assert read["sources"]["neuf"] == {"kind": "sitemap", "name": "S", "url": source.url, "paths": ["/a/"]}
    before = tomllib.loads(config)
    assert {key: read[key] for key in before if key != "sources"} == {
        key: value for key, value in before.items() if key != "sources"
    }


def test_a_dry_run_shows_the_whole_block(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines that another source has too are shown, and the file stays as it was until the command really runs."""
    site.pages |= {"/flux": Reply(body=RSS)}
    file = tmp_path / "config.toml"
    text = bundled("config.toml").read_text(encoding="utf-8")
    file.write_text(text.replace("[http]\n", "[http]\nallow_private = true\n"), encoding="utf-8")
    before = file.read_bytes()
    monkeypatch.chdir(tmp_path)
    words = ["sources", "add", site.url("/flux"), "--key", "essai", "--partner"]
    assert run([*words, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert file.read_bytes() == before
    assert run(words) == 0
    added_now = tomllib.loads(file.read_text(encoding="utf-8"))["sources"]["essai"]
    assert tomllib.loads(shown[shown.index("[sources.essai]") :])["sources"]["essai"] == added_now
    assert {"kind", "name", "url", "partner"} <= added_now.keys()


def test_a_taken_key_and_a_broken_file_are_refused() -> None:
    """A key that exists, or a file that is no TOML, changes nothing and says where."""
    source = FeedSource(name="S", url="https://s.example/rss")
    with pytest.raises(ConfigError) as caught:
        added(CONFIG, "rtes", source)
    assert caught.value.faults[0].place == "sources.rtes"
    with pytest.raises(ConfigError) as caught:
        added("[a\n", "s", source)
    assert caught.value.faults[0].line == 1


@given(st.text(min_size=1), st.sampled_from(["a", "b-c", "été", "x y"]))
def test_names_survive(name: str, key: str) -> None:
    """Any name and key can be read back as they were."""
    source: AnySource = ListingSource(name=name, url="https://s.example/", selector="h2 > a")
    read = tomllib.loads(added(CONFIG, key, source))["sources"][key]
    assert read == {"kind": "listing", "name": name, "url": "https://s.example/", "selector": "h2 > a"}
