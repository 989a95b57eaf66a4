"""Approvals: one in force, never changed, never another once a sending began. And the diary."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import switched_off

from publisher.edition import Edition, EditionEntry, Link
from publisher.errors import StoreError
from publisher.protocols import Mark
from publisher.store.diary import Diary
from publisher.store.editions import Editions

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


def _edition(now: datetime, **changes: object) -> Edition:
    base = Edition(
        issue="2026-11",
        date=now,
        subject="Lettre – Novembre",
        preheader="À lire",
        language="fr",
        html="<p>é</p>",
        text="é",
        page="<p>é</p>",
        links=(Link(address="https://a.example/", tagged="https://a.example/?utm_source=x", text="lire"),),
        entries=(
            EditionEntry(
                id="rtes:1", section="une", title="Titre", summary="", address="https://a.example/", published=now
            ),
        ),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_what_was_approved_comes_back_byte_for_byte(engine: Engine, now: datetime) -> None:
    """The edition read back is the one that was approved, with who and when."""
    editions = Editions(engine)
    approval = editions.approve(_edition(now), by="Jeanne", now=now)
    assert editions.approved("2026-11") == approval
    assert (approval.edition, approval.by, approval.approved) == (_edition(now), "Jeanne", now)
    assert approval.digest == _edition(now).digest


def test_approving_the_same_again_keeps_the_first_word(engine: Engine, now: datetime) -> None:
    """A second approval of the same bytes changes neither who nor when."""
    editions = Editions(engine)
    editions.approve(_edition(now), by="Jeanne", now=now)
    again = editions.approve(_edition(now), by="Paul", now=now + timedelta(hours=1))
    assert (again.by, again.approved) == ("Jeanne", now)


def test_one_approval_is_in_force(engine: Engine, now: datetime) -> None:
    """A later approval replaces the earlier one; going back to the first is possible before anything is sent."""
    editions = Editions(engine)
    first = _edition(now)
    editions.approve(first, by="Jeanne", now=now)
    second = editions.approve(_edition(now, subject="Corrigée"), by="Jeanne", now=now)
    assert editions.approved("2026-11") == second
    assert editions.approve(first, by="Paul", now=now).by == "Paul"
    assert [approval.digest for approval in editions.approvals()] == [first.digest]


def test_approvals_come_oldest_issue_first(engine: Engine, now: datetime) -> None:
    """The archive and the feeds are built in that order; an unknown issue has no approval."""
    editions = Editions(engine)
    for issue in ("2026-11", "2026-09", "2026-10"):
        editions.approve(_edition(now, issue=issue), by="Jeanne", now=now)
    assert [approval.issue for approval in editions.approvals()] == ["2026-09", "2026-10", "2026-11"]
    assert editions.approved("2026-12") is None


@pytest.mark.parametrize("body", ["{}", "not json", '{"issue": 1}'])
def test_a_damaged_edition_is_never_sent(engine: Engine, now: datetime, body: str) -> None:
    """A body that is no longer what was approved is refused in words."""
    editions = Editions(engine)
    editions.approve(_edition(now), by="Jeanne", now=now)
    with engine.begin() as connection:
        switched_off(connection, "approval_stays", "approval")
        connection.execute(sa.text("UPDATE approval SET body = :body"), {"body": body})
    with pytest.raises(StoreError, match="n’est plus celle qui avait été approuvée"):
        editions.approved("2026-11")


def test_a_mark_is_made_once(engine: Engine, now: datetime) -> None:
    """The second mark of one action for one issue changes nothing, so that a restart repeats nothing."""
    diary = Diary(engine)
    assert diary.mark(Mark(issue="2026-11", action="sent", at=now))
    assert not diary.mark(Mark(issue="2026-11", action="sent", at=now + timedelta(days=1)))
    assert diary.mark(Mark(issue="2026-11", action="drafted", at=now - timedelta(days=7)))
    assert [(mark.action, mark.at) for mark in diary.marks()] == [("drafted", now - timedelta(days=7)), ("sent", now)]
