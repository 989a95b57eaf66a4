"""Sending: everybody once, whatever stops it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from publisher.delivery import Settings
from publisher.edition import Edition
from publisher.errors import ApprovalError, RenderError, SendError, StoreError, TransportError
from publisher.message import Message, Outcome, Result
from publisher.protocols import Approval
from publisher.stages.send import Ports, send, try_out
from publisher.store.campaigns import Campaigns
from publisher.store.database import open_engine
from publisher.store.editions import Editions
from publisher.store.ledger import Ledger
from publisher.store.notes import Notes
from publisher.store.roster import Roster
from publisher.subscriber import Subscriber, SubscriberState
from publisher.transports.memory import SENT, Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from publisher.message import Delivery

ISSUE = "2026-11"
QUOTA = Result(outcome=Outcome.DEFERRED, code=452, enhanced="4.3.1", pause=True)


@dataclass(frozen=True)
class Plain:
    """An edition "encoded" as its subject and the recipient's name."""

    edition: Edition

    def message(self, delivery: Delivery) -> Message:
        """Return the message; somebody called « illisible » cannot be written to."""
        if delivery.name == "illisible":
            raise RenderError("nom illisible")
        return Message(
            delivery=delivery.id,
            recipient=delivery.address,
            envelope_sender="retours@lettre.example",
            message_id=delivery.message_id,
            data=f"Subject: {self.edition.subject}\r\n\r\n{delivery.name}\r\n".encode(),
        )


@dataclass
class Office:
    """A database with an approved issue and people to write to."""

    engine: Engine
    now: datetime
    settings: Settings = field(default_factory=lambda: Settings(batch=8))
    owners: int = 0

    def ports(self, transport: Memory, **changes: object) -> Ports:
        """Return what a new run of a sender is given."""
        self.owners += 1
        ports = Ports(
            editions=Editions(self.engine),
            ledger=self.ledger(),
            transport=transport,
            encode=Plain,
            clock=lambda: self.now,
            owner=f"owner{self.owners}",
            settings=self.settings,
        )
        return replace(ports, **changes)  # type: ignore[arg-type]

    def ledger(self) -> Ledger:
        """Return a ledger whose leases follow the test's clock."""

        def clock(_: Connection) -> datetime:
            return self.now

        return Ledger(self.engine, identity=lambda i, s: f"<{i}.{s}@l.example>", settings=self.settings, clock=clock)

    def states(self) -> dict[str, int]:
        """Return how many rows are in each state, empty ones left out."""
        return {state.value: count for state, count in self.ledger().tally(ISSUE).counts.items() if count}


def _edition(now: datetime, subject: str = "Lettre") -> Edition:
    return Edition(issue=ISSUE, date=now, subject=subject, preheader="", language="fr", html="a", text="a", page="a")


@pytest.fixture
def office(tmp_path: Path, now: datetime) -> Iterator[Office]:
    """Return thirty people and an approved issue."""
    engine = open_engine(f"sqlite:///{tmp_path / 'publisher.sqlite'}")
    people = (
        Subscriber(id=0, address=f"p{n}@a.example", token="", state=SubscriberState.ACTIVE, name=f"P{n}")
        for n in range(30)
    )
    Roster(engine).add(people, now)
    Editions(engine).approve(_edition(now), by="Jeanne", now=now)
    yield Office(engine, now)
    engine.dispose()


def _received(*transports: Memory) -> Counter[str]:
    return Counter(message.recipient for transport in transports for message in transport.delivered)


def test_everybody_gets_it_once_and_a_second_run_sends_nothing(office: Office) -> None:
    """Thirty people, thirty messages; the second run finds nothing to do."""
    first, second = Memory(window=4), Memory()
    steps: list[int] = []
    tally = send(ISSUE, office.ports(first), progress=steps.append)
    assert (tally.campaign, office.states()) == ("done", {"sent": 30})
    assert sum(steps) == 30
    send(ISSUE, office.ports(second))
    assert set(_received(first, second).values()) == {1}
    assert len(_received(first, second)) == 30
    assert first.delivered[0].data == b"Subject: Lettre\r\n\r\nP0\r\n"


