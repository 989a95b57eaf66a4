"""What an item is (article, event, call, resource, job), guessed from its words by a table; a person overrules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher import french
from publisher.item import Event, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

# (kind, a title that says so from its first word, a rubric or keyword that says so as a whole). A title that only
# mentions a call (« Retour sur l’appel à projets ») is an article, hence the anchors.
_RULES = (
    (
        Kind.CALL,
        re.compile(
            r"^(?:\[?(?:AAP|AMI)\b|(?:(?:lancement|ouverture) (?:de l[’']|d[’']un |des? )|un )?appels? à "
            r"(?:projets?|candidatures?|manifestations? d[’']intérêt|initiatives?|contributions?)\b)",
            re.IGNORECASE,
        ),
        re.compile(r"^(?:appels? à .*|AAP|AMI)$", re.IGNORECASE),
    ),
    (
        Kind.JOB,
        re.compile(r"^(?:offres? d[’'](?:emploi|stage)|recrutement\b)", re.IGNORECASE),
        re.compile(r"^(?:offres? (?:d[’'](?:emploi|stage)s?)|recrutements?)$", re.IGNORECASE),
    ),
    (
        Kind.RESOURCE,
        re.compile(r"^(?:guide|kit|étude|publication|parution|recueil|fiches?)\b", re.IGNORECASE),
        re.compile(r"^(?:ressources?|publications?|guides?|études?|documentation|outils?)\b.{0,40}$", re.IGNORECASE),
    ),
    (Kind.EVENT, None, re.compile(r"^(?:agenda|[ée]v[èé]nements?|rendez-vous|webinaires?)$", re.IGNORECASE)),
)


def kind(title: str, labels: Iterable[str], event: Event | None, published: datetime | None) -> Kind:
    """Return the kind; an event that is not over when it is published makes one, its labels or its title come first."""
    said = [label.strip() for label in labels if label and label.strip()]
    for each, of_title, of_label in _RULES:
        if any(map(of_label.match, said)) or (of_title is not None and of_title.match(title)):
            return each
    if event is not None and (published is None or event.start > published):
        return Kind.EVENT
    return Kind.ARTICLE


_CUE = re.compile(
    r"(?:date limite|clôture|échéance|avant le|jusqu[’']au|au plus tard|d[’']ici (?:le|au))[^.!?]{0,60}$", re.IGNORECASE
)
_BEFORE = 90
"""Characters in front of a date where the word that makes it a deadline may stand."""


def deadline(text: str) -> date | None:
    """Return the last day to answer a call that its text names (« Date limite : 11 décembre 2026 »), the first one."""
    for found in french.find(text):
        if found.day and _CUE.search(text[max(0, found.start - _BEFORE) : found.start]):
            return found.date
    return None
