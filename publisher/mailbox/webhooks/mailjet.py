"""Reads events of Mailjet (dev.mailjet.com, Event API), one at a time or grouped. It believes none.

Mailjet numbers letters itself and tells no subject: only the field ``X-MJ-CustomID``, given back as ``CustomID``,
says which letter an event is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.mailbox.report import Failure, Kind
from publisher.mailbox.webhooks.event import Event, bounced, key, report, said, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_THE_ADDRESS = {
    # error_related_to "recipient" and "domain"
    "quota exceeded": "full",
    "relay/access denied": "policy",
    "greylisted": "soft",
    # "spam" and "content": what the letter says, or how its sender is thought of
    "sender blocked": "policy",
    "content blocked": "content",
    "policy issue": "policy",
    # "system" and "mailjet": their own side
    "system issue": "soft",
    "protocol issue": "soft",
    "connection issue": "route",
    "preblocked": "blocked",
    "duplicate in campaign": "blocked",
}
"""Errors that say nothing against the address, whatever ``hard_bounce`` says."""


def read(payload: object) -> Iterator[Event]:
    """Yield the events of a request. Raises ``UnreadableError`` when it holds none."""
    for table in tables(payload):
        yield _event(table)


def _event(table: Mapping[str, object]) -> Event:
    name, address = said(table, "event"), said(table, "email")
    number = said(table, "Message_GUID", "MessageID", "mj_message_id")
    identity = key("mailjet", name, address, number, said(table, "time"))
    match name:
        case "bounce":
            kind, failure = Kind.BOUNCE, _bounce(table, address)
        case "blocked":
            kind, failure = Kind.BOUNCE, Failure(address=address, meaning="blocked", evidence=_words(table))
        case "spam":
            kind, failure = Kind.COMPLAINT, Failure(address=address, meaning="complaint", evidence=_words(table))
        case "unsub":
            kind, failure = Kind.LEFT, Failure(address=address, meaning="left")
        case _:
            return Event(key=identity, name=name)
    marks = (said(table, "CustomID"), said(table, "Payload"))
    return Event(key=identity, name=name, report=report(kind, "Mailjet", name, failure, marks=marks))


def _bounce(table: Mapping[str, object], address: str) -> Failure:
    words = _words(table)
    known = _NOT_THE_ADDRESS.get(said(table, "error"), "")
    if known:
        return Failure(address=address, meaning=known, evidence=words)
    return bounced(address, words, permanent=table.get("hard_bounce") is True)


def _words(table: Mapping[str, object]) -> str:
    parts = (said(table, name) for name in ("error_related_to", "error", "comment", "source"))
    return " – ".join(filter(None, parts))
