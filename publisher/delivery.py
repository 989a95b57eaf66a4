"""What happens next to a delivery: legal moves, what an SMTP reply means, when to try again. It touches nothing.

Replies are read by RFC 5321 and their enhanced codes by RFC 3463 and RFC 7504.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from publisher.message import DeliveryState, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.message import Result

LEGAL: Mapping[DeliveryState, tuple[DeliveryState, ...]] = {
    DeliveryState.PLANNED: (DeliveryState.CLAIMED, DeliveryState.EXCLUDED, DeliveryState.CANCELLED),
    DeliveryState.CLAIMED: (
        DeliveryState.SENT,
        DeliveryState.DEFERRED,
        DeliveryState.FAILED,
        DeliveryState.UNCERTAIN,
        DeliveryState.PLANNED,  # claimed and never handed over
    ),
    DeliveryState.DEFERRED: (DeliveryState.CLAIMED, DeliveryState.EXCLUDED, DeliveryState.CANCELLED),
    DeliveryState.FAILED: (DeliveryState.PLANNED,),  # only when a person asks for it
    DeliveryState.UNCERTAIN: (
        DeliveryState.SENT,  # the late word of the one who sent it
        DeliveryState.DEFERRED,
        DeliveryState.FAILED,
        DeliveryState.PLANNED,  # sent again, as configured or asked for
    ),
    DeliveryState.SENT: (),
    DeliveryState.EXCLUDED: (),
    DeliveryState.CANCELLED: (),
}
"""Which state may follow which; the database holds the same table as a trigger."""

FINAL = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXCLUDED, DeliveryState.CANCELLED})
"""States that nothing leaves by itself. ``UNCERTAIN`` is shown, and held or sent again as configured."""

PENDING = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)
"""States that a sending still has work with."""

_PAUSES = frozenset({421, 452})
_FULL_MAILBOX = "2.2"
_NOT_ASCII = "6.7"
"""An address that this server cannot write (RFC 6531, 3.5)."""
_HARD = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
_HARD_CODES = frozenset({521, 550, 551, 553, 556})
_POLICY_CODES = frozenset({554})
_AGAINST_US = re.compile(
    r"relay|spam|block(?:ed|list)|black ?list|reputation|polic|prohibit|authenticat|\bspf\b|dkim|dmarc|denied"
    r"|not (?:permitted|allowed|authori[sz]ed)|interdit|refus[eé]e? par",
    re.IGNORECASE,
)
"""Words of a server that has something against us, where no enhanced code says so: 550 alone means either."""
_NOBODY = re.compile(r"unknown|no such|not exist|not found|disabled|inconnu|n['’]existe", re.IGNORECASE)
_FULL_CODES = frozenset({552})
_PERMANENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a sending behaves. Seconds everywhere; ``batch`` is the most that one claim takes.

    ``uncertain`` says what becomes of a message of which nobody knows whether it left: "resend" gives it out again
    under the same Message-ID (nobody is lost, somebody may get it twice), "hold" waits for a person.
    ``attempts`` counts tries that a server put off; the wait grows from ``first_delay`` by ``factor``.
    """

    batch: int = 250
    lease: float = 120.0
    uncertain: Literal["resend", "hold"] = "resend"
    attempts: int = 6
    first_delay: float = 300.0
    factor: float = 3.0
    longest_delay: float = 21_600.0

    def delay(self, attempts: int) -> timedelta:
        """Return how long to wait after so many tries (from 1)."""
        waits = max(attempts, 1) - 1
        return timedelta(seconds=min(self.first_delay * self.factor ** min(waits, 64), self.longest_delay))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a delivery: its state, the reason's code, when to try again.

    ``hard`` says that the address itself is no good; ``pause`` that the relay asks the whole sending to wait;
    ``tried`` that this counts as a try.
    """

    state: DeliveryState
    reason: str = ""
    next_try: datetime | None = None
    hard: bool = False
    pause: bool = False
    tried: bool = True


def next_state(result: Result, *, attempts: int, now: datetime, settings: Settings) -> Verdict:
    """Return what follows from a transport's answer to try number ``attempts`` (from 1)."""
    match result.outcome:
        case Outcome.SENT:
            return Verdict(state=DeliveryState.SENT)
        case Outcome.UNCERTAIN:
            return Verdict(state=DeliveryState.UNCERTAIN, reason="cut", pause=result.pause)
        case Outcome.NOT_TRIED:
            return Verdict(state=DeliveryState.PLANNED, pause=pauses(result), tried=False)
        case Outcome.FAILED:
            kind = _kind(result, unsaid="message")
            return Verdict(
                state=DeliveryState.FAILED, reason=_coded(kind, result), hard=kind == "hard", pause=result.pause
            )
        case Outcome.DEFERRED:
            return _deferred(result, attempts, now, settings)


