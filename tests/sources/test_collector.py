"""All sources together, over real HTTP: concurrency, memory from run to run, and failures that stop nobody."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sources.loopback import Reply, Request, Site, running, settings

from publisher.errors import FetchError, ReadError
from publisher.sources.collector import Collector
from publisher.sources.settings import CalendarSource, FeedSource, PageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.protocols import Collected, Memory
    from publisher.sources.settings import AnySource

PARIS = ZoneInfo("Europe/Paris")


def rss(*titles: str) -> bytes:
    """Return a small feed whose items have these titles."""
    items = "".join(
        f"<item><title>{title}</title><link>https://reseau.example/{number}</link>"
        f"<guid isPermaLink='false'>{number}</guid><pubDate>Mon, 05 Oct 2026 10:00:0{number} +0200</pubDate>"
        f"<description>Texte de {title}.</description></item>"
        for number, title in enumerate(titles)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Fil</title>{items}</channel></rss>".encode()


def run(
    sources: Mapping[str, AnySource],
    now: datetime,
    memories: Mapping[str, Memory] | None = None,
    **changes: float,
) -> dict[str, Collected]:
    """Collect once and return the results by source."""
    collector = Collector(sources, settings(**changes), Path(), PARIS)
    return {each.source: each for each in collector.collect(memories or {}, now)}


def one(source: AnySource, now: datetime, memory: Memory | None = None, **changes: float) -> Collected:
    """Collect one source."""
    return run({"s": source}, now, {"s": memory} if memory else {}, **changes)["s"]


def feed(site: Site, path: str = "/rss", *, follow: bool = False) -> FeedSource:
    """Return a feed source on the site."""
    return FeedSource(name="Fil", url=site.url(path), follow=follow)


def test_a_feed_is_read_and_remembered(site: Site, now: datetime) -> None:
    """Items come out with their source, and the memory holds validators, digest and success."""
    site.pages["/rss"] = Reply(body=rss("A", "B"), headers={"ETag": '"1"'})
    done = one(feed(site), now)
    assert done.error is None
    assert [item.title for item in done.items] == ["A", "B"]
    assert {item.source for item in done.items} == {"s"}
    assert done.items[0].place == site.url("/rss")
    assert (done.memory.etag, done.memory.last_success, len(done.memory.digest)) == ('"1"', now, 64)


def test_304_and_equal_bytes_are_unchanged(site: Site, now: datetime) -> None:
    """The second run sends the validators; a 304, and a 200 with the same bytes, bring nothing and parse nothing."""
    site.pages["/rss"] = lambda asked: (
        Reply(status=304)
        if asked.headers.get("if-none-match") == '"1"'
        else Reply(body=rss("A"), headers={"ETag": '"1"'})
    )
    first = one(feed(site), now)
    second = one(feed(site), now, first.memory)
    assert second.unchanged
    assert not second.items
    assert second.memory.etag == '"1"'
    site.pages["/rss"] = Reply(body=rss("A"))
    third = one(feed(site), now, second.memory)
    assert third.unchanged
    assert third.memory.etag == ""


def test_a_permanent_redirect_is_remembered(site: Site, now: datetime) -> None:
    """After a 301 the next run asks the new address directly; another configured address makes the memory void."""
    site.pages["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.pages["/new"] = Reply(body=rss("A"), headers={"ETag": '"1"'})
    first = one(feed(site, "/old"), now)
    assert first.memory.address == site.url("/new")
    one(feed(site, "/old"), now, first.memory)
    assert [asked.path for asked in site.asked] == ["/old", "/new", "/new"]
    site.pages["/other"] = Reply(body=rss("B"))
    moved = one(feed(site, "/other"), now, first.memory)
    assert [item.title for item in moved.items] == ["B"]
    assert "if-none-match" not in site.asked[-1].headers


def test_410_retires_and_a_new_address_brings_back(site: Site, now: datetime) -> None:
    """A source answered with 410 is not asked again, until its address changes in the configuration."""
    site.pages["/rss"] = Reply(status=410)
    gone = one(feed(site), now)
    assert gone.memory.retired
    assert "retraite" in str(gone.error)
    asked = len(site.asked)
    again = one(feed(site), now + timedelta(days=30), gone.memory)
    assert again.skipped
    assert len(site.asked) == asked
    site.pages["/neuf"] = Reply(body=rss("A"))
    assert one(feed(site, "/neuf"), now, gone.memory).items


def test_a_remembered_address_that_dies_gives_way(site: Site, now: datetime) -> None:
    """410 at an address that a redirect led to does not retire the source: the configured one is tried again."""
    site.pages["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.pages["/new"] = Reply(body=rss("A"))
    first = one(feed(site, "/old"), now)
    site.pages["/new"] = Reply(status=410)
    second = one(feed(site, "/old"), now, first.memory)
    assert not second.memory.retired
    site.pages["/old"] = Reply(body=rss("B"))
    third = one(feed(site, "/old"), now + timedelta(days=1), second.memory)
    assert [item.title for item in third.items] == ["B"]


def test_back_off(site: Site, now: datetime) -> None:
    """Each failure doubles the wait up to twelve hours, a wait is kept, and one success ends it."""
    site.pages["/rss"] = Reply(status=500)
    memory = None
    waits = []
    when = now
    for _ in range(8):
        done = one(feed(site), when, memory)
        memory = done.memory
        assert memory.next_try is not None
        waits.append((memory.next_try - when).total_seconds() / 60)
        assert one(feed(site), memory.next_try - timedelta(seconds=1), memory).skipped
        when = memory.next_try
    assert 22 <= waits[0] <= 30
    assert all(longer > shorter * 1.4 for shorter, longer in pairwise(waits[:5]))
    assert 9 * 60 <= waits[-1] <= 12 * 60
    site.pages["/rss"] = Reply(body=rss("A"))
    back = one(feed(site), when, memory)
    assert (back.memory.failures, back.memory.next_try, back.memory.last_error) == (0, None, "")


def test_retry_after_is_kept(site: Site, now: datetime) -> None:
    """A 429 with a date in five hours is respected to the second, whatever the jitter."""
    later = format_datetime((now + timedelta(hours=5)).astimezone(UTC), usegmt=True)
    site.pages["/rss"] = Reply(status=429, headers={"Retry-After": later})
    done = one(feed(site), now)
    assert done.memory.next_try == now + timedelta(hours=5)


async def hang(_: Request, __: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(60)


async def huge(_: Request, writer: asyncio.StreamWriter) -> None:
    """Announce and send 50 MB."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
    for _each in range(50):
        writer.write(bytes(1_000_000))
        await writer.drain()


