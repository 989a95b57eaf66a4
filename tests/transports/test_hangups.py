"""The SMTP transport when connections end where they should not: one result each, and the truth in it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import TYPE_CHECKING

import pytest
from transports.scripted import CloseError, Scripted, Step
from transports.sending import SHORT, noting, outcomes, sent, smtp

from publisher.message import Outcome
from publisher.transports.dialogue import Dialogue
from publisher.transports.relay import Line, Relay
from publisher.transports.wire import Cut, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.message import Message, Result

    Messages = Callable[[int], tuple[Message, ...]]

FAULTS: dict[str, str | bytes] = {
    "close": "",
    "stall": b"",
    "garbage": b"\x00\xffHTTP/1.1 400\r\n",
    "421": "421 4.3.2 down",
    "451": "451 4.3.0 later",
}


class Strike:
    """A fault that strikes once: at the n-th command, or once the n-th message is taken and before that is said."""

    def __init__(self, fault: str, number: int, *, after: bool) -> None:
        self.fault = fault
        self.number = number
        self.after = after
        self.struck = ""

    def __call__(self, step: Step) -> str | bytes | None:
        """Answer as usual until the moment has come."""
        if (step.verb == "TAKEN") != self.after:
            return None
        self.number -= 1
        if self.number != -1:
            return None
        self.struck = step.verb
        if self.fault == "close":
            raise CloseError
        return FAULTS[self.fault]


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_fault_at_every_step(fault: str, after: bool, offers: tuple[str, ...], messages: Messages) -> None:
    """Whatever happens once, at whichever command: one result each, the truth in it, nobody gets two copies."""
    stride = 3 if fault == "stall" and not after else 1  # each stall is waited for
    for number in range(0, 60, stride):
        strike = Strike(fault, number, after=after)
        with Scripted(strike, offers=offers) as server:
            patience = SHORT if fault == "stall" else {}
            pulled: list[int] = []
            results, error = sent(smtp(server, **patience), noting(messages(3), pulled))
        if not strike.struck:
            break
        taken = Counter(int(taken.sender.split(".")[1]) for taken in server.taken)
        where = f"{number}: {strike.struck}"
        assert all(count == 1 for count in taken.values()), where
        says_so = {Outcome.SENT: {1}, Outcome.UNCERTAIN: {0, 1}}
        # a refusal after the message was taken is the server's own lie: then only "not sent twice" can hold
        lied = after and fault in {"421", "451"}
        assert all(taken[one] in says_so.get(of.outcome, {0, int(lied)}) for one, of in results.items()), where
        assert error is None or strike.struck in {"GREETING", "EHLO", "MAIL"}, where
        assert set(results) == set(pulled), where
        assert len(results) == 3 or error or any(result.pause for result in results.values()), where
    assert number == 3 if after else number >= 15


def test_a_lost_answer_is_uncertain(offers: tuple[str, ...], messages: Messages) -> None:
    """The server took the message and died before saying so: uncertain, not tried again here, the rest goes on."""

    def answer(step: Step) -> None:
        if step.verb == "TAKEN" and step.connection == 1:
            raise CloseError

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server, in_flight=2), messages(5))
    assert error is None
    assert results[1].outcome is Outcome.UNCERTAIN
    assert "la connexion" in results[1].text
    assert outcomes(results)[Outcome.SENT] >= 3
    assert len(server.taken) == 5 - (outcomes(results)[Outcome.UNCERTAIN] - 1)


def test_an_idle_connection_that_ends_is_opened_again(offers: tuple[str, ...], messages: Messages) -> None:
    """421 4.4.2 (timeout) is no quota: the message goes on a new connection."""

    def answer(step: Step) -> str | None:
        return "421 4.4.2 idle for too long" if step.verb == "MAIL" and step.connection == 1 else None

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server), messages(3))
    assert error is None
    assert outcomes(results) == {Outcome.SENT: 3}


def test_a_message_that_makes_the_relay_hang_up_is_deferred(offers: tuple[str, ...], messages: Messages) -> None:
    """A recipient at which the relay closes twice is left for later; the others are sent."""

    def answer(step: Step) -> None:
        if step.verb == "RCPT" and "abonne2@" in step.argument:
            raise CloseError

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server, in_flight=1), messages(4))
    assert error is None
    assert results[2].outcome is Outcome.DEFERRED
    assert outcomes(results) == {Outcome.SENT: 3, Outcome.DEFERRED: 1}


def test_a_server_that_closes_without_a_word(offers: tuple[str, ...], messages: Messages) -> None:
    """A server that hangs up after every fifth message, answers still on their way: nobody is lost, nobody twice."""
    mails: Counter[int] = Counter()

    def answer(step: Step) -> None:
        mails[step.connection] += step.verb == "MAIL"
        if mails[step.connection] > 5:
            raise CloseError

    for connections in (1, 3):
        mails.clear()
        with Scripted(answer, offers=offers) as server:
            pulled: list[int] = []
            results, error = sent(smtp(server, connections=connections, in_flight=3), noting(messages(60), pulled))
        assert error is None
        assert set(results) == set(pulled)
        taken = Counter(int(taken.sender.split(".")[1]) for taken in server.taken)
        assert max(taken.values()) == 1
        assert all(taken[one] for one, result in results.items() if result.outcome is Outcome.SENT)
        assert not any(taken[one] for one, result in results.items() if result.outcome is Outcome.NOT_TRIED)


def test_a_dead_connection_takes_no_message_with_it(offers: tuple[str, ...], messages: Messages) -> None:
    """What was pulled for a connection that is gone already is given back, not called uncertain."""

    class Kept:
        def __init__(self) -> None:
            self.given = deque(messages(3))
            self.back: list[int] = []

        def take(self) -> Message | None:
            return self.given.popleft() if self.given else None

        def settle(self, message: Message, result: Result) -> None:
            pytest.fail(f"nothing has left: {result}")

        def give_back(self, message: Message, reason: str) -> None:
            self.back.append(message.delivery)

    kept = Kept()

    async def run() -> None:
        wire = Wire()
        wire.cut("a fermé la connexion")
        line = Line(wire=wire, offers={word.partition(" ")[0]: "" for word in offers})
        await Dialogue(Relay(), line, kept).run()

    with pytest.raises(Cut):
        asyncio.run(run())
    assert kept.back == [1]
