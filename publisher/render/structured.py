"""The archive page for machines, JSON-LD in the words of schema.org. It says nothing that the page does not show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.edition import EditionEntry
    from publisher.render.settings import Settings
    from publisher.render.view import LetterView


def issue(view: LetterView, settings: Settings) -> str:
    """Return the JSON-LD of one issue, fit for a ``script`` element: it holds no ``<``, ``>`` or ``&``."""
    publication = settings.publication
    organisation = {
        "@type": "Organization",
        "name": publication.organisation,
        "alternateName": publication.short_name,
        "url": publication.site,
    }
    document = {
        "@context": "https://schema.org",
        "@type": "PublicationIssue",
        "@id": view.web.address,
        "url": view.web.address,
        "name": view.subject,
        "issueNumber": view.issue,
        "datePublished": view.date.isoformat(),
        "inLanguage": publication.language,
        "publisher": organisation,
        "isPartOf": {"@type": "Periodical", "name": publication.title, "url": publication.base},
        "hasPart": [_part(entry) for entry in view.entries],
    }
    if view.preheader:
        document["description"] = view.preheader
    return embedded(document)


def embedded(document: dict[str, Any]) -> str:
    """Return JSON that cannot end the ``script`` element it stands in (HTML, 4.12.1.3)."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _part(entry: EditionEntry) -> dict[str, Any]:
    part: dict[str, Any] = {"@type": "Event" if entry.start else "CreativeWork", "name": entry.title}
    if entry.address:
        part["url"] = entry.address
    if entry.start:
        part["startDate"] = entry.start.date().isoformat() if entry.all_day else entry.start.isoformat()
        if entry.place:
            part["location"] = {"@type": "Place", "name": entry.place, "address": entry.place}
    if entry.partner:
        part["publisher"] = {"@type": "Organization", "name": entry.source_name}
    return part
