"""Sends through an SMTP relay over several connections; asyncio inside, plain iteration outside. It keeps no ledger.

Every message it pulls is yielded once with its result, also when the session then ends by ``TransportError``.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.errors import TransportError
from publisher.message import Outcome, Result
from publisher.transports.dialogue import Dialogue
from publisher.transports.envelope import unsendable
from publisher.transports.relay import Login, Relay, connect, login, tls
from publisher.transports.wire import Cut

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Mapping

    from publisher.message import Message
    from publisher.transports.wire import Wire

_MOST_TRIES = 2
"""Connections that one message may be tried on in one session: a message that makes relays hang up stops no sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Relay):
    """``[transport]`` with ``kind = "smtp"``; the keys are those of ``Relay``."""

    kind: Literal["smtp"] = "smtp"


class Smtp:
    """Delivers over persistent connections to one relay."""

    def __init__(self, settings: Settings, *, root: Path = Path(), environ: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self._root = root
        self._environ = os.environ if environ is None else environ

    def __repr__(self) -> str:
        """Return where it goes; nothing secret."""
        return f"Smtp({self.settings.place!r})"

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Yield each message with its result, in any order.

        To stop, let ``messages`` end and take the results that are still to come: what is under way when the
        iteration is dropped has no result. After a result that asks for a pause nothing more is pulled.
        Raises ``TransportError`` when no connection is left, and whatever ``messages`` itself raises.
        """
        settings = self.settings
        credentials = login(settings, self._root, self._environ)
        context = tls(settings, self._root) if settings.security != "none" else None
        loop = asyncio.new_event_loop()
        session = _Session(iter(messages), loop)
        work = loop.create_task(_work(session, settings, context, credentials))
        work.add_done_callback(lambda _: loop.stop())
        try:
            while True:
                if not session.results and not work.done():
                    loop.run_forever()
                if session.results:
                    results, session.results = session.results, []
                    away = loop.time()
                    yield from results
                    session.was_away(loop.time() - away)
                elif work.done():
                    break
            work.result()
            yield from session.untried()
            session.raise_what_happened()
        finally:
            work.cancel()
            loop.run_until_complete(asyncio.gather(work, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


class _Session:
    """One call of ``deliver``: what is still to send, the results not yet yielded, why it ended."""

    def __init__(self, messages: Iterator[Message], loop: asyncio.AbstractEventLoop) -> None:
        self.results: list[tuple[Message, Result]] = []
        self.wires: set[Wire] = set()
        self.exhausted = False
        self.paused = False
        self.error: TransportError | None = None
        self._messages = messages
        self._loop = loop
        self._back: deque[tuple[Message, str]] = deque()
        self._tries: dict[int, int] = {}
        self._failure: Exception | None = None

    @property
    def over(self) -> bool:
        """Say whether no message is left to take."""
        return self.paused or self.error is not None or (self.exhausted and not self._back)

    def take(self) -> Message | None:
        """Return the next message, given back or new; what nobody could carry fails here."""
        if self.paused or self.error is not None:
            return None
        if self._back:
            return self._back.popleft()[0]
        while not self.exhausted:
            try:
                message = next(self._messages, None)
            except Exception as failure:  # noqa: BLE001 - raised again once what is under way has its results
                self._failure, message = failure, None
            if message is None:
                self.exhausted = True
                return None
            refused = unsendable(message)
            if refused is None:
                return message
            self.settle(message, refused)
        return None

    def settle(self, message: Message, result: Result) -> None:
        """Keep a result for the caller and let the loop come up for air."""
        self.results.append((message, result))
        self._tries.pop(message.delivery, None)
        self.paused = self.paused or result.pause
        if len(self.results) == 1:
            self._loop.call_soon(self._loop.stop)

    def give_back(self, message: Message, reason: str) -> None:
        """Queue a message for another connection, or say after two that it is not to be had today."""
        tries = self._tries.get(message.delivery, 0) + 1
        if tries < _MOST_TRIES:
            self._tries[message.delivery] = tries
            self._back.append((message, reason))
        else:
            self.settle(message, Result(outcome=Outcome.DEFERRED, text=reason))

    def untried(self) -> Iterator[tuple[Message, Result]]:
        """Yield what was pulled and never left."""
        while self._back:
            message, reason = self._back.popleft()
            yield message, Result(outcome=Outcome.NOT_TRIED, text=reason)

    def was_away(self, seconds: float) -> None:
        """Shift the deadlines by the time the caller took: the loop stood still meanwhile."""
        for wire in self.wires:
            wire.deadline += seconds

    def raise_what_happened(self) -> None:
        """Raise what ended the session early, if anything did."""
        if self._failure is not None:
            raise self._failure
        if self.error is not None:
            raise self.error


async def _work(session: _Session, relay: Relay, context: ssl.SSLContext | None, credentials: Login | None) -> None:
    """Run the connections: the first alone until it works, then the others; one that fails leaves the rest going."""
    watch = asyncio.create_task(_watch(session, relay))
    opened = asyncio.Event()
    lanes = [asyncio.create_task(_lane(session, relay, context, credentials, opened))]
    try:
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait([waiting, lanes[0]], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if opened.is_set() and not session.over:
            others = range(1, relay.connections)
            lanes += [asyncio.create_task(_lane(session, relay, context, credentials, opened)) for _ in others]
        errors = await asyncio.gather(*lanes)
        if not session.over:
            session.error = next((error for error in errors if error is not None), None)
    finally:
        for task in (watch, *lanes):
            task.cancel()
        await asyncio.gather(watch, *lanes, return_exceptions=True)


async def _lane(
    session: _Session,
    relay: Relay,
    context: ssl.SSLContext | None,
    credentials: Login | None,
    opened: asyncio.Event,
) -> TransportError | None:
    """Keep one connection busy until nothing is left; return why it was given up, None when the work was done."""
    failures = 0
    while not session.over:
        dialogue = None
        try:
            line = await connect(relay, context, credentials)
            opened.set()
            dialogue = Dialogue(relay, line, session)
            await _busy(session, line.wire, dialogue)
            failures = 0
        except TransportError as error:
            if dialogue is not None:  # what a relay says of our mail holds for every connection
                session.error = session.error or error
            return error
        except Cut as cut:
            failures = 1 if dialogue is not None and dialogue.answers else failures + 1
            if failures >= relay.tries:
                return _given_up(relay, cut)
            await asyncio.sleep(relay.retry_wait * failures)
    return None


async def _busy(session: _Session, wire: Wire, dialogue: Dialogue) -> None:
    """Use one connection to its end, whatever the end is."""
    session.wires.add(wire)
    try:
        await dialogue.run()
        await dialogue.quit()
    finally:
        wire.cut("est quitté")
        await wire.closed()
        session.wires.discard(wire)


async def _watch(session: _Session, relay: Relay) -> None:
    """Cut the connections whose answer is late."""
    pause = max(min(relay.timeout, 4.0) / 4, 0.01)
    while True:
        await asyncio.sleep(pause)
        now = asyncio.get_running_loop().time()
        for wire in session.wires:
            if now > wire.deadline:
                wire.cut("ne répond plus")


def _given_up(relay: Relay, cut: Cut) -> TransportError:
    remedy = (
        "Vérifier « transport.host » et « transport.port », puis relancer l’envoi\u00a0: il reprend où il en était."
    )
    return TransportError(f"le relais {cut}.", place=relay.place, remedy=remedy)
