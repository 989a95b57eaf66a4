"""Whether something read is an item already known, and what it says anew. It stores nothing and forgets nothing.

Within one source only: the same news told by several sources is for ``stories``. The order is that of the sources
themselves: the source's own id, then the canonical address, then what it says. An item that returns under a new guid,
alias, ``-0``, scheme, host or campaign tag is the same item; two items that only look alike in a name are not.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from publisher import links
from publisher.item import ItemData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

NameKind = Literal["guid", "address", "content"]


class Proof(IntEnum):
    """What else must agree before a name that is known makes two readings one item."""

    NONE = 0
    """The name alone is enough."""
    SOME = 1
    """Title, publication or text must be the same: feeds exist whose items all carry one link (rss2email #111)."""
    TITLE = 2
    """The text or the title: a site that moved keeps its paths, but two sites may have the same path."""
    MUCH = 3
    """The text, or title and date together: a slug's ``-0`` may be next year's call under the same title."""


class Name(NamedTuple):
    """Something that an item may be known again by, and the proof that it asks for.

    A tuple, where other records are dataclasses: a feed has a hundred and more of them, and each costs a third.
    """

    kind: NameKind
    value: str
    proof: Proof = Proof.NONE

    @property
    def key(self) -> tuple[str, str]:
        """Return what a store looks it up by."""
        return self[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The item that a reading is, and the name that it was known by."""

    item: str
    by: Name


# Drupal writes « 231877 at https://site »: with a new host it is a new guid, and the same node.
_NODE = re.compile(r"^(?P<number>\d{1,12}) at https?://\S+$")
_PLAIN = re.compile(r"https://([A-Za-z0-9.:_-]+)(/[A-Za-z0-9._~/%-]*)(?:\?([A-Za-z0-9._~/%=&+-]*))?")
_NEAR = timedelta(days=3)
_FAR = timedelta(days=120)  # a call comes back each year, and may come back to last year's address
_LONGEST = 500  # characters: a longer name is kept as its digest, an index of PostgreSQL takes no more
_TITLE = 20  # characters: a shorter title comes back (« Agenda », « Lettre du réseau »)
_TELLING = 120  # characters: a shorter text may be a notice that comes back word for word
_NOT_SAID = frozenset({"via", "place", "guid", "remarks"})
_SAID = tuple(spec.name for spec in fields(ItemData) if spec.name not in _NOT_SAID)


def names(data: ItemData, shared: frozenset[tuple[str, str]] = frozenset()) -> tuple[Name, ...]:
    """Return what the item may be known again by, the surest first; names in ``shared`` identify nothing.

    There is always one: what has no other name is known by its text, however short.
    """
    found, said = _found(data)
    return _kept(data, found, said, shared)


def shared(batch: Iterable[ItemData]) -> frozenset[tuple[str, str]]:
    """Return the names that different items of one reading carry, so that they tell none of them apart.

    An address that several ids carry is one. Of weaker names, copies with one text do not count: two copies of one
    article in one feed are one article (IGAS's ``x`` and ``x-0``).
    """
    return _shared([(data, *_found(data)) for data in batch])


def named(batch: Iterable[ItemData]) -> tuple[tuple[ItemData, tuple[Name, ...]], ...]:
    """Return each item of one reading with its names, those left out that ``shared`` finds: both for one price."""
    rows = [(data, *_found(data)) for data in batch]
    ambiguous = _shared(rows)
    return tuple((data, _kept(data, found, said, ambiguous)) for data, found, said in rows)


def recognise(
    data: ItemData,
    known: Mapping[tuple[str, str], str],
    said: Callable[[str], ItemData],
    shared_names: frozenset[tuple[str, str]] = frozenset(),
    *,
    named: tuple[Name, ...] | None = None,
) -> Known | None:
    """Return the item that ``data`` is, ``None`` for a new one.

    ``known`` gives the item's id for each name it ever had; ``said`` what an item says now. ``named`` are the names
    of ``data`` where the caller has them already.
    """
    for name in names(data, shared_names) if named is None else named:
        found = known.get(name[:2])
        if found is not None and (name.proof is Proof.NONE or _proved(said(found), data, name)):
            return Known(item=found, by=name)
    return None


def content(data: ItemData) -> str:
    """Return a digest of what a reader would call the same article: title, text and when it takes place."""
    words = f"{data.title} {data.summary} {data.html}".casefold().split()
    when = data.event.start.isoformat() if data.event else ""
    return _digest("\n".join((*words, when)))


def telling(data: ItemData) -> bool:
    """Say whether the text is long enough for two equal texts to be one article and not a notice that comes back."""
    return len(data.summary) + len(data.html) >= _TELLING


def changes(before: ItemData, after: ItemData) -> tuple[str, ...]:
    """Return the fields in which two readings of one item differ for a reader, in the record's order.

    Where it was found, under which id, and what we remark of it is not what it says: a remark on a date in the future
    goes when the day comes, and that is no edit.
    """
    return tuple(name for name in _SAID if getattr(before, name) != getattr(after, name))


def folded(title: str) -> str:
    """Return a title to compare: SPIP's feed and page differ in apostrophes and no-break spaces, others in case."""
    plain = unicodedata.normalize("NFKC", title).replace("’", "'").casefold()
    return " ".join(plain.split())


def _found(data: ItemData) -> tuple[list[Name], Name]:
    """Return every name but the text's, each once, the surest first, and the text's."""
    found: dict[tuple[str, str], Name] = {}
    for name in (*_guids(data.guid), *_addresses(data.address), *_dated(data)):
        found.setdefault(name[:2], name)
    return list(found.values()), Name(kind="content", value=content(data))


def _kept(data: ItemData, found: list[Name], said: Name, ambiguous: frozenset[tuple[str, str]]) -> tuple[Name, ...]:
    kept = [name for name in found if name[:2] not in ambiguous] if ambiguous else found
    return (*kept, said) if telling(data) or not kept else tuple(kept)


def _shared(rows: list[tuple[ItemData, list[Name], Name]]) -> frozenset[tuple[str, str]]:
    keys = [name[:2] for _, found, _ in rows for name in found]
    if len(set(keys)) == len(keys):
        return frozenset()
    carriers: defaultdict[tuple[str, str], list[tuple[ItemData, Name, str]]] = defaultdict(list)
    for data, found, said in rows:
        for name in found:
            carriers[name.key].append((data, name, said.value))
    return frozenset(key for key, carried in carriers.items() if len(carried) > 1 and _ambiguous(carried))


def _ambiguous(carried: list[tuple[ItemData, Name, str]]) -> bool:
    """Say whether readings that carry one name are different items."""
    owners: set[str] = set()
    texts: set[str] = set()
    for data, name, text in carried:
        exact = name.kind == "address" and name.proof is Proof.SOME
        owner = data.guid or ("" if exact else data.address)
        if owner:
            owners.add(owner)
            texts.add(data.guid if exact else text)
    return len(owners) > 1 and len(texts) > 1


def _guids(guid: str) -> list[Name]:
    if not guid:
        return []
    found = [Name(kind="guid", value=_short(guid))]
    node = _NODE.match(guid)
    if node:
        found.append(Name(kind="guid", value=f"node {node['number']}", proof=Proof.SOME))
    elif guid.startswith(("http://", "https://")):
        found.append(Name(kind="guid", value=_short(f"url:{links.canonical(guid)}"), proof=Proof.SOME))
    return found


def _addresses(address: str) -> list[Name]:
    if not address or not _tells(address):
        return []
    same = links.canonical(address)
    found = [
        Name("address", _short(same), Proof.SOME),
        Name("address", _short(f"kin:{links.kin(same)}"), Proof.MUCH),
    ]
    place = _place(same)
    if place:
        found.append(Name("address", _short(f"path:{place}"), Proof.TITLE))
    return found


def _dated(data: ItemData) -> list[Name]:
    """Return title and moment of publication as a name, where they tell two articles apart."""
    title = folded(data.title)
    if data.published is None or not title or not (len(title) >= _TITLE or _timed(data.published)):
        return []
    when = data.event.start.isoformat() if data.event else ""
    digest = _digest(f"{title}\n{data.published.isoformat()}\n{when}")
    return [Name(kind="content", value=f"title:{digest}")]


def _tells(address: str) -> bool:
    """Say whether an address can stand for one article: a home page cannot."""
    try:
        _, path, query = _cut(address)
    except ValueError:
        return True
    return path not in {"", "/"} or bool(query)


def _place(address: str) -> str:
    """Return path and query without the host, for a site that moved."""
    try:
        host, path, query = _cut(address)
    except ValueError:
        return ""
    return f"{path}?{query}" if host else ""


@lru_cache(maxsize=16)  # an address is asked for twice in a row
def _cut(address: str) -> tuple[str, str, str]:
    """Return host, path and query as ``urlsplit`` does, much sooner where there is nothing odd to split.

    Raises ``ValueError`` where ``urlsplit`` does.
    """
    plain = _PLAIN.fullmatch(address)
    if plain:
        return plain[1], plain[2], plain[3] or ""
    parts = urlsplit(address)
    return parts.netloc, parts.path, parts.query


def _proved(known: ItemData, data: ItemData, name: Name) -> bool:
    """Say whether the rest agrees as far as the name asks for it."""
    if content(known) == content(data):
        return True
    title = folded(known.title) == folded(data.title)
    one, other = known.published, data.published
    apart = abs(one - other) if one is not None and other is not None else None
    if name.proof is Proof.SOME:
        unnamed = name.kind == "address" and not (known.guid and data.guid)
        return unnamed or apart == timedelta(0) or (title and (apart is None or apart <= _FAR))
    if not title or _other_event(known, data):
        return False
    if name.proof is Proof.TITLE:
        return apart <= _FAR if apart is not None else len(folded(data.title)) >= _TITLE
    return apart is not None and apart <= _NEAR


def _timed(when: datetime) -> bool:
    """Say whether a time is more than a day: two articles of one short title may share a day, hardly a minute."""
    return bool(when.minute or when.second)


def _other_event(known: ItemData, data: ItemData) -> bool:
    return known.event is not None and data.event is not None and known.event.start != data.event.start


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"sha256:{_digest(value)}"
