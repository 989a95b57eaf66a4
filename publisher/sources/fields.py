"""What a dialect takes out of an article's tree, before the rest is read. A record, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from lxml.html import HtmlElement

    from publisher.item import Document, Event, Image, Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Parts that a site's software marks as such. ``lead`` is a tree of its own, ``None`` when there is none."""

    lead: HtmlElement | None = None
    themes: tuple[Theme, ...] = ()
    labels: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    documents: tuple[Document, ...] = ()
    event: Event | None = None
    deadline: date | None = None
    members_only: bool = False
