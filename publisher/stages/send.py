"""Send: everybody in the ledger who is due, once. It knows neither SMTP nor the database, and draws nothing at random.

Each batch is claimed when the transport asks for its first message and settled as results come. Whatever happens,
what was not handed over is given back, and what was handed over without an answer is called uncertain.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from publisher.delivery import Settings
from publisher.errors import ApprovalError, PublisherError, SendError, StoreError
from publisher.message import Delivery, DeliveryState, Message, Outcome, Result
from publisher.stages.approve import approved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from publisher.edition import Edition
    from publisher.protocols import EditionStore, Ledger, Notes, Tally, Transport

_FIRST_CLAIM = 20
_FRESH = timedelta(seconds=0.25)
"""How long a look at who has left is good for, where one look is for several messages."""
_SHORT = timedelta(seconds=1)
_LONG = timedelta(seconds=5)


class Encoded(Protocol):
    """An edition encoded once, from which each recipient's bytes are spliced."""

    def message(self, delivery: Delivery) -> Message:
        """Return the message of one delivery."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a sending needs: who approved what, the ledger, the way out, the bytes, the time and its own name.

    ``owner`` is random per run: two senders never share one. ``clock`` gives the time of day. ``notes`` keep what
    was heard and is not in the ledger yet; without them a killed run leaves it uncertain. ``segments`` are who it is
    for when the audience is frozen, everybody without them. ``gone`` says which of these deliveries are claimed for
    people who have left since; it is asked again and again while a claim is worked on, for ``ahead`` messages at once.
    """

    editions: EditionStore
    ledger: Ledger
    transport: Transport
    encode: Callable[[Edition], Encoded]
    clock: Callable[[], datetime]
    owner: str
    settings: Settings = field(default_factory=Settings)
    notes: Notes | None = None
    segments: tuple[str, ...] = ()
    gone: Callable[[Sequence[int]], Collection[int]] = lambda _: ()
    ahead: int = 50


