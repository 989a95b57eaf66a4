"""The web pages of the published editions: one for each issue, as it was frozen, and the list of them.

It must not render an issue again: a page is the edition's own, with the way to its neighbours put in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import escape

from publisher.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import jinja2

    from publisher.edition import Edition
    from publisher.render.settings import Settings

NEIGHBOURS = "<!-- neighbours -->"
NAVIGATION = "<!-- navigation -->"
"""The two marks of ``page.html``: what a frozen page cannot know stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One issue as the list shows it."""

    address: str
    subject: str
    preheader: str
    date: datetime


def build(editions: Sequence[Edition], settings: Settings, environment: jinja2.Environment) -> dict[str, bytes]:
    """Return ``index.html`` and ``YYYY-MM.html`` of every edition, with previous and next issue.

    Raises ``RenderError`` for a template that cannot be filled.
    """
    ordered = sorted(editions, key=lambda edition: edition.issue)
    listed = [
        Listed(
            address=f"{settings.publication.base}{edition.issue}.html",
            subject=edition.subject,
            preheader=edition.preheader,
            date=edition.date,
        )
        for edition in ordered
    ]
    known = {"publication": settings.publication, "legal": settings.legal, "theme": settings.theme, "medium": "page"}
    try:
        pages = {"index.html": environment.get_template("index.html").render(**known, issues=listed[::-1]) + "\n"}
        navigation = environment.get_template("parts/navigation.html")
        for at, edition in enumerate(ordered):
            before = listed[at - 1] if at else None
            after = listed[at + 1] if at + 1 < len(listed) else None
            shown = navigation.render(**known, previous=before, next=after)
            page = edition.page.replace(NAVIGATION, shown, 1).replace(NEIGHBOURS, _neighbours(before, after), 1)
            pages[f"{edition.issue}.html"] = page
    except Exception as error:  # as in letter.py: a filter or a catalogue raises what it likes
        raise RenderError(
            f"les pages d’archives n’ont pas pu être écrites : {error}.",
            place="templates/index.html",
            remedy="Corrigez le gabarit, ou revenez à celui qui est livré.",
        ) from error
    return {name: page.encode() for name, page in pages.items()}


def _neighbours(before: Listed | None, after: Listed | None) -> str:
    pairs = (("prev", before), ("next", after))
    return "\n".join(f'<link rel="{rel}" href="{escape(one.address)}">' for rel, one in pairs if one)
