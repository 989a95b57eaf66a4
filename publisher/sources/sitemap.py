"""Sitemaps (sitemaps.org): bytes to addresses with their dates. It fetches nothing, neither pages nor nested maps."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from publisher.errors import ReadError
from publisher.sources.body import Inflater, TooLargeError
from publisher.sources.dates import machine_date

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.sources.reading import Origin

_GZIP_MARK = b"\x1f\x8b"
_LARGEST = 50_000_000  # octets: what the protocol allows for one map, uncompressed
_MOST = 50_000  # addresses: the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address of a sitemap; ``changed`` is its lastmod, ``None`` when the map does not say."""

    address: str
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """The pages of a map, or the maps of an index."""

    pages: tuple[Place, ...] = ()
    nested: tuple[Place, ...] = ()


def read(body: bytes, origin: Origin) -> Sitemap:
    """Return what a sitemap holds: XML, an index of maps, or plain text; gzipped or not. Raises ``ReadError``."""
    body = _unpacked(body, origin)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Sitemap(pages=tuple(_lines(body, origin)))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise _unreadable(origin) from error
    name = _local(root) if root is not None else ""
    if name == "urlset":
        return Sitemap(pages=tuple(_places(root, "url", origin)))
    if name == "sitemapindex":
        return Sitemap(nested=tuple(_places(root, "sitemap", origin)))
    raise _unreadable(origin)


def _unpacked(body: bytes, origin: Origin) -> bytes:
    if not body.startswith(_GZIP_MARK):
        return body
    try:
        return Inflater("gzip", _LARGEST).feed(body)
    except (TooLargeError, zlib.error) as error:
        raise _unreadable(origin) from error


def _unreadable(origin: Origin) -> ReadError:
    return ReadError(
        "la réponse n’est pas un plan de site (sitemap) lisible.",
        source=origin.key,
        place=origin.address,
        remedy="Vérifiez l’adresse\u00a0: elle est souvent donnée par le fichier robots.txt du site.",
    )


def _lines(body: bytes, origin: Origin) -> Iterator[Place]:
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines() if line.strip()][:_MOST]
    if not lines or not all(line.startswith(("http://", "https://")) for line in lines):
        raise _unreadable(origin)
    for line in lines:
        yield Place(address=line)


def _places(root: etree._Element, name: str, origin: Origin) -> Iterator[Place]:
    for count, element in enumerate(root):
        if count >= _MOST:
            return
        if _local(element) != name:
            continue
        said = {_local(child): (child.text or "").strip() for child in element}
        if said.get("loc", "").startswith(("http://", "https://")):
            yield Place(address=said["loc"], changed=machine_date(said.get("lastmod", ""), origin.zone))


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
