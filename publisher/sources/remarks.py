"""What an editor must know about an item, as a table of codes. It looks and says; it changes nothing of the item.

``letter-archive`` and ``members-only`` make the issue leave the item out, ``received-letter`` keeps a letter in
(``curate`` reads the codes).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.item import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.item import ItemData

NO_DATE = "no-date"
FUTURE_DATE = "future-date"
IMAGE_WITHOUT_ALT = "image-without-alt"
VIDEO_WITHOUT_ADDRESS = "video-without-address"
LETTER_ARCHIVE = "letter-archive"
RECEIVED_LETTER = "received-letter"
MEMBERS_ONLY = "members-only"
PROPOSED_TITLE = "proposed-title"
NO_ADDRESS = "no-address"
SHARED_ADDRESS = "shared-address"
PAGE_NOT_READ = "page-not-read"

_AHEAD = timedelta(hours=24)
"""A feed may announce an item for the next day; beyond that its date is doubtful."""

# The letter itself, archived on the site as an ordinary node (rtes.fr: « Newsletter RTES - Mars 2021 », « Les infos du
# RTES - 01/2019 »). A month or a number must follow, or news about letters would go too.
_PERIOD = (
    r"(?:n[°o]\s*\d+|(?:\d{1,2}\s*/\s*)?20\d\d|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre"
    r"|novembre|décembre)"
)
_LETTER = re.compile(
    r"^(?:la\s+|notre\s+)?(?:newsletter|lettre d[’']infos?(?:rmations?)?|lettre du réseau|les infos du)\b"
    rf".{{0,60}}?{_PERIOD}",
    re.IGNORECASE,
)


def remarks(item: ItemData, now: datetime) -> tuple[Remark, ...]:
    """Return the remarks that an item's own fields call for, at most one of each code."""
    return tuple(_judge(item, now))


def is_letter(title: str) -> bool:
    """Say whether a title is that of an archived letter rather than of an article."""
    return bool(_LETTER.match(title.strip()))


def _judge(item: ItemData, now: datetime) -> Iterator[Remark]:
    if item.published is None and item.event is None:
        yield Remark(
            code=NO_DATE,
            text="La source ne donne pas de date\u00a0: l’article est classé au jour où il a été vu.",
        )
    elif item.published is not None and item.published - now > _AHEAD:
        day = f"{item.published:%d/%m/%Y}"
        yield Remark(
            code=FUTURE_DATE,
            text=f"La source date cet article du {day}, dans le futur\u00a0: vérifiez qu’il est bien paru.",
        )
    without = sum(not image.alt for image in item.images)
    if without:
        said = "Une image est" if without == 1 else f"{without}\u00a0images sont"
        yield Remark(
            code=IMAGE_WITHOUT_ALT,
            text=f"{said} sans texte alternatif\u00a0: écrivez-en un (clé alt) si l’image est montrée.",
        )
    if any(not video.address for video in item.videos):
        yield Remark(
            code=VIDEO_WITHOUT_ADDRESS,
            text="Une vidéo a perdu son adresse\u00a0: seul son titre est connu.",
        )
    if item.title_proposed:
        yield Remark(
            code=PROPOSED_TITLE,
            text="La source ne donne pas de titre\u00a0: celui-ci est proposé, relisez-le.",
        )
    if not item.address:
        yield Remark(code=NO_ADDRESS, text="La source ne donne pas l’adresse de cet article.")
    if item.members_only:
        yield Remark(
            code=MEMBERS_ONLY,
            text="Ressource réservée aux adhérents\u00a0: elle ne paraît ni dans la lettre ni dans les flux.",
        )
    if is_letter(item.title):
        yield Remark(
            code=LETTER_ARCHIVE,
            text="C’est une lettre d’information déjà parue\u00a0: la reprendre serait republier la lettre.",
        )
