"""Servers and documents that mean harm, or are merely very ill: one sentence, bounded time and memory."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sources.loopback import Reply, Site, settings

from publisher.errors import FetchError, PublisherError
from publisher.sources import feed, ics, listing, page, robots, sitemap
from publisher.sources.collector import Collector
from publisher.sources.reading import Origin, Reading
from publisher.sources.settings import FeedSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
ORIGIN = Origin(key="s", address="https://site.example/x", now=NOW, zone=PARIS)
DATE = "<pubDate>Mon, 05 Oct 2026 10:00:00 +0200</pubDate>"


def rss(inner: str, head: str = "") -> bytes:
    """Return a feed with this inside its channel."""
    return f"<?xml version='1.0'?>{head}<rss version='2.0'><channel>{inner}</channel></rss>".encode()


def timed(read: Callable[[], Reading]) -> tuple[Reading | PublisherError, float, float]:
    """Return what reading gave, its seconds of CPU and its peak of memory in MB."""
    tracemalloc.start()
    start = time.process_time()
    try:
        found: Reading | PublisherError = read()
    except PublisherError as error:
        found = error
    spent = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found, spent, peak


LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY a0 'ah'>"
    + "".join(f"<!ENTITY a{each} '{f'&a{each - 1};' * 10}'>" for each in range(1, 12))
    + "]>"
)
ATTRIBUTES = " ".join(f"a{each}='1'" for each in range(20_000))
BOMBS = {
    "billion laughs": rss(f"<item><title>&a11;</title>{DATE}</item>", LAUGHS),
    "quadratic blowup": rss(
        f"<item><title>{'&a;' * 20_000}</title>{DATE}</item>", f"<!DOCTYPE rss [<!ENTITY a '{'x' * 20_000}'>]>"
    ),
    "deep elements": rss(f"<item><title>T</title>{DATE}<description>{'<a>' * 50_000}</description></item>"),
    "deep escaped markup": rss(
        f"<item><title>T</title>{DATE}<description>{'&lt;div&gt;' * 50_000}</description></item>"
    ),
    "deep escaped quotes": rss(f"<item><title>T</title>{DATE}<description>{'&lt;b&gt;' * 50_000}</description></item>"),
    "many attributes": rss(f"<item {ATTRIBUTES}><title>T</title>{DATE}</item>"),
    "many items": rss(f"<item><title>T</title>{DATE}</item>" * 2_000),
    "long title": rss(f"<item><title>{'très long ' * 50_000}</title>{DATE}</item>"),
    "open brackets": rss(f"<item><title>T</title>{DATE}<description>{'&lt;' * 100_000}</description></item>"),
    "ampersands": rss(f"<item><title>T</title>{DATE}<description>{'&amp;' * 100_000}</description></item>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    """Entities, nesting and length never cost more than some seconds and megabytes, and give items or one error."""
    found, spent, peak = timed(lambda: feed.read(BOMBS[name], ORIGIN))
    assert isinstance(found, Reading | PublisherError)
    assert spent < 12
    assert peak < 100
    if isinstance(found, Reading):
        assert all(len(item.title) < 1_000_000 for item in found.items)


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item>" + b"<![CDATA[" * 200_000,
        b"<rss><channel><item><" + b"a" * 2_000_000,
        b"<rss>" + b"<!DOCTYPE [" * 100_000,
        b"<!DOCTYPE rss [" + b"]" * 1_000_000,
        b"<html><head>" + b"<link " * 300_000,
        b"<html><head><link" + b" rel=alternate" * 100_000,
        rss(f"<generator>SPIP</generator><item><title>T</title><description>{'&#10;' * 100_000}-</description></item>"),
        rss(f"<item><title>T</title><description>&lt;a href='x.pdf'&gt;{'1' * 100_000}&lt;/a&gt;</description></item>"),
        rss(f"<item><title>T</title><pubDate>{'9' * 100_000}</pubDate></item>"),
    ],
    ids=["cdata", "name", "doctypes", "subset", "links", "rels", "newlines", "digits", "date"],
)
def test_no_pattern_runs_away(body: bytes) -> None:
    """What makes careless patterns backtrack costs no more time than any text of its length."""
    start = time.process_time()
    with contextlib.suppress(PublisherError):
        feed.read(body, ORIGIN)
    assert time.process_time() - start < 5


def test_a_calendar_without_end() -> None:
    """An event that repeats every second is left with a fault; the others are read."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{rule}\r\nDTSTART:20261103T090000Z\r\nRRULE:FREQ={rule}\r\nSUMMARY:{rule}\r\nEND:VEVENT\r\n"
        for rule in ("SECONDLY", "YEARLY")
    )
    body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n".encode()
    found = ics.read(body, ORIGIN, back=7, ahead=120)
    assert [item.title for item in found.items] == ["YEARLY"]
    assert "chaque seconde" in str(found.faults[0])


