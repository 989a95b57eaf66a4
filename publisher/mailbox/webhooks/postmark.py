"""Reads events of Postmark (postmarkapp.com/developer/webhooks), one a request. It believes none.

Postmark gives letters an identifier of its own; the field ``X-PM-Metadata-mark`` comes back under ``Metadata``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.mailbox.report import Failure, Kind
from publisher.mailbox.webhooks.event import Event, bounced, inner, key, report, said, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HARD = frozenset({"HardBounce", "BadEmailAddress"})
_OTHER = {
    "Transient": (Kind.DELAY, "soft"),
    "DnsError": (Kind.BOUNCE, "route"),
    "SoftBounce": (Kind.BOUNCE, "soft"),
    "Unknown": (Kind.BOUNCE, "soft"),
    "SpamNotification": (Kind.BOUNCE, "content"),  # a filter's word, not the recipient's
    "VirusNotification": (Kind.BOUNCE, "content"),
    "Blocked": (Kind.BOUNCE, "policy"),
    "DMARCPolicy": (Kind.BOUNCE, "policy"),
    "ManuallyDeactivated": (Kind.BOUNCE, "blocked"),
    "AutoResponder": (Kind.AUTOMATIC, "soft"),
    "AddressChange": (Kind.AUTOMATIC, "soft"),
    "ChallengeVerification": (Kind.AUTOMATIC, "soft"),
    "Unsubscribe": (Kind.LEFT, "left"),
    "SpamComplaint": (Kind.COMPLAINT, "complaint"),
}
"""What the other types of a bounce mean; those that are not here say nothing of the recipient."""
_SUPPRESSED = {"SpamComplaint": "SpamComplaint", "HardBounce": "HardBounce", "ManualSuppression": "Unsubscribe"}
"""Why an address was suppressed at Postmark, as a type of bounce."""


def read(payload: object) -> Iterator[Event]:
    """Yield the events of a request. Raises ``UnreadableError`` when it holds none."""
    for table in tables(payload):
        yield _event(table)


def _event(table: Mapping[str, object]) -> Event:
    record = said(table, "RecordType")
    name = said(table, "Type")
    if record == "SpamComplaint":
        name = "SpamComplaint"
    elif record == "SubscriptionChange":
        reason = said(table, "SuppressionReason")
        name = _SUPPRESSED.get(reason, "") if table.get("SuppressSending") is True else "Subscribe"
    elif record != "Bounce":
        name = ""
    moment = said(table, "BouncedAt", "ChangedAt", "DeliveredAt", "ReceivedAt")
    address = said(table, "Email", "Recipient")
    identity = key("postmark", record, said(table, "ID"), said(table, "MessageID"), address, name, moment)
    shown = f"{record} {name}".strip()
    words = said(table, "Details", "Description")
    if name in _HARD:
        kind, failure = Kind.BOUNCE, bounced(address, words, permanent=True)
    elif name in _OTHER:
        kind, meaning = _OTHER[name]
        failure = Failure(address=address, meaning=meaning, evidence=words)
    else:
        return Event(key=identity, name=shown)
    metadata = inner(table, "Metadata")
    found = report(
        kind,
        "Postmark",
        shown,
        failure,
        subject=said(table, "Subject"),
        marks=[said(metadata, field) for field in metadata],
    )
    return Event(key=identity, name=shown, report=found)
