"""The page itself, from a preview and what the editor wants to see of it. It reads nothing of the publication."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import cache
from html import unescape
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode
from xml.etree import ElementTree as ET  # the feed is our own

import jinja2

from publisher.desk.outline import anchor
from publisher.french import moment, month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from publisher.desk.outline import Outline
    from publisher.preview import Preview

_SHOWN = ("les-deux", "large", "etroite", "texte", "web", "flux", "liens", "sommaire")
_LEVELS = {"error": 0, "warning": 1, "note": 2}
_PARTS = 3
_WORDS = {"error": "À corriger", "warning": "À vérifier", "note": "À savoir"}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the editor chose to see; it stands in the address, so that a reload and a bookmark keep it."""

    shown: str = "les-deux"
    dark: bool = False
    images: bool = True

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Return the view that an address asks for; what it does not know is left at its default."""
        shown = query.get("vue", "")
        return cls(
            shown=shown if shown in _SHOWN else _SHOWN[0],
            dark=query.get("fond") == "sombre",
            images=query.get("images") != "non",
        )

    def but(self, **changes: Any) -> str:
        """Return the query of this view with something changed, "?" alone for the default view."""
        view = replace(self, **changes)
        told = {"vue": view.shown} if view.shown != _SHOWN[0] else {}
        told |= {"fond": "sombre"} if view.dark else {}
        told |= {} if view.images else {"images": "non"}
        return "?" + urlencode(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of the feed as a reader would list it."""

    title: str
    link: str
    date: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the page says of the gesture just made; ``undo`` is the number that takes it back, 0 for none."""

    text: str = ""
    undo: int = 0
    refused: bool = False


def page(  # noqa: PLR0913 - what one page is made of
    preview: Preview,
    view: View,
    *,
    issues: Sequence[str],
    seen: int,
    outline: Outline | None = None,
    rearranged: bool = False,
    token: str = "",
    word: Word = Word(),
) -> str:
    """Return the whole page. ``seen`` is the number of saves it shows, from which its event stream goes on.

    With ``rearranged`` there is a view of the ``outline``, whose forms bear ``token``; ``word`` tells the last gesture.
    """
    feed = next((preview.feeds[name] for name in sorted(preview.feeds) if name.endswith("rss.xml")), b"")
    return _template().render(
        preview=preview,
        edition=preview.edition,
        view=view,
        issues=[(key, month(key)) for key in issues],
        month=month(preview.issue),
        findings=sorted(preview.findings, key=lambda each: (_LEVELS.get(each.level, 3), each.line)),
        words=_WORDS,
        errors=sum(each.level == "error" for each in preview.findings),
        feed=_entries(feed, preview.edition.date.tzinfo if preview.edition else None) if view.shown == "flux" else (),
        size=_weight(preview),
        seen=seen,
        outline=outline,
        rearranged=rearranged,
        token=token,
        word=word,
    )


def _weight(preview: Preview) -> str:
    return f"{round(len(preview.edition.html.encode()) / 1000)} ko" if preview.edition else ""


def _entries(feed: bytes, zone: tzinfo | None) -> tuple[FeedEntry, ...]:
    if not feed:
        return ()
    items = ET.fromstring(feed).iter("item")  # noqa: S314 - written by this programme a moment ago
    return tuple(
        FeedEntry(
            title=each.findtext("title", ""),
            link=each.findtext("link", ""),
            date=_moment(each.findtext("pubDate", ""), zone),
            summary=unescape(re.sub(r"<[^>]+>", " ", each.findtext("description", ""))),
        )
        for each in items
    )


def _moment(date: str, zone: tzinfo | None) -> str:
    """Return an RFC 822 date as a reader prints it, in the edition's zone; as it stands when it is none."""
    try:
        return moment(parsedate_to_datetime(date).astimezone(zone))
    except ValueError:
        return date


def _opened(text: str) -> str:
    """Return a sentence with a capital, as it stands alone on the page; an address or a path stays as it is."""
    first = text.partition(" ")[0]
    return text if re.search(r"[/.:@]", first) else text[:1].upper() + text[1:]


def _near(place: str) -> str:
    """Return the last parts of a path, which tell it; an address or a short path as it is."""
    parts = PurePath(place).parts
    return place if "://" in place or len(parts) <= _PARTS else str(PurePath("…", *parts[-_PARTS:]))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("publisher.desk", "files"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["near"] = _near
    environment.filters["opened"] = _opened
    environment.filters["anchor"] = anchor
    return environment.get_template("page.html")
