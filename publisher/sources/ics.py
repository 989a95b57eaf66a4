"""iCalendar (RFC 5545) to events: one item per occurrence in a window. It fetches nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import recurring_ical_events

from publisher import clean
from publisher.errors import Fault, ReadError
from publisher.item import Event, ItemData, Kind, Remark, Theme
from publisher.sources import article, doubles, fragment, plain
from publisher.sources.reading import Origin, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

CANCELLED = "cancelled"

_MOST = 20_000
"""Dates of repeated events that are worked out at most: some twelve seconds; a busy agenda has a few hundred."""
_MOST_OF_ONE = 3_000
_FIRST_YEAR = 1900  # calendars of holidays begin there
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_FREQUENCIES = _TOO_OFTEN | {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

_INSCRIPTION = re.compile(r"\binscri[^\n]{0,80}?(https?://[^\s<>\"]+)", re.IGNORECASE)


def read(body: bytes, origin: Origin, *, back: int, ahead: int) -> Reading:
    """Return the occurrences from ``back`` days before now to ``ahead`` days after it, by start. Raises ``ReadError``.

    An event keeps its UID as guid when it is moved; each occurrence of a recurring one has its own (UID and day) and
    no address, since they share one.
    """
    faults: list[Fault] = []
    if not body.rstrip().upper().endswith(b"END:VCALENDAR"):
        faults.append(
            Fault(
                place=origin.address,
                text="l’agenda est coupé avant sa fin\u00a0; les événements entiers ont été lus.",
                remedy="La prochaine collecte le relira\u00a0; si cela dure, prévenez le webmestre.",
            )
        )
    items: list[ItemData] = []
    calendars = _calendars(body, origin)
    for calendar in calendars:
        faults.extend(_left_out(calendar, origin, days=back + ahead))
        try:
            found = recurring_ical_events.of(calendar, skip_bad_series=True).between(
                origin.now - timedelta(days=back), origin.now + timedelta(days=ahead)
            )
        except Exception as error:  # the library raises what its parsers raise, of a dozen kinds
            raise _unreadable(origin) from error
        repeated = _repeated(calendar)
        items += [item for item in (_item(each, origin, repeated) for each in found) if item is not None]
    items.sort(key=lambda item: (item.event.start if item.event else origin.now, item.guid))
    return Reading(items=doubles.apart(tuple(items), remark=False), faults=tuple(faults))


def _calendars(body: bytes, origin: Origin) -> list[Any]:
    if b"BEGIN:VCALENDAR" not in body[:5000].upper():
        raise _unreadable(origin)
    try:
        found = icalendar.Calendar.from_ical(_closed(body), multiple=True)
    except Exception as error:  # ValueError, IndexError, KeyError, … according to what is wrong
        raise _unreadable(origin) from error
    return [each for each in found if each.name == "VCALENDAR"]


def _closed(body: bytes) -> bytes:
    """Return a calendar that was cut, without its unfinished last event, closed."""
    text = body.rstrip()
    if text.upper().endswith(b"END:VCALENDAR"):
        return body
    last = text.upper().rfind(b"END:VEVENT")
    return body if last < 0 else text[: last + len(b"END:VEVENT")] + b"\r\nEND:VCALENDAR\r\n"


def _unreadable(origin: Origin) -> ReadError:
    return ReadError(
        "la réponse n’est pas un agenda iCalendar lisible.",
        source=origin.key,
        place=origin.address,
        remedy="Vérifiez l’adresse\u00a0: elle doit donner un fichier .ics.",
    )


def _left_out(calendar: Any, origin: Origin, *, days: int) -> Iterator[Fault]:
    """Take out events that would end the reading, or never let it end, and say so."""
    room = float(_MOST)
    for event in [each for each in calendar.subcomponents if each.name == "VEVENT"]:
        if _mended(event):
            text = f"la répétition de l’événement «\u00a0{_named(event)}\u00a0» est illisible\u00a0; une date est lue."
            yield Fault(place=origin.address, text=text)
        start, _, _ = _span(event, origin)
        rules = _all(event, "RRULE")
        if start is None or start.year < _FIRST_YEAR:
            why = "n’a pas de date lisible"
        elif any(_word(rule, "FREQ") in _TOO_OFTEN for rule in rules):
            why = "se répète chaque heure, chaque minute ou chaque seconde"
        else:
            weight = sum(map(_rate, rules)) * (days + _length(event, origin))
            why = "a trop de dates" if weight > min(room, _MOST_OF_ONE) else ""
            room -= 0 if why else weight
        if why:
            calendar.subcomponents.remove(event)
            yield Fault(
                place=origin.address, text=f"l’événement «\u00a0{_named(event)}\u00a0» {why}\u00a0; il est laissé."
            )


def _named(event: Any) -> str:
    return _text(event, "SUMMARY") or _text(event, "UID") or "sans nom"


def _mended(event: Any) -> bool:
    """Take broken properties out, for which the library would drop the event unsaid; say whether a repetition was."""
    for name in ("DTEND", "DURATION"):
        if name in event and _when(event[name]) is None:
            del event[name]
    broken = [
        name
        for name, part in (("RRULE", "get"), ("RDATE", "dts"), ("EXDATE", "dts"))
        if any(not _has(each, part) for each in _all(event, name))
    ]
    if "RRULE" not in broken and any(_word(rule, "FREQ") not in _FREQUENCIES for rule in _all(event, "RRULE")):
        broken.append("RRULE")
    for name in broken:
        del event[name]
    return bool(broken)


def _all(event: Any, name: str) -> list[Any]:
    found = event.get(name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _has(value: Any, part: str) -> bool:
    try:
        return hasattr(value, part)
    except Exception:  # noqa: BLE001 - as ``_when``
        return False


def _word(rule: Any, name: str) -> str:
    """Return a part of a rule in capitals, "" when it has none."""
    said = rule.get(name)
    return str(said[0]).upper() if isinstance(said, list) and said else ""


def _rate(rule: Any) -> float:
    """Return how many times a day an event takes place by a rule, at most."""
    counts = {name: len(_listed(rule, name)) or 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND", "BYDAY")}
    times = counts["BYHOUR"] * counts["BYMINUTE"] * counts["BYSECOND"]
    often = {"WEEKLY": min(1.0, counts["BYDAY"] / 7), "MONTHLY": 0.25, "YEARLY": 0.25}
    return times * often.get(_word(rule, "FREQ"), 1.0)


def _listed(rule: Any, name: str) -> list[Any]:
    said = rule.get(name)
    return said if isinstance(said, list) else []


def _length(event: Any, origin: Origin) -> int:
    """Return the days that an event lasts: long ones that repeat overlap."""
    start, end, _ = _span(event, origin)
    lasts = _when(event.get("DURATION"))
    if isinstance(lasts, timedelta):
        return abs(lasts.days)
    return (end - start).days if start is not None and end is not None else 0


def _repeated(calendar: Any) -> frozenset[str]:
    """Return the UIDs of events that take place more than once."""
    rules = ("RRULE", "RDATE", "RECURRENCE-ID")
    return frozenset(_text(event, "UID") for event in calendar.walk("VEVENT") if any(rule in event for rule in rules))


def _item(event: Any, origin: Origin, repeated: frozenset[str]) -> ItemData | None:
    start, end, all_day = _span(event, origin)
    if start is None:
        return None
    uid = _text(event, "UID")
    first = _moment(event.get("RECURRENCE-ID"), origin) or start  # an occurrence that was moved stays the same
    guid = f"{uid}/{first:%Y%m%d}" if uid in repeated else uid
    link = fragment.absolute(_text(event, "URL"), origin.address)
    description = _text(event, "DESCRIPTION")
    markup = description if "<" in description and ">" in description else plain.paragraphs(description)
    parts = article.take_apart(markup, base=link or origin.address, cms="", zone=origin.zone)
    links_ = [each.address for each in parts.citations]
    registration = next((each for each in links_ if "inscri" in each.lower()), "") or _registration(description)
    place = " ".join(_text(event, "LOCATION").split())
    parts = replace(
        parts,
        event=Event(start=start, end=end, all_day=all_day, place=place, registration=registration),
        themes=tuple(Theme(name=name) for name in _categories(event)),
    )
    title = clean.mend(" ".join(_text(event, "SUMMARY").split()))
    cancelled = _text(event, "STATUS").upper() == "CANCELLED"
    item = article.compose(
        parts,
        source=origin.key,
        place=origin.address,
        guid=guid,
        link=link,
        title=f"Annulé\u00a0: {title}" if cancelled and title else title,
        cms="",
        published=None,
        updated=_moment(event.get("LAST-MODIFIED"), origin),
        now=origin.now,
    )
    if item is None:
        return None
    remarks = item.remarks
    if cancelled:
        remarks = (*remarks, Remark(code=CANCELLED, text="L’organisateur a annulé cet événement\u00a0: retirez-le."))
    return replace(item, kind=Kind.EVENT, remarks=remarks)


def _registration(description: str) -> str:
    """Return the address that stands behind a word of inscription, on its line."""
    found = _INSCRIPTION.search(description)
    return found[1].rstrip(".,;:!?)") if found else ""


def _span(event: Any, origin: Origin) -> tuple[datetime | None, datetime | None, bool]:
    """Return start and end; the end of whole days is exclusive (RFC 5545, 3.6.1)."""
    raw = event.get("DTSTART")
    if raw is None:
        return None, None, False
    all_day = not isinstance(_when(raw), datetime)
    start = _moment(raw, origin)
    end = _moment(event.get("DTEND"), origin)
    if start is None or (end is not None and end <= start):
        end = None
    return start, end, all_day


def _moment(value: Any, origin: Origin) -> datetime | None:
    said = _when(value)
    if isinstance(said, datetime):
        return (said if said.tzinfo is not None else said.replace(tzinfo=origin.zone)).astimezone(origin.zone)
    return datetime.combine(said, time(), origin.zone) if isinstance(said, date) else None


def _when(value: Any) -> Any:
    """Return what a property says, ``None`` for none and for one that is broken, at which the library raises."""
    try:
        return getattr(value, "dt", None)
    except Exception:  # noqa: BLE001 - its own kind, which is no AttributeError
        return None


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    if isinstance(value, list):  # a property that may stand once, given twice
        value = value[0] if value else ""
    return str(value or "").strip()


def _categories(event: Any) -> tuple[str, ...]:
    found = event.get("CATEGORIES")
    groups = found if isinstance(found, list) else [found] if found is not None else []
    names = [str(name).strip() for group in groups for name in getattr(group, "cats", ())]
    return tuple(dict.fromkeys(name for name in names if name))
