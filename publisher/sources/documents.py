"""What a document says, whatever its format, and how it becomes an item. It opens no file: ``folder`` does."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from publisher import clean, french, links
from publisher.item import Event, ItemData, Remark
from publisher.sources.kinds import kind
from publisher.sources.remarks import IMAGE_WITHOUT_ALT, PROPOSED_TITLE, remarks

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from publisher.item import Citation, Document, Image, Kind, Theme, Video

SUMMARY = 500
"""Characters of a summary, as for feeds."""

_TITLE = 80  # characters of a title taken from the text for want of anything better


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader found in one document. ``origin`` is the key of the site whose name stands in it, "" for none.

    ``images_lost`` counts images of which only a file name is left. ``to_the_minute`` is true when the publication
    date has an hour.
    """

    title: str = ""
    html: str = ""
    summary: str = ""
    link: str = ""
    guid: str = ""
    rubric: str = ""
    origin: str = ""
    kind: Kind | None = None
    published: datetime | None = None
    to_the_minute: bool = False
    updated: datetime | None = None
    event: Event | None = None
    deadline: date | None = None
    themes: tuple[Theme, ...] = ()
    credits: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    images_lost: int = 0
    documents: tuple[Document, ...] = ()
    videos: tuple[Video, ...] = ()
    citations: tuple[Citation, ...] = ()
    language: str = "fr"
    members_only: bool = False
    remarks: tuple[Remark, ...] = ()


def compose(found: Found, *, source: str, via: str, place: str, now: datetime) -> ItemData | None:
    """Return the item, ``None`` when the document says nothing. A missing title is proposed, and marked so.

    ``place`` is the file as an editor names it; it is the item's own id where the document has no address.
    """
    link = links.without_tracking(found.link) if found.link else ""
    html = clean.safe(found.html)
    summary = clean.summary(found.summary or clean.text(html), SUMMARY)
    title = found.title or clean.title_from_address(link) or clean.summary(summary, _TITLE)
    if not title:
        return None
    item = ItemData(
        source=source,
        via=via,
        place=place,
        guid=found.guid or ("" if link else place),
        address=links.canonical(link) if link else "",
        link=link,
        title=title,
        title_proposed=not found.title,
        rubric=found.rubric,
        summary=summary,
        html=html,
        kind=found.kind
        or kind(title, (found.rubric, *(theme.name for theme in found.themes)), found.event, _last_moment(found)),
        published=found.published,
        updated=found.updated if found.updated != found.published else None,
        event=found.event,
        deadline=found.deadline,
        themes=found.themes,
        credits=found.credits,
        authors=found.authors,
        images=found.images,
        documents=found.documents,
        videos=found.videos,
        citations=tuple(each for each in found.citations if each.address != link),
        language=found.language,
        members_only=found.members_only,
    )
    return replace(item, remarks=_remarks(item, found, now))


def _last_moment(found: Found) -> datetime | None:
    """Return the last moment at which it may have been published: the end of the day when only the day is known."""
    if found.published is None or found.to_the_minute:
        return found.published
    return datetime.combine(found.published.date(), time.max, found.published.tzinfo)


def _remarks(item: ItemData, found: Found, now: datetime) -> tuple[Remark, ...]:
    said = {remark.code: remark for remark in (*found.remarks, *remarks(item, now))}
    without = found.images_lost + sum(not image.alt for image in item.images)
    if without:
        said[IMAGE_WITHOUT_ALT] = Remark(code=IMAGE_WITHOUT_ALT, text=_images(without, found.images_lost))
    if item.title_proposed:
        whence = "de son adresse" if clean.title_from_address(item.link) else "de ses premiers mots"
        said[PROPOSED_TITLE] = Remark(
            code=PROPOSED_TITLE,
            text=f"Le document ne donne pas de titre\u00a0: celui-ci est proposé à partir {whence}, relisez-le.",
        )
    return tuple(said.values())


def _images(without: int, lost: int) -> str:
    said = "1\u00a0image est" if without == 1 else f"{without}\u00a0images sont"
    text = f"{said} sans texte alternatif\u00a0: écrivez-en un (clé alt) si l’image est montrée."
    if lost:
        left = "il ne reste que son nom de fichier" if lost == 1 else "il ne reste que leurs noms de fichiers"
        text += f" De {lost} d’entre elles {left}." if lost != without else f" Dans le document, {left}."
    return text


_PUBLISHED = re.compile(
    r"^(?:publié|paru|mis en ligne|posté)e?s? le[\s\u00a0:]+(?P<date>.+?)"
    r"(?:\s*[-–—|,]\s*(?:mise? à jour|modifiée?|actualisée?) le[\s\u00a0:]+(?P<updated>.+))?$",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"^(?:mise? à jour|modifiée?|actualisée?) le[\s\u00a0:]+(?P<updated>.+)$", re.IGNORECASE)
_BY = re.compile(r"\s*(?:[|·,–—-]\s*)?(?:par|dans|sur|[|·–—-])\s+(?P<who>.{2,60})", re.IGNORECASE)
_DATES = 200  # characters: a longer line says more than dates
_UNTIL = re.compile(r"^\s*(?:-|–|—|à|au|jusqu[’']à)\s*(?P<hour>[01]?\d|2[0-3])\s?[:hH]\s?(?P<minute>[0-5]\d)?(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLine:
    """The dates of a line such as « Publié le … - Mise à jour le … »."""

    published: datetime | None = None
    to_the_minute: bool = False
    updated: datetime | None = None


def date_line(line: str, zone: tzinfo) -> DateLine | None:
    """Return the dates of a line that says nothing else, ``None`` for any other line."""
    said = line.strip().rstrip(".")
    if len(said) > _DATES:
        return None
    found = _PUBLISHED.match(said) or _UPDATED.match(said)
    if not found:
        return None
    parts = found.groupdict()
    published = _dated(parts.get("date") or "")
    updated = _dated(parts["updated"] or "")
    if (parts.get("date") and published is None) or (published is None and updated is None):
        return None
    return DateLine(
        published=published.at(zone) if published else None,
        to_the_minute=published is not None and published.hour is not None,
        updated=updated.at(zone) if updated else None,
    )


def _dated(said: str) -> french.Reading | None:
    """Return the date that a text begins with, when nothing follows it but who wrote it or where it stands."""
    first = next(iter(french.find(said)), None)
    if first is None or first.start or not first.day:
        return None
    return first if not said[first.end :].strip() or _BY.fullmatch(said[first.end :]) else None


def event_of(said: str, zone: tzinfo, place: str = "") -> Event | None:
    """Return the event that a field of dates tells: one day, hours, or a range; ``None`` without a whole date."""
    readings = [reading for reading in french.find(said) if reading.day]
    if not readings:
        return None
    first, last = readings[0], readings[-1]
    start = first.at(zone)
    if first.hour is None:
        return Event(start=start, end=_midnight_after(last.at(zone)), all_day=True, place=place)
    end = None
    if last is not first:
        end = last.at(zone) if last.hour is not None else _midnight_after(last.at(zone))
    elif until := _UNTIL.match(said[first.end :]):
        end = start.replace(hour=int(until["hour"]), minute=int(until["minute"] or 0))
    return Event(start=start, end=end if end is not None and end > start else None, place=place)


def _midnight_after(when: datetime) -> datetime:
    day = when.date() + timedelta(days=1)
    return datetime.combine(day, time.min, when.tzinfo)