def test_nothing_approved_nothing_sent(office: Office, now: datetime) -> None:
    """Without an approval, or with one that names another digest than its edition's, no message leaves."""
    transport = Memory()
    with pytest.raises(ApprovalError, match="n’est pas approuvé"):
        send("2026-12", office.ports(transport))

    class Forged(Editions):
        def approved(self, issue: str) -> Approval | None:
            return Approval(issue=issue, digest="f" * 64, approved=now, by="", edition=_edition(now, "Autre"))

    with pytest.raises(ApprovalError, match="n’est plus celle"):
        send(ISSUE, office.ports(transport, editions=Forged(office.engine)))
    assert transport.delivered == []


def test_a_limit_stops_and_the_rest_comes_later(office: Office) -> None:
    """``limit`` hands over so many and no more; what is left stays planned."""
    transport = Memory(window=4)
    send(ISSUE, office.ports(transport), limit=11)
    assert office.states() == {"sent": 11, "planned": 19}
    send(ISSUE, office.ports(transport))
    assert set(_received(transport).values()) == {1}
    assert office.states() == {"sent": 30}


def test_a_stop_finishes_what_is_under_way_and_gives_back_the_rest(office: Office) -> None:
    """SIGTERM loses nobody and doubles nobody: claimed and not handed over is planned again."""
    transport = Memory(window=4)
    stop = iter([False] * 10 + [True] * 100).__next__
    send(ISSUE, office.ports(transport), stop=stop)
    states = office.states()
    assert set(states) == {"sent", "planned"}
    assert states["sent"] == len(transport.delivered) < 30
    send(ISSUE, office.ports(transport))
    assert set(_received(transport).values()) == {1}
    assert len(_received(transport)) == 30


def test_a_quota_is_a_pause_with_so_many_to_go(office: Office) -> None:
    """452 in the middle is never "complete": the campaign is paused and the rest is planned."""
    answers = iter([SENT] * 13 + [QUOTA] + [SENT] * 100)
    transport = Memory(lambda _: next(answers), window=5)
    tally = send(ISSUE, office.ports(transport))
    assert (tally.campaign, office.states()) == ("paused", {"sent": 13, "planned": 17})
    assert send(ISSUE, office.ports(transport)).campaign == "paused"
    assert len(transport.delivered) == 13
    Campaigns(office.engine).resume(ISSUE)
    assert send(ISSUE, office.ports(transport)).campaign == "done"
    assert set(_received(transport).values()) == {1}


def test_a_dying_relay_leaves_what_was_in_flight_uncertain(office: Office) -> None:
    """Handed over without an answer is uncertain at once; claimed and not handed over is planned again."""

    def answer(message: Message) -> Result:
        if message.recipient == "p9@a.example":
            raise TransportError("le serveur a raccroché")
        return SENT

    office.settings = Settings(batch=8, uncertain="hold")
    transport = Memory(answer, window=4)
    with pytest.raises(TransportError):
        send(ISSUE, office.ports(transport))
    assert office.states() == {"sent": 8, "uncertain": 4, "planned": 18}


class Interrupted(Memory):
    """Hears three answers, tells one, and is interrupted as by Ctrl-C."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self.notes = notes

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Take four messages, and know nothing of the last."""
        taken = list(islice(messages, 4))
        for message in taken[:3]:
            self.notes.add(message.delivery, SENT)
        yield taken[0], SENT
        raise KeyboardInterrupt


def test_what_was_heard_before_an_interruption_is_known(office: Office, tmp_path: Path) -> None:
    """Answers that the transport had heard and not yet told are stored; only the message without one is uncertain."""
    notes = Notes(tmp_path / "notes", "owner1")
    with pytest.raises(KeyboardInterrupt):
        send(ISSUE, office.ports(Interrupted(notes), notes=notes))
    assert office.states() == {"sent": 3, "uncertain": 1, "planned": 26}
    assert not list((tmp_path / "notes").iterdir())


