"""Reads events of Brevo (developers.brevo.com/docs/transactional-webhooks), one at a time or grouped. It believes none.

Brevo keeps the Message-ID of a letter that came by SMTP, and gives back the field ``X-Mailin-custom``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.mailbox.report import Failure, Kind
from publisher.mailbox.webhooks.event import Event, bounced, key, report, said, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PASSING = {"hard_bounce": False, "invalid_email": False, "soft_bounce": True}
_KINDS = {
    "spam": (Kind.COMPLAINT, "complaint"),
    "complaint": (Kind.COMPLAINT, "complaint"),  # as older accounts call it
    "unsubscribed": (Kind.LEFT, "left"),
    "unsubscribe": (Kind.LEFT, "left"),  # as the marketing events call it
    "blocked": (Kind.BOUNCE, "blocked"),
    "deferred": (Kind.DELAY, "soft"),
}


def read(payload: object) -> Iterator[Event]:
    """Yield the events of a request. Raises ``UnreadableError`` when it holds none."""
    for table in tables(payload):
        yield _event(table)


def _event(table: Mapping[str, object]) -> Event:
    name, address = said(table, "event"), said(table, "email")
    moment = said(table, "ts_epoch", "ts_event", "ts", "date")
    identity = key("brevo", name, address, said(table, "message-id"), moment)
    failure = _failure(name, address, said(table, "reason"))
    if failure is None:
        return Event(key=identity, name=name)
    found = report(
        _KINDS[name][0] if name in _KINDS else Kind.BOUNCE,
        "Brevo",
        name,
        failure,
        subject=said(table, "subject"),
        marks=(said(table, "X-Mailin-custom"),),
        message_ids=(said(table, "message-id"),),
    )
    return Event(key=identity, name=name, report=found)


def _failure(name: str, address: str, reason: str) -> Failure | None:
    if name in _PASSING:
        return bounced(address, reason, permanent=not _PASSING[name])
    if name in _KINDS:
        return Failure(address=address, meaning=_KINDS[name][1], evidence=reason)
    return None
