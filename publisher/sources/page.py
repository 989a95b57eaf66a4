"""A web page to one item: by the marks of its system, or by trafilatura where there are none. It fetches nothing."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from publisher import clean, french, links
from publisher.errors import ReadError
from publisher.item import Image
from publisher.sources import article, fragment, linked, systems
from publisher.sources.charset import decode
from publisher.sources.dates import machine_date
from publisher.sources.remarks import remarks

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.item import ItemData
    from publisher.sources.reading import Origin
    from publisher.sources.settings import Cms

_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_NO_ARTICLE = ("script", "style", "nav", "header", "footer", "aside", "form", "noscript")

# Where the text of an article stands, by system; the classes of SPIP's and Drupal's own templates (sources.md).
_SPIP_PARTS = ("chapo", "texte", "entry-content", "hyperlien", "ps", "notes")
_DRUPAL_PARTS = ("node__content", "node-content", "node", "field--name-body", "field-name-body")
_DRUPAL_NODE = re.compile(r"(?:^|\s)node--(?:type|view)-")
_AROUND = ("submitted", "node__submitted", "node__meta", "date", "pager", "info-publi", "links")
_WORDPRESS_PARTS = ("entry-content", "wp-block-post-content", "post-content")
_TITLES = ("entry-title", "page-title", "page-header", "node__title")

_PUBLISHED = re.compile(r"(?:Publié|Mis en ligne|Posté)\s+le\s+(.{6,40})", re.IGNORECASE)
_MODIFIED = re.compile(r"(?:Mise? à jour|Modifié|Dernière modification)\s+(?:le\s+)?(.{6,40})", re.IGNORECASE)
_LOGO = re.compile(r"(?:^|[/_-])(?:logo|siteon|favicon|default)[^/]*$", re.IGNORECASE)  # og:image of the whole site
_HEAD_LINES = 400  # characters: dates of publication stand in short lines, not in prose


def read(body: bytes, origin: Origin) -> ItemData:
    """Return the article of a page. Raises ``ReadError`` when the bytes are no page or hold no text."""
    root = _tree(body, origin)
    return _item(root, origin)


def complete(item: ItemData, body: bytes, origin: Origin) -> ItemData:
    """Return a feed's item with what its page adds: whole text, images, files, event. The feed's identity stays."""
    found = read(body, origin)
    themes = {theme.name: theme for theme in (*found.themes, *item.themes)}
    images = {image.address: image for image in (*found.images, *item.images)}
    files = {each.address: each for each in (*found.documents, *item.documents)}
    merged = replace(
        item,
        html=found.html if len(found.html) > len(item.html) else item.html,
        summary=item.summary or found.summary,
        kind=found.kind if item.event is None and found.event is not None else item.kind,
        published=item.published or found.published,
        updated=item.updated or found.updated,
        event=item.event or found.event,
        deadline=item.deadline or found.deadline,
        themes=tuple(themes.values()),
        credits=tuple(dict.fromkeys((*item.credits, *found.credits))),
        images=tuple(images.values()),
        documents=tuple(files.values()),
        videos=item.videos or found.videos,
        citations=tuple(dict.fromkeys((*item.citations, *found.citations))),
        members_only=item.members_only or found.members_only,
    )
    return replace(merged, remarks=remarks(merged, origin.now))


def _tree(body: bytes, origin: Origin) -> HtmlElement:
    if not body.strip() or body.lstrip()[:5] in {b"%PDF-", b"<?xml", b"<rss "}:
        raise _unreadable(origin, "la réponse n’est pas une page web.")
    text = clean.printable(decode(body, origin.charset))
    try:
        return document_fromstring(text.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise _unreadable(origin, "la page est vide ou illisible.") from error


def _item(root: HtmlElement, origin: Origin) -> ItemData:
    cms = origin.cms or systems.by_generator(_meta(root, "generator"))
    base = _base(root, origin.address)
    data = linked.read(root, origin.zone)
    title = _title(root, cms)
    published, updated = _dates(root, origin)
    address = _canonical(root, base, origin.address)
    language = (root.get("lang") or "fr")[:2].lower()
    picture = fragment.absolute(_meta(root, "og:image"), base)
    alt = clean.meaningful_alt(_meta(root, "og:image:alt"))
    rubric = _spip_rubric(root) if cms == "spip" else ""
    description = _meta(root, "og:description") or _meta(root, "description")
    content = _content(root, cms)
    parts = article.take_tree(content, base=base, cms=cms, zone=origin.zone)
    if not clean.text(parts.body) and not clean.text(parts.lead):
        raise _unreadable(origin, "la page n’a pas de texte d’article.")
    if picture and not _LOGO.search(picture) and picture not in {image.address for image in parts.images}:
        parts = replace(parts, images=(Image(address=picture, alt=alt), *parts.images))
    if parts.event is None and data.event is not None:
        parts = replace(parts, event=data.event)
    item = article.compose(
        parts,
        source=origin.key,
        place=origin.address,
        guid=_node(root),
        link=address,
        title=title or data.title,
        cms=cms,
        rubric=rubric,
        description="" if parts.lead else html.escape(" ".join(description.split()), quote=False),
        published=published or data.published,
        updated=updated or data.updated,
        language=language,
        now=origin.now,
    )
    if item is None:
        raise _unreadable(origin, "la page n’a ni titre ni texte.")
    return item


def _unreadable(origin: Origin, text: str) -> ReadError:
    return ReadError(
        text,
        source=origin.key,
        place=origin.address,
        remedy="Ouvrez l’adresse dans un navigateur et vérifiez qu’elle montre un article.",
    )


def _meta(root: HtmlElement, name: str) -> str:
    for element in root.iter("meta"):
        if name in {(element.get("property") or "").lower(), (element.get("name") or "").lower()}:
            return clean.mend((element.get("content") or "").strip())
    return ""


def _base(root: HtmlElement, address: str) -> str:
    element = next(root.iter("base"), None)
    href = fragment.absolute(element.get("href") or "", address) if element is not None else ""
    return href or address


def _canonical(root: HtmlElement, base: str, address: str) -> str:
    """Return the page's own address: rel=canonical or og:url when it is of the same site, else where it was found."""
    host = links.canonical(address).split("/")[2:3]
    for element in root.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            href = fragment.absolute(element.get("href") or "", base)
            if href and links.canonical(href).split("/")[2:3] == host:
                return href
    href = fragment.absolute(_meta(root, "og:url"), base)
    return href if href and links.canonical(href).split("/")[2:3] == host else address