def test_uncertain_messages_go_again_with_the_same_message_id(office: Office) -> None:
    """With "resend" nobody is lost, and whoever has it twice can tell by the Message-ID."""

    def answer(message: Message) -> Result:
        if message.recipient == "p9@a.example":
            raise TransportError("le serveur a raccroché")
        return SENT

    first, second = Memory(answer, window=4), Memory()
    with pytest.raises(TransportError):
        send(ISSUE, office.ports(first))
    tally = send(ISSUE, office.ports(second))
    assert (tally.campaign, tally.repeats, office.states()) == ("done", 4, {"sent": 30})
    received = _received(first, second)
    assert len(received) == 30
    twice = {address for address, count in received.items() if count > 1}
    assert twice <= {"p8@a.example", "p9@a.example", "p10@a.example", "p11@a.example"}
    ids = {(message.recipient, message.message_id) for message in (*first.delivered, *second.delivered)}
    assert len(ids) == 30


def test_one_message_that_cannot_be_written_stops_nobody(office: Office, now: datetime) -> None:
    """Somebody whose data breaks the message fails alone, with the reason."""
    bad = Subscriber(id=0, address="z@a.example", token="", state=SubscriberState.ACTIVE, name="illisible")
    Roster(office.engine).add([bad], now)
    tally = send(ISSUE, office.ports(Memory()))
    assert (tally.campaign, office.states()) == ("done", {"sent": 30, "failed": 1})


def test_a_sender_that_lost_its_claims_stops(office: Office) -> None:
    """When another sender took the rows over, the first one hands over nothing more and says so."""
    transport = Memory(window=1)

    def answer(_: Message) -> Result:
        if len(transport.delivered) == 3:  # the machine slept: leases are over, another sender came
            office.now += timedelta(hours=1)
            office.ledger().recover(ISSUE, office.now)
        return SENT

    transport = Memory(answer)
    with pytest.raises(SendError, match="Un autre envoi"):
        send(ISSUE, office.ports(transport))
    assert len(transport.delivered) < 30
    send(ISSUE, office.ports(transport))
    assert len(_received(transport)) == 30
    assert office.ledger().tally(ISSUE).repeats >= sum(_received(transport).values()) - 30


def test_a_full_disk_stops_the_sending_and_loses_no_outcome(office: Office) -> None:
    """While nothing can be stored nothing more is handed over; what was sent is stored when there is room again."""

    class Full(Ledger):
        refusals = 1

        def settle(self, owner: str, results: Iterable[tuple[int, Result]], now: datetime) -> int:
            if self.refusals:
                self.refusals -= 1
                raise StoreError("le disque est plein")
            return super().settle(owner, results, now)

    ports = office.ports(Memory(window=2))
    full = Full(office.engine, identity=lambda i, s: f"<{i}.{s}@l.example>", settings=office.settings)
    with pytest.raises(StoreError, match="disque est plein"):
        send(ISSUE, replace(ports, ledger=full))
    assert set(office.states()) == {"sent", "planned"}
    send(ISSUE, replace(ports, ledger=office.ledger()))
    transport = ports.transport
    assert isinstance(transport, Memory)
    assert set(_received(transport).values()) == {1}
    assert office.states() == {"sent": 30}


@pytest.mark.parametrize("way", ["suppressed", "unsubscribed", "bounced"])
def test_who_leaves_while_their_row_is_claimed_gets_nothing(office: Office, way: str) -> None:
    """Between the claim and the message somebody leaves: their message is not handed over, and the ledger says why."""
    roster = Roster(office.engine)

    def answer(message: Message) -> Result:
        office.now += timedelta(seconds=0.3)
        if message.recipient == "p1@a.example":
            if way == "suppressed":
                roster.suppress(["p5@a.example"], "complaint", office.now)
            else:
                roster.change("p5@a.example", SubscriberState(way), office.now)
        return SENT

    transport = Memory(answer)
    tally = send(ISSUE, office.ports(transport, gone=office.ledger().gone))
    assert "p5@a.example" not in _received(transport)
    assert (tally.campaign, office.states()) == ("done", {"sent": 29, "excluded": 1})
    assert tally.reasons == {way: 1}


