"""RSS, RDF, Atom and JSON Feed: bytes to items. It fetches nothing, and no fault of the markup stops it.

Plain well-formed feeds are parsed by ``strict``, all others by ``lenient``; what they mean is decided here, once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from publisher import clean
from publisher.errors import Fault, ReadError
from publisher.item import Theme
from publisher.sources import article, doubles, drupal, fragment, jsonfeed, lenient, spip, strict, systems
from publisher.sources.dates import any_date
from publisher.sources.entries import Entry, Feed, is_address
from publisher.sources.reading import Origin, Reading

if TYPE_CHECKING:
    from publisher.item import ItemData
    from publisher.sources.settings import Cms

_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_ALTERNATE = re.compile(
    rb"<link\b(?=[^>]{0,300}\brel=[\"']?alternate)(?=[^>]{0,300}\btype=[\"']?application/(?:rss|atom)\+xml)"
    rb"[^>]{0,300}\bhref=[\"']?([^\"'\s>]{1,500})",
    re.IGNORECASE,
)
_ROOT = re.compile(rb"<\s*(?:\w+:)?(?:rss|rdf|feed|channel)\b", re.IGNORECASE)
_CLOSED = re.compile(rb"</\s*(?:\w+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_ITEM_END = re.compile(rb"</\s*(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ITEM_START = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_SNIFFED = 2000
_HEAD = 50_000
_HARMLESS = ("CharacterEncodingOverride", "NonXMLContentType")
_LOGIN = re.compile(r"^(?:admin\w*|webmaster|root|[a-z0-9_.-]{2,20}|\S+@\S+)$")  # no reader knows a login
_NO_THEME = frozenset({"non classé", "uncategorized", "actualités", "actualité"})


def read(body: bytes, origin: Origin) -> Reading:
    """Return the items of a feed in its order. Raises ``ReadError`` when the bytes are no feed at all.

    Whatever can be recovered is; what was lost is told by the faults.
    """
    if jsonfeed.is_one(body):
        reading = jsonfeed.read(body, origin)
        return replace(reading, items=doubles.without(reading.items))
    _refuse_what_is_no_feed(body, origin)
    found = strict.parse(body, origin) or lenient.parse(body, origin)
    if not found.entries and not _ROOT.search(body):
        raise ReadError(
            "la réponse n’est pas un flux RSS ou Atom.",
            source=origin.key,
            place=origin.address,
            remedy="Ouvrez l’adresse dans un navigateur, et corrigez-la dans config.toml.",
        )
    found, faults = _whole_part(found, body, origin)
    reading = understood(found, origin)
    return replace(reading, faults=(*faults, *reading.faults))


def understood(found: Feed, origin: Origin) -> Reading:
    """Return the items that a parsed feed means, in its order, and a fault for each entry that says nothing."""
    cms = origin.cms or _recognised(found)
    items: list[ItemData] = []
    faults: list[Fault] = []
    for number, entry in enumerate(found.entries, 1):
        item = _item(entry, found, origin, cms)
        if item is None:
            faults.append(_empty(origin, number))
        else:
            items.append(item)
    return Reading(items=doubles.without(tuple(items)), faults=tuple(faults))


def _whole_part(found: Feed, body: bytes, origin: Origin) -> tuple[Feed, tuple[Fault, ...]]:
    """Return the feed without the entry it was cut in, and what the parser's complaint means to a person."""
    complaint = found.complaint
    if complaint is None:
        return found, ()
    if origin.whole and _CLOSED.search(body[-_SNIFFED:]):
        return found, () if _harmless(complaint) else (_broken(origin, complaint, len(found.entries)),)
    whole = len(_ITEM_END.findall(body))
    entries = found.entries[:whole]
    if not entries:
        raise ReadError(
            "le flux est coupé avant la fin de son premier article.",
            source=origin.key,
            place=origin.address,
            remedy="Rien à faire si cela ne dure pas\u00a0; sinon prévenez le webmestre.",
        )
    lost = len(_ITEM_START.findall(body)) > whole
    return replace(found, entries=entries), (_cut(origin, len(entries), lost=lost),)


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
        named = _ALTERNATE.search(body[:_HEAD])
        there = urljoin(origin.address, named[1].decode("ascii", "replace").replace("&amp;", "&")) if named else ""
        raise ReadError(
            "l’adresse donne une page web, pas un flux.",
            source=origin.key,
            place=origin.address,
            remedy=f"Cette page annonce le flux {there}\u00a0: mettez-le dans config.toml."
            if there
            else 'Cherchez l’adresse du flux sur le site, ou changez la source en kind = "page".',
        )


def _harmless(error: Exception) -> bool:
    """Say whether feedparser's complaint cost nothing: a charset set right, an HTML entity without DTD."""
    return type(error).__name__ in _HARMLESS or "undefined entity" in str(error)


def _recognised(found: Feed) -> Cms:
    cms = systems.by_generator(found.generator)
    if cms:
        return cms
    first = found.entries[0] if found.entries else Entry()
    if "pk_source=Localtis" in first.link or "banquedesterritoires.fr/" in first.link:
        return "localtis"
    return "drupal" if drupal.stable_id(first.guid) != first.guid else ""


def _item(entry: Entry, found: Feed, origin: Origin, cms: Cms) -> ItemData | None:
    base = urljoin(origin.address, entry.base) if entry.base else origin.address
    named = entry.link != entry.guid or is_address(entry.guid)  # feedparser takes any guid for an address
    link = fragment.absolute(entry.link, base) if named else ""
    description, rubric = entry.description, ""
    tail: tuple[Theme, ...] = ()
    if cms == "spip":
        description, rubric, tail = spip.description(description, base)
    parts = article.take_apart(entry.content or description, base=link or base, cms=cms, zone=origin.zone)
    if entry.enclosures:
        parts = article.with_enclosures(parts, entry.enclosures, base)
    if not parts.themes and (entry.terms or tail):
        parts.themes = _themes(entry.terms, tail)
    # SPIP only gives dc:date, which stands for publication there; elsewhere it is an update beside a date.
    updated = any_date(entry.updated, origin.zone)
    guid = entry.guid
    return article.compose(
        parts,
        source=origin.key,
        place=origin.address,
        guid=drupal.stable_id(guid),
        link=link or (fragment.absolute(guid, base) if guid.startswith("http") else ""),
        title=article.plain_title(entry.title, cms),
        cms=cms,
        rubric=rubric,
        description=description if entry.content else "",
        published=any_date(entry.published, origin.zone) or updated,
        updated=updated,
        authors=_authors(entry, cms),
        language=(entry.language or found.language or "fr")[:2].lower(),
        now=origin.now,
    )


def _authors(entry: Entry, cms: Cms) -> tuple[str, ...]:
    if cms in {"drupal", "localtis"}:  # dc:creator is a login there
        return ()
    split = [part for name in entry.authors for part in name.split(",")] if cms == "spip" else entry.authors
    names = [" ".join(name.split()) for name in split]
    return tuple(dict.fromkeys(name for name in names if name and not _LOGIN.match(name)))


def _themes(terms: tuple[str, ...], tail: tuple[Theme, ...]) -> tuple[Theme, ...]:
    """Return the keywords, with the addresses that SPIP gives at the end of its description."""
    known = {theme.name: theme for theme in tail}
    names = dict.fromkeys(" ".join(clean.mend(term).split()) for term in terms)
    themes = [known.pop(name, Theme(name=name)) for name in names if name]
    return tuple(theme for theme in (*themes, *known.values()) if theme.name.lower() not in _NO_THEME)


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
