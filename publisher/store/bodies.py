"""What a source said, as JSON text for the database and back. It opens nothing.

Only fields that differ from the record's default are written, so that a field added later reads as its default.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter

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
    said = {name: value for name, value, usual in zip(_NAMES, _VALUES(data), _USUAL, strict=True) if value != usual}
    return _ENCODER.encode(said)


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


def _plain(value: object) -> object:
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    names = _PARTS.get(type(value))
    if names is None:
        raise TypeError(f"not part of an item: {value!r}")
    return {name: getattr(value, name) for name in names}


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=_plain)