async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
    """Send a feed without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n<rss><channel>")
    while True:
        writer.write(b"<item><title>encore</title></item>" * 1000)
        await writer.drain()


def test_bad_servers_stop_nobody(site: Site, now: datetime) -> None:
    """Ten bad sources and one good one: ten sentences with a remedy, each on one line, and the good one's items."""
    site.pages = {
        "/500": Reply(status=500),
        "/hang": hang,
        "/huge": huge,
        "/endless": endless,
        "/html": Reply(body=b"<!DOCTYPE html><html><body><p>Bienvenue</p></body></html>"),
        "/cut": Reply(body=rss("A")[:90]),
        "/empty": Reply(),
        "/bomb": Reply(body=gzip.compress(bytes(60_000_000), 1), headers={"Content-Encoding": "gzip"}),
        "/loop": Reply(status=302, headers={"Location": "/loop"}),
        "/wait": Reply(status=429, headers={"Retry-After": "600"}),
        "/good": Reply(body=rss("A")),
    }
    done = run({path[1:]: feed(site, path) for path in site.pages}, now, timeout=0.7)
    assert set(done) == {path[1:] for path in site.pages}
    good = done.pop("good")
    assert [item.title for item in good.items] == ["A"]
    for key, each in done.items():
        assert isinstance(each.error, FetchError | ReadError), key
        assert each.error.source == key
        assert each.error.remedy
        assert "\n" not in str(each.error)
        assert not each.items
        assert each.memory.failures == 1
        assert each.memory.last_error == str(each.error)


def test_a_cut_feed_gives_its_whole_items(site: Site, now: datetime) -> None:
    """A feed cut inside its third item gives two items and a fault, and is read again in full next time."""
    whole = rss("A", "B", "C")
    site.pages["/rss"] = Reply(body=whole[: whole.index(b"Texte de C")], headers={"ETag": '"1"'})

    async def cut(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % len(whole))
        writer.write(whole[: whole.index(b"Texte de C")])
        await writer.drain()
        writer.close()

    site.pages["/cut"] = cut
    for path in ("/rss", "/cut"):
        done = one(feed(site, path), now)
        assert [item.title for item in done.items] == ["A", "B"]
        assert len(done.faults) == 1
        assert "coupé" in str(done.faults[0])
        assert "2\u00a0articles entiers" in str(done.faults[0])
    assert done.memory.etag == ""
    assert done.memory.digest == ""


