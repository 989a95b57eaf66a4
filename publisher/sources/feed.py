"""RSS, RDF and Atom by feedparser: bytes to items. It fetches nothing, and no fault of the markup stops it.

feedparser's own sanitising and address resolution are off (they doubled its time): ``clean`` and ``fragment`` do
that work once.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import feedparser

from publisher import clean
from publisher.errors import Fault, ReadError
from publisher.item import Theme
from publisher.sources import article, doubles, drupal, fragment, jsonfeed, spip
from publisher.sources.dates import any_date
from publisher.sources.reading import Origin, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from publisher.item import ItemData
    from publisher.sources.settings import Cms

_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_ALTERNATE = re.compile(
    rb"<link\b(?=[^>]*\brel=[\"']?alternate)(?=[^>]*\btype=[\"']?application/(?:rss|atom)\+xml)[^>]*"
    rb"\bhref=[\"']?([^\"'\s>]+)",
    re.IGNORECASE,
)
_ROOT = re.compile(rb"<\s*(?:\w+:)?(?:rss|rdf|feed|channel)\b", re.IGNORECASE)
_CLOSED = re.compile(rb"</\s*(?:\w+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_ITEM_END = re.compile(rb"</\s*(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ITEM_START = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_SNIFFED = 2000
_HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
_LOGIN = re.compile(r"^(?:admin\w*|webmaster|root|[a-z0-9_.-]{2,20}|\S+@\S+)$")  # no reader knows a login
_NO_THEME = frozenset({"non classé", "uncategorized", "actualités", "actualité"})
_GENERATORS = (("spip", "spip"), ("wordpress", "wordpress"), ("drupal", "drupal"))


def read(body: bytes, origin: Origin) -> Reading:
    """Return the items of a feed in its order. Raises ``ReadError`` when the bytes are no feed at all.

    Whatever can be recovered is; what was lost is told by the faults.
    """
    if jsonfeed.is_one(body):
        found = jsonfeed.read(body, origin)
        return Reading(items=doubles.without(found.items), faults=found.faults)
    _refuse_what_is_no_feed(body, origin)
    parsed = feedparser.parse(
        io.BytesIO(body),  # bytes alone are taken for a file's name or an address
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": _content_type(origin)},
    )
    entries = list(parsed.entries)
    if not entries and not _ROOT.search(body):
        raise ReadError(
            "la réponse n’est pas un flux RSS ou Atom.",
            source=origin.key,
            place=origin.address,
            remedy="Ouvrez l’adresse dans un navigateur, et corrigez-la dans config.toml.",
        )
    faults: list[Fault] = []
    closed = bool(_CLOSED.search(body[-_SNIFFED:])) and origin.whole
    if parsed.bozo and not closed:
        whole = len(_ITEM_END.findall(body))
        started = len(_ITEM_START.findall(body))
        entries = entries[:whole]
        if not entries:
            raise ReadError(
                "le flux est coupé avant la fin de son premier article.",
                source=origin.key,
                place=origin.address,
                remedy="Rien à faire si cela ne dure pas\u00a0; sinon prévenez le webmestre.",
            )
        faults.append(_cut(origin, len(entries), lost=started > whole))
    elif parsed.bozo and not _harmless(parsed.bozo_exception):
        faults.append(_broken(origin, parsed.bozo_exception, len(entries)))
    cms = origin.cms or _recognised(parsed)
    items: list[ItemData] = []
    for number, entry in enumerate(entries, 1):
        item = _item(entry, parsed.feed, origin, cms)
        if item is None:
            faults.append(_empty(origin, number))
        else:
            items.append(item)
    return Reading(items=doubles.without(tuple(items)), faults=tuple(faults))


def _refuse_what_is_no_feed(body: bytes, origin: Origin) -> None:
    start = body[:_SNIFFED]
    if not body.strip():
        raise ReadError(
            "la réponse est vide.",
            source=origin.key,
            place=origin.address,
            remedy="Ouvrez l’adresse dans un navigateur\u00a0; si elle y est vide aussi, prévenez le webmestre.",
        )
    if _HTML.search(start) and b"<rss" not in start and b"<feed" not in start:
        named = _ALTERNATE.search(body)
        there = urljoin(origin.address, named[1].decode("ascii", "replace").replace("&amp;", "&")) if named else ""
        raise ReadError(
            "l’adresse donne une page web, pas un flux.",
            source=origin.key,
            place=origin.address,
            remedy=f"Cette page annonce le flux {there}\u00a0: mettez-le dans config.toml."
            if there
            else 'Cherchez l’adresse du flux sur le site, ou changez la source en kind = "page".',
        )


def _harmless(error: Any) -> bool:
    """Say whether feedparser's complaint cost nothing: a charset set right, an HTML entity without DTD."""
    return type(error).__name__ in _HARMLESS or "undefined entity" in str(error)


def _content_type(origin: Origin) -> str:
    media_type = origin.media_type or "application/xml"
    return f"{media_type}; charset={origin.charset}" if origin.charset else media_type


def _recognised(parsed: Any) -> Cms:
    generator = str(parsed.feed.get("generator", "")).lower()
    for word, cms in _GENERATORS:
        if word in generator:
            return cms  # type: ignore[return-value]
    first = parsed.entries[0] if parsed.entries else {}
    link = str(first.get("link", ""))
    if "pk_source=Localtis" in link or "banquedesterritoires.fr/" in link:
        return "localtis"
    guid = str(first.get("id", ""))
    return "drupal" if drupal.stable_id(guid) != guid else ""


