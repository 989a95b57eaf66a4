"""Results are told the moment they are known, and come up a few milliseconds later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transports.scripted import Scripted, Step
from transports.sending import smtp

from publisher.message import Outcome
from publisher.transports.smtp import Smtp

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.message import Message, Result


def test_each_result_is_heard_before_it_is_yielded(
    offers: tuple[str, ...], messages: Callable[[int], tuple[Message, ...]], message: Callable[..., Message]
) -> None:
    """Accepted, refused or impossible: whoever listens knows it first, once, and it is the same result."""

    def answer(step: Step) -> str | None:
        return "550 5.1.1 nobody" if step.verb == "RCPT" and "abonne3@" in step.argument else None

    heard: list[tuple[int, Result]] = []
    given = [*messages(30), message(31, recipient="personne")]
    with Scripted(answer, offers=offers) as server:
        yielded: list[tuple[int, Result]] = []
        for sent, result in Smtp(smtp(server).settings, heard=lambda *told: heard.append(told)).deliver(given):
            assert (sent.delivery, result) in heard
            yielded.append((sent.delivery, result))
    assert sorted(heard, key=lambda told: told[0]) == sorted(yielded, key=lambda told: told[0])
    assert len(heard) == 31
    assert [result.outcome for number, result in heard if number in {3, 31}] == [Outcome.FAILED, Outcome.FAILED]
