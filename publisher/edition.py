"""The edition: an issue rendered and frozen. Only an edition is sent, published or shown.

Personal parts are slots (``@@unsubscribe@@``): nothing of a template runs per recipient.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

SLOTS = ("unsubscribe", "preferences", "name")
"""What differs from one recipient to the next. A slot stands in the edition as ``@@key@@``."""


def slot(key: str) -> str:
    """Return the mark that stands for a personal part in the edition's HTML and text."""
    return f"@@{key}@@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the letter: where it goes, as tagged for the letter, and the place it stands at.

    ``section`` and ``entry`` (an item id) are "" outside sections; ``line`` is the issue file's line, 0 if none.
    """

    address: str
    tagged: str
    text: str
    section: str = ""
    entry: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """The same news elsewhere: « Lire aussi chez … »."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEntry:
    """One entry as it was told: what feeds and the archive are made of. ``address`` is canonical, without any tag."""

    id: str
    section: str
    title: str
    summary: str
    address: str
    source: str = ""
    source_name: str = ""
    partner: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    all_day: bool = False
    place: str = ""
    deadline: date | None = None
    image: str = ""
    image_alt: str = ""
    video: str = ""
    themes: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue frozen as bytes-to-be: subject, HTML with inlined CSS, text part, archive page, links and entries.

    ``date`` is the issue's nominal time, never the clock's, so that the same issue gives the same edition.
    """

    issue: str
    date: datetime
    subject: str
    preheader: str
    language: str
    html: str
    text: str
    page: str
    links: tuple[Link, ...] = ()
    entries: tuple[EditionEntry, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole edition, 64 hexadecimal digits: what approval stores and sending checks."""
        return hashlib.sha256(dumps(self).encode()).hexdigest()


def dumps(edition: Edition) -> str:
    """Return the edition as canonical JSON: sorted keys, RFC 3339 dates, the same bytes for equal editions."""
    return json.dumps(asdict(edition), ensure_ascii=False, sort_keys=True, default=_iso)


def loads(text: str) -> Edition:
    """Return the edition that ``dumps`` wrote. Raises ``ValueError`` when the text is not one."""
    raw = json.loads(text)
    entries = tuple(
        EditionEntry(
            **{
                **entry,
                "themes": tuple(entry["themes"]),
                "also": tuple(Also(**also) for also in entry["also"]),
                **{key: _datetime(entry[key]) for key in ("published", "updated", "start", "end")},
                "deadline": date.fromisoformat(entry["deadline"]) if entry["deadline"] else None,
            }
        )
        for entry in raw["entries"]
    )
    known = {spec.name for spec in fields(Edition)}
    if set(raw) != known:
        raise ValueError(f"not an edition: {sorted(set(raw) ^ known)}")
    return Edition(
        **{
            **raw,
            "date": datetime.fromisoformat(raw["date"]),
            "links": tuple(Link(**link) for link in raw["links"]),
            "entries": entries,
        }
    )


def _iso(value: object) -> str:
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    raise TypeError(f"not part of an edition: {value!r}")


def _datetime(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