def _item(entry: Any, feed: Any, origin: Origin, cms: Cms) -> ItemData | None:
    base = _base(entry, origin)
    link = fragment.absolute(str(entry.get("link", "")), base)
    rubric = ""
    tail_themes: tuple[Theme, ...] = ()
    description = _value(entry.get("summary_detail"))
    content = "\n".join(_value(each) for each in entry.get("content", ()))
    if cms == "spip":
        description, rubric, tail_themes = spip.description(description, base)
    parts = article.take_apart(content or description, base=link or base, cms=cms, zone=origin.zone)
    published, updated = _dates(entry, origin.zone)
    parts = article.with_attachments(parts, _attached(entry, base))
    if not parts.themes:
        parts = _with_themes(parts, entry, tail_themes)
    guid = str(entry.get("id", ""))
    return article.compose(
        parts,
        source=origin.key,
        place=origin.address,
        guid=drupal.stable_id(guid),
        link=link or (fragment.absolute(guid, base) if guid.startswith("http") else ""),
        title=article.plain_title(_value(entry.get("title_detail")), cms),
        cms=cms,
        rubric=rubric,
        description=_summary(description, cms, origin.zone) if content else "",
        published=published,
        updated=updated,
        authors=_authors(entry, cms),
        language=str(entry.get("language") or feed.get("language") or "fr")[:2].lower(),
        now=origin.now,
    )


def _value(detail: Any) -> str:
    """Return the text of a feedparser detail as HTML: plain text is escaped, so that « 15 < 20 » stays."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    return html.escape(value, quote=False) if detail.get("type") == "text/plain" else value


def _summary(description: str, cms: Cms, zone: tzinfo) -> str:
    """Return a description beside a text as plain text, without the lines that the site's software adds."""
    return clean.text(article.take_apart(description, base="", cms="" if cms == "spip" else cms, zone=zone).body)


def _base(entry: Any, origin: Origin) -> str:
    """Return what relative addresses of an entry start from: xml:base, itself joined to the feed's address."""
    for name in ("title_detail", "summary_detail"):
        base = (entry.get(name) or {}).get("base")
        if base:
            return urljoin(origin.address, str(base))
    return origin.address


def _dates(entry: Any, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return published and updated. SPIP only gives ``dc:date``, which feedparser files under updated."""
    published = any_date(str(entry.get("published") or entry.get("created") or ""), zone)
    # Without an updated of its own feedparser answers published, which proves no update: hence the plain look-up.
    updated = any_date(str(dict.get(entry, "updated") or ""), zone)
    return published or updated, updated


def _authors(entry: Any, cms: Cms) -> tuple[str, ...]:
    if cms in {"drupal", "localtis"}:  # dc:creator is a login there
        return ()
    names = [str(each.get("name") or "") for each in entry.get("authors", ()) if each]
    split = [part.strip() for name in names for part in name.split(",")] if cms == "spip" else names
    return tuple(dict.fromkeys(" ".join(name.split()) for name in split if name.strip() and not _LOGIN.match(name)))


def _with_themes(parts: article.Parts, entry: Any, tail: tuple[Theme, ...]) -> article.Parts:
    known = {theme.name: theme for theme in tail}
    names = [" ".join(clean.mend(str(tag.get("term") or "")).split()) for tag in entry.get("tags", ())]
    themes = [known.get(name, Theme(name=name)) for name in dict.fromkeys(names) if name]
    themes += [theme for theme in tail if theme.name not in names]
    return replace(parts, themes=tuple(theme for theme in themes if theme.name.lower() not in _NO_THEME))


def _attached(entry: Any, base: str) -> Iterator[article.Attachment]:
    """Yield what enclosures, media:content and media:thumbnail name."""
    enclosures = [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]
    thumbnails = entry.get("media_thumbnail", ())
    for each in (*enclosures, *entry.get("media_content", ()), *thumbnails):
        image = each.get("medium") == "image" or each in thumbnails
        length = str(each.get("length") or each.get("filesize") or "")
        yield article.Attachment(
            address=fragment.absolute(str(each.get("href") or each.get("url") or ""), base),
            media_type=str(each.get("type") or "").lower() or ("image/*" if image else ""),
            title=str(each.get("alt") or each.get("title") or ""),
            size=int(length) if length.isascii() and length.isdigit() else 0,
        )


def _cut(origin: Origin, count: int, *, lost: bool) -> Fault:
    read_ = "un article entier a été lu" if count == 1 else f"{count}\u00a0articles entiers ont été lus"
    rest = ", le dernier, incomplet, est laissé" if lost else ""
    return Fault(
        place=origin.address,
        text=f"le flux est coupé avant sa fin\u00a0; {read_}{rest}.",
        remedy="La prochaine collecte le relira\u00a0; si cela dure, prévenez le webmestre.",
    )


def _broken(origin: Origin, error: Any, count: int) -> Fault:
    line = int(error.getLineNumber() or 0) if hasattr(error, "getLineNumber") else 0
    return Fault(
        place=origin.address,
        line=line,
        text=f"le XML du flux est fautif\u00a0; {count}\u00a0article{'s' if count > 1 else ''} lu"
        f"{'s' if count > 1 else ''} quand même.",
        remedy="Vérifiez qu’il n’en manque pas, et prévenez le webmestre.",
    )


def _empty(origin: Origin, number: int) -> Fault:
    return Fault(
        place=origin.address,
        text=f"l’article n°\u00a0{number} du flux n’a ni titre, ni texte, ni adresse\u00a0; il est laissé.",
    )
