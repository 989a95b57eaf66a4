"""What a request asks of one file: whether it has it already, and packed or not (RFC 9110, 12 and 13). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = re.compile(r'(?:W/)?("[^"]*")')
_NEVER = re.compile(r"q\s*=\s*0(?:\.0{0,3})?\s*$")


def takes_gzip(accepted: str) -> bool:
    """Say whether an Accept-Encoding takes gzip; a quality of 0 refuses it, and no header asks for nothing."""
    found = {}
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        found[coding.strip()] = not _NEVER.match(quality.strip())
    return found.get("gzip", found.get("x-gzip", found.get("*", False)))


def has_it(headers: Mapping[str, str], etag: str, changed: datetime) -> bool:
    """Say whether the sender holds this very representation: its ETag, else its date; an ETag outweighs a date."""
    known = headers.get("if-none-match")
    if known is not None:
        return known.strip() == "*" or etag in _TAG.findall(known)
    since = headers.get("if-modified-since", "")
    try:
        when = parsedate_to_datetime(since)
    except (TypeError, ValueError, OverflowError):
        return False
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return changed.replace(microsecond=0) <= when


def http_date(when: datetime) -> str:
    """Return a time as HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(when.astimezone(UTC), usegmt=True)
