"""Feeds and archive over HTTP: the right kinds, validators that hold, packed where it pays, and nothing else served."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from public_site import world as sample
from public_site.world import NOW

from publisher.config import parse
from publisher.site.negotiation import has_it, http_date, takes_gzip
from publisher.stages.publish import publish
from publisher.wiring import Publication

if TYPE_CHECKING:
    from pathlib import Path

    from public_site.world import World

WHEN = datetime(2026, 11, 3, 8, 0, 0, 900_000, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def folder(world: World) -> Path:
    """Publish the letter as the sending does, and put beside it what must not be served."""
    publication = world.publication
    publish(publication.editions, publication.press.published_files, publication.outlet)
    folder = publication.feeds_path
    (folder / "README.md").write_text("pour les développeurs", encoding="utf-8")
    (folder / ".cache.html").write_text("caché", encoding="utf-8")
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "petit.txt").write_text("court", encoding="utf-8")
    (folder / "dehors.html").symlink_to(publication.config.file)
    (folder / "boucle.html").symlink_to(folder / "boucle.html")
    (folder / "dossier.html").mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/2026-11.html", "text/html; charset=utf-8"),
        ("/images/x.png", "image/png"),
    ],
)
def test_each_file_is_what_it_says(path: str, kind: str, world: World, folder: Path) -> None:
    """Kind, octets and headers of every published file are those of the rules for feeds; no cookie is set."""
    answer = world.ask("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"] == kind
    assert answer.body == (folder / (path[1:] or "index.html")).read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=900"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_reader_that_has_it_gets_304(coding: str, world: World) -> None:
    """ETag and date, each by itself, spare the body; so does HEAD, which tells the same headers as GET."""
    asked = {"Accept-Encoding": coding} if coding else {}
    whole = world.ask("GET", "/rss.xml", headers=asked)
    by_tag = world.ask("GET", "/rss.xml", headers={**asked, "If-None-Match": whole.headers["etag"]})
    by_date = world.ask("GET", "/rss.xml", headers={**asked, "If-Modified-Since": whole.headers["last-modified"]})
    for answer in (by_tag, by_date):
        assert (answer.status, answer.body) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary"):
            assert answer.headers[name] == whole.headers[name]
    other = world.ask("GET", "/rss.xml", headers={**asked, "If-None-Match": '"autre"'})
    assert other.status == 200
    head = world.ask("HEAD", "/rss.xml", headers=asked)
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


def test_packed_and_plain_are_two_representations(world: World) -> None:
    """Gzip holds the same octets, in fewer, under an ETag of its own; small files and pictures stay as they are."""
    plain, packed = world.ask("GET", "/rss.xml"), world.ask("GET", "/rss.xml", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)
    assert packed.headers["etag"] != plain.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    for held in (plain, packed):
        for coding in ("", "gzip"):
            asked = {"If-None-Match": held.headers["etag"], "Accept-Encoding": coding}
            again = world.ask("GET", "/rss.xml", headers=asked)
            assert (again.status, again.headers["etag"]) == (304, held.headers["etag"])
    for path in ("/petit.txt", "/images/x.png"):
        assert "content-encoding" not in world.ask("GET", path, headers={"Accept-Encoding": "gzip"}).headers


def test_a_changed_file_has_another_tag(world: World, folder: Path) -> None:
    """What was published anew is served anew at once; the same octets keep their ETag whatever their date."""
    file = folder / "essai.html"
    file.write_text("a" * 600, encoding="utf-8")
    first = world.ask("GET", "/essai.html").headers
    os.utime(file, (1_700_000_000, 1_700_000_000))
    second = world.ask("GET", "/essai.html").headers
    assert first["etag"] == second["etag"]
    assert second["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    file.write_text("b" * 600, encoding="utf-8")
    assert world.ask("GET", "/essai.html").headers["etag"] != first["etag"]
    file.unlink()
    assert world.ask("GET", "/essai.html").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/README.md",
        "/.cache.html",
        "/dehors.html",
        "/boucle.html",
        "/dossier.html",
        "/images/",
        "/images",
        "/2027-01.html",
        "/../config.toml",
        "/%2e%2e/config.toml",
        "/..%2fconfig.toml",
        "/images/../../config.html",
        "//etc/passwd.txt",
        "/C:%5Cx.html",
        "/%00.html",
        "/a%0ab.html",
        f"/{'x' * 300}.html",
    ],
)
def test_nothing_else_is_served(path: str, world: World) -> None:
    """Other kinds, hidden files, ways out of the folder and names that cannot be get the page that says so."""
    answer = world.ask("GET", path)
    assert answer.status == 404
    assert "Cette adresse ne mène à aucune page" in answer.text


def test_a_browser_may_ask_for_feeds_from_elsewhere(world: World) -> None:
    """A script of another site may read feeds conditionally: its preflight is answered."""
    asked = {"Origin": "https://ailleurs.example", "Access-Control-Request-Headers": "if-none-match"}
    answer = world.ask("OPTIONS", "/feed.json", headers={**asked, "Access-Control-Request-Method": "GET"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]


def test_other_methods_are_refused(world: World) -> None:
    """Files are read and no more."""
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND"):
        assert world.ask(method, "/rss.xml").status == 405


def test_a_publication_below_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where publication.base has a path, archive, feeds and webhooks are below it; the way out is where it says."""
    for name, value in sample.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    first = sample.made(tmp_path, people=1)
    text = first.config.file.read_text(encoding="utf-8") + sample.WEBHOOKS
    text = text.replace('base = "https://lettre.reseau.example/"', 'base = "https://www.reseau.example/lettre/"')
    publication = Publication(parse(text, first.config.file))
    publish(publication.editions, publication.press.published_files, publication.outlet)
    with sample.served(publication) as world:
        assert world.ask("GET", "/lettre/rss.xml").status == 200
        assert world.ask("GET", "/lettre/").status == 200
        assert world.ask("GET", "/rss.xml").status == 404
        assert world.ask("POST", "/lettre/webhooks/brevo", b"[]").status == 403
        assert world.ask("GET", "/desinscription/x").status == 200
        assert world.ask("POST", "/desinscription", "List-Unsubscribe=One-Click").status == 404, "and no redirect"


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("*;q=0, gzip", True),
        ("identity", False),
        ("br;q=1.0, *;q=0.1", True),
        (";;,,", False),
    ],
)
def test_who_takes_gzip(accepted: str, taken: bool) -> None:
    """RFC 9110, 12.5.3: named, or any coding, unless its quality is 0."""
    assert takes_gzip(accepted) is taken


@pytest.mark.parametrize(
    ("headers", "has"),
    [
        ({}, False),
        ({"if-none-match": '"a"'}, True),
        ({"if-none-match": 'W/"a"'}, True),
        ({"if-none-match": '"b", "a"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"b"'}, False),
        ({"if-none-match": "a"}, False),
        ({"if-modified-since": http_date(WHEN)}, True),
        ({"if-modified-since": http_date(WHEN - timedelta(seconds=1))}, False),
        ({"if-modified-since": "Tue, 03 Nov 2026 08:00:00"}, True),
        ({"if-modified-since": "hier"}, False),
        ({"if-modified-since": "Tue, 99 Nov 99999 08:00:00 GMT"}, False),
        ({"if-none-match": '"b"', "if-modified-since": http_date(NOW)}, False),
    ],
)
def test_who_has_it(headers: dict[str, str], has: bool) -> None:
    """RFC 9110, 13.2.2: the ETag decides where there is one, else the date, to the second."""
    assert has_it(headers, '"a"', WHEN) is has
