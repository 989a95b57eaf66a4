"""What follows from a reply: states, reasons, waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from publisher.delivery import FINAL, LEGAL, PENDING, Settings, next_state, said
from publisher.message import DeliveryState, Outcome, Result


@pytest.mark.parametrize(
    ("outcome", "code", "enhanced", "state", "reason", "hard", "pause"),
    [
        ("sent", 250, "2.0.0", "sent", "", False, False),
        ("failed", 550, "5.1.1", "failed", "hard:5.1.1", True, False),
        ("failed", 550, "", "failed", "hard:550", True, False),
        ("failed", 556, "", "failed", "hard:556", True, False),
        ("failed", 550, "5.1.10", "failed", "hard:5.1.10", True, False),
        ("failed", 550, "5.2.1", "failed", "hard:5.2.1", True, False),
        ("failed", 552, "5.2.2", "failed", "full:5.2.2", False, False),
        ("failed", 552, "5.3.4", "failed", "size:5.3.4", False, False),
        ("failed", 554, "", "failed", "policy:554", False, False),
        ("failed", 550, "5.7.1", "failed", "policy:5.7.1", False, False),
        ("failed", 554, "5.6.0", "failed", "content:5.6.0", False, False),
        ("failed", 550, "5.4.1", "failed", "route:5.4.1", False, False),
        ("failed", 553, "5.6.7", "failed", "address:5.6.7", False, False),
        ("failed", 0, "", "failed", "message", False, False),
        ("deferred", 0, "", "deferred", "closed", False, False),
        ("deferred", 450, "4.2.0", "deferred", "soft:4.2.0", False, False),
        ("deferred", 452, "4.2.2", "deferred", "full:4.2.2", False, False),
        ("deferred", 450, "4.1.1", "deferred", "soft:4.1.1", False, False),
        ("deferred", 452, "4.3.1", "planned", "", False, True),
        ("deferred", 452, "", "planned", "", False, True),
        ("deferred", 421, "4.7.0", "planned", "", False, True),
        ("uncertain", 0, "", "uncertain", "cut", False, False),
        ("not tried", 0, "", "planned", "", False, False),
    ],
)
def test_what_a_reply_means(  # noqa: PLR0913, PLR0917 - a table
    outcome: str, code: int, enhanced: str, state: str, reason: str, hard: bool, pause: bool, now: datetime
) -> None:
    """Replies become states by the outcome, and reasons by the enhanced code before the plain one."""
    result = Result(outcome=Outcome(outcome), code=code, enhanced=enhanced)
    verdict = next_state(result, attempts=1, now=now, settings=Settings())
    assert (verdict.state, verdict.reason, verdict.hard, verdict.pause) == (DeliveryState(state), reason, hard, pause)
    assert (verdict.next_try is not None) == (verdict.state is DeliveryState.DEFERRED)


@pytest.mark.parametrize(
    ("text", "hard"),
    [
        ("relay not permitted", False),
        ("Relaying denied", False),
        ("Administrative prohibition", False),
        ("Your IP is on a blocklist, see https://b.example", False),
        ("spf check failed", False),
        ("no such user here", True),
        ("<zoe@a.example>: Recipient address rejected: User unknown in relay recipient table", True),
        ("Requested action not taken: mailbox unavailable", True),
        ("Unrouteable address", True),
        ("", True),
    ],
)
def test_a_bare_550_is_read_by_its_words(text: str, hard: bool, now: datetime) -> None:
    """A relay that does not take our mail says 550 as well: nobody's address is struck off for it."""
    result = Result(outcome=Outcome.FAILED, code=550, text=text)
    verdict = next_state(result, attempts=1, now=now, settings=Settings())
    assert verdict.hard is hard
    assert verdict.reason == ("hard:550" if hard else "policy:550")


def test_a_quota_is_no_try(now: datetime) -> None:
    """A relay that asks to wait costs the recipient none of the tries."""
    quota = Result(outcome=Outcome.DEFERRED, code=452, enhanced="4.5.3")
    assert not next_state(quota, attempts=99, now=now, settings=Settings()).tried


def test_waits_grow_to_a_limit_and_tries_end(now: datetime) -> None:
    """Five minutes, fifteen, … at most six hours; the last try makes it a failure that says so."""
    settings = Settings()
    later = Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0")
    waits = []
    for attempts in range(1, settings.attempts):
        verdict = next_state(later, attempts=attempts, now=now, settings=settings)
        assert verdict.next_try is not None
        waits.append(verdict.next_try - now)
    minutes = [timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45), timedelta(minutes=135)]
    assert waits == [*minutes, timedelta(hours=6)]
    last = next_state(later, attempts=settings.attempts, now=now, settings=settings)
    assert (last.state, last.reason) == (DeliveryState.FAILED, "tired:4.2.0")
    assert Settings().delay(10_000) == timedelta(hours=6)


@pytest.mark.parametrize(("asked", "waited"), [(60, 300), (3600, 3600), (10_000_000, 21_600)])
def test_a_server_that_names_its_wait_is_not_asked_before(asked: int, waited: int, now: datetime) -> None:
    """Greylisting often says how long: not earlier, within the longest wait; a shorter wait changes nothing."""
    grey = Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0", retry_after=asked)
    verdict = next_state(grey, attempts=1, now=now, settings=Settings())
    assert verdict.next_try == now + timedelta(seconds=waited)


def test_every_state_has_its_followers_and_final_ones_none_by_themselves() -> None:
    """The table is whole; nothing leaves a final state except a failure that a person sends again."""
    assert set(LEGAL) == set(DeliveryState)
    assert {state for state in DeliveryState if not LEGAL[state]} == FINAL - {DeliveryState.FAILED}
    assert not FINAL & set(PENDING)


def test_reasons_have_words() -> None:
    """A code becomes a sentence with the server's own code; an unknown one is shown as it is."""
    assert said("hard:5.1.1") == "adresse inexistante ou fermée (5.1.1)"
    assert said("suppressed") == "sur la liste de ceux à qui l’on n’écrit plus"
    assert said("other") == "other"
