"""Sends through SMTP relays over several connections; asyncio inside, plain iteration outside. It keeps no ledger.

Every message it pulls is yielded once with its result, also when the session then ends by ``TransportError``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.errors import TransportError
from publisher.transports.dialogue import Dialogue
from publisher.transports.pace import LocalPace, rate
from publisher.transports.relay import Login, Relay, connect, login, tls
from publisher.transports.supply import Route, Supply
from publisher.transports.wire import Cut, Wire

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from publisher.message import Message, Result
    from publisher.protocols import Pace

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Relay):
    """``[transport]`` with ``kind = "smtp"``: the keys of ``Relay`` for the first relay.

    ``relays`` (``[[transport.relays]]``) are further ones, each with its share by ``weight``. ``limits``
    (``[transport.limits]``) are per recipient domain, as in ``"orange.fr" = "10/s"``. ``drain`` is how many seconds a
    stop leaves to what is under way; then it is cut, and uncertain.
    """

    kind: Literal["smtp"] = "smtp"
    relays: tuple[Relay, ...] = ()
    limits: dict[str, str] = field(default_factory=dict)
    drain: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, with ``ValueError`` and a French sentence."""
        Relay.__post_init__(self)
        for text in self.limits.values():
            rate(text)

    @property
    def all_relays(self) -> tuple[Relay, ...]:
        """Return the first relay and the others."""
        return (self, *self.relays)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """What connecting to one relay needs."""

    context: ssl.SSLContext | None
    credentials: Login | None


class Smtp:
    """Delivers over persistent connections to one relay or to several, each by its weight.

    ``pace`` keeps the limits that all senders share; without it they hold for this process. ``told`` is given a
    French sentence when one relay of several is left or asks for a pause while the sending goes on (by
    default a warning in the log). ``stop`` is asked about once a second: after it says yes nothing more leaves, and
    what waits for a limit comes back as not tried. ``gone`` says which deliveries' people have left; it is asked about
    a message that has waited for a limit or another connection. ``heard`` is told each result the moment it is known,
    some milliseconds before it is yielded.
    """

    def __init__(  # noqa: PLR0913 - what a sending shares with the programme around it
        self,
        settings: Settings,
        *,
        root: Path = Path(),
        environ: Mapping[str, str] | None = None,
        pace: Pace | None = None,
        told: Callable[[str], None] = _LOG.warning,
        stop: Callable[[], bool] = lambda: False,
        gone: Callable[[Sequence[int]], Collection[int]] = lambda _: (),
        heard: Callable[[int, Result], None] = lambda _delivery, _result: None,
    ) -> None:
        self.settings = settings
        self._root = root
        self._environ = os.environ if environ is None else environ
        self._pace = pace or LocalPace()
        self._told = told
        self._stop = stop
        self._gone = gone
        self._heard = heard

    def __repr__(self) -> str:
        """Return where it goes; nothing secret."""
        return f"Smtp({', '.join(relay.place for relay in self.settings.all_relays)})"

    def _stop_at(self, now: float) -> float:
        """Return when what is under way must have ended, never as long as nobody asks to stop."""
        return now + self.settings.drain if self._stop() else float("inf")

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Yield each message with its result, in any order.

        To stop, let ``messages`` end and take the results that are still to come: what is under way when the
        iteration is dropped has no result. After a result that asks for a pause nothing more is pulled.
        Raises ``TransportError`` when no relay is left, and whatever ``messages`` itself raises.
        """
        relays = self.settings.all_relays
        accesses = [
            _Access(
                credentials=login(relay, self._root, self._environ),
                context=tls(relay, self._root) if relay.security != "none" else None,
            )
            for relay in relays
        ]
        loop = asyncio.new_event_loop()
        supply = Supply(
            iter(messages),
            relays,
            limits=self.settings.limits,
            pace=self._pace,
            told=self._told,
            gone=self._gone,
            heard=self._heard,
            loop=loop,
        )
        work = loop.create_task(_work(supply, accesses, self._told, self._stop_at))
        work.add_done_callback(lambda _: loop.stop())
        try:
            while True:
                if not supply.results and not work.done():
                    loop.run_forever()
                if supply.results:
                    results, supply.results = supply.results, []
                    away = loop.time()
                    yield from results
                    supply.was_away(loop.time() - away)
                elif work.done():
                    break
            work.result()
            stranded = _stranded(supply)
            yield from supply.untried()
            if supply.failure is not None:
                raise supply.failure
            if stranded is not None:
                raise stranded
        finally:
            work.cancel()
            while not work.done():  # its end stops the loop; connections are let go on the way
                loop.run_forever()
            if not work.cancelled():
                work.exception()  # taken note of: whoever dropped the iteration does not want to hear it
            loop.close()


def _stranded(supply: Supply) -> TransportError | None:
    """Return the first relay's error when messages are left, no relay works, and none merely asked for a pause."""
    errors = [route.error for route in supply.routes if route.error is not None]
    if supply.open_routes or not supply.unfinished or any(route.paused for route in supply.routes):
        return None
    return errors[0] if errors else None


