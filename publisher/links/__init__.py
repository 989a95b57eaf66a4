"""Addresses: identity, other people's tracking, our campaign tags. Pure text work; nothing here opens an address."""

from __future__ import annotations

from publisher.links.address import canonical, kin
from publisher.links.campaign import Settings, Tagger, feed_tagger
from publisher.links.markup import tag_html
from publisher.links.tracking import personal, tracked, without_tracking

__all__ = [
    "Settings",
    "Tagger",
    "canonical",
    "feed_tagger",
    "kin",
    "personal",
    "tag_html",
    "tracked",
    "without_tracking",
]
