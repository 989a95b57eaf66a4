"""What a source said, as JSON text for the database and back. It opens nothing.

Only fields that differ from the record's default are written, so that a field added later reads as its default.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from itertools import compress
from operator import attrgetter, ne

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


def dumps(data: ItemData) -> str:
    """Return the item as JSON: sorted keys, RFC 3339 times, the same text for equal items."""
    values = _VALUES(data)
    return _ENCODER.encode(dict(compress(zip(_NAMES, values, strict=True), map(ne, values, _USUAL))))


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


_NAMES = tuple(sorted(spec.name for spec in fields(ItemData)))
_VALUES = attrgetter(*_NAMES)
_DEFAULTS = {spec.name: spec.default for spec in fields(ItemData)}
_USUAL = tuple(_DEFAULTS[name] for name in _NAMES)  # MISSING, which equals nothing, where there is no default
_PARTS = {kind: tuple(spec.name for spec in fields(kind)) for kind in (*_LISTS.values(), Event)}
_OF_PARTS = {kind: attrgetter(*names) for kind, names in _PARTS.items()}


def _plain(value: object) -> object:
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    names = _PARTS.get(type(value))
    if names is None:
        raise TypeError(f"not part of an item: {value!r}")
    return dict(zip(names, _OF_PARTS[type(value)](value), strict=True))


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=_plain)
