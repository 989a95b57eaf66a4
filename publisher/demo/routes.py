"""Which address of the sample sites answers with which bytes. It must not open a socket."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.demo import drupal, posts, spip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAGE = "text/html; charset=utf-8"
_FEED = "application/rss+xml; charset=utf-8"
_FOLD = 75
_SHORT = (
    '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{0}</title></head>'
    "<body><h1>{0}</h1><p>Cette page d’exemple n’a pas d’autre contenu.</p></body></html>"
)
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
_ELSEWHERE = (
    "Donnees-personnelles",  # named by the configuration
    "actualites-0/regies-de-quartier-ce-que-les-habitants-reparent",  # cut over two lines in the print export
)
_RELATIVE = re.compile(r'href="/([^"<>\s]+)"')


def _addresses(host: str) -> re.Pattern[str]:
    return re.compile(rf"https?://{re.escape(host)}/([^\s\"'<>)\]]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What one address answers: the bytes, their media type, and when they last changed."""

    body: bytes
    media_type: str
    modified: datetime


def table() -> Mapping[str, Resource]:
    """Return every address of the sample sites, as ``host/path?query``, with what it answers."""
    network, centre, daily = posts.load("reseau"), posts.load("centre"), posts.load("quotidien")
    found: dict[str, Resource] = {}

    def put(site: posts.Site, path: str, body: bytes, media_type: str, modified: datetime) -> None:
        found[f"{site.host}/{path}"] = Resource(body=body, media_type=media_type, modified=modified)

    put(network, "spip.php?page=backend", spip.backend(network), "text/xml; charset=utf-8", network.posts[0].date)
    put(network, "agenda.ics", calendar(), "text/calendar; charset=utf-8", datetime(2026, 10, 21, 7, 30, tzinfo=UTC))
    put(centre, "rss.xml", drupal.rss7(centre), _FEED, centre.posts[0].date)
    put(daily, "flux/localtis.xml", drupal.rss10(daily), _FEED, daily.posts[0].date)
    for post in network.posts:
        put(network, post.slug, spip.page(network, post), _PAGE, post.date)
        if post.image:
            put(network, f"IMG/jpg/{post.image}", posts.image(post.image), "image/jpeg", post.date)
    for post in centre.posts:
        put(centre, f"actualites-0/{post.slug}", drupal.page7(centre, post), _PAGE, post.date)
    for post in daily.posts:
        put(daily, post.slug, drupal.page10(daily, post), _PAGE, post.date)
    return {**_linked(found, (network, centre, daily)), **found}


def _linked(found: Mapping[str, Resource], sites: Sequence[posts.Site]) -> dict[str, Resource]:
    """Return a short answer for every address that pages, agenda and documents link to: no sample link is broken."""
    documents = [file.read_text(encoding="utf-8") for file in (posts.SITES / "documents").iterdir()]
    calendars = (posts.SITES / "agenda.ics").read_text(encoding="utf-8")
    answers: dict[str, Resource] = {}
    for site in sites:
        own = [
            resource.body.decode() for name, resource in found.items() if name.startswith(site.host) and _text(resource)
        ]
        texts = html.unescape(html.unescape("\n".join([*own, *documents, calendars])))
        paths = {
            *_addresses(site.host).findall(texts),
            *_RELATIVE.findall(html.unescape("\n".join(own))),
            *_ELSEWHERE,
            "",
        }
        for path in sorted(path.partition("#")[0].rstrip(".,;") for path in paths):
            body, kind = (
                (_PDF, "application/pdf") if path.endswith(".pdf") else (_SHORT.format(site.title).encode(), _PAGE)
            )
            answers[f"{site.host}/{path}"] = Resource(body=body, media_type=kind, modified=site.posts[0].date)
    return answers


def _text(resource: Resource) -> bool:
    return resource.media_type.startswith("text/") or "xml" in resource.media_type


def hosts() -> tuple[str, ...]:
    """Return the hosts of the sample sites, in alphabetical order."""
    return tuple(sorted({address.partition("/")[0] for address in table()}))


def calendar() -> bytes:
    """Return the agenda as it goes over the wire: CRLF, lines folded at 75 octets (RFC 5545, 3.1)."""
    lines = (posts.SITES / "agenda.ics").read_text(encoding="utf-8").splitlines()
    return b"".join(_folded(line) for line in lines)


def _folded(line: str) -> bytes:
    """Return one content line folded between characters, never inside one."""
    parts, room = [b""], _FOLD
    for character in line:
        octets = character.encode()
        if len(parts[-1]) + len(octets) > room:
            parts.append(b"")
            room = _FOLD - 1  # the blank that opens a folded line counts
        parts[-1] += octets
    return b"\r\n ".join(parts) + b"\r\n"
