"""Any feed, however odd, by feedparser. It recovers what can be recovered and decides nothing.

feedparser's own sanitising and address resolution are off, since they double its time: ``clean`` and ``fragment`` do
that work once.
"""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

import feedparser

from publisher.errors import ReadError
from publisher.sources.entries import Enclosure, Entry, Feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.sources.reading import Origin


_DEEPEST = 1000
_TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*+)([^<>]*+)>")
_VOID = frozenset({b"br", b"img", b"hr", b"input", b"meta", b"link", b"p", b"li"})  # that HTML leaves open
# A DTD brings entities that grow (« billion laughs ») and nothing that a feed needs: HTML entities are known anyway.
_DOCTYPE = re.compile(
    rb"\A(\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*)<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_ENTITY = re.compile(rb"<!ENTITY\s+(?:%\s+)?[\w.-]+\s+[\"']([^\"'>]*+)", re.IGNORECASE)
_OTHER = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;)\w|%\w")
_LONGEST_ENTITY = 1000  # octets
_DTD = 100_000  # octets of a DTD that is looked at


def parse(body: bytes, origin: Origin) -> Feed:
    """Return whatever feedparser finds in the bytes. Raises ``ReadError`` when they nest or multiply without end."""
    if _depth(body) > _DEEPEST:
        why = f"imbrique plus de {_DEEPEST}\u00a0balises les unes dans les autres"
        raise _unhealthy(origin, why)
    if _multiplies(body):
        raise _unhealthy(origin, "déclare des entités XML qui se multiplient")
    media_type = origin.media_type or "application/xml"
    content_type = f"{media_type}; charset={origin.charset}" if origin.charset else media_type
    stream = io.BytesIO(_DOCTYPE.sub(rb"\1", body, count=1))  # bytes alone would be taken for a file's name
    try:
        found = feedparser.parse(
            stream,
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": content_type},
        )
    except Exception as error:  # noqa: BLE001 - it raises at some declarations (a charset written in other octets)
        return Feed(complaint=error)
    return Feed(
        entries=tuple(_entry(each, _base(found.feed)) for each in found.entries),
        generator=str(found.feed.get("generator") or ""),
        language=str(found.feed.get("language") or ""),
        complaint=found.bozo_exception if found.bozo else None,
    )


def _unhealthy(origin: Origin, why: str) -> ReadError:
    return ReadError(
        f"le flux {why}\u00a0; il n’est pas lu.",
        source=origin.key,
        place=origin.address,
        remedy="Aucun flux sain ne fait cela\u00a0: prévenez le webmestre.",
    )


def _multiplies(body: bytes) -> bool:
    """Say whether the DTD declares an entity made of others (« billion laughs ») or a long one."""
    doctype = _DOCTYPE.match(body)
    declared = _ENTITY.findall(doctype[0][:_DTD]) if doctype else ()
    return any(len(value) > _LONGEST_ENTITY or _OTHER.search(value) for value in declared)


def _depth(body: bytes) -> int:
    """Return how deep elements are nested: feedparser needs time that grows with the square of it (10 MB: hours)."""
    depth = deepest = 0
    for found in _TAG.finditer(b"".join(_outside_cdata(body))):
        if found[3].endswith(b"/") or found[2].lower() in _VOID:
            continue
        depth = max(depth - 1, 0) if found[1] else depth + 1
        deepest = max(depth, deepest)
    return deepest


def _outside_cdata(body: bytes) -> Iterator[bytes]:
    end = 0
    while (start := body.find(b"<![CDATA[", end)) >= 0:
        yield body[end:start]
        end = body.find(b"]]>", start)
        if end < 0:
            return
    yield body[end:]


def _base(part: Any) -> str:
    return str((part.get("title_detail") or part.get("summary_detail") or {}).get("base") or "")


def _entry(entry: Any, outer: str) -> Entry:
    return Entry(
        title=_markup(entry.get("title_detail")),
        link=str(entry.get("link") or ""),
        guid=str(entry.get("id") or ""),
        base=_base(entry) or outer,
        description=_markup(entry.get("summary_detail")),
        content="\n".join(_markup(each) for each in entry.get("content") or ()),
        published=str(entry.get("published") or entry.get("created") or ""),
        # Without an updated of its own feedparser answers published, which proves no update: hence the plain look-up.
        updated=str(dict.get(entry, "updated") or ""),
        authors=tuple(str(each["name"]) for each in entry.get("authors") or () if each and each.get("name")),
        terms=tuple(str(tag["term"]) for tag in entry.get("tags") or () if tag.get("term")),
        enclosures=tuple(_enclosures(entry)),
        language=str(entry.get("language") or ""),
    )


def _markup(detail: Any) -> str:
    """Return a text as HTML: plain text is escaped, so that « 15 < 20 » stays."""
    value = str((detail or {}).get("value") or "")
    return html.escape(value, quote=False) if detail and detail.get("type") == "text/plain" else value


def _enclosures(entry: Any) -> Iterator[Enclosure]:
    enclosed = [link for link in entry.get("links") or () if link.get("rel") == "enclosure"]
    thumbnails = list(entry.get("media_thumbnail") or ())
    for each in (*enclosed, *(entry.get("media_content") or ()), *thumbnails):
        image = each.get("medium") == "image" or each in thumbnails
        length = str(each.get("length") or each.get("filesize") or "")
        yield Enclosure(
            address=str(each.get("href") or each.get("url") or ""),
            media_type=str(each.get("type") or "").lower() or ("image/*" if image else ""),
            title=str(each.get("alt") or each.get("title") or ""),
            size=int(length) if length.isascii() and length.isdigit() else 0,
        )
