"""SPIP: the parts of its feeds and pages, and the tail of its descriptions. It must be called for SPIP sites only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.item import Document, Theme
from publisher.sources import fragment
from publisher.sources.fields import Fields

if TYPE_CHECKING:
    from datetime import tzinfo

    from lxml.html import HtmlElement

    from publisher.item import Image

# « 12. Titre », « 3) Titre », « 4° Titre »: order numbers that SPIP shows up to 2.1. « 7ème … », « 56 % des … » and
# « 2024 : … » are titles.
_NUMBER = re.compile(r"^\s*\d+(?:[.)]|°)\s+")
# backend.html of SPIP ends a description with « - », a link to the rubric and links to the keywords.
_TAIL = re.compile(r"<a\s[^<>]{0,500}\brel=[\"'](?:directory|tag)[\"']", re.IGNORECASE)
_FOOTNOTE = re.compile(r"[ \u00a0]?\[\d{1,3}\]")
_LEADS = ("rss_chapo", "chapo")
_FILE_BLOCK = re.compile(r"\bspip_document_\d+\b")


def without_number(title: str) -> str:
    """Return a title without SPIP's order number."""
    return _NUMBER.sub("", title)


def without_footnotes(text: str) -> str:
    """Return plain text without the marks of footnotes, which mean nothing away from their notes."""
    return _FOOTNOTE.sub("", text)


def description(html: str, base: str) -> tuple[str, str, tuple[Theme, ...]]:
    """Return a feed's description without its tail, and from the tail the rubric and the keywords with addresses."""
    found = _TAIL.search(html)
    before = html[: found.start()].rstrip() if found else ""
    head = before[:-1].rstrip(" \t\r")
    if not found or not before.endswith("-") or not (head == "" or head.endswith(("\n", ">"))):
        return html, "", ()
    tail = fragment.parse(html[found.start() :])
    rubric = ""
    themes: list[Theme] = []
    for element in tail.iter("a"):
        name = fragment.words(element)
        if element.get("rel") == "directory":
            rubric = rubric or name
        elif element.get("rel") == "tag" and name:
            themes.append(Theme(name=name, address=fragment.absolute(element.get("href") or "", base)))
    return head.rstrip(), rubric, tuple(themes)


def take(root: HtmlElement, base: str, _zone: tzinfo) -> Fields:
    """Return lead, logo and attached files; they leave the tree, as do the marks that only a browser needs."""
    classes = fragment.class_names(root)
    lead = next((found for name in _LEADS if name in classes for found in fragment.by_class(root, name)), None)
    if lead is not None:
        fragment.drop(lead)
    blocks = fragment.by_class(root, "spip_documents") if "spip_documents" in classes else ()
    files = [_file(block, base) for block in blocks if _is_file(block)]
    logos = [element for element in root.iter("img") if fragment.has_class(element, "spip_logos")]
    images: tuple[Image, ...] = ()
    if logos:
        aside = fragment.parse("")
        for logo in logos:
            fragment.drop(logo)
            logo.tail = None
            aside.append(logo)
        images = fragment.take_images(aside, base)
    if any(name.startswith("spip_document") for name in classes):
        for block in list(root.iter("dl", "div", "figure")):
            if _is_file(block):
                fragment.drop(block)
    return Fields(lead=lead, images=images, documents=tuple(each for each in files if each))


def _is_file(block: HtmlElement) -> bool:
    """Say whether a block of SPIP shows an attached file by its icon, rather than a picture of the article."""
    if not _FILE_BLOCK.search(block.get("class") or "") and not fragment.has_class(block, "spip_documents"):
        return False
    link = next(block.iter("a"), None)
    return link is not None and bool(fragment.document_type(link.get("href") or ""))


def _file(block: HtmlElement, base: str) -> Document | None:
    link = next(block.iter("a"), None)
    address = fragment.absolute(link.get("href") or "", base) if link is not None else ""
    if link is None or not address:
        return None
    titles = (*fragment.by_class(block, "spip_doc_titre"), *fragment.by_class(block, "titre"))
    said = next((text for text in map(fragment.words, titles) if text), "")
    return Document(
        address=address,
        title=said or fragment.file_title(address),
        media_type=link.get("type") or fragment.document_type(address),
        size=fragment.octets(f"{link.get('title') or ''} {fragment.words(block)}"),
    )
