"""Ledger and transport under every mishap that Hypothesis can think of, in any order.

Real database, real ledger, real sender; the server keeps the truth of what it accepted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stages.mishaps import (
    ANSWERS,
    ISSUE,
    LATE,
    LIVELY,
    MEANWHILE,
    PEOPLE,
    Answer,
    StoppedHere,
)
from stages.sending_world import World

from publisher.delivery import PENDING
from publisher.edition import Edition
from publisher.errors import PublisherError
from publisher.message import DeliveryState
from publisher.stages.send import send
from publisher.store.campaigns import Campaigns
from publisher.store.editions import Editions
from publisher.store.roster import Roster
from publisher.subscriber import Subscriber, SubscriberState
from publisher.transports.memory import SENT, Memory

if TYPE_CHECKING:
    import sqlalchemy as sa


class Sending(World, RuleBasedStateMachine):
    """People, senders that die, a disk that fails, a server that keeps the truth."""

    @initialize(
        count=st.sampled_from([PEOPLE, PEOPLE, PEOPLE, 2, 0]),
        answers=st.lists(st.sampled_from(LIVELY), min_size=3, max_size=6),
        window=st.integers(1, 3),
    )
    def begin(self, count: int, answers: list[Answer], window: int) -> None:
        """Plan a sending to a few people and send some of it, on a bad day."""
        people = [
            Subscriber(id=0, address=f"p{n}@a.example", token=f"t{n}", state=SubscriberState.ACTIVE)
            for n in range(count)
        ]
        Roster(self.engine, journals=self.journals).add(people, self.now)
        edition = Edition(
            issue=ISSUE, date=self.now, subject="", preheader="", language="fr", html="", text="", page=""
        )
        digest = Editions(self.engine).approve(edition, by="J", now=self.now).digest
        assert self.ledger().plan(ISSUE, digest, self.now).candidates == count
        self.run(answers, window, len(answers), commits=None, killed=False, stop_after=None)

    @rule(
        answers=st.lists(st.sampled_from(LIVELY), min_size=4, max_size=12),
        window=st.integers(1, 4),
        limit=st.integers(1, 5),
    )
    def run_on_a_bad_day(self, answers: list[Answer], window: int, limit: int) -> None:
        """Send a few; the server answers as drawn and nothing else goes wrong."""
        self.run(answers, window, limit, commits=None, killed=False, stop_after=None)

    @rule(
        answers=st.lists(st.sampled_from(ANSWERS), max_size=6),
        window=st.integers(1, 4),
        limit=st.none() | st.integers(1, 5),
        commits=st.none() | st.integers(0, 8),
        killed=st.booleans(),
        stop_after=st.none() | st.integers(0, 10),
        meanwhile=st.tuples(st.sampled_from(MEANWHILE), st.integers(0, PEOPLE - 1), st.integers(0, 5)),
    )
    def run(  # noqa: PLR0913, PLR0917 - one run with its mishaps
        self,
        answers: list[Answer],
        window: int,
        limit: int | None,
        commits: int | None,
        killed: bool,
        stop_after: int | None,
        meanwhile: tuple[str, int, int] | None = None,
    ) -> None:
        """Send; the server answers as drawn, the disk may fail at a commit, the process may be killed there.

        While one message is at the server something else may happen: somebody leaves or bounces, another sender is
        started, the sending is paused.
        """
        self.commits_to_go, self.killed = commits, killed
        self.handed.clear()
        if meanwhile is not None:
            what, n, after = meanwhile
            self.meanwhile = [lambda: None] * after + [lambda: self._meanwhile(what, n)]
        script = iter(answers)
        asked = iter(range(1000))
        ports = self.ports(Memory(lambda message: self.answer(message, next(script, "sent")), window=window))
        try:
            send(ISSUE, ports, limit=limit, stop=lambda: stop_after is not None and next(asked) >= stop_after)
        except (PublisherError, StoppedHere):
            pass
        finally:
            self.commits_to_go = None
            self.meanwhile = []

    @rule(n=st.integers(0, 3), what=st.sampled_from(MEANWHILE))
    def run_on_a_good_day(self, n: int, what: str) -> None:
        """Send; all goes well, and somebody whose turn is near leaves, or another sender is started."""
        self.run([], 1, None, commits=None, killed=False, stop_after=None, meanwhile=(what, n, 0))

    def _meanwhile(self, what: str, n: int) -> None:
        """Let something happen in the middle of a run, and a moment pass."""
        commits, self.commits_to_go = self.commits_to_go, None  # it happens in another process, on a good disk
        if what == "leaves":  # rather somebody whose turn is near
            waiting = [row for row in self.rows() if row.state == DeliveryState.CLAIMED and row.id not in self.handed]
            self.leave(int(waiting[n % len(waiting)].address[1:].partition("@")[0]) if waiting else n)
        elif what == "bounces":
            self.bounce(n)
        elif what == "pause":
            self.pause()
        else:
            send(ISSUE, self.ports(Memory(lambda message: self.answer(message, "sent"), window=2)), limit=3)
        self.commits_to_go = commits
        self.now += timedelta(seconds=1)

    @rule(limit=st.integers(1, 2))
    def claim_and_hang(self, limit: int) -> None:
        """Claim as a sender that is not heard of for a while."""
        owner = self.owner()
        rows = self.ledger().claim(ISSUE, owner, limit=limit, now=self.now)
        assert not [row for row in rows if row.address in self.left]
        if rows:
            self.dead.append((owner, rows))

    @precondition(lambda self: self.dead)
    @rule(data=st.data(), accepted=st.booleans(), told=st.booleans())
    def wake(self, data: st.DataObject, accepted: bool, told: bool) -> None:
        """Wake a sender that hung: it had handed one message over, and may still say so."""
        owner, rows = data.draw(st.sampled_from(self.dead))
        row = data.draw(st.sampled_from(rows))
        self.dead.remove((owner, rows))
        if accepted and not self.held_by_another(row, owner):
            self.accept(row.address, row.message_id)
            if told:
                self.ledger().settle(owner, [(row.id, SENT)], self.now)

    @rule()
    def oversleep(self) -> None:
        """Let a sender sleep until another one has its row: what it then says of it writes nothing."""
        owner, ledger = self.owner(), self.ledger()
        rows = ledger.claim(ISSUE, owner, limit=1, now=self.now)
        if not rows:
            return
        self.now += timedelta(seconds=400)
        self.recover()
        if self.uncertain == "hold":
            self.retry(DeliveryState.UNCERTAIN, hard=False)
        other = self.owner()
        taken = self.ledger().claim(ISSUE, other, limit=2, now=self.now)
        if taken:
            self.dead.append((other, taken))
        if rows[0].id in {row.id for row in taken}:
            assert ledger.settle(owner, [(rows[0].id, SENT)], self.now) == 0

    @rule(seconds=st.sampled_from([1, 90, 400, 4000, 30_000]))
    def wait(self, seconds: int) -> None:
        """Time passes: leases run out, waits end."""
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from([30, 7200]))
    def clock_goes_back(self, seconds: int) -> None:
        """Somebody sets the clock."""
        self.now -= timedelta(seconds=seconds)

    @rule()
    def recover(self) -> None:
        """Somebody looks for dead claims: what they had is uncertain first, and counted when it goes again."""
        dead = {row.id: row.repeats for row in self.rows() if row.state == DeliveryState.CLAIMED}
        over = {row.id for row in self.rows() if row.id in dead and row.leased_until <= self.now}
        self.ledger().recover(ISSUE, self.now)
        for row in self.rows():
            if row.id in over:
                assert row.state not in PENDING or row.repeats > dead[row.id]

    @rule()
    def pause(self) -> None:
        """Pause, if there is anything to pause."""
        if self.ledger().tally(ISSUE).campaign in {"running", "paused"}:
            Campaigns(self.engine).pause(ISSUE, "relecture")

    @rule()
    def resume(self) -> None:
        """Resume; what was cancelled is refused."""
        with self.refused_when_cancelled():
            Campaigns(self.engine).resume(ISSUE)

    @rule(
        state=st.sampled_from([DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.UNCERTAIN]), hard=st.booleans()
    )
    def retry(self, state: DeliveryState, hard: bool) -> None:
        """Plan those who failed, or of whom nobody knows, again; what was cancelled is refused."""
        with self.refused_when_cancelled():
            unsure = {row.id for row in self.rows() if row.state == DeliveryState.UNCERTAIN}
            Campaigns(self.engine).retry(ISSUE, state, hard=hard)
            if state is DeliveryState.UNCERTAIN:
                self.asked |= unsure

    @precondition(lambda self: not self.cancelled and self.owners > LATE)
    @rule()
    def cancel(self) -> None:
        """Give up what has not left; late, so that something has happened before."""
        if self.ledger().tally(ISSUE).campaign != "done":
            Campaigns(self.engine).cancel(ISSUE)
            self.cancelled = True

    @rule(n=st.integers(0, PEOPLE - 1))
    def leave(self, n: int) -> None:
        """Somebody asks not to be written to any more."""
        address = f"p{n}@a.example"
        Roster(self.engine, journals=self.journals).suppress([address], "complaint", self.now)
        self.left.setdefault(address, self.accepted[address])

    @rule(n=st.integers(0, PEOPLE - 1))
    def bounce(self, n: int) -> None:
        """Let a bounce come back for somebody whose server had taken the message."""
        address = f"p{n}@a.example"
        if self.accepted[address]:
            Roster(self.engine, journals=self.journals).change(address, SubscriberState.BOUNCED, self.now)
            self.left.setdefault(address, self.accepted[address])

    @rule()
    def a_stranger_settles(self) -> None:
        """Whoever holds nothing writes nothing."""
        everything = [(number, SENT) for number in range(1, PEOPLE + 1)]
        assert self.ledger().settle("nobody", everything, self.now) == 0

    @invariant()
    def everything_is_as_it_was_told(self) -> None:
        """Check every row against what the server and the people said."""
        tally, rows = self.ledger().tally(ISSUE), self.rows()
        assert sum(tally.counts.values()) == tally.candidates == len(rows)
        sent = {row.id for row in rows if row.state == DeliveryState.SENT}
        assert self.sent <= sent, "what is sent stays sent"
        self.sent = sent
        for row in rows:
            self._as_told(row)
        if tally.campaign == "done":
            assert not any(tally.counts[state] for state in PENDING), "nothing is done while somebody waits"
        if self.cancelled:
            assert tally.campaign == "cancelled", "what is cancelled stays so"
            assert not tally.counts[DeliveryState.DEFERRED]
        for address, before in self.left.items():
            assert self.accepted[address] <= before + 1, "at most what was on its way already arrives"

    def _as_told(self, row: sa.Row[*tuple[object, ...]]) -> None:
        """Check that no row says what nobody said, and that a second copy is counted."""
        match row.state:
            case DeliveryState.SENT:
                assert self.accepted[row.address] >= 1
            case DeliveryState.FAILED:
                assert row.address in self.refused
            case DeliveryState.EXCLUDED:
                assert row.address in self.left or row.standing == "bounced"
            case DeliveryState.CANCELLED:
                assert self.cancelled
        assert self.accepted[row.address] <= 1 + row.repeats
        assert self.uncertain == "resend" or not row.repeats or row.id in self.asked
        assert self.ids.get(row.address, row.message_id) == row.message_id

    def teardown(self) -> None:
        """In the end, with a healthy server, every planned row is final or uncertain, and nobody is lost."""
        try:
            if self.ledger().tally(ISSUE).campaign:
                self._finish()
        finally:
            self.engine.dispose()
            self.folder.cleanup()

    def _finish(self) -> None:
        if self.owners % 4 == LATE and not self.cancelled:  # now and then the end is a cancellation
            self.cancel()
            self.everything_is_as_it_was_told()
        if self.cancelled:
            self.now += timedelta(hours=7)
            self.recover()
            before = self.accepted.copy()
            with self.refused_when_cancelled():
                send(ISSUE, self.ports(Memory(lambda message: self.answer(message, "sent"))))
            assert self.accepted == before
            return
        for _ in range(8):
            self.now += timedelta(hours=7)
            self.recover()
            Campaigns(self.engine).resume(ISSUE)
            send(ISSUE, self.ports(Memory(lambda message: self.answer(message, "sent"))))
            if self.ledger().tally(ISSUE).campaign == "done":
                break
        tally = self.ledger().tally(ISSUE)
        assert not any(tally.counts[state] for state in PENDING)
        assert tally.campaign == "done"
        self.everything_is_as_it_was_told()


class Resending(Sending):
    """The same, where an uncertain message is given out again."""

    uncertain = "resend"


SETTINGS = settings(
    max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize("machine", [Sending, Resending], ids=["hold", "resend"])
def test_whatever_happens_nobody_is_lost_or_doubled_uncounted(machine: type[Sending]) -> None:
    """Never two "sent" for one pair; every planned row ends final or uncertain; a second copy is always counted."""
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - its import starts nothing twice

    run_state_machine_as_test(machine, settings=SETTINGS)
