"""Listings, sitemaps and robots.txt, over real HTTP."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sources.loopback import Reply, Site, settings

from publisher.errors import ReadError
from publisher.sources import robots, sitemap
from publisher.sources.collector import Collector
from publisher.sources.reading import Origin
from publisher.sources.settings import FeedSource, ListingSource, PageSource, SitemapSource

if TYPE_CHECKING:
    from publisher.protocols import Collected, Memory
    from publisher.sources.settings import AnySource

PARIS = ZoneInfo("Europe/Paris")
TEXT = "Un texte assez long pour être un article, avec des communes et des coopératives. " * 3


def one(source: AnySource, now: datetime, memory: Memory | None = None) -> Collected:
    """Collect one source."""
    collector = Collector({"s": source}, settings(), Path(), PARIS)
    (done,) = collector.collect({"s": memory} if memory else {}, now)
    return done


def article(title: str) -> Reply:
    """Return the page of an article."""
    markup = f"<html lang='fr'><body><h1>{title}</h1><div class='field--name-body'><p>{TEXT}</p></div></body></html>"
    return Reply(
        body=markup.replace("<body>", "<head><meta name='generator' content='Drupal 10'></head><body>").encode()
    )


def listing(*paths: str) -> Reply:
    """Return a page that lists articles, with a menu that leads elsewhere."""
    rows = "".join(f"<div class='views-row'><h2><a href='{path}'>Titre</a></h2></div>" for path in paths)
    return Reply(body=f"<html><body><nav><a href='/contact'>Contact</a></nav>{rows}</body></html>".encode())


def test_a_listing_gives_the_articles_that_its_selector_finds(site: Site, now: datetime) -> None:
    """Only the selected links are read; the same links next time read nothing; a new one reads the pages again."""
    site.pages |= {"/actus": listing("/a", "b", "/a"), "/a": article("A"), "/b": article("B"), "/c": article("C")}
    source = ListingSource(name="L", url=site.url("/actus"), selector=".views-row", limit=5)
    first = one(source, now)
    assert [item.title for item in first.items] == ["A", "B"]
    assert "/contact" not in [asked.path for asked in site.asked]
    before = len(site.asked)
    second = one(source, now, first.memory)
    assert second.unchanged
    assert {asked.path for asked in site.asked[before:]} == {"/actus", "/robots.txt"}
    site.pages["/actus"] = listing("/c", "/a", "/b")
    assert [item.title for item in one(source, now, second.memory).items] == ["C", "A", "B"]


def test_a_listing_whose_markup_changed_says_so(site: Site, now: datetime) -> None:
    """A selector that finds nothing any more is an error with what to do, not an empty list; so is no CSS."""
    site.pages["/actus"] = listing("/a")
    for selector, words in (("li.article", "ne trouve aucun lien"), ("h2 >> [", "n’est pas du CSS")):
        error = one(ListingSource(name="L", url=site.url("/actus"), selector=selector), now).error
        assert isinstance(error, ReadError)
        assert words in error.text
        assert "selector" in error.remedy


def test_a_page_that_fails_is_asked_again(site: Site, now: datetime) -> None:
    """One page that fails is a fault beside the others, and the next run reads it although the listing is the same."""
    site.pages |= {"/actus": listing("/a", "/b"), "/a": article("A"), "/b": Reply(status=500)}
    source = ListingSource(name="L", url=site.url("/actus"), selector="h2 a")
    first = one(source, now)
    assert [item.title for item in first.items] == ["A"]
    assert [fault.place for fault in first.faults] == [site.url("/b")]
    site.pages["/b"] = article("B")
    assert [item.title for item in one(source, now, first.memory).items] == ["A", "B"]


def urls(site: Site, *places: tuple[str, str]) -> bytes:
    """Return a sitemap of paths with their lastmod."""
    inner = "".join(f"<url><loc>{site.url(path)}</loc><lastmod>{when}</lastmod></url>" for path, when in places)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>'.encode()


def test_a_nested_gzipped_sitemap(site: Site, now: datetime) -> None:
    """An index leads to maps, gzipped too; pages are kept by path and lastmod, the newest first, old maps unread."""
    recent, old = f"{now - timedelta(days=2):%Y-%m-%d}", f"{now - timedelta(days=400):%Y-%m-%d}"
    index = "".join(
        f"<sitemap><loc>{site.url(path)}</loc><lastmod>{when}</lastmod></sitemap>"
        for path, when in (("/1.xml.gz", recent), ("/2.xml", recent), ("/vieux.xml", old), ("/malade.xml", recent))
    )
    site.pages |= {
        "/sitemap.xml": Reply(
            body=f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>'.encode()
        ),
        "/1.xml.gz": Reply(
            body=gzip.compress(urls(site, ("/actus/a", recent), ("/actus/b", old), ("/contact", recent)))
        ),
        "/2.xml": Reply(body=urls(site, ("/actus/c", f"{now - timedelta(days=1):%Y-%m-%d}"))),
        "/malade.xml": Reply(status=500),
        "/actus/a": article("A"),
        "/actus/c": article("C"),
    }
    source = SitemapSource(name="P", url=site.url("/sitemap.xml"), paths=("/actus/",))
    done = one(source, now)
    assert [item.title for item in done.items] == ["C", "A"]
    assert [fault.place for fault in done.faults] == [site.url("/malade.xml")]
    assert "/vieux.xml" not in [asked.path for asked in site.asked]
    site.pages["/malade.xml"] = Reply(body=urls(site))
    again = one(source, now, done.memory)
    assert not again.faults
    assert one(source, now, again.memory).unchanged


def test_sitemap_forms(now: datetime) -> None:
    """A plain list of addresses is a sitemap; a page, a cut gzip and a bomb are not, and say so."""
    origin = Origin(key="s", address="https://site.example/sitemap.xml", now=now, zone=PARIS)
    found = sitemap.read(b"https://site.example/a\nhttps://site.example/b\n", origin)
    assert [place.address for place in found.pages] == ["https://site.example/a", "https://site.example/b"]
    bomb = gzip.compress(bytes(60_000_000), 1)
    for body in (b"<html><body/></html>", b"bonjour", b"", bomb, gzip.compress(b"x" * 999)[:-12] + b"oups"):
        with pytest.raises(ReadError, match="sitemap"):
            sitemap.read(body, origin)


def test_robots_are_obeyed_for_pages_and_not_for_feeds(site: Site, now: datetime) -> None:
    """A page that robots.txt forbids is not asked; a feed, published to be read by programmes, is."""
    site.pages |= {
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /prive/\nSitemap: https://site.example/plan.xml\n"),
        "/prive/a": article("A"),
        "/b": article("B"),
        "/prive/rss": Reply(body=b"<rss version='2.0'><channel><item><title>T</title></item></channel></rss>"),
    }
    forbidden = one(PageSource(name="P", url=site.url("/prive/a")), now)
    assert "robots.txt" in str(forbidden.error)
    assert "/prive/a" not in [asked.path for asked in site.asked]
    assert one(PageSource(name="P", url=site.url("/b")), now).items
    assert one(FeedSource(name="F", url=site.url("/prive/rss")), now).items


def test_an_ill_robots_txt_closes_the_site(site: Site, now: datetime) -> None:
    """RFC 9309: without a robots.txt all is allowed; one that answers 500 allows nothing for now."""
    site.pages |= {"/a": article("A"), "/robots.txt": Reply(status=503)}
    assert "ne répond pas" in str(one(PageSource(name="P", url=site.url("/a")), now).error)
    del site.pages["/robots.txt"]
    assert one(PageSource(name="P", url=site.url("/a")), now).items


def test_robots_rules() -> None:
    """Our own name comes before the star, a page in place of the file allows all, maps and delays are read."""
    rules = robots.read(
        b"User-agent: *\nDisallow: /\n\nUser-agent: territoires-publisher\nDisallow: /x\nCrawl-delay: 4\n\n"
        b"Sitemap: https://site.example/plan.xml\n"
    )
    assert rules.allows("https://site.example/a")
    assert not rules.allows("https://site.example/x/b")
    assert rules.delay == 4
    assert rules.sitemaps == ("https://site.example/plan.xml",)
    assert robots.read(b"<html>404</html>").allows("https://site.example/x")


def test_an_index_that_stays_the_same_hides_no_news(site: Site, now: datetime) -> None:
    """WordPress's index of maps never changes: the maps in it are asked each time, and name what is new."""
    day = f"{now - timedelta(days=1):%Y-%m-%d}"
    index = f"<sitemapindex><sitemap><loc>{site.url('/p.xml')}</loc></sitemap></sitemapindex>".encode()
    site.pages |= {
        "/plan.xml": lambda asked: Reply(
            status=304 if asked.headers.get("if-none-match") else 200, body=index, headers={"ETag": '"1"'}
        ),
        "/p.xml": Reply(body=urls(site, ("/a", day))),
        "/a": article("A"),
        "/b": article("B"),
    }
    source = SitemapSource(name="P", url=site.url("/plan.xml"))
    first = one(source, now)
    assert one(source, now, first.memory).unchanged
    site.pages["/p.xml"] = Reply(body=urls(site, ("/a", day), ("/b", day)))
    assert {item.title for item in one(source, now, first.memory).items} == {"A", "B"}


