"""One round through a mailbox: each message with the decision that follows. It carries out none of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from publisher.mailbox.judging import Action, Policy, decide
from publisher.mailbox.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.mailbox.judging import Decision
    from publisher.mailbox.reading import Own
    from publisher.mailbox.report import Report
    from publisher.message import Delivery
    from publisher.postbox.box import Box


class Past(Protocol):
    """What the ledger remembers of deliveries."""

    def delivery(self, identity: int) -> Delivery | None:
        """Return the delivery of this number, whatever its state."""
        ...

    def delivery_of(self, message_id: str) -> Delivery | None:
        """Return the delivery that went out under this Message-ID."""
        ...

    def soft_bounces(self, subscriber: int, since: datetime, *, besides: int = 0) -> int:
        """Return how many letters to this subscriber came back softly since then, ``besides`` not among them."""
        ...


def go_round(
    box: Box, own: Own, past: Past, *, now: datetime, policy: Policy | None = None
) -> Iterator[tuple[str, str, Decision]]:
    """Yield key, mark and decision of each message; the caller carries it out and then calls ``box.done(key)``.

    The key is the mailbox's, and not always the same the next time (POP counts anew); the mark is the message's own.
    Raises ``SourceError`` when the mailbox cannot be read.
    """
    rules = policy or Policy()
    since = now - timedelta(days=rules.within_days)
    for key, octets in box.messages():
        report = read(octets, own)
        delivery = _delivery(report, past)
        before = past.soft_bounces(delivery.subscriber, since, besides=delivery.id) if delivery is not None else 0
        mark = f"mail:{hashlib.sha256(octets).hexdigest()[:40]}"
        decision = decide(report, delivery, soft_before=before, policy=rules)
        if decision.action is Action.SHOW:  # a person goes to look for it
            decision = replace(decision, evidence=f"{decision.evidence}, message {key}")
        yield key, mark, decision


def _delivery(report: Report, past: Past) -> Delivery | None:
    """Return the delivery a report names: by its return path, else by the Message-ID of the returned letter."""
    if report.return_path is not None:
        named = past.delivery(report.return_path.delivery)
        if named is not None:
            return named
    return next(filter(None, map(past.delivery_of, report.message_ids)), None)
