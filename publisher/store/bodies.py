"""What a source said, as JSON text for the database and back. It opens nothing.

Only fields that differ from the record's default are written, so that a field added later reads as its default.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, fields
from datetime import date, datetime

from publisher.item import Citation, Document, Event, Image, ItemData, Kind, Remark, Theme, Video

_LISTS = {
    "themes": Theme,
    "images": Image,
    "documents": Document,
    "videos": Video,
    "citations": Citation,
    "remarks": Remark,
}
_TIMES = ("published", "updated")
_NOT_SAID = ("via", "place", "guid")
"""Where and how an item was found: a change there is no new version of what it says."""


def dumps(data: ItemData) -> str:
    """Return the item as JSON: sorted keys, RFC 3339 times, the same text for equal items."""
    said = {name: value for name, value in asdict(data).items() if value != _default(name)}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=_plain)


def loads(text: str) -> ItemData:
    """Return the item that ``dumps`` wrote. Raises ``ValueError`` or ``TypeError`` when the text is not one."""
    raw = json.loads(text)
    for name, kind in _LISTS.items():
        if name in raw:
            raw[name] = tuple(kind(**part) for part in raw[name])
    for name in ("credits", "authors"):
        if name in raw:
            raw[name] = tuple(raw[name])
    for name in _TIMES:
        if name in raw:
            raw[name] = datetime.fromisoformat(raw[name])
    if "deadline" in raw:
        raw["deadline"] = date.fromisoformat(raw["deadline"])
    if "kind" in raw:
        raw["kind"] = Kind(raw["kind"])
    if "event" in raw:
        event = raw["event"]
        end = event["end"]
        raw["event"] = Event(
            **{
                **event,
                "start": datetime.fromisoformat(event["start"]),
                "end": datetime.fromisoformat(end) if end else None,
            }
        )
    return ItemData(**raw)


def same(left: ItemData, right: ItemData) -> bool:
    """Say whether two readings say the same thing, wherever they were found."""
    return all(getattr(left, name) == getattr(right, name) for name in _SAID)


def content(data: ItemData) -> str:
    """Return a digest of what a reader would call the same article: title, text and when it takes place."""
    words = f"{data.title} {data.summary} {data.html}".casefold().split()
    when = data.event.start.isoformat() if data.event else ""
    return hashlib.sha256("\n".join((*words, when)).encode()).hexdigest()


def telling(data: ItemData) -> bool:
    """Say whether the text is long enough for two equal texts to be the same article and not a recurring title."""
    return len(data.summary) + len(data.html) >= _TELLING


_TELLING = 120
_SAID = tuple(spec.name for spec in fields(ItemData) if spec.name not in _NOT_SAID)
_DEFAULTS = {
    spec.name: asdict(spec.default) if hasattr(spec.default, "__dataclass_fields__") else spec.default
    for spec in fields(ItemData)
    if spec.default is not MISSING
}


def _default(name: str) -> object:
    return _DEFAULTS.get(name, MISSING)


def _plain(value: object) -> str:
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    raise TypeError(f"not part of an item: {value!r}")
