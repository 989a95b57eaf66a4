"""What follows from a report: decisions as values, each with its evidence. It changes nothing itself.

Nobody is struck off by a message that cannot be tied to a delivery of ours: a report must carry the check of its VERP
address, or return the Message-ID that only the recipient's server has seen. Nor by what befell somebody else behind the
address that we wrote to (docs/decisions/0121-behind-an-address.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import TYPE_CHECKING

from publisher.delivery import said
from publisher.mailbox.report import Kind
from publisher.mime.addresses import check_of, on_the_wire

if TYPE_CHECKING:
    from publisher.mailbox.report import Failure, Report
    from publisher.message import Delivery


class Action(StrEnum):
    """What is to be done about a message that came back."""

    STRIKE = "strike"
    """The address is no good: write there no more."""
    COUNT = "count"
    """A soft bounce: remember it."""
    COMPLAINT = "complaint"
    """The recipient called the letter unwanted: write there no more."""
    UNSUBSCRIBE = "unsubscribe"
    """The recipient wants to leave: ``token`` says who."""
    IGNORE = "ignore"
    """An automatic answer or a delay: nothing to do."""
    SHOW = "show"
    """A person should look: somebody has written, or a report belongs to no delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When soft bounces become final: so many within so many days (``[bounces]``)."""

    soft_limit: int = 4
    within_days: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one message: about whom, why in French, and the words it rests on."""

    action: Action
    reason: str
    evidence: str = ""
    delivery: int = 0
    subscriber: int = 0
    address: str = ""
    token: str = ""


def is_ours(report: Report, delivery: Delivery) -> bool:
    """Say whether a report proves that it is about this delivery: its VERP check, or its Message-ID returned."""
    path = report.return_path
    if path is not None and path.delivery == delivery.id and path.issue == delivery.issue:
        return compare_digest(path.check, check_of(delivery.issue, delivery.id, delivery.token))
    return delivery.message_id in report.message_ids


def decide(
    report: Report,
    delivery: Delivery | None,
    *,
    soft_before: int = 0,
    policy: Policy | None = None,
    proven: bool = False,
) -> Decision:
    """Return what follows from a report.

    ``delivery`` is the one that its return path or Message-ID names, None when the ledger has none; ``soft_before``
    how many soft bounces that subscriber had within the policy's days. ``proven`` says that the caller knows by other
    means that the report is about this delivery.
    """
    if report.kind in _LETTERS:
        return _letter(report)
    about = _about(report, delivery)
    evidence = (about.evidence if about else "") or report.subject
    if delivery is None or not (proven or is_ours(report, delivery)):
        reason = "ce rapport ne se rattache à aucun de nos envois"
        return Decision(action=Action.SHOW, reason=reason, evidence=_found_by(report, evidence))
    behind = _behind(about, delivery)
    if behind and report.message_ids and delivery.message_id not in report.message_ids and not proven:
        # letters that others send under our return path, and their bounces
        reason = "ce rapport parle d’une autre lettre"
        return Decision(action=Action.SHOW, reason=reason, evidence=_found_by(report, evidence))
    if behind:
        evidence = f"{evidence} (adresse nommée\u00a0: {behind})"
    action, reason = _judge(report, about, soft_before, policy or Policy(), direct=not behind)
    return Decision(
        action=action,
        reason=reason,
        evidence=evidence,
        delivery=delivery.id,
        subscriber=delivery.subscriber,
        address=delivery.address,
    )


def _found_by(report: Report, evidence: str = "") -> str:
    """Return what a person finds the message by: its sender and its subject, and what it says of an address."""
    told = [f"de {report.sender}" if report.sender else "sans expéditeur"]
    told.append(f"objet «\u00a0{report.subject}\u00a0»" if report.subject else "sans objet")
    if evidence and evidence != report.subject:
        told.append(evidence)
    return ", ".join(told)


_LETTERS = frozenset({Kind.PERSONAL, Kind.AUTOMATIC, Kind.UNSUBSCRIBE})
"""What speaks for itself and is about no delivery."""


def _letter(report: Report) -> Decision:
    """Return what follows from a letter that is no report."""
    if report.kind is Kind.PERSONAL:
        return Decision(action=Action.SHOW, reason="quelqu’un a écrit", evidence=_found_by(report))
    if report.kind is Kind.AUTOMATIC:
        return Decision(action=Action.IGNORE, reason=f"réponse automatique ({report.how})", evidence=report.subject)
    if not report.token:
        return Decision(action=Action.SHOW, reason="demande de désinscription sans jeton", evidence=_found_by(report))
    reason = "désinscription par courriel"
    return Decision(action=Action.UNSUBSCRIBE, reason=reason, evidence=report.subject, token=report.token)


_CERTAIN = {
    Kind.COMPLAINT: (Action.COMPLAINT, "a signalé la lettre comme indésirable"),
    Kind.LEFT: (Action.UNSUBSCRIBE, "désinscription chez le prestataire d’envoi"),
    Kind.DELAY: (Action.IGNORE, "remise retardée, le serveur essaie encore"),
}
"""What needs no second look once it is proven to be about a delivery of ours."""


_ABOUT_US = frozenset({"policy", "content", "size"})
"""What a server has against the letter or its sender: counted, and nobody's address is struck off for it."""


def _judge(
    report: Report, about: Failure | None, soft_before: int, policy: Policy, *, direct: bool
) -> tuple[Action, str]:
    if report.kind in _CERTAIN:
        return _CERTAIN[report.kind]
    if about is None:
        return Action.SHOW, "le rapport nomme plusieurs adresses et pas celle de l’envoi"
    words = said(f"{about.meaning}:{about.status}" if about.status else about.meaning)
    if about.meaning == "hard" and direct:
        return Action.STRIKE, words
    words = words if direct else f"derrière cette adresse, {words}"
    if soft_before + 1 >= policy.soft_limit and about.meaning not in _ABOUT_US:
        return Action.STRIKE, f"{words}, pour la {soft_before + 1}e fois en {policy.within_days} jours"
    return Action.COUNT, words


def _about(report: Report, delivery: Delivery | None) -> Failure | None:
    """Return the failure that names this recipient, else the only one there is (a forwarded address), else none."""
    if delivery is not None:
        same = [one for one in report.failures if _same(one.address, delivery.address)]
        if same:
            return next((one for one in same if not one.final), same[0])
    return report.failures[0] if len(report.failures) == 1 else None


def _behind(about: Failure | None, delivery: Delivery) -> str:
    """Return the address behind the one we wrote to that failed in its place, "" when it is the very one."""
    if about is None or about.meaning == "complaint":
        return ""
    ended = about.final or about.address
    return "" if not ended or _same(ended, delivery.address) else ended


def _same(one: str, other: str) -> bool:
    """Say whether two spellings are one address: letter case and A-labels make no difference."""
    return (on_the_wire(one) or one).lower() == (on_the_wire(other) or other).lower()