def _title(root: HtmlElement, cms: Cms) -> str:
    marked = [element for name in _TITLES for element in fragment.by_class(root, name)]
    heads = [element for element in (*marked, *root.iter("h1")) if fragment.words(element)]
    if heads:
        return article.plain_title(fragment.inner(heads[0]), cms)
    title = _meta(root, "og:title")
    if not title:
        element = next(root.iter("title"), None)
        title = fragment.words(element) if element is not None else ""
    return clean.mend(title)


def _dates(root: HtmlElement, origin: Origin) -> tuple[datetime | None, datetime | None]:
    """Return published and updated: the page's marks first, then the words « Publié le … »."""
    published = machine_date(_meta(root, "article:published_time"), origin.zone)
    updated = machine_date(_meta(root, "article:modified_time") or _meta(root, "og:updated_time"), origin.zone)
    for element in fragment.by_class(root, "published"):  # SPIP: abbr.published[title=ISO]
        published = published or machine_date(element.get("title") or element.get("datetime") or "", origin.zone)
    if published is not None and updated is not None:
        return published, updated
    for _, said in fragment.lines(root):
        if len(said) > _HEAD_LINES:
            continue
        found, changed = _PUBLISHED.search(said), _MODIFIED.search(said)
        published = published or _first(found[1] if found else "", origin)
        updated = updated or _first(changed[1] if changed else "", origin)
    return published, updated


def _first(text: str, origin: Origin) -> datetime | None:
    days = [each for each in french.find(text) if each.day]
    return days[0].at(origin.zone) if days else None


def _node(root: HtmlElement) -> str:
    """Return the id that Drupal's feeds give the same node, from rel=shortlink (``/node/12``)."""
    for element in root.iter("link"):
        if (element.get("rel") or "").lower() == "shortlink":
            found = re.search(r"/(node/\d+)$", element.get("href") or "")
            return found[1] if found else ""
    return ""


def _spip_rubric(root: HtmlElement) -> str:
    """Return the last step of SPIP's breadcrumb, which is the article's rubric."""
    for name in ("arbo", "hierarchie", "breadcrumb", "chemin"):
        for element in (*fragment.by_class(root, name), *root.xpath("//*[@id=$name]", name=name)):
            steps = [fragment.words(each) for each in element.iter("a")]
            if len(steps) > 1:
                return steps[-1]
    return ""


def _content(root: HtmlElement, cms: Cms) -> HtmlElement:
    """Return the article's own tree, cut out of the page."""
    if cms == "spip":
        found = _gathered(root, _SPIP_PARTS)
        files = root.get_element_by_id("documents_joints", None)
        if files is not None and found is not None:
            found.append(files)
    elif cms in {"drupal", "localtis"}:
        node = next(
            (each for each in root.iter("article", "div") if _DRUPAL_NODE.search(each.get("class") or "")), None
        )
        found = _held(node) if node is not None else _outermost(root, _DRUPAL_PARTS)
    elif cms == "wordpress":
        found = _outermost(root, _WORDPRESS_PARTS)
    else:
        found = None
    if found is not None and fragment.words(found):
        for element in list(found.iter(*_NO_ARTICLE, "h1")):
            fragment.drop(element)
        for element in [each for name in _AROUND for each in fragment.by_class(found, name)]:
            fragment.drop(element)
        return found
    import trafilatura  # noqa: PLC0415 - 13 MB that feeds, and sites that we know, do without

    extracted = trafilatura.extract(
        root,
        output_format="html",
        include_comments=False,
        include_links=True,
        include_images=True,
        include_formatting=True,
        include_tables=True,
        favor_recall=True,
    )
    return fragment.parse(extracted or "")


def _gathered(root: HtmlElement, names: tuple[str, ...]) -> HtmlElement | None:
    """Return the elements with these classes under one new parent, in the order of the names, none inside another."""
    holder = fragment.parse("")
    for name in names:
        for element in fragment.by_class(root, name):
            if element.getroottree().getroot() is root:
                element.tail = None
                holder.append(element)
    return holder if len(holder) else None


def _outermost(root: HtmlElement, names: tuple[str, ...]) -> HtmlElement | None:
    for name in names:
        found = fragment.by_class(root, name)
        if found and fragment.words(found[0]):
            return _held(found[0])
    return None


def _held(element: HtmlElement) -> HtmlElement:
    """Return a new parent of the element, which leaves the page."""
    holder = fragment.parse("")
    element.tail = None
    holder.append(element)
    return holder
