"""Reads what Amazon SES publishes to an SNS topic, as notifications or as events of a configuration set.

Each names the envelope sender of the letter, which bears our VERP mark, and, where headers are included, its
Message-ID. The envelope of SNS is ``sns``'s. It believes none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from publisher.mailbox.report import Failure, Kind
from publisher.mailbox.webhooks.event import Event, UnreadableError, bounced, each, inner, key, report, said
from publisher.mime.addresses import read_return_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.mailbox.reading import Own

_DEAD = frozenset({"General", "NoEmail"})
_PASSING = {
    "MailboxFull": "full",
    "MessageTooLarge": "size",
    "ContentRejected": "content",
    "AttachmentRejected": "content",
}
"""What the other subtypes are about."""
_WORDS = frozenset({"Successfully validated SNS topic for Amazon SES event publishing."})
"""What SES says to a topic in words of its own."""


def read(message: str, own: Own, number: str) -> Iterator[Event]:
    """Yield the events in the message of a notification; ``number`` is the one that SNS gave it.

    Raises ``UnreadableError`` when the message is none of SES's.
    """
    if message.strip() in _WORDS:
        return
    try:
        table = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("le message publié n’est pas du JSON de SES.") from error
    if not isinstance(table, dict):
        raise UnreadableError("le message publié n’est pas un événement de SES.")
    name = said(table, "eventType", "notificationType")
    mail = inner(table, "mail")
    found = list(_failures(name, table))
    if not found:
        yield Event(key=key("ses", name, number), name=name)
    common = inner(mail, "commonHeaders")
    ids = [said(header, "value") for header in each(mail, "headers") if said(header, "name").lower() == "message-id"]
    for kind, failure in found:
        identity = said(inner(table, name.lower()), "feedbackId") or number
        yield Event(
            key=key("ses", name, identity, failure.address),
            name=name,
            report=report(
                kind,
                "SES",
                _named(name, table),
                failure,
                subject=said(common, "subject"),
                message_ids=[*ids, said(common, "messageId")],
                path=read_return_path(said(mail, "source"), own.bounce_address, own.verp),
            ),
        )


def _failures(name: str, table: Mapping[str, object]) -> Iterator[tuple[Kind, Failure]]:
    """Yield what is told of each recipient; nothing for an event that nothing follows from."""
    about = inner(table, name.lower())
    match name:
        case "Bounce":
            for one in each(about, "bouncedRecipients"):
                yield _bounce(about, one)
        case "Complaint":
            feedback = said(about, "complaintFeedbackType")
            kind = Kind.AUTOMATIC if feedback == "not-spam" else Kind.COMPLAINT
            for one in each(about, "complainedRecipients"):
                yield kind, Failure(address=said(one, "emailAddress"), meaning="complaint", evidence=feedback)
        case "DeliveryDelay":
            about = inner(table, "deliveryDelay")
            for one in each(about, "delayedRecipients"):
                words = said(one, "diagnosticCode") or said(about, "delayType")
                yield Kind.DELAY, Failure(address=said(one, "emailAddress"), meaning="soft", evidence=words)
        case "Subscription" if inner(about, "newTopicPreferences").get("unsubscribeAll") is True:
            yield Kind.LEFT, Failure(address="", meaning="left")


def _bounce(about: Mapping[str, object], one: Mapping[str, object]) -> tuple[Kind, Failure]:
    address, words, status = said(one, "emailAddress"), said(one, "diagnosticCode"), said(one, "status")
    kind, subtype = said(about, "bounceType"), said(about, "bounceSubType")
    if kind == "Permanent" and subtype in _DEAD:
        return Kind.BOUNCE, bounced(address, words, permanent=True, status=status)
    if subtype == "UnsubscribedRecipient":
        return Kind.LEFT, Failure(address=address, meaning="left", evidence=words)
    if kind == "Permanent":  # SES did not try: its own lists speak, not the recipient's server
        return Kind.BOUNCE, Failure(address=address, meaning="blocked", evidence=words)
    if kind == "Transient" and subtype == "General" and not words:  # so SES tells of an absence message, too
        return Kind.AUTOMATIC, Failure(address=address, meaning="soft")
    if subtype in _PASSING:
        return Kind.BOUNCE, Failure(address=address, meaning=_PASSING[subtype], status=status, evidence=words)
    return Kind.BOUNCE, bounced(address, words, permanent=False, status=status)


def _named(name: str, table: Mapping[str, object]) -> str:
    about = inner(table, "bounce")
    return " ".join(filter(None, (name, said(about, "bounceType"), said(about, "bounceSubType"))))
