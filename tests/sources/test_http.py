"""Fetching one address from a real server that behaves or does not."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.loopback import Reply, Request, Site, settings

from publisher.errors import FetchError
from publisher.sources.http import Answer, Client, retry_after
from publisher.sources.network import is_public, literal

if TYPE_CHECKING:
    from publisher.sources.settings import HttpSettings

NOW = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


def get(address: str, how: HttpSettings | None = None, *, etag: str = "", modified: str = "") -> Answer:
    """Fetch one address with a client of its own."""

    async def main() -> Answer:
        async with Client(how or settings(), now=NOW) as client:
            return await client.get(address, etag=etag, modified=modified)

    return asyncio.run(main())


def refused(address: str, how: HttpSettings | None = None) -> FetchError:
    """Return the error that an address gives."""
    with pytest.raises(FetchError) as caught:
        get(address, how)
    assert caught.value.place == address
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_answer_carries_body_and_validators(site: Site) -> None:
    """The validators come back octet for octet, quotes and weakness included."""
    site.pages["/rss"] = Reply(
        body=b"corps",
        headers={
            "ETag": 'W/"a-1"',
            "Last-Modified": "Mon, 05 Oct 2026 08:00:00 GMT",
            "Content-Type": "application/rss+xml; charset=iso-8859-1",
        },
    )
    answer = get(site.url("/rss"))
    assert answer == Answer(
        address=site.url("/rss"),
        body=b"corps",
        etag='W/"a-1"',
        modified="Mon, 05 Oct 2026 08:00:00 GMT",
        media_type="application/rss+xml",
        charset="iso-8859-1",
    )


def test_conditional_get(site: Site) -> None:
    """Validators are sent back exactly, and 304 gives an unchanged answer without a body."""
    site.pages["/rss"] = Reply(status=304, headers={"ETag": '"a"'})
    answer = get(site.url("/rss"), etag='"a"', modified="Mon, 05 Oct 2026 08:00:00 GMT")
    assert answer.unchanged
    assert answer.body == b""
    assert site.asked[0].headers["if-none-match"] == '"a"'
    assert site.asked[0].headers["if-modified-since"] == "Mon, 05 Oct 2026 08:00:00 GMT"


def test_the_user_agent_names_a_contact(site: Site) -> None:
    """A webmaster finds in the User-Agent whom to write to."""
    site.pages["/rss"] = Reply(body=b"x")
    get(site.url("/rss"))
    assert site.asked[0].headers["user-agent"].endswith("(+mailto:essai@reseau.example)")


def test_permanent_redirects_are_told(site: Site) -> None:
    """301 and 308 in a row give the address to remember; a 302 in between ends it there."""
    site.pages["/a"] = Reply(status=301, headers={"Location": "/b"})
    site.pages["/b"] = Reply(status=308, headers={"Location": site.url("/c")})
    site.pages["/c"] = Reply(body=b"x")
    site.pages["/t"] = Reply(status=302, headers={"Location": "/a"})
    site.pages["/m"] = Reply(status=301, headers={"Location": "/t"})
    assert get(site.url("/a")).permanent == site.url("/c")
    assert get(site.url("/t")).permanent == ""
    assert get(site.url("/m")).permanent == site.url("/t")


def test_redirect_loop(site: Site) -> None:
    """A loop is said to be one, and is not followed until the limit."""
    site.pages["/a"] = Reply(status=302, headers={"Location": "/b"})
    site.pages["/b"] = Reply(status=302, headers={"Location": "/a"})
    assert "tournent en rond" in refused(site.url("/a")).text
    assert len(site.asked) == 2


def test_too_many_redirects(site: Site) -> None:
    """A chain that never ends stops after five redirects."""
    for step in range(20):
        site.pages[f"/{step}"] = Reply(status=302, headers={"Location": f"/{step + 1}"})
    assert "plus de 5 redirections" in refused(site.url("/0")).text
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("status", "words"), [(500, "en panne"), (404, "rien à cette adresse"), (410, "retraite"), (403, "refuse")]
)
def test_statuses(site: Site, status: int, words: str) -> None:
    """Each status says what happened in words and keeps its number."""
    site.pages["/rss"] = Reply(status=status, body=b"<html>non</html>")
    error = refused(site.url("/rss"))
    assert words in error.text
    assert error.status == status


def test_retry_after_with_a_date(site: Site) -> None:
    """429 with a date gives the seconds until then."""
    when = format_datetime(NOW + timedelta(hours=3), usegmt=True)
    site.pages["/rss"] = Reply(status=429, headers={"Retry-After": when})
    error = refused(site.url("/rss"))
    assert error.retry_after == 3 * 3600
    assert "3\u00a0heures" in error.remedy


def test_retry_after_forms() -> None:
    """Seconds, a date, a date in the past and nonsense are all understood, and a wait is never above a week."""
    assert retry_after("120", NOW) == 120
    assert retry_after("99999999", NOW) == 7 * 24 * 3600
    assert retry_after(format_datetime(NOW - timedelta(hours=1), usegmt=True), NOW) == 0
    assert retry_after("bientôt", NOW) == 0
    assert retry_after("Tue, 27 Oct 99999999999999999999 15:00:00 GMT", NOW) == 0
    assert retry_after("", NOW) == 0


def test_hanging_server(site: Site) -> None:
    """A server that never answers is left after the total timeout."""

    async def hang(_: Request, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    site.pages["/rss"] = hang
    start = time.perf_counter()
    assert "pas de réponse complète" in refused(site.url("/rss"), settings(timeout=0.3)).text
    assert time.perf_counter() - start < 2


def test_slow_headers_and_slow_body(site: Site) -> None:
    """One octet at a time never outlives the total timeout."""

    async def slow_head(_: Request, writer: asyncio.StreamWriter) -> None:
        for octet in b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n":
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(0.05)

    async def slow_body(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    site.pages["/head"], site.pages["/body"] = slow_head, slow_body
    for path in ("/head", "/body"):
        assert "pas de réponse complète" in refused(site.url(path), settings(timeout=0.4)).text


def test_fifty_megabytes(site: Site) -> None:
    """An announced 50 MB is refused from its header, before any of it is read."""

    async def huge(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        for _each in range(50):
            writer.write(bytes(1_000_000))
            await writer.drain()

    site.pages["/rss"] = huge
    assert "dépasse 10\u00a0Mo" in refused(site.url("/rss")).text


def test_endless_body(site: Site) -> None:
    """A body without announced length and without end is left as soon as it passes the limit."""

    async def endless(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"2710\r\n" + bytes(10_000) + b"\r\n")
            await writer.drain()

    site.pages["/rss"] = endless
    assert "dépasse 300\u00a0ko" in refused(site.url("/rss"), settings(max_bytes=300_000)).text


def test_gzip_bomb(site: Site) -> None:
    """A small body that inflates past the limit is left on the way, not after it was inflated."""
    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    assert len(bomb) < 1_000_000
    site.pages["/rss"] = Reply(body=bomb, headers={"Content-Encoding": "gzip"})
    assert "décompressée dépasse 10\u00a0Mo" in refused(site.url("/rss")).text


def test_codings(site: Site) -> None:
    """gzip, gzip in several members, zlib and raw deflate are undone; an unknown coding is refused."""
    raw = zlib.compressobj(wbits=-15)
    site.pages["/gzip"] = Reply(body=gzip.compress(b"corps"), headers={"Content-Encoding": "gzip"})
    site.pages["/two"] = Reply(
        body=gzip.compress(b"cor") + gzip.compress(b"ps"), headers={"Content-Encoding": "x-gzip"}
    )
    site.pages["/zlib"] = Reply(body=zlib.compress(b"corps"), headers={"Content-Encoding": "deflate"})
    site.pages["/raw"] = Reply(body=raw.compress(b"corps") + raw.flush(), headers={"Content-Encoding": "deflate"})
    for path in ("/gzip", "/two", "/zlib", "/raw"):
        assert get(site.url(path)).body == b"corps"
    site.pages["/br"] = Reply(body=b"corps", headers={"Content-Encoding": "br"})
    assert "illisible" in refused(site.url("/br")).text
    site.pages["/lie"] = Reply(body=b"corps", headers={"Content-Encoding": "gzip"})
    assert "illisible" in refused(site.url("/lie")).text


def test_cut_body_keeps_what_came(site: Site) -> None:
    """A connection that closes before the announced length, or inside gzip, gives what arrived, marked as not whole."""

    async def cut(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndebut")
        await writer.drain()
        writer.close()

    site.pages["/cut"] = cut
    packed = gzip.compress(bytes(range(256)) * 50)
    site.pages["/gzip"] = Reply(body=packed[:-20], headers={"Content-Encoding": "gzip"})
    answer = get(site.url("/cut"))
    assert (answer.body, answer.whole) == (b"debut", False)
    answer = get(site.url("/gzip"))
    assert answer.body
    assert not answer.whole


def test_not_http(site: Site) -> None:
    """A server that speaks something else, or hangs up, gives one sentence."""

    async def smtp(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relais.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async def nothing(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.close()

    site.pages["/smtp"], site.pages["/nothing"] = smtp, nothing
    assert "HTTP lisible" in refused(site.url("/smtp")).text
    assert "coupé la connexion" in refused(site.url("/nothing")).text


def test_nobody_listens(site: Site) -> None:
    """A closed port is said to be a refused connection."""
    assert "refuse la connexion" in refused("http://127.0.0.1:9/rss").text


@pytest.mark.parametrize(
    "address", ["ftp://reseau.example/x", "reseau.example", "http://", "http://[::1", "http://a:99999/"]
)
def test_bad_addresses(address: str) -> None:
    """What is no http address is refused without any request."""
    assert "pas une adresse" in refused(address).text


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.7",
        "169.254.169.254",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
    ],
)
def test_private_addresses_are_refused(host: str) -> None:
    """Loopback and private addresses are refused in every spelling, before a connection is made."""
    error = refused(f"http://{host}:9/rss", settings(allow_private=0))
    assert "réseau privé" in error.text
    assert "allow_private" in error.remedy


def test_public_numbers() -> None:
    """Public addresses pass, and a name is no literal."""
    assert is_public("193.51.0.1")
    assert is_public("2001:660::1")
    assert not is_public("pas un nombre")
    assert literal("reseau.example") == ""


@given(st.text())
def test_literal_never_fails(host: str) -> None:
    """Any host gives an address or nothing."""
    number = literal(host)
    assert number == "" or not number.isalpha()


def test_one_at_a_time_with_a_delay(site: Site) -> None:
    """Requests to one host never overlap, and a pause lies between them."""

    async def slow(_: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    site.pages["/rss"] = slow

    async def main() -> None:
        async with Client(settings(delay=0.05), now=NOW) as client:
            await asyncio.gather(*(client.get(site.url("/rss")) for _ in range(4)))

    start = time.perf_counter()
    asyncio.run(main())
    assert site.busiest == 1
    assert time.perf_counter() - start > 3 * 0.07
