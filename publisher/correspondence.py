"""What came back is acted on, each message and each event once. The reading and judging are ``mailbox``'s."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, Fault
from publisher.mailbox.judging import Action, decide
from publisher.mailbox.reading import Own
from publisher.mailbox.rounds import go_round
from publisher.message import DeliveryState
from publisher.store.returns import Returned
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from publisher.mailbox.judging import Decision
    from publisher.mailbox.report import Report
    from publisher.mailbox.webhooks.event import Event
    from publisher.message import Delivery
    from publisher.wiring import Publication

_STATES = {
    Action.STRIKE: SubscriberState.BOUNCED,
    Action.COMPLAINT: SubscriberState.COMPLAINED,
    Action.UNSUBSCRIBE: SubscriberState.UNSUBSCRIBED,
}
"""What somebody becomes; every other action leaves people as they are."""
_WHY = {Action.STRIKE: "adresse qui ne répond plus", Action.COMPLAINT: "a signalé la lettre comme indésirable"}
"""Why nothing is written to them any more, in at most 40 characters; the evidence says the rest."""
_HERE = frozenset({SubscriberState.ACTIVE, SubscriberState.PENDING})
_LEFT_US = frozenset({DeliveryState.SENT, DeliveryState.UNCERTAIN})
_LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of a provider's events: decisions, events known already, events that nothing follows from."""

    decided: tuple[Returned, ...] = ()
    repeated: int = 0
    without: int = 0


def own(publication: Publication) -> Own:
    """Return our own addresses, which reports name."""
    letter = publication.config.letter
    return Own(
        bounce_address=letter.bounce_address or letter.from_address,
        unsubscribe=letter.unsubscribe_mailto,
        verp=letter.verp,
    )


def answer(publication: Publication) -> tuple[Returned, ...]:
    """Go once through the mailbox and return what was decided. Raises ``SourceError`` when it cannot be read.

    A person's state changes before the message is marked as dealt with: an interrupted round is taken up again. A
    message that was dealt with and is still there changes nothing: who came back in the meantime stays.
    """
    box = publication.returned_mail
    if box is None:
        fault = Fault(place="bounces", text="aucune boîte de retours n’est configurée.", remedy="Ajoutez [bounces].")
        raise ConfigError("Rien n’a été relevé.", (fault,))
    found = []
    policy = publication.config.bounce_policy
    past = publication.returns
    for key, mark, decision in go_round(box, own(publication), past, now=publication.now(), policy=policy):
        new = None if past.known(mark) else _carry_out(publication, mark, decision)
        box.done(key)
        if new is not None:
            found.append(new)
    return tuple(found)


def hear(publication: Publication, events: Iterable[Event]) -> Heard:
    """Act on the events of a provider that has proven who it is, as on messages that came back.

    An event that was noted before changes nothing: who came back in the meantime is not sent away by a repeat.
    """
    decided, repeated, without = [], 0, 0
    policy = publication.config.bounce_policy
    issues = cache(lambda: _issues(publication))  # read where an event names no letter of ours, once for all of them
    for event in events:
        if event.report is None:
            without += 1
        elif publication.returns.known(event.key):
            repeated += 1
        else:
            delivery, proven = _delivery(publication, event.report, issues)
            since = publication.now() - timedelta(days=policy.within_days)
            past = publication.returns
            before = past.soft_bounces(delivery.subscriber, since, besides=delivery.id) if delivery is not None else 0
            decision = decide(event.report, delivery, soft_before=before, policy=policy, proven=proven)
            new = _carry_out(publication, event.key, decision)
            if new is not None:
                decided.append(new)
    return Heard(decided=tuple(decided), repeated=repeated, without=without)


def leave(publication: Publication, token: str, way: str) -> bool:
    """Unsubscribe whoever holds this token; ``way`` says in French how they asked.

    ``False`` when nobody holds it or when they have left already, and then nothing changes.
    """
    if not token.isprintable() or len(token) > _LONGEST_TOKEN:
        return False
    address = publication.returns.address_of(token)
    person = publication.roster.find(address) if address else None
    if person is None or person.state is SubscriberState.UNSUBSCRIBED:
        return False
    now = publication.now()
    publication.roster.change(address, SubscriberState.UNSUBSCRIBED, now)
    return publication.returns.note(
        f"site:{hashlib.sha256(token.encode(errors='replace')).hexdigest()[:32]}:{now.isoformat()}",
        action=Action.UNSUBSCRIBE.value,
        reason=way,
        evidence="",
        subscriber=person.id,
        delivery=0,
        at=now,
    )


def _issues(publication: Publication) -> Mapping[str, tuple[str, ...]]:
    """Return the issues that bear each subject, the newest first."""
    found: dict[str, tuple[str, ...]] = {}
    for approval in publication.editions.approvals():
        subject = " ".join(approval.edition.subject.split())
        found[subject] = (approval.issue, *found.get(subject, ()))
    return found


def _delivery(
    publication: Publication, report: Report, issues: Callable[[], Mapping[str, tuple[str, ...]]]
) -> tuple[Delivery | None, bool]:
    """Return the delivery that an event is about, and whether that is proven without its mark or Message-ID.

    It is when the provider names a subject of ours and somebody that this very issue was sent to.
    """
    past = publication.returns
    named = past.delivery(report.return_path.delivery) if report.return_path is not None else None
    named = named or next(filter(None, map(past.delivery_of, report.message_ids)), None)
    address = next((one.address for one in report.failures if one.address), "")
    if named is not None or not report.subject or not address:
        return named, False
    for issue in issues().get(report.subject, ()):
        found = past.delivery_to(address, issue)
        if found is not None and found.state in _LEFT_US:
            return found, True
    return None, False


def _carry_out(publication: Publication, key: str, decision: Decision) -> Returned | None:
    """Carry out a decision and note it; None when it was noted before."""
    now = publication.now()
    decision = _named(publication, decision)
    _act(publication, decision)
    new = publication.returns.note(
        key,
        action=decision.action.value,
        reason=decision.reason,
        evidence=decision.evidence,
        subscriber=decision.subscriber,
        delivery=decision.delivery,
        at=now,
    )
    if not new:
        return None
    return Returned(
        action=decision.action.value,
        reason=decision.reason,
        evidence=decision.evidence,
        address=decision.address,
        at=now,
    )


def _named(publication: Publication, decision: Decision) -> Decision:
    """Return the decision with its person: a wish to leave names them by the token alone, and some tokens nobody."""
    if decision.action is not Action.UNSUBSCRIBE or decision.address:
        return decision
    address = publication.returns.address_of(decision.token)
    person = publication.roster.find(address) if address else None
    if person is None:
        return replace(decision, action=Action.SHOW, reason="demande de désinscription dont le jeton n’est à personne")
    return replace(decision, address=person.address, subscriber=person.id)


def _act(publication: Publication, decision: Decision) -> None:
    """Carry out a decision. Whoever has left already has left: a late bounce does not bar the way back."""
    state = _STATES.get(decision.action)
    person = publication.roster.find(decision.address) if state is not None and decision.address else None
    if state is None or person is None:
        return
    now = publication.now()
    if person.state in _HERE:
        publication.roster.change(person.address, state, now)
    elif person.state is not state and decision.action is not Action.COMPLAINT:
        return
    if decision.action in _WHY:  # whoever leaves may come back by themselves; the others may not
        evidence = f"{decision.reason} | {decision.evidence}"
        publication.roster.suppress([person.address], _WHY[decision.action], now, evidence=evidence)