def test_deep_pages() -> None:
    """A page of a hundred thousand open elements is refused or read, in bounded time."""
    body = b"<html><body>" + b"<div>" * 100_000 + b"<p>Un texte</p>"
    _, spent, peak = timed(lambda: Reading(items=(page.read(body, ORIGIN),)))
    assert spent < 12
    assert peak < 100


TEXTS = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: rss(f"<item><title>{text}</title><description>{text}</description></item>")),
    st.text(alphabet="<>/&;![]= abCDATA\"'", max_size=200).map(lambda text: rss(f"<item>{text}</item>")),
    st.text(alphabet="<>/divpa= \"'", max_size=200).map(lambda text: f"<html><body>{text}</body></html>".encode()),
    st.text(max_size=100).map(lambda text: f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT".encode()),
    st.text(alphabet='{}[]":,items0', max_size=100).map(lambda text: ("{" + text).encode()),
)
READERS: dict[str, Callable[[bytes], object]] = {
    "feed": lambda body: feed.read(body, ORIGIN),
    "page": lambda body: page.read(body, ORIGIN),
    "calendar": lambda body: ics.read(body, ORIGIN, back=7, ahead=100),
    "sitemap": lambda body: sitemap.read(body, ORIGIN),
    "listing": lambda body: listing.read(body, ORIGIN, "a"),
    "robots": robots.read,
}


@pytest.mark.parametrize("name", READERS)
@hypothesis_settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_any_bytes_give_items_or_an_error(name: str, body: bytes) -> None:
    """No bytes make a reader raise anything but a ``PublisherError``."""
    with contextlib.suppress(PublisherError):
        READERS[name](body)


@contextlib.contextmanager
def tls(context: ssl.SSLContext) -> Iterator[int]:
    """Serve one feed over TLS and yield the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer any path."""
            body = rss(f"<item><title>A</title>{DATE}</item>")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Ignore a refused handshake: it is what the test is about."""

    server = Quiet(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path) -> ssl.SSLContext:
    """Return a server's context whose certificate is signed by an authority that nobody knows and that is not sent."""
    now = datetime.now(tz=UTC)
    authority, mine = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Autorité intermédiaire")]))
        .public_key(mine.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(authority, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        mine.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_tls_with_a_broken_chain(tmp_path: Path, now: datetime) -> None:
    """A certificate whose chain is incomplete is refused, said in words, and costs only its own source."""
    with tls(certificate(tmp_path)) as port:
        source = FeedSource(name="S", url=f"https://127.0.0.1:{port}/rss")
        (done,) = Collector({"s": source}, settings(), Path(), PARIS).collect({}, now)
    assert isinstance(done.error, FetchError)
    assert "certificat" in done.error.text
    assert "intermédiaire" in done.error.remedy


def test_a_redirect_to_a_private_address(site: Site, now: datetime) -> None:
    """A public address may not lead us to a private one: the redirect is checked like the address itself."""
    site.pages["/rss"] = Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})
    source = FeedSource(name="S", url="https://public.example/rss")
    http = replace(settings(allow_private=0), resolve={"public.example": f"127.0.0.1:{site.port}"})
    (done,) = Collector({"s": source}, http, Path(), PARIS).collect({}, now)
    assert done.error is not None
    assert "redirige vers un réseau privé" in done.error.text
    assert done.error.place == source.url
    assert len(site.asked) == 1


def test_a_wrong_charset(site: Site, now: datetime) -> None:
    """A Content-Type whose charset is wrong, or does not exist, costs no accent."""
    body = rss(f"<item><title>Économie</title>{DATE}</item>").replace(b"'1.0'", b"'1.0' encoding='utf-8'")
    for charset in ("us-ascii", "n-importe-quoi", "utf-16"):
        site.pages["/rss"] = Reply(body=body, headers={"Content-Type": f"application/rss+xml; charset={charset}"})
        source = FeedSource(name="S", url=site.url("/rss"))
        (done,) = Collector({"s": source}, settings(), Path(), PARIS).collect({}, now)
        assert [item.title for item in done.items] == ["Économie"], charset