async def _work(
    supply: Supply, accesses: list[_Access], told: Callable[[str], None], stop_at: Callable[[float], float]
) -> None:
    """Run every relay's connections until nothing is left."""
    watch = asyncio.create_task(_watch(supply, stop_at))
    relays = [
        asyncio.create_task(_relay(route, access, told)) for route, access in zip(supply.routes, accesses, strict=True)
    ]
    try:
        await asyncio.gather(*relays)
    finally:
        for task in (watch, *relays):
            task.cancel()
        await asyncio.gather(watch, *relays, return_exceptions=True)


async def _relay(route: Route, access: _Access, told: Callable[[str], None]) -> None:
    """Run one relay's connections: the first alone until it works, then the others."""
    opened = asyncio.Event()
    lanes = [asyncio.create_task(_lane(route, access, opened))]
    try:
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait([waiting, lanes[0]], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if opened.is_set() and not route.supply.over:
            others = range(1, route.relay.connections)
            lanes += [asyncio.create_task(_lane(route, access, opened)) for _ in others]
        errors = [error for error in await asyncio.gather(*lanes) if error is not None]
        if errors and not route.paused and not route.supply.over:
            route.leave(errors[0])
        if route.error is not None and len(route.supply.routes) > 1:
            told(str(route.error))
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)


async def _lane(route: Route, access: _Access, opened: asyncio.Event) -> TransportError | None:
    """Keep one connection busy until nothing is left; return why it was given up, None when the work was done."""
    failures = 0
    while route.open and not route.supply.over:
        dialogue = None
        try:
            line = await connect(route.relay, access.context, access.credentials)
            opened.set()
            dialogue = Dialogue(route.relay, line, route)
            await _busy(route, line.wire, dialogue)
            failures = 0
        except TransportError as error:
            if dialogue is not None:  # what a relay says of our mail holds for each of its connections
                route.leave(error)
            return error
        except Cut as cut:
            failures = 1 if dialogue is not None and dialogue.answers else failures + 1
            if failures >= route.relay.tries:
                return _given_up(route.relay, cut)
            await asyncio.sleep(route.relay.retry_wait * failures)
    return None


async def _busy(route: Route, wire: Wire, dialogue: Dialogue) -> None:
    """Use one connection to its end, whatever the end is; wait with it while limits or shares ask to."""
    route.wires.add(wire)
    try:
        await dialogue.run()
        while route.open and not route.supply.over and not dialogue.spent:
            await route.supply.wait()
            await dialogue.run()
        await dialogue.quit()
    finally:
        wire.cut("est quitté")
        await wire.closed()
        route.wires.discard(wire)


async def _watch(supply: Supply, stop_at: Callable[[float], float]) -> None:
    """Cut the connections whose answer is late; end the supply, then what is under way, when somebody asks to stop."""
    pause = max(min(route.relay.timeout for route in supply.routes), 0.04) / 4
    end = float("inf")
    while True:
        await asyncio.sleep(min(pause, 1.0))
        now = asyncio.get_running_loop().time()
        if end == float("inf"):
            end = stop_at(now)
        if end < float("inf"):
            supply.halt()
        for route in supply.routes:
            for wire in route.wires:
                if now > wire.deadline:
                    wire.cut("ne répond plus")
                elif now > end:
                    wire.cut("n’avait pas répondu quand l’envoi a été arrêté")


def _given_up(relay: Relay, cut: Cut) -> TransportError:
    remedy = (
        "Vérifiez « transport.host » et « transport.port », puis relancez l’envoi\u00a0: il reprend où il en était."
    )
    return TransportError(f"le relais {cut}.", place=relay.place, remedy=remedy)