def test_a_map_without_dates_says_that_it_is_not_read_whole(site: Site, now: datetime) -> None:
    """Pages without dates beyond the limit are told, with what to do, and only when pages are read."""
    pages = b"".join(f"<url><loc>{site.url(f'/{each}')}</loc></url>".encode() for each in "abc")
    site.pages |= {"/plan.xml": Reply(body=b"<urlset>%b</urlset>" % pages)} | {
        f"/{each}": article(each) for each in "abc"
    }
    source = SitemapSource(name="P", url=site.url("/plan.xml"), limit=2)
    first = one(source, now)
    assert len(first.items) == 2
    assert "ne date pas" in first.faults[0].text
    again = one(source, now, first.memory)
    assert again.unchanged
    assert not again.faults


@pytest.mark.parametrize(("reply", "again"), [(Reply(status=404), 0), (Reply(status=503), 3)])
def test_a_page_that_is_gone_is_not_asked_for_again(site: Site, now: datetime, reply: Reply, again: int) -> None:
    """What a site announces in vain is told once; a page that fails for now has all of them read the next time."""
    site.pages |= {"/actus": listing("/a", "/b", "/c"), "/a": article("A"), "/b": reply, "/c": article("C")}
    source = ListingSource(name="L", url=site.url("/actus"), selector=".views-row")
    first = one(source, now)
    assert [item.title for item in first.items] == ["A", "C"]
    assert [fault.place for fault in first.faults] == [site.url("/b")]
    before = len(site.asked)
    second = one(source, now, first.memory)
    assert second.unchanged is not bool(again)
    assert sum(asked.path in {"/a", "/b", "/c"} for asked in site.asked[before:]) == again
