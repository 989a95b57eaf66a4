"""A page that lists articles: the addresses that a CSS selector finds. It fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HTMLParser, document_fromstring

from publisher import clean, links
from publisher.errors import ReadError
from publisher.sources import fragment
from publisher.sources.charset import decode

if TYPE_CHECKING:
    from publisher.sources.reading import Origin

_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)


def read(body: bytes, origin: Origin, selector: str) -> tuple[str, ...]:
    """Return the addresses in the page's order, each once: of the links selected, or of the first link inside.

    Raises ``ReadError`` when the selector is none, or finds no link: then the site's markup has changed.
    """
    try:
        find = CSSSelector(selector, translator="html")
    except (SelectorError, etree.XPathError, ValueError) as error:
        raise _no_css(origin, selector) from error
    text = clean.printable(decode(body, origin.charset))
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise _nothing(origin, selector) from error
    base = next((each.get("href") or "" for each in root.iter("base")), "")
    start = fragment.absolute(base, origin.address) or origin.address
    try:
        chosen = find(root)
    except etree.XPathError as error:  # CSS that a page cannot be asked for, as a namespace
        raise _no_css(origin, selector) from error
    found: dict[str, str] = {}
    for element in chosen:
        link = element if element.tag == "a" else next(element.iter("a"), None)
        address = fragment.absolute(link.get("href") or "", start) if link is not None else ""
        if address:
            found.setdefault(links.canonical(address), address)
    if not found:
        raise _nothing(origin, selector)
    return tuple(found.values())


def _no_css(origin: Origin, selector: str) -> ReadError:
    return ReadError(
        f"le sélecteur «\u00a0{selector}\u00a0» n’est pas du CSS.",
        source=origin.key,
        place=origin.address,
        remedy="Corrigez selector dans config.toml, par exemple «\u00a0h2 a\u00a0» ou «\u00a0.views-row\u00a0».",
    )


def _nothing(origin: Origin, selector: str) -> ReadError:
    return ReadError(
        f"le sélecteur «\u00a0{selector}\u00a0» ne trouve aucun lien dans la page.",
        source=origin.key,
        place=origin.address,
        remedy="La page a sans doute changé de forme\u00a0: corrigez selector dans config.toml.",
    )
