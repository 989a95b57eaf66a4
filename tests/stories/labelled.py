"""The labelled pairs of tests/corpus/stories as items. It judges nothing.

A pair has ``same`` (one news or two), ``case`` (what makes it hard), ``left`` and ``right``, and ``matter`` where
another pair speaks of the same. An item has ``title`` and
``lead``, and where they matter ``source`` (``reseau`` on the left, ``quotidien`` on the right unless said), ``date``
(2 and 4 March 2026 unless said), ``address`` (its own unless said), ``kind``, ``start`` and ``place`` of an event,
``deadline``, ``cites`` (addresses), ``credits`` (names) and ``text``, the whole page where the lead is its summary.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.item import Citation, Event, Item, Kind

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "stories"
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two items and the label that a person gave them; pairs of one ``matter`` may hold the same news."""

    name: str
    matter: str
    same: bool
    case: str
    left: Item
    right: Item


def pairs(split: str) -> tuple[Pair, ...]:
    """Return the pairs of ``dev`` (rules may be tuned on them) or ``test`` (only measured), in the files' order.

    A pair of different news of one source comes twice, the second time with one of them relayed by another source.
    """
    found = []
    for path in sorted(CORPUS.glob(f"{split}-*.toml")):
        file = path.stem
        told = tomllib.loads(path.read_text(encoding="utf-8"))["pair"]
        for number, raw in enumerate(told, start=1):
            name = f"{file}/{number}"
            left = _item(raw["left"], f"{name}/l", source="reseau", day=date(2026, 3, 2))
            right = _item(raw["right"], f"{name}/r", source="quotidien", day=date(2026, 3, 4))
            found.append(
                Pair(
                    name=name,
                    matter=raw.get("matter", name),
                    same=raw["same"],
                    case=raw["case"],
                    left=left,
                    right=right,
                )
            )
            if not raw["same"] and left.source == right.source:
                found.append(_relayed(found[-1]))
    return tuple(found)


def _relayed(pair: Pair) -> Pair:
    """Return the pair with its second news brought by another source: one source's series is too easy to keep apart."""
    address = pair.right.address.replace(f"{pair.right.source}.example", "relais.example")
    right = replace(pair.right, id=f"{pair.name}/relayed/r", source="relais", address=address, link=address)
    left = replace(pair.left, id=f"{pair.name}/relayed/l")
    return replace(pair, name=f"{pair.name}/relayed", left=left, right=right)


def _item(raw: dict[str, Any], name: str, *, source: str, day: date) -> Item:
    source = raw.get("source", source)
    published = datetime.combine(raw.get("date", day), time(8), tzinfo=UTC)
    event = None
    if "start" in raw:
        event = Event(start=raw["start"].replace(tzinfo=PARIS), place=raw.get("place", ""))
    # two items of one title have two addresses, as a CMS would give them
    address = raw.get("address") or f"https://{source}.example/{name}/{_slug(raw['title'])}"
    return Item(
        id=name,
        source=source,
        first_seen=published,
        published=published,
        title=raw["title"],
        summary=raw["lead"],
        html="".join(f"<p>{each}</p>" for each in (raw.get("text") or raw["lead"]).strip().split("\n\n") if each),
        address=address,
        link=address,
        kind=Kind(raw.get("kind", "article")),
        event=event,
        deadline=raw.get("deadline"),
        credits=tuple(raw.get("credits", ())),
        citations=tuple(Citation(address=cited) for cited in raw.get("cites", ())),
    )


def _slug(title: str) -> str:
    bare = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