def _deferred(result: Result, attempts: int, now: datetime, settings: Settings) -> Verdict:
    if pauses(result):  # the quota is not this recipient's fault: the message waits as if it had not been tried
        return Verdict(state=DeliveryState.PLANNED, pause=True, tried=False)
    if attempts >= settings.attempts:
        return Verdict(state=DeliveryState.FAILED, reason=_coded("tired", result))
    asked = timedelta(seconds=min(result.retry_after, settings.longest_delay))
    return Verdict(
        state=DeliveryState.DEFERRED,
        reason=_coded(_kind(result, unsaid="closed"), result),
        next_try=now + max(settings.delay(attempts), asked),
    )


def _kind(result: Result, *, unsaid: str) -> str:
    """Return what a refusal is about, ``unsaid`` where no server gave one."""
    return meaning(result) if result.code or result.enhanced else unsaid


def pauses(result: Result) -> bool:
    """Say whether the relay asks the whole sending to wait (421, 452); a full mailbox (4.2.2) does not."""
    return result.pause or (result.code in _PAUSES and _subject(result) != _FULL_MAILBOX)


def meaning(result: Result) -> str:  # noqa: PLR0911 - a table of replies
    """Return what a refusal is about.

    One of ``hard``, ``full``, ``size``, ``address``, ``content``, ``policy``, ``route`` and ``soft``.
    """
    subject = _subject(result)
    if subject:
        if result.code >= _PERMANENT and subject in _HARD:
            return "hard"
        if subject == _FULL_MAILBOX:
            return "full"
        if subject in {"2.3", "3.4"}:
            return "size"
        if subject == _NOT_ASCII:
            return "address"
        kinds = {"4": "route", "6": "content", "7": "policy"}
        return kinds.get(subject.partition(".")[0], "soft")
    against_us = _AGAINST_US.search(result.text) and not _NOBODY.search(result.text)
    if result.code in _HARD_CODES and not against_us:
        return "hard"
    if result.code in _POLICY_CODES or (result.code >= _PERMANENT and against_us):
        return "policy"
    return "full" if result.code in _FULL_CODES else "soft"


def said(reason: str) -> str:
    """Return the French words for a reason's code, with the server's own code when there is one."""
    kind, _, code = reason.partition(":")
    words = _WORDS.get(kind, kind)
    return f"{words} ({code})" if code else words


_WORDS = {
    "hard": "adresse inexistante ou fermée",
    "full": "boîte pleine",
    "size": "message trop grand pour ce destinataire",
    "content": "contenu refusé par le serveur",
    "policy": "refusé par la politique du serveur",
    "route": "serveur du destinataire injoignable",
    "soft": "refus passager du serveur",
    "blocked": "retenu par le prestataire d’envoi",
    "tired": "toujours refusé après plusieurs essais",
    "lease": "envoi interrompu\u00a0: on ne sait pas si le message est parti",
    "cut": "connexion coupée\u00a0: on ne sait pas si le message est parti",
    "closed": "connexion fermée avant la fin du message",
    "message": "message impossible à composer",
    "address": "adresse que l’on ne peut pas écrire",
    "pending": "inscription pas encore confirmée",
    "unsubscribed": "s’est désinscrit",
    "bounced": "adresse qui ne répond plus",
    "complained": "a signalé la lettre comme indésirable",
    "suppressed": "sur la liste de ceux à qui l’on n’écrit plus",
    "doubtful": "avait peut-être reçu ce numéro avant la restauration de la base",
    "already": "avait déjà reçu ce numéro avant la restauration de la base",
}


def _coded(kind: str, result: Result) -> str:
    code = result.enhanced or (str(result.code) if result.code else "")
    return f"{kind}:{code}" if code else kind


def _subject(result: Result) -> str:
    """Return subject and detail of the enhanced code (``1.1`` of ``5.1.1``), "" when there is none."""
    return result.enhanced.partition(".")[2]