def send(
    issue: str,
    ports: Ports,
    *,
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Send the approved edition of an issue to whoever has not had it, and return where the ledger stands then.

    It resumes by itself: called again it does what is left, and nothing twice. ``stop`` is asked before every
    message; once it says yes nothing more is handed over, and what is under way is finished. ``limit`` is the most
    messages to hand over. ``progress`` is called with the number of outcomes just stored.
    Raises ``ApprovalError``, ``SendError`` (cancelled, or the claims were lost to another sender), ``TransportError``
    and ``StoreError``; what was settled stays settled.
    """
    approval = approved(issue, ports.editions)
    if approval.edition.digest != approval.digest:
        raise ApprovalError(
            f"L’édition du numéro {issue} n’est plus celle qui a été approuvée\u00a0; rien n’a été envoyé.",
            remedy=f"Regardez-la puis lancez «\u00a0publisher approve {issue}\u00a0».",
        )
    tally = ports.ledger.plan(issue, approval.digest, ports.clock(), segments=ports.segments)
    if tally.campaign == "cancelled":
        raise SendError(f"L’envoi du numéro {issue} a été annulé\u00a0: il ne reprend pas.")
    ports.ledger.recover(issue, ports.clock())
    with ports.ledger.hold(ports.owner) as held, ports.notes or nullcontext():
        run = _Run(issue, ports, held, stop, progress, limit)
        try:
            for message, result in ports.transport.deliver(run.messages(ports.encode(approval.edition))):
                run.note(message.delivery, result)
        finally:
            run.finish()
    if run.trouble is not None:  # a full disk, say: the outcomes are stored by now, the rest waits
        raise run.trouble
    if run.lost:
        raise SendError(
            f"Un autre envoi du numéro {issue} a repris une partie des messages\u00a0: celui-ci s’est arrêté.",
            remedy="«\u00a0publisher status\u00a0» dit où il en est\u00a0; rien ne part en double sans y être compté.",
        )
    return ports.ledger.tally(issue)


def try_out(edition: Edition, address: str, ports: Ports, *, name: str = "") -> Result:
    """Send the edition to one address outside the ledger, as a test, and return the transport's answer.

    The token is not a subscriber's: the unsubscribe link of a test leads to nobody.
    """
    trial = Delivery(
        id=0,
        issue=edition.issue,
        subscriber=0,
        address=address,
        name=name,
        token="essai",  # noqa: S106 - it opens nothing
        state=DeliveryState.CLAIMED,
        message_id="",
    )
    message = ports.encode(edition).message(trial)
    results = [result for _, result in ports.transport.deliver([message])]  # to the end: what a relay says against us
    if not results:
        raise SendError(f"L’essai vers {address} est resté sans réponse du serveur d’envoi.")
    return results[0]


class _Run:
    """One run of a sender: what it holds, what it handed over, what came back."""

    def __init__(  # noqa: PLR0913, PLR0917 - the same that ``send`` was given
        self,
        issue: str,
        ports: Ports,
        held: Callable[[], bool],
        stop: Callable[[], bool],
        progress: Callable[[int], None],
        limit: int | None,
    ) -> None:
        self.lost = False
        self.trouble: StoreError | None = None
        self._issue = issue
        self._ports = ports
        self._held = held
        self._stop = stop
        self._progress = progress
        self._left = limit
        self._paused = False
        self._waiting: list[int] = []
        self._handed: set[int] = set()
        self._results: list[tuple[int, Result]] = []
        self._left_us: Collection[int] = ()
        self._fresh = 0
        self._settled_at = self._looked_at = ports.clock()
        self._size = min(_FIRST_CLAIM, ports.settings.batch)

    def messages(self, encoded: Encoded) -> Iterator[Message]:
        """Yield messages as long as there are any to hand over; a batch is claimed when the one before is out."""
        while batch := self._claim():
            begun = self._ports.clock()
            for delivery in batch:
                if self._halted():
                    return
                gone = self._gone(delivery.id)
                self._waiting.remove(delivery.id)
                if gone:  # the next claim finds them and says why they are left out
                    self._results.append((delivery.id, Result(outcome=Outcome.NOT_TRIED)))
                    continue
                try:
                    message = encoded.message(delivery)
                except (PublisherError, ValueError) as error:  # one recipient's data never stops the others
                    self._results.append((delivery.id, Result(outcome=Outcome.FAILED, text=str(error))))
                    continue
                self._handed.add(delivery.id)
                yield message
            self._adapt(self._ports.clock() - begun)

    def note(self, delivery: int, result: Result) -> None:
        """Keep a result; store the results when there is a batch of them or a second has gone."""
        if self._ports.notes is not None:
            self._ports.notes.add(delivery, result)
        self._handed.discard(delivery)
        self._results.append((delivery, result))
        self._paused = self._paused or result.pause
        now = self._ports.clock()
        if result.pause or len(self._results) >= self._size or not timedelta(0) <= now - self._settled_at < _SHORT:
            try:
                self._settle(now)
            except StoreError as error:  # hand over nothing more, hear what is under way, try again at the end
                self.trouble = error

    def finish(self) -> None:
        """Store what is known, call uncertain what was handed over without an answer, give back the rest.

        An interruption can come between an answer and its result: what was noted by then is known.
        Raises ``StoreError`` when the database still takes nothing: the claims then run out and become uncertain.
        """
        unknown = Result(outcome=Outcome.UNCERTAIN)
        unused = Result(outcome=Outcome.NOT_TRIED)
        heard = self._ports.notes.heard if self._ports.notes is not None else lambda _: None
        self._results.extend((delivery, heard(delivery) or unknown) for delivery in sorted(self._handed))
        self._results.extend((delivery, unused) for delivery in self._waiting)
        self._handed.clear()
        self._waiting.clear()
        self._settle(self._ports.clock())

    def _claim(self) -> tuple[Delivery, ...]:
        size = self._size if self._left is None else min(self._size, self._left)
        if size < 1 or self._halted():
            return ()
        batch = self._ports.ledger.claim(self._issue, self._ports.owner, limit=size, now=self._ports.clock())
        self._waiting = [delivery.id for delivery in batch]
        self._fresh = 0
        if self._left is not None:
            self._left -= len(batch)
        return batch

    def _gone(self, delivery: int) -> bool:
        """Say whether this person has left: right now, or a quarter of a second ago where several are asked about."""
        if not self._fresh or not timedelta(0) <= self._ports.clock() - self._looked_at < _FRESH:
            self._fresh = self._ports.ahead
            self._left_us = self._ports.gone(self._waiting[: self._fresh])
            self._looked_at = self._ports.clock() if self._fresh > 1 else self._looked_at
        self._fresh -= 1
        return delivery in self._left_us

    def _halted(self) -> bool:
        """Say whether nothing more may be handed over: asked to stop, told to wait, or no longer surely the owner."""
        return self._stop() or self._paused or self.lost or self.trouble is not None or not self._held()

    def _adapt(self, took: timedelta) -> None:
        """Let a batch last between one and five seconds: what a crash leaves in doubt is then small on any relay."""
        if took < _SHORT:
            self._size = min(self._size * 2, self._ports.settings.batch)
        elif took > _LONG:
            self._size = max(self._size // 2, 1)

    def _settle(self, now: datetime) -> None:
        results = tuple(self._results)
        self._settled_at = now
        if not results:
            return
        written = self._ports.ledger.settle(self._ports.owner, results, now)
        self._results.clear()
        if self._ports.notes is not None:
            self._ports.notes.clear()
        self.lost = self.lost or written < len(results)
        self._progress(sum(result.outcome is not Outcome.NOT_TRIED for _, result in results))
