"""Items that one document gives twice, or that share an address they cannot all have. It compares; it merges nothing.

The same news from several sources is another matter: ``stories``.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher import identity, links
from publisher.item import Remark
from publisher.sources.remarks import SHARED_ADDRESS

if TYPE_CHECKING:
    from publisher.item import ItemData


def without(items: tuple[ItemData, ...]) -> tuple[ItemData, ...]:
    """Return the items without those served twice, that of the plainest address kept, in the order of the first.

    Twice means the same title, an address of the same page (CNSA: ``/x`` and ``/index%2Ephp/x``; IGAS: ``x`` and
    ``x-0``), and the same text or the same time: ``x-0`` is also what Drupal calls next month's minutes.
    Items of different titles under one address (a feed whose links all lead to one page) keep their link but lose it
    as identity, or the store would take them for versions of one item.
    """
    folded = [_folded(item.title) for item in items]
    titles = Counter(folded)
    kept: list[ItemData] = []
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for item, title in zip(items, folded, strict=True):
        where = (links.kin(item.address) or item.guid) if titles[title] > 1 else ""
        if where:
            same = next((place for place in places[where, title] if _copies(kept[place], item)), None)
            if same is not None:
                kept[same] = min(kept[same], item, key=_plainness)
                continue
            places[where, title].append(len(kept))
        kept.append(item)
    return apart(tuple(kept))


def apart(items: tuple[ItemData, ...], *, remark: bool = True) -> tuple[ItemData, ...]:
    """Return the items without the guids and addresses that several of them claim, since these identify none.

    ``remark`` tells the editor of a shared address; it is normal for occurrences of one event.
    """
    owners = Counter(item.address for item in items if item.address)
    guids = Counter(item.guid for item in items if item.guid)
    return tuple(_alone(item, owners, guids, remark=remark) for item in items)


def _plainness(item: ItemData) -> tuple[int, str]:
    """Return what sorts the plainest address first: twins may change places from one reading to the next."""
    return len(item.address), item.address


def _copies(one: ItemData, other: ItemData) -> bool:
    """Say whether two items of one title and page are one: they say the same, or were put online at the same time."""
    return (one.published is not None and one.published == other.published) or (
        identity.content(one) == identity.content(other)
    )


def _alone(item: ItemData, owners: Counter[str], guids: Counter[str], *, remark: bool) -> ItemData:
    if item.guid and guids[item.guid] > 1:
        item = replace(item, guid="")
    if not item.address or owners[item.address] == 1:
        return item
    if not remark:
        return replace(item, address="")
    text = "La source donne la même adresse à plusieurs articles\u00a0: vérifiez le lien."
    return replace(item, address="", remarks=(*item.remarks, Remark(code=SHARED_ADDRESS, text=text)))


def _folded(title: str) -> str:
    """Return a title to compare: feeds and pages differ in case, spaces and apostrophes."""
    return " ".join(unicodedata.normalize("NFKC", title).replace("’", "'").casefold().split())
