"""A feed as it was written, before it is understood: what both parsers give. Records, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that a feed names beside the text. ``address`` as written; ``size`` in octets, 0 when unknown."""

    address: str
    media_type: str = ""
    title: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item or entry. Title, description and content are HTML (plain text is escaped); dates are as written.

    ``base`` is the xml:base in force, "" for none; ``link`` is as written.
    """

    title: str = ""
    link: str = ""
    guid: str = ""
    base: str = ""
    description: str = ""
    content: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and its entries; ``complaint`` is what the parser found wrong, ``None`` for nothing."""

    entries: tuple[Entry, ...] = ()
    generator: str = ""
    language: str = ""
    complaint: Exception | None = None


def is_address(guid: str) -> bool:
    """Say whether a guid can stand for the address that an entry does not give."""
    return guid.startswith(("http://", "https://", "/"))