def test_followed_pages_complete_items(site: Site, now: datetime) -> None:
    """With follow, an item gets its page's whole text; a page that fails leaves a remark and the feed's item."""
    article = "<p>Un paragraphe entier que le fil ne donnait pas, avec ses détails.</p>" * 3
    site.pages["/a"] = Reply(
        body=f"<html lang=fr><head><meta name=generator content='Drupal 10'></head><body><h1>A</h1>"
        f"<div class='node__content'>{article}</div></body></html>".encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
    body = rss("A", "B").replace(b"https://reseau.example/0", site.url("/a").encode())
    site.pages["/rss"] = Reply(body=body.replace(b"https://reseau.example/1", site.url("/b").encode()))
    done = one(feed(site, follow=True), now)
    assert "que le fil ne donnait pas" in done.items[0].html
    assert done.items[0].guid == "0"
    assert done.items[1].summary == "Texte de B."
    assert [remark.code for remark in done.items[1].remarks] == ["page-not-read"]


def test_pages_are_items(site: Site, now: datetime) -> None:
    """Each address of a page source is an item; one that fails is a fault beside the others."""
    text = "<p>" + "Une longue phrase sur les tiers-lieux et les communes. " * 8 + "</p>"
    site.pages["/a"] = Reply(
        body=f"<html><head><title>A</title></head><body><article>{text}</article></body></html>".encode()
    )
    source = PageSource(name="P", urls=(site.url("/a"), site.url("/non")))
    done = one(source, now)
    assert [item.title for item in done.items] == ["A"]
    assert [fault.place for fault in done.faults] == [site.url("/non")]


def test_calendar_is_read_again_each_day(site: Site, now: datetime) -> None:
    """An unchanged calendar is skipped within a day and read again the next, since its window moved."""
    site.pages["/ics"] = Reply(
        body=b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@reseau.example\r\n"
        b"DTSTAMP:20261001T000000Z\r\nDTSTART;VALUE=DATE:20261103\r\nSUMMARY:Forum\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    source = CalendarSource(name="Agenda", url=site.url("/ics"))
    first = one(source, now)
    assert [item.title for item in first.items] == ["Forum"]
    assert one(source, now + timedelta(hours=2), first.memory).unchanged
    assert one(source, now + timedelta(days=1), first.memory).items


def test_results_come_as_soon_as_they_are_done(now: datetime) -> None:
    """A slow host does not hold back another: the fast source is yielded first, whatever the order of the sources."""

    async def slow(_: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(rss("L")) + rss("L"))

    first, second = Site(), Site()
    second.name = "localhost"
    with running(first), running(second):
        first.pages["/rss"], second.pages["/rss"] = slow, Reply(body=rss("V"))
        collector = Collector({"lent": feed(first), "vif": feed(second)}, settings(), Path(), PARIS)
        assert [each.source for each in collector.collect({}, now)] == ["vif", "lent"]


def test_a_reader_that_stops_early_leaves_nothing_open(site: Site, now: datetime) -> None:
    """Closing the iterator after the first result ends the run without a warning."""
    site.pages["/rss"] = Reply(body=rss("A"))
    site.pages["/hang"] = hang
    collector = Collector({"a": feed(site), "b": feed(site, "/hang")}, settings(timeout=30), Path(), PARIS)
    results = collector.collect({}, now)
    assert next(results).source == "a"
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"\x00" * 50, b"<" * 2000, b"{", b"BEGIN:VCALENDAR", b"%PDF-1.4", b"<rss></rss>"])
def test_any_bytes_give_a_result(site: Site, now: datetime, body: bytes) -> None:
    """Bytes that mean nothing give items or one error, for each kind of source."""
    site.pages["/x"] = Reply(body=body)
    url = site.url("/x")
    done = run({"f": feed(site, "/x"), "p": PageSource(name="P", url=url), "c": CalendarSource(name="C", url=url)}, now)
    for each in done.values():
        assert each.error is None or "faute du programme" not in str(each.error)


def test_a_fault_is_remembered_as_long_as_it_lasts(site: Site, now: datetime) -> None:
    """A feed whose XML is wrong is no failure; its fault stays while the feed does, and goes with it."""
    site.pages["/rss"] = Reply(body=rss("A", "B").replace(b"Texte de A", b"Texte & de A"))
    first = one(feed(site), now)
    assert len(first.items) == 2
    assert first.memory.failures == 0
    assert "fautif" in first.memory.last_error
    again = one(feed(site), now, first.memory)
    assert again.unchanged
    assert again.memory.last_error == first.memory.last_error
    site.pages["/rss"] = Reply(body=rss("A", "B"))
    assert one(feed(site), now, again.memory).memory.last_error == ""
