"""Real senders, a real SMTP server, real kills: a small part of what ``make crash`` does at length."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from crash.office import Office, Verdict, office

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 60


def _office(tmp_path: Path, **changes: Any) -> Office:
    return office(PEOPLE, root=tmp_path, **({"batch": 10, "lease": 0.5} | changes))


def _kept(verdict: Verdict) -> None:
    assert verdict.kept, verdict
    assert verdict.states == {"sent": PEOPLE}
    assert len(verdict.doubled) <= verdict.repeats


@pytest.mark.parametrize(
    "die",
    ["before commit 5", "after commit 6", "before journal 2", "after journal 4"],
)
def test_a_sender_killed_at_a_commit_point_loses_nobody(tmp_path: Path, die: str) -> None:
    """Killed before or after a claim or an outcome is committed: everybody gets it, doubles only from in flight."""
    with _office(tmp_path) as there:
        there.sink.start()
        assert there.finish(there.start(die=die)) == {}
        there.complete()
        _kept(there.verdict())


@pytest.mark.parametrize("die", ["before commit 7", "before commit 8", "before journal 5", "before journal 6"])
def test_what_was_answered_before_a_kill_does_not_come_twice(tmp_path: Path, die: str) -> None:
    """Of a batch that was never stored only the one message without an answer can be doubled: the rest was noted."""
    with _office(tmp_path, batch=20) as there:
        there.sink.start()
        assert there.finish(there.start(die=die, connections=1)) == {}
        assert len(there.in_flight) >= 20
        there.complete()
        verdict = there.verdict()
        _kept(verdict)
        assert len(verdict.doubled) <= 1


def test_a_sender_told_to_stop_loses_and_doubles_nobody(tmp_path: Path) -> None:
    """SIGTERM finishes what is under way, gives back the rest, and the next run completes: nobody twice."""
    with _office(tmp_path) as there:
        there.sink.start()
        sender = there.start()
        while there.settled() < 10 and sender.poll() is None:
            time.sleep(0.01)
        sender.send_signal(signal.SIGTERM)
        assert there.finish(sender)["counts"]["uncertain"] == 0
        there.complete()
        verdict = there.verdict()
        _kept(verdict)
        assert verdict.doubled == ()


def test_a_stop_ends_within_the_time_set_though_the_relay_stalls(tmp_path: Path) -> None:
    """A relay that takes a message and never answers does not hold a sender that is asked to stop: it is uncertain."""
    with _office(tmp_path, uncertain="hold", lease=30.0) as there:
        there.sink.start("stall", 7)
        sender = there.start(timeout=600.0, drain=1.0, connections=5)
        while len(there.sink.received()) < 35 and sender.poll() is None:  # by now each connection has met its stall
            time.sleep(0.05)
        sender.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        there.finish(sender)
        assert time.monotonic() - begun < 20
        states = there.verdict().states
        assert set(states) == {"sent", "uncertain", "planned"}
        assert states["uncertain"] >= 5
        assert sum(states.values()) == PEOPLE


def test_two_senders_started_together_send_once(tmp_path: Path) -> None:
    """They share the work; nobody gets two copies."""
    with _office(tmp_path, lease=30.0) as there:
        there.sink.start()
        senders = [there.start(), there.start()]
        for sender in senders:
            there.finish(sender)
        there.complete()
        verdict = there.verdict()
        _kept(verdict)
        assert verdict.doubled == ()


@pytest.mark.parametrize("step", ["MAIL", "DATA", "accepted"])
def test_a_connection_cut_at_any_step_loses_nobody(tmp_path: Path, step: str) -> None:
    """The server hangs up now and then at one step of the dialogue; only a cut after the body leaves doubt."""
    with _office(tmp_path) as there:
        there.sink.start(step, 17)
        there.complete()
        assert there.sink.mishaps >= 3
        verdict = there.verdict()
        _kept(verdict)
        assert verdict.doubled == () or step == "accepted"


def test_a_server_that_dies_loses_nobody(tmp_path: Path) -> None:
    """The relay's process is killed in the middle; the sending goes on when it is back."""
    with _office(tmp_path) as there:
        there.sink.start("die", 25)
        there.finish(there.start())
        there.complete()
        _kept(there.verdict())


def test_a_disk_that_fills_up_loses_nobody(tmp_path: Path) -> None:
    """While no file can grow the sender stops in words; when there is room again it completes."""
    with _office(tmp_path) as there:
        there.sink.start()
        said = there.finish(there.start(largest_file=4_000))
        assert said["error"] == "StoreError", said
        there.complete()
        _kept(there.verdict())
