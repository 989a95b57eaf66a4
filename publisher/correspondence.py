"""What came back is read, judged and acted on, each message once. The judging is ``mailbox``'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import ConfigError, Fault
from publisher.mailbox.judging import Action
from publisher.mailbox.reading import Own
from publisher.mailbox.rounds import go_round
from publisher.store.returns import Returned
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from publisher.mailbox.judging import Decision
    from publisher.wiring import Publication

_STATES = {
    Action.STRIKE: SubscriberState.BOUNCED,
    Action.COMPLAINT: SubscriberState.COMPLAINED,
    Action.UNSUBSCRIBE: SubscriberState.UNSUBSCRIBED,
}
"""What somebody becomes; every other action leaves people as they are."""


def answer(publication: Publication) -> tuple[Returned, ...]:
    """Go once through the mailbox and return what was decided. Raises ``SourceError`` when it cannot be read.

    A person's state changes before the message is marked as dealt with: an interrupted round is taken up again, and
    what it finds done already is not noted twice.
    """
    config = publication.config
    box = publication.returned_mail
    if box is None:
        fault = Fault(place="bounces", text="aucune boîte de retours n’est configurée.", remedy="Ajoutez [bounces].")
        raise ConfigError("Rien n’a été relevé.", (fault,))
    letter = config.letter
    own = Own(
        bounce_address=letter.bounce_address or letter.from_address,
        unsubscribe=letter.unsubscribe_mailto,
        verp=letter.verp,
    )
    now = publication.now()
    found = []
    for key, decision in go_round(box, own, publication.returns, now=now, policy=config.bounce_policy):
        address = _act(publication, decision)
        new = publication.returns.note(
            key,
            action=decision.action.value,
            reason=decision.reason,
            evidence=decision.evidence,
            subscriber=decision.subscriber,
            delivery=decision.delivery,
            at=now,
        )
        box.done(key)
        if new:
            found.append(
                Returned(
                    action=decision.action.value,
                    reason=decision.reason,
                    evidence=decision.evidence,
                    address=address,
                    at=now,
                )
            )
    return tuple(found)


def _act(publication: Publication, decision: Decision) -> str:
    """Carry out a decision and return whom it is about, "" when nobody is known."""
    address = decision.address or publication.returns.address_of(decision.token)
    state = _STATES.get(decision.action)
    if state is None or not address:
        return address
    now = publication.now()
    publication.roster.change(address, state, now)
    if decision.action is not Action.UNSUBSCRIBE:  # whoever leaves may come back by themselves; the others may not
        publication.roster.suppress([address], decision.reason, now, evidence=decision.evidence)
    return address
