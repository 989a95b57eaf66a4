"""The print page of a Drupal 7 site, saved as HTML (module print). The same as text: ``print_export``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from publisher import clean, french
from publisher.errors import ReadError
from publisher.sources import article, fragment
from publisher.sources.charset import decode
from publisher.sources.documents import DateLine, Found, date_line

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.html import HtmlElement

_MARK = re.compile(rb"class=[\"'][^\"'<>]*\bprint-content\b", re.IGNORECASE)
_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_MODIFIED = re.compile(r"\((?:modifié|modified)[^)\d]{0,40}(?P<when>\d[^)]{0,40})\)", re.IGNORECASE)
_BREADCRUMB = re.compile(r"\s+[>›»]\s+")


def is_one(data: bytes) -> bool:
    """Say whether a page is such an export."""
    return bool(_MARK.search(data))


def read(data: bytes, place: str, zone: tzinfo) -> Found:
    """Return what the page says; footnote marks go, since links are links. Raises ``ReadError`` for another page."""
    try:
        root = document_fromstring(clean.printable(decode(data)).encode("utf-8", "replace"), parser=_PARSER)
        content = next(iter(fragment.by_class(root, "print-content")), None)
    except (etree.LxmlError, ValueError, AssertionError):
        content = None
    if content is None:
        raise ReadError(
            "cette page n’est pas un export pour impression.", place=place, remedy="Enregistrez-la de nouveau."
        )
    source = next(iter(fragment.by_class(root, "print-source_url")), None)
    link = _address(source, root)
    title = _title(root, content)
    for mark in fragment.by_class(content, "print-footnote"):
        _drop_mark(mark)
    dates = DateLine()
    for element, said in fragment.lines(content):
        found = date_line(said, zone)
        if found is not None:
            dates = replace(found, updated=found.updated or dates.updated)
            fragment.drop(element)
    modified = _MODIFIED.search(fragment.words(source)) if source is not None else None
    updated = french.find(modified["when"]) if modified else ()
    parts = article.take_tree(content, base=link, cms="drupal", zone=zone)
    return Found(
        title=article.plain_title(title, "drupal"),
        html="\n".join(part for part in (parts.lead, parts.body) if part),
        summary=clean.text(parts.lead),
        link=link,
        published=dates.published,
        to_the_minute=dates.to_the_minute,
        updated=updated[0].at(zone) if updated else dates.updated,
        event=parts.event,
        deadline=parts.deadline,
        themes=parts.themes,
        credits=parts.credits,
        images=parts.images,
        documents=parts.documents,
        videos=parts.videos,
        citations=parts.citations,
        members_only=parts.members_only,
    )


def _drop_mark(mark: HtmlElement) -> None:
    """Take a footnote mark out with the space before it."""
    before = mark.getprevious()
    parent = mark.getparent()
    if before is not None:
        before.tail = (before.tail or "").rstrip(" ")
    elif parent is not None:
        parent.text = (parent.text or "").rstrip(" ")
    fragment.drop(mark)


def _address(source: HtmlElement | None, root: HtmlElement) -> str:
    """Return the address that the page was printed from: its « URL de la source », or its canonical link."""
    links = list(source.iter("a")) if source is not None else []
    links += [each for each in root.iter("link") if each.get("rel") == "canonical"]
    return next((address for each in links if (address := fragment.absolute(each.get("href") or "", ""))), "")


def _title(root: HtmlElement, content: HtmlElement) -> str:
    for element in (*fragment.by_class(root, "print-title"), *root.iter("h1")):
        said = fragment.words(element)
        if said:
            if element.getparent() is not None and content in element.iterancestors():
                fragment.drop(element)
            return said
    crumbs = next(iter(fragment.by_class(root, "print-breadcrumb")), None)
    if crumbs is not None:
        steps = _BREADCRUMB.split(fragment.words(crumbs))
        if len(steps) > 1 and steps[-1]:
            return steps[-1]
    head = next(root.iter("title"), None)
    return fragment.words(head) if head is not None else ""