def test_a_sending_to_segments_reaches_each_of_their_people_once(office: Office, now: datetime) -> None:
    """Whoever is in both segments has one copy; who is in none has nothing, and the counts are of the segments."""
    groups = {"q0": ("elus",), "q1": ("presse",), "q2": ("elus", "presse"), "q3": ("agents",)}
    Roster(office.engine).add(
        (
            Subscriber(id=0, address=f"{name}@a.example", token="", state=SubscriberState.ACTIVE, segments=segments)
            for name, segments in groups.items()
        ),
        now,
    )
    transport = Memory()
    tally = send(ISSUE, office.ports(transport, segments=("elus", "presse")))
    assert _received(transport) == {"q0@a.example": 1, "q1@a.example": 1, "q2@a.example": 1}
    assert (tally.candidates, tally.campaign) == (3, "done")


def test_a_test_that_the_relay_takes_nothing_of_says_what_the_relay_says(office: Office, now: datetime) -> None:
    """What ends the session is about us: it is told before what became of the one message."""

    class Refusing(Memory):
        def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
            for message in messages:
                yield message, Result(outcome=Outcome.NOT_TRIED)
            raise TransportError("le relais refuse l’expéditeur.")

    with pytest.raises(TransportError, match="refuse l’expéditeur"):
        try_out(_edition(now), "redaction@a.example", office.ports(Refusing()))


def test_a_cancelled_sending_does_not_come_back(office: Office) -> None:
    """After a cancellation ``send`` refuses in words."""
    send(ISSUE, office.ports(Memory()), limit=3)
    Campaigns(office.engine).cancel(ISSUE)
    with pytest.raises(SendError, match="annulé"):
        send(ISSUE, office.ports(Memory()))


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_size_of_a_batch_changes_nothing(office: Office, batch: int) -> None:
    """One at a time or all at once: the same people get the same messages."""
    office.settings = Settings(batch=batch)
    transport = Memory(window=7)
    send(ISSUE, office.ports(transport))
    assert set(_received(transport).values()) == {1}
    assert office.states() == {"sent": 30}


def test_a_test_message_leaves_no_trace(office: Office, now: datetime) -> None:
    """``try_out`` writes to one address and not to the ledger."""
    transport = Memory()
    assert try_out(_edition(now), "redaction@a.example", office.ports(transport)).outcome is Outcome.SENT
    assert [message.recipient for message in transport.delivered] == ["redaction@a.example"]
    assert office.ledger().tally(ISSUE).campaign == ""


def test_a_test_without_an_answer_is_told(office: Office, now: datetime) -> None:
    """A transport that says nothing of the one message is an error in words, not a success."""

    class Silent(Memory):
        def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
            yield from ()

    with pytest.raises(SendError, match="sans réponse"):
        try_out(_edition(now), "redaction@a.example", office.ports(Silent()))


def test_a_slow_relay_gets_small_batches(office: Office) -> None:
    """Where a message takes two seconds a claim shrinks to what a few seconds carry."""
    sizes: list[int] = []

    def answer(_: Message) -> Result:
        office.now += timedelta(seconds=2)
        sizes.append(office.states().get("claimed", 0))
        return SENT

    send(ISSUE, office.ports(Memory(answer)))
    assert office.states() == {"sent": 30}
    assert max(sizes[:8]) == 8
    assert max(sizes[-6:]) <= 2


def _later(answer: Result) -> Callable[[Message], Result]:
    return lambda _: answer


def test_a_server_that_puts_off_is_asked_again_later(office: Office) -> None:
    """Greylisted people are neither failed nor forgotten: the next run after the wait serves them."""
    grey = Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0")
    tally = send(ISSUE, office.ports(Memory(_later(grey))))
    assert (tally.campaign, office.states()) == ("running", {"deferred": 30})
    transport = Memory()
    send(ISSUE, office.ports(transport))
    assert transport.delivered == []
    office.now += timedelta(minutes=6)
    assert send(ISSUE, office.ports(transport)).campaign == "done"
    assert len(transport.delivered) == 30
