"""How the render tests read a finished letter: its elements with the style each one really gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import html

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIDDEN = re.compile(r"display:\s*none|font-size:\s*1px")
_ADDRESS = re.compile(r"(?:https?://|@@)\S+")


def tree(text: str) -> html.HtmlElement:
    """Return the document."""
    return html.document_fromstring(text)


def style(element: html.HtmlElement) -> dict[str, str]:
    """Return the element's own ``style``, by property."""
    pairs = (rule.split(":", 1) for rule in (element.get("style") or "").split(";") if ":" in rule)
    return {name.strip(): value.strip() for name, value in pairs}


def inherited(element: html.HtmlElement, name: str) -> str:
    """Return the nearest value of a property at the element or above it, "" when nobody says any."""
    for each in (element, *element.iterancestors()):
        found = style(each).get(name)
        if found:
            return found
    return ""


def texts(document: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield every visible element that has text of its own."""
    for element in document.xpath("//body")[0].iter():
        if not isinstance(element.tag, str) or any(
            _HIDDEN.search(each.get("style") or "") for each in (element, *element.iterancestors())
        ):
            continue
        own = (element.text or "") + "".join(child.tail or "" for child in element)
        if own.strip():
            yield element


def links(document: html.HtmlElement) -> list[tuple[str, str]]:
    """Return (address, accessible name) of every link in order."""
    return [(a.get("href") or "", " ".join(a.text_content().split())) for a in document.iter("a")]


def addresses(text: str) -> list[str]:
    """Return every address and slot of a text part in order."""
    return _ADDRESS.findall(text)
