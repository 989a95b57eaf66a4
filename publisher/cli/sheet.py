"""An item as an editor reads it: what its source says, what changed since, which story it is part of, and why."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from publisher import french
from publisher.edits import KINDS, edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from publisher.item import Item, Story
    from publisher.store.items import Version

_LONGEST = 400


def sheet(item: Item, history: Sequence[Version], story: Story, names: Mapping[str, str], zone: tzinfo) -> str:
    """Return everything an editor may want to know of an item. ``names`` are the sources' names by key."""
    lines = [item.title + ("  (titre proposé par le programme)" if item.title_proposed else "")]
    lines += [f"  {label} : {said}" for label, said in _facts(item, names, zone) if said]
    if item.summary:
        lines += ["", _cut(item.summary)]
    lines += _joined(item)
    lines += ["", *_versions(item, history, zone), "", *told_with(item, story)]
    return "\n".join(lines)


def told_with(item: Item, story: Story) -> Iterator[str]:
    """Yield which other items tell the same news, and why each pair is one."""
    if not story.others:
        yield f"{item.id} est seul à raconter cette nouvelle."
        return
    yield "La même nouvelle :"
    for one in story.items:
        yield f"  {one.id} – {one.title}{'' if one is not story.main else '  (c’est lui que la lettre raconte)'}"
    for merge in story.merges:
        yield f"  {merge.left} et {merge.right} : {merge.detail or merge.reason}"
    yield "« publisher items split A B » les sépare, « join A B » les réunit ; cela reste."


def _facts(item: Item, names: Mapping[str, str], zone: tzinfo) -> Iterator[tuple[str, str]]:
    by = f", relevé par {names.get(item.via, item.via)}" if item.via and item.via != item.source else ""
    yield "Numéro", f"{item.id}, {KINDS[item.kind]}{', réservé aux adhérents' if item.members_only else ''}"
    yield "Source", f"{names.get(item.source, item.source)}{by}"
    yield "Paru", _dated(item.published, zone) if item.published else "date inconnue"
    yield "Mis à jour", _moment(item.updated, zone) if item.updated and item.updated != item.published else ""
    yield "Relevé", _moment(item.first_seen, zone)
    if item.event:
        event = item.event
        start, end = event.start.astimezone(zone), event.end.astimezone(zone) if event.end else None
        yield "A lieu", french.period(start, end, all_day=event.all_day)
        yield "Où", event.place
        yield "Inscription", event.registration
    yield "Date limite", french.day(item.deadline) if item.deadline else ""
    yield "Rubrique", item.rubric
    yield "Thèmes", ", ".join(theme.name for theme in item.themes)
    yield "Auteurs", ", ".join(item.authors)
    yield "Crédits", ", ".join(item.credits)
    yield "Adresse", item.link or item.address or "aucune"


def _joined(item: Item) -> Iterator[str]:
    for document in item.documents:
        size = f" ({french.size(document.size)})" if document.size else ""
        yield f"  Document : {document.title or document.address}{size}"
    for image in item.images:
        yield f"  Image : {image.alt or 'sans texte de remplacement'} – {image.address}"
    for video in item.videos:
        yield f"  Vidéo : {video.title}{f' – {video.address}' if video.address else ' (adresse perdue)'}"
    for remark in item.remarks:
        yield f"  À savoir : {remark.text}"


def _versions(item: Item, history: Sequence[Version], zone: tzinfo) -> Iterator[str]:
    if len(history) < 2:  # noqa: PLR2004 - one version is no change
        yield "Sa source n’y a rien changé depuis."
        return
    yield f"{french.counted(item.version, 'version').capitalize()} :"
    for before, after in pairwise(history):
        for edit in edits(before.data, after.data, zone):
            yield f"  {_moment(after.seen, zone)}, {edit}"


def _dated(when: datetime, zone: tzinfo) -> str:
    """Return a day alone where the source gives no hour."""
    local = when.astimezone(zone)
    return french.moment(local) if (local.hour, local.minute) != (0, 0) else french.day(local)


def _moment(when: datetime, zone: tzinfo) -> str:
    return french.moment(when.astimezone(zone))


def _cut(text: str, most: int = _LONGEST) -> str:
    said = " ".join(text.split())
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"
