"""What is still to send and through which relay: shares, limits, pauses, results. It opens no connection.

One ``Supply`` lives for one call of ``deliver``; each relay in use has a ``Route`` in it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.delivery import meaning
from publisher.errors import TransportError
from publisher.message import Outcome, Result
from publisher.transports.envelope import unsendable
from publisher.transports.pace import rate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from publisher.message import Message
    from publisher.protocols import Pace
    from publisher.transports.pace import Rate
    from publisher.transports.relay import Relay
    from publisher.transports.wire import Wire

_MOST_TRIES = 2
"""Connections that one message may be tried on in one session: a message that makes relays hang up stops no sending."""
_MOST_PARKED = 500
"""Messages that wait for their domain's limit; beyond, nothing is pulled, so that memory and claims stay small."""
_MOST_REFUSALS = 20
"""Letters refused one after the other by policy, content or size: what a list of real people cannot explain."""
_AIR = 0.005
"""Seconds that a result may wait before the loop brings it up: to leave the loop and enter it again costs 20 µs."""
_LEAD = 32
"""Messages that a relay may be ahead of its share: what several connections have under way."""


@dataclass(slots=True)
class _Meter:
    """Permits in hand for one limit, and when to ask again."""

    key: str
    limit: Rate
    count: int = 0
    ready_at: float = 0.0


@dataclass(slots=True)
class Route:
    """One relay in use. ``error`` says why it was left, ``paused`` that it asked for a pause."""

    relay: Relay
    supply: Supply
    meter: _Meter | None
    carried: int = 0
    refusals: int = 0
    paused: bool = False
    error: TransportError | None = None
    wires: set[Wire] = field(default_factory=set)

    @property
    def open(self) -> bool:
        """Say whether it may still be given messages."""
        return not self.paused and self.error is None

    @property
    def share(self) -> float:
        """Return what it has carried by its weight."""
        return self.carried / max(self.relay.weight, 1)

    def take(self) -> Message | None:
        """Return the next message for this relay, None when there is none for now."""
        return self.supply.take(self)

    def settle(self, message: Message, result: Result) -> None:
        """Keep a result. A pause asked by one relay of several is that relay's: another one tries the message.

        A relay that refuses one letter after the other for reasons that are no recipient's is left: it means us.
        """
        ours = result.outcome is Outcome.FAILED and meaning(result) in {"policy", "content", "size"}
        self.refusals = self.refusals + 1 if ours else 0
        if self.refusals == _MOST_REFUSALS:
            text = f"le relais a refusé {_MOST_REFUSALS} lettres de suite ({result.code} {result.text})."
            remedy = (
                "Corrigez ce que dit sa réponse, puis «\u00a0publisher send\u00a0» avec «\u00a0--retry failed\u00a0»."
            )
            self.leave(TransportError(text, place=self.relay.place, remedy=remedy))
        first = result.pause and self.open
        self.paused = self.paused or result.pause
        if result.pause and self.supply.open_routes:
            if first:
                self.supply.tell(self, result)
            self.supply.put_back(message, result.text)
            return
        self.supply.settle(message, result)

    def give_back(self, message: Message, reason: str) -> None:
        """Queue a message that was not accepted for another connection."""
        self.supply.give_back(message, reason)

    def leave(self, error: TransportError) -> None:
        """Give nothing more to this relay."""
        self.error = self.error or error
        self.supply.stir()


