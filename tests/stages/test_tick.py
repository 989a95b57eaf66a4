"""A tick does what is due, marks it once done, and nothing without approval."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from publisher import timetable
from publisher.errors import ApprovalError, SendError
from publisher.protocols import Mark
from publisher.stages.tick import tick

PARIS = ZoneInfo("Europe/Paris")
SETTINGS = timetable.Settings(send_on="first tuesday", send_at="09:00", draft_days_before=7)
DRAFT_AT = datetime(2026, 10, 27, 9, 0, tzinfo=PARIS)
SEND_AT = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)


class Diary:
    """Marks in memory."""

    def __init__(self) -> None:
        self.kept: list[Mark] = []

    def marks(self) -> tuple[Mark, ...]:
        """Return every mark."""
        return tuple(self.kept)

    def mark(self, mark: Mark) -> bool:
        """Keep a mark once."""
        if any((kept.issue, kept.action) == (mark.issue, mark.action) for kept in self.kept):
            return False
        self.kept.append(mark)
        return True


@dataclass
class Hands:
    """Hands that note what they were told to do; ``out`` says whether a sending ends."""

    done: list[str] = field(default_factory=list)
    out: bool = True
    broken: bool = False
    changed: bool = False

    def ready(self, issue: str) -> None:
        """Refuse when the file was changed."""
        if self.changed:
            raise ApprovalError(f"le fichier du numéro {issue} a changé")

    def collect(self) -> None:
        """Note it."""
        self.done.append("collect")

    def draft(self, issue: str) -> None:
        """Note it."""
        self.done.append(f"draft {issue}")

    def send(self, issue: str) -> bool:
        """Note it, or fail."""
        self.done.append(f"send {issue}")
        if self.broken:
            raise SendError("le relais ne répond pas")
        return self.out


def ticked(diary: Diary, hands: Hands, now: datetime) -> list[str]:
    """Tick once and return what was told."""
    told: list[str] = []
    tick(now, settings=SETTINGS, zone=PARIS, diary=diary, hands=hands, tell=told.append)
    return told


def test_the_draft_is_made_a_week_before_from_fresh_items_and_once() -> None:
    """At the hour of drafting sources are read, the file is written, and the next tick does nothing."""
    diary, hands = Diary(), Hands()
    assert ticked(diary, hands, DRAFT_AT)
    assert hands.done == ["collect", "draft 2026-11"]
    assert not ticked(diary, hands, DRAFT_AT + timedelta(minutes=1))
    assert hands.done == ["collect", "draft 2026-11"]


def test_nothing_is_sent_without_approval_and_it_is_said() -> None:
    """When the hour comes and nobody has approved, a person is told and nothing leaves."""
    diary, hands = Diary(), Hands()
    ticked(diary, hands, DRAFT_AT)
    told = ticked(diary, hands, SEND_AT)
    assert "send 2026-11" not in hands.done
    assert any("approuvé" in text for text in told)


def test_an_approved_issue_leaves_at_its_hour_and_not_again() -> None:
    """The approved issue is sent at nine, marked, and left alone by every later tick."""
    diary, hands = Diary(), Hands()
    ticked(diary, hands, DRAFT_AT)
    diary.mark(Mark(issue="2026-11", action="approved", at=DRAFT_AT + timedelta(days=2)))
    ticked(diary, hands, SEND_AT - timedelta(minutes=1))
    assert "send 2026-11" not in hands.done
    ticked(diary, hands, SEND_AT)
    ticked(diary, hands, SEND_AT + timedelta(minutes=1))
    assert hands.done.count("send 2026-11") == 1


@pytest.mark.parametrize("broken", [True, False])
def test_a_sending_that_did_not_end_is_taken_up_at_the_next_tick(broken: bool) -> None:
    """A relay that fails, or messages that wait, leave no mark: the next tick goes on."""
    diary = Diary()
    diary.mark(Mark(issue="2026-11", action="drafted", at=DRAFT_AT))
    diary.mark(Mark(issue="2026-11", action="approved", at=DRAFT_AT))
    hands = Hands(out=False, broken=broken)
    if broken:
        with pytest.raises(SendError):
            ticked(diary, hands, SEND_AT)
    else:
        ticked(diary, hands, SEND_AT)
    hands.out, hands.broken = True, False
    ticked(diary, hands, SEND_AT + timedelta(minutes=1))
    ticked(diary, hands, SEND_AT + timedelta(minutes=2))
    assert hands.done.count("send 2026-11") == 2


def test_a_sending_that_may_not_begin_bears_no_mark_of_having_begun() -> None:
    """A file changed after approval stops the sending at its hour; the late limit then still holds for it."""
    diary = Diary()
    diary.mark(Mark(issue="2026-11", action="drafted", at=DRAFT_AT))
    diary.mark(Mark(issue="2026-11", action="approved", at=DRAFT_AT))
    hands = Hands(changed=True)
    with pytest.raises(ApprovalError):
        ticked(diary, hands, SEND_AT)
    assert {mark.action for mark in diary.marks()} == {"drafted", "approved"}
    hands.changed = False
    ticked(diary, hands, SEND_AT + timedelta(days=5))
    assert "send 2026-11" not in hands.done
