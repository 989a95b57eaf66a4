"""A way out that keeps everything in memory: for tests and for trying a sending. It opens nothing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from publisher.message import Message, Outcome, Result
from publisher.transports.envelope import unsendable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SENT = Result(outcome=Outcome.SENT, code=250, enhanced="2.0.0", text="kept in memory")


class Memory:
    """Takes messages ``window`` at a time, as a pipelining relay does, and answers what ``answer`` says.

    ``delivered`` holds what was accepted, in order, repeats included. After an answer that asks for a pause
    nothing more is pulled, and what was pulled and not tried comes back as ``NOT_TRIED``. An exception that
    ``answer`` raises ends the session as a dying relay would: the window has no results.
    """

    def __init__(self, answer: Callable[[Message], Result] = lambda _: SENT, *, window: int = 1) -> None:
        self.delivered: list[Message] = []
        self._answer = answer
        self._window = window

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Yield each message with its result."""
        coming = iter(messages)
        paused = False
        while not paused and (window := tuple(islice(coming, self._window))):
            answers: list[tuple[Message, Result]] = []
            for message in window:
                result = Result(outcome=Outcome.NOT_TRIED) if paused else unsendable(message) or self._answer(message)
                if result.outcome in {Outcome.SENT, Outcome.UNCERTAIN}:
                    self.delivered.append(message)
                paused = paused or result.pause
                answers.append((message, result))
            yield from answers