class Supply:
    """Pulls from the caller's messages and keeps the results for it.

    ``limits`` are per recipient domain. ``stop_loop`` brings the loop up for air when there is something to yield.
    """

    def __init__(  # noqa: PLR0913 - all of it is the caller's
        self,
        messages: Iterator[Message],
        relays: tuple[Relay, ...],
        *,
        limits: Mapping[str, str],
        pace: Pace,
        told: Callable[[str], None],
        gone: Callable[[Sequence[int]], Collection[int]] = lambda _: (),
        heard: Callable[[int, Result], None] = lambda _delivery, _result: None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.results: list[tuple[Message, Result]] = []
        self.routes = tuple(Route(relay, self, _meter(f"relay:{relay.place}", relay.limit)) for relay in relays)
        self.failure: Exception | None = None
        self._messages = messages
        self._meters = {domain.lower(): _meter(f"domain:{domain.lower()}", limit) for domain, limit in limits.items()}
        self._parked: dict[str, deque[Message]] = {}
        self._back: deque[tuple[Message, str]] = deque()
        self._tries: dict[int, int] = {}
        self._exhausted = False
        self._halted = False
        self._pace = pace
        self._told = told
        self._gone = gone
        self._heard = heard
        self._loop = loop
        self._stirred = asyncio.Event()

    @property
    def open_routes(self) -> tuple[Route, ...]:
        """Return the relays that still work."""
        return tuple(route for route in self.routes if route.open)

    @property
    def over(self) -> bool:
        """Say whether nothing is left to take, or nobody to take it."""
        return self._halted or not self.open_routes or (self._exhausted and not self._back and not self._parked)

    @property
    def unfinished(self) -> bool:
        """Say whether messages are left that no relay took."""
        return bool(self._back or self._parked) or not self._exhausted

    def take(self, route: Route) -> Message | None:
        """Return the next message for a route: given back, freed by its domain's limit, or new."""
        if self._halted or not route.open or self._ahead(route):
            return None
        waited = bool(self._back)
        message = self._back.popleft()[0] if waited else self._freed() or self._pulled()
        if message is None:
            return None
        if not self._may(route.meter):  # asked last: whether all is sent must be known without a permit
            self._back.appendleft((message, ""))
            return None
        if waited and self._has_left(message):
            return self.take(route)
        route.carried += 1
        if route.meter is not None:
            route.meter.count -= 1
        return message

    async def wait(self) -> None:
        """Wait until it is worth asking again: a limit's time has come, or the routes have changed."""
        meters = [meter for meter in (*self._meters.values(), *(route.meter for route in self.routes)) if meter]
        now = self._loop.time()
        waits = [meter.ready_at - now for meter in meters if meter.ready_at > now]
        self._stirred.clear()
        try:
            async with asyncio.timeout(max(min(waits, default=1.0), 0.001)):
                await self._stirred.wait()
        except TimeoutError:
            return

    def halt(self) -> None:
        """Give out nothing more; what is under way is finished."""
        self._halted = True
        self.stir()

    def stir(self) -> None:
        """Wake the connections that wait."""
        self._stirred.set()

    def settle(self, message: Message, result: Result) -> None:
        """Keep a result for the caller."""
        self._heard(message.delivery, result)
        self.results.append((message, result))
        if self._tries:
            self._tries.pop(message.delivery, None)
        if result.pause:
            self._loop.call_soon(self._loop.stop)
        elif len(self.results) == 1:
            self._loop.call_later(_AIR, self._loop.stop)
        if len(self.routes) > 1:
            self.stir()

    def give_back(self, message: Message, reason: str) -> None:
        """Queue a message for another connection, or say after two that it is not to be had today."""
        tries = self._tries.get(message.delivery, 0) + 1
        if tries < _MOST_TRIES:
            self._tries[message.delivery] = tries
            self.put_back(message, reason)
        else:
            self.settle(message, Result(outcome=Outcome.DEFERRED, text=reason))

    def put_back(self, message: Message, reason: str) -> None:
        """Queue a message again without counting it as a try."""
        self._back.append((message, reason))
        self.stir()

    def tell(self, route: Route, result: Result) -> None:
        """Say that a relay asked for a pause."""
        self._told(f"{route.relay.place}\u00a0: le relais demande une pause ({result.code} {result.text}).")

    def untried(self) -> Iterator[tuple[Message, Result]]:
        """Yield what was pulled and never left."""
        while self._back:
            message, reason = self._back.popleft()
            yield message, Result(outcome=Outcome.NOT_TRIED, text=reason)
        for messages in self._parked.values():
            for message in messages:
                yield message, Result(outcome=Outcome.NOT_TRIED)
        self._parked.clear()

    def was_away(self, seconds: float) -> None:
        """Shift the deadlines by the time the caller took: the loop stood still meanwhile."""
        for route in self.routes:
            for wire in route.wires:
                wire.deadline += seconds

    def _ahead(self, route: Route) -> bool:
        """Say whether a relay has had its share for now."""
        if len(self.routes) == 1:
            return False
        others = [other.share for other in self.open_routes if other is not route]
        return bool(others) and route.share > min(others) + _LEAD / max(route.relay.weight, 1)

    def _may(self, meter: _Meter | None) -> bool:
        """Say whether a limit leaves room for one more, asking for permits when there are none in hand."""
        if meter is None or meter.count:
            return True
        if self._loop.time() < meter.ready_at:
            return False
        try:
            permits = self._pace.take(
                meter.key, interval=meter.limit.interval, burst=meter.limit.burst, most=meter.limit.burst
            )
        except Exception as failure:  # noqa: BLE001 - raised again once what is under way has its results
            self.failure = self.failure or failure
            self.halt()
            return False
        meter.count = permits.count
        meter.ready_at = self._loop.time() + permits.wait
        return bool(permits.count)

    def _freed(self) -> Message | None:
        """Return a message whose domain's limit leaves room again, unless its person has left meanwhile."""
        for domain in tuple(self._parked):
            meter, messages = self._meters[domain], self._parked[domain]
            while messages and meter is not None and self._may(meter):
                message = messages.popleft()
                if not messages:
                    del self._parked[domain]
                if self._has_left(message):
                    continue
                meter.count -= 1
                return message
        return None

    def _has_left(self, message: Message) -> bool:
        try:
            left = message.delivery in self._gone((message.delivery,))
        except Exception as failure:  # noqa: BLE001 - raised again once what is under way has its results
            self.failure = self.failure or failure
            self.halt()
            left = True
        if left:
            self.settle(message, Result(outcome=Outcome.NOT_TRIED))
        return left

    def _pulled(self) -> Message | None:
        while not self._exhausted and (not self._parked or sum(map(len, self._parked.values())) < _MOST_PARKED):
            try:
                message = next(self._messages, None)
            except Exception as failure:  # noqa: BLE001 - raised again once what is under way has its results
                self.failure, message = failure, None
            if message is None:
                self._exhausted = True
                self.stir()
                return None
            refused = unsendable(message)
            if refused is not None:
                self.settle(message, refused)
                continue
            domain = message.recipient.rpartition("@")[2].lower() if self._meters else ""
            meter = self._meters.get(domain)
            if meter is None:
                return message
            if domain not in self._parked and self._may(meter):
                meter.count -= 1
                return message
            self._parked.setdefault(domain, deque()).append(message)
        return None


def _meter(key: str, limit: str) -> _Meter | None:
    parsed = rate(limit)
    return _Meter(key, parsed) if parsed is not None else None
