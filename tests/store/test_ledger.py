"""The ledger: planned once, claimed by one, settled by its owner, never moved illegally."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import (
    ISSUE,
    LATER,
    NOBODY,
    QUOTA,
    SENT,
    UNKNOWN,
    UNUSED,
    Bench,
    identity,
    person,
    switched_off,
)

from publisher.delivery import LEGAL, Settings
from publisher.errors import ApprovalError, SendError, StoreError
from publisher.message import DeliveryState, Outcome, Result
from publisher.store import schema
from publisher.store.campaigns import Campaigns
from publisher.store.database import reading, writing
from publisher.store.roster import Roster
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


@pytest.fixture
def bench(engine: Engine, now: datetime) -> Bench:
    """Return a ledger on an empty database."""
    return Bench(engine, now)


def test_the_audience_is_frozen_and_everybody_is_accounted_for(bench: Bench) -> None:
    """Candidates are planned and excluded together, each exclusion with its reason."""
    bench.people(4)
    roster = Roster(bench.engine)
    others = [state for state in SubscriberState if state is not SubscriberState.ACTIVE]
    roster.add([person(0, address=f"{state.value}@a.example", state=state) for state in others], bench.now)
    roster.suppress(["P1@Villes.example "], "complaint", bench.now)
    tally = bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert (tally.counts[DeliveryState.PLANNED], tally.counts[DeliveryState.EXCLUDED]) == (3, 5)
    assert tally.reasons == {"suppressed": 1, "pending": 1, "unsubscribed": 1, "bounced": 1, "complained": 1}
    assert (tally.candidates, tally.campaign) == (8, "running")
    roster.add([person(99)], bench.now)
    again = bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert again.candidates == 8


def test_a_dry_run_counts_and_writes_nothing(bench: Bench) -> None:
    """The audience foreseen is the one that is then planned; until then there is no campaign."""
    bench.people(3)
    bench.roster.suppress(["p1@villes.example"], "complaint", bench.now)
    foreseen = bench.ledger.foresee(ISSUE)
    assert foreseen.campaign == bench.ledger.tally(ISSUE).campaign == ""
    planned = bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert (foreseen.counts, foreseen.reasons) == (planned.counts, planned.reasons)
    assert bench.ledger.foresee(ISSUE) == planned


def test_somebody_in_two_segments_gets_one_copy(bench: Bench) -> None:
    """Segments choose people, not copies (MailPoet #2629, Ghost #12259)."""
    Roster(bench.engine).add(
        [person(1, segments=("elus", "agents")), person(2, segments=("elus",)), person(3)], bench.now
    )
    tally = bench.ledger.plan(ISSUE, bench.approved(), bench.now, segments=("elus", "agents"))
    assert (tally.candidates, tally.counts[DeliveryState.PLANNED]) == (2, 2)


def test_only_the_approved_edition_is_planned(bench: Bench) -> None:
    """A digest that nobody approved, or that is no longer in force, plans nothing."""
    first = bench.approved()
    bench.approved("Une autre")
    for digest in (first, "f" * 64):
        with pytest.raises(ApprovalError, match="n’est pas celle qui est approuvée"):
            bench.ledger.plan(ISSUE, digest, bench.now)
    assert bench.ledger.tally(ISSUE).campaign == ""


def test_what_some_received_the_others_will(bench: Bench) -> None:
    """Once a sending is planned, another edition can neither be approved nor planned."""
    bench.planned()
    with pytest.raises(ApprovalError, match="déjà en cours"):
        bench.approved("Corrigée")
    with pytest.raises(ApprovalError, match="autre édition"):
        bench.ledger.plan(ISSUE, "f" * 64, bench.now)


def test_a_claim_is_one_senders_only(bench: Bench) -> None:
    """Two senders share the rows and never one row; each Message-ID is the delivery's own."""
    ledger = bench.planned(5)
    mine = ledger.claim(ISSUE, "me", limit=3, now=bench.now)
    yours = ledger.claim(ISSUE, "you", limit=3, now=bench.now)
    assert len(mine) == 3
    assert len(yours) == 2
    assert not {row.id for row in mine} & {row.id for row in yours}
    assert {row.message_id for row in (*mine, *yours)} == {identity(ISSUE, row.token) for row in (*mine, *yours)}
    assert ledger.claim(ISSUE, "me", limit=3, now=bench.now) == ()


def test_outcomes_are_written_by_their_owner_only(bench: Bench) -> None:
    """Somebody else's outcome marks nothing, and the count says so."""
    ledger = bench.planned(2)
    first, second = ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    assert ledger.settle("you", [(first.id, SENT)], bench.now) == 0
    assert ledger.settle("me", [(first.id, SENT), (second.id, NOBODY)], bench.now) == 2
    assert ledger.settle("me", [(first.id, SENT)], bench.now) == 0
    assert bench.states() == {"sent": 1, "failed": 1}
    assert ledger.tally(ISSUE).campaign == "done"


def test_a_lease_that_ran_out_becomes_uncertain_and_never_pending(bench: Bench) -> None:
    """A dead sender's rows are shown as uncertain; the others go on."""
    ledger = bench.planned(3)
    ledger.claim(ISSUE, "dead", limit=2, now=bench.now)
    bench.now += timedelta(seconds=119)
    assert ledger.recover(ISSUE, bench.now) == 0
    bench.now += timedelta(seconds=2)
    assert ledger.recover(ISSUE, bench.now) == 2
    assert bench.states() == {"planned": 1, "uncertain": 2}
    assert ledger.tally(ISSUE).reasons == {"lease": 2}


def test_the_late_word_of_the_owner_still_counts(bench: Bench) -> None:
    """A sender whose lease ran out and that knows the outcome may say it, as long as nobody took the row again."""
    ledger = bench.planned(1)
    (row,) = ledger.claim(ISSUE, "slow", limit=1, now=bench.now)
    bench.now += timedelta(hours=1)
    ledger.recover(ISSUE, bench.now)
    assert ledger.settle("slow", [(row.id, SENT)], bench.now) == 1
    assert bench.states() == {"sent": 1}


def test_uncertain_rows_are_sent_again_only_when_so_configured(bench: Bench) -> None:
    """With "resend" they are planned again under the same Message-ID, counted as repeats, and the old owner is out."""
    bench.settings = Settings(uncertain="resend")
    ledger = bench.planned(1)
    (row,) = ledger.claim(ISSUE, "slow", limit=1, now=bench.now)
    bench.now += timedelta(hours=1)
    assert ledger.recover(ISSUE, bench.now) == 1
    assert ledger.settle("slow", [(row.id, SENT)], bench.now) == 0
    (again,) = ledger.claim(ISSUE, "new", limit=1, now=bench.now)
    assert (again.id, again.message_id) == (row.id, row.message_id)
    assert ledger.tally(ISSUE).repeats == 1


def test_uncertain_rows_are_not_sent_again_for_ever(bench: Bench) -> None:
    """A message that kills its sender each time ends uncertain, after as many tries as configured."""
    bench.settings = Settings(uncertain="resend", attempts=3)
    ledger = bench.planned(1)
    for turn in range(3):
        assert len(ledger.claim(ISSUE, f"dead{turn}", limit=1, now=bench.now)) == 1
        bench.now += timedelta(hours=1)
        assert ledger.recover(ISSUE, bench.now) == 1
    assert ledger.claim(ISSUE, "last", limit=1, now=bench.now) == ()
    assert bench.states() == {"uncertain": 1}
    assert ledger.tally(ISSUE).campaign == "done"


def test_a_clock_that_went_back_does_not_lock_rows_for_ever(bench: Bench) -> None:
    """A lease given before the clock was set back ends one lease after it was noticed."""
    ledger = bench.planned(1)
    ledger.claim(ISSUE, "dead", limit=1, now=bench.now)
    bench.now -= timedelta(days=365)
    assert ledger.recover(ISSUE, bench.now) == 0
    bench.now += timedelta(seconds=121)
    assert ledger.recover(ISSUE, bench.now) == 1


def test_a_lease_is_renewed_while_its_sender_works(bench: Bench) -> None:
    """Inside ``hold`` the claims stay the owner's, however long a message takes."""
    bench.settings = Settings(uncertain="hold", lease=30.0)
    ledger = bench.planned(1)
    ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    with reading(bench.engine) as connection:
        first = connection.execute(sa.select(schema.delivery.c.leased_until)).scalar_one()
    bench.now += timedelta(seconds=20)
    with ledger.hold("me") as held:
        assert held()
    with reading(bench.engine) as connection:
        assert connection.execute(sa.select(schema.delivery.c.leased_until)).scalar_one() > first


def test_suppression_is_read_again_at_the_claim(bench: Bench) -> None:
    """Somebody who left after the audience was frozen gets nothing, and the counts still agree."""
    ledger = bench.planned(3)
    roster = Roster(bench.engine)
    roster.suppress(["p0@villes.example"], "complaint", bench.now)
    roster.change("p1@villes.example", SubscriberState.UNSUBSCRIBED, bench.now)
    claimed = ledger.claim(ISSUE, "me", limit=10, now=bench.now)
    assert [row.address for row in claimed] == ["p2@villes.example"]
    tally = ledger.tally(ISSUE)
    assert tally.reasons == {"suppressed": 1, "unsubscribed": 1}
    assert tally.candidates == 3


def test_a_batch_of_people_who_left_does_not_end_the_sending(bench: Bench) -> None:
    """When everybody in reach was excluded, the claim goes on to those behind them."""
    ledger = bench.planned(6)
    Roster(bench.engine).suppress([f"p{n}@villes.example" for n in range(4)], "complaint", bench.now)
    assert len(ledger.claim(ISSUE, "me", limit=2, now=bench.now)) == 2


def test_a_deferred_row_waits_and_comes_again(bench: Bench) -> None:
    """Put off by the server, it is due after the wait and not before; the tries are counted."""
    ledger = bench.planned(1)
    (row,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    ledger.settle("me", [(row.id, LATER)], bench.now)
    assert bench.states() == {"deferred": 1}
    assert ledger.claim(ISSUE, "me", limit=1, now=bench.now + timedelta(minutes=4)) == ()
    (again,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now + timedelta(minutes=6))
    assert again.attempts == 2


def test_an_odd_answer_of_a_relay_undoes_no_batch(bench: Bench) -> None:
    """Control characters, a very long code and a very long text are an outcome like any other, on both databases."""
    ledger = bench.planned(2)
    first, second = ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    odd = Result(outcome=Outcome.FAILED, code=554, enhanced=f"5.7.{'1' * 80}", text="no\0 \x1b[31m" + "é" * 5000)
    assert ledger.settle("me", [(first.id, odd), (second.id, SENT)], bench.now) == 2
    assert bench.states() == {"sent": 1, "failed": 1}


def test_a_quota_pauses_the_sending_and_marks_nobody(bench: Bench) -> None:
    """452 is "paused, N pending" and never "complete" (Notifuse #414)."""
    ledger = bench.planned(5)
    rows = ledger.claim(ISSUE, "me", limit=3, now=bench.now)
    ledger.settle("me", [(rows[0].id, SENT), (rows[1].id, QUOTA), (rows[2].id, UNUSED)], bench.now)
    tally = ledger.tally(ISSUE)
    assert (tally.campaign, bench.states()) == ("paused", {"sent": 1, "planned": 4})
    assert "452 4.3.1 quota" in tally.why
    assert ledger.claim(ISSUE, "me", limit=3, now=bench.now) == ()
    Campaigns(bench.engine).resume(ISSUE)
    (first, *_) = ledger.claim(ISSUE, "me", limit=4, now=bench.now)
    assert first.attempts == 1


def test_an_address_that_does_not_exist_is_not_written_to_again(bench: Bench) -> None:
    """A hard bounce changes the subscriber at once (listmonk #2623)."""
    ledger = bench.planned(1)
    (row,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    ledger.settle("me", [(row.id, NOBODY)], bench.now)
    person = Roster(bench.engine).find("p0@villes.example")
    assert person is not None
    assert person.state is SubscriberState.BOUNCED
    assert ledger.tally(ISSUE).reasons == {"hard:5.1.1": 1}


def test_those_who_failed_can_be_sent_to_again(bench: Bench) -> None:
    """Failures are planned again on demand, addresses that do not exist only when insisted on (listmonk #2616)."""
    ledger = bench.planned(3)
    full = Result(outcome=Outcome.FAILED, code=552, enhanced="5.2.2")
    rows = ledger.claim(ISSUE, "me", limit=3, now=bench.now)
    ledger.settle("me", [(rows[0].id, full), (rows[1].id, NOBODY), (rows[2].id, UNKNOWN)], bench.now)
    campaigns = Campaigns(bench.engine)
    assert ledger.tally(ISSUE).campaign == "done"
    assert campaigns.retry(ISSUE) == 1
    assert campaigns.retry(ISSUE, DeliveryState.UNCERTAIN) == 1
    assert ledger.tally(ISSUE).campaign == "running"
    assert len(ledger.claim(ISSUE, "me", limit=3, now=bench.now)) == 2
    with pytest.raises(SendError, match="Seuls les échecs"):
        campaigns.retry(ISSUE, DeliveryState.SENT)


def test_pause_and_cancel_are_told_apart(bench: Bench) -> None:
    """A pause is taken back; a cancellation is for good and leaves what went out as it is."""
    ledger = bench.planned(3)
    campaigns = Campaigns(bench.engine)
    (row,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    campaigns.pause(ISSUE, "coquille")
    assert ledger.claim(ISSUE, "me", limit=1, now=bench.now) == ()
    assert ledger.settle("me", [(row.id, SENT)], bench.now) == 1
    assert ledger.tally(ISSUE).why == "coquille"
    assert campaigns.cancel(ISSUE) == 2
    assert bench.states() == {"sent": 1, "cancelled": 2}
    with pytest.raises(SendError, match="annulé"):
        campaigns.resume(ISSUE)
    with pytest.raises(SendError, match="Aucun envoi"):
        campaigns.pause("2030-01")
    with pytest.raises(SendError, match="rien ne se renvoie"):
        campaigns.retry(ISSUE)
    with pytest.raises(SendError, match="rien à suspendre"):
        campaigns.pause(ISSUE)


def test_a_cancellation_gives_up_what_was_put_off_too(bench: Bench) -> None:
    """Greylisted people get nothing either, and what is at the server still has its outcome."""
    ledger = bench.planned(3)
    first, second = ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    ledger.settle("me", [(first.id, Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0"))], bench.now)
    assert Campaigns(bench.engine).cancel(ISSUE) == 2
    assert bench.states() == {"cancelled": 2, "claimed": 1}
    assert ledger.settle("me", [(second.id, SENT)], bench.now) == 1
    assert ledger.claim(ISSUE, "me", limit=2, now=bench.now + timedelta(days=1)) == ()
    assert bench.states() == {"cancelled": 2, "sent": 1}


def test_a_pause_with_nothing_left_to_wait_for_is_over(bench: Bench) -> None:
    """Somebody pauses while the last messages are on their way: once these are out the sending is done."""
    ledger = bench.planned(2)
    rows = ledger.claim(ISSUE, "me", limit=2, now=bench.now)
    Campaigns(bench.engine).pause(ISSUE, "coquille")
    ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    assert ledger.tally(ISSUE).campaign == "done"


def test_resuming_what_was_not_paused_changes_nothing(bench: Bench) -> None:
    """A second resume, or one of a sending that is done, is no error."""
    ledger = bench.planned(1)
    campaigns = Campaigns(bench.engine)
    campaigns.resume(ISSUE)
    assert ledger.tally(ISSUE).campaign == "running"
    (row,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    ledger.settle("me", [(row.id, SENT)], bench.now)
    campaigns.resume(ISSUE)
    assert ledger.tally(ISSUE).campaign == "done"


def test_addresses_that_do_not_exist_are_tried_again_only_when_insisted_on(bench: Bench) -> None:
    """With ``hard`` they are planned again, and excluded at the claim unless the person became active again."""
    ledger = bench.planned(1)
    (row,) = ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    ledger.settle("me", [(row.id, NOBODY)], bench.now)
    assert Campaigns(bench.engine).retry(ISSUE) == 0
    assert Campaigns(bench.engine).retry(ISSUE, hard=True) == 1
    bench.roster.change("p0@villes.example", SubscriberState.ACTIVE, bench.now)
    assert len(ledger.claim(ISSUE, "me", limit=1, now=bench.now)) == 1


LOSE = {
    "sqlite": (
        (
            "CREATE TRIGGER lose AFTER INSERT ON delivery WHEN NEW.subscriber = 1 "
            "BEGIN DELETE FROM delivery WHERE id = NEW.id; END"
        ),
    ),
    "postgresql": (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON delivery FOR EACH ROW WHEN (NEW.subscriber = 1) EXECUTE FUNCTION lose()",
    ),
}
"""Makes a row disappear while the audience is frozen."""


def test_an_audience_that_does_not_add_up_is_not_planned(bench: Bench) -> None:
    """Should rows go missing while the audience is frozen, everything is undone and said."""
    bench.people(2)
    digest = bench.approved()
    with bench.engine.begin() as connection:
        for statement in LOSE[connection.dialect.name]:
            connection.exec_driver_sql(statement)
    with pytest.raises(StoreError, match="n’est pas juste"):
        bench.ledger.plan(ISSUE, digest, bench.now)
    assert bench.ledger.tally(ISSUE).campaign == ""


def test_the_database_itself_refuses_illegal_moves(bench: Bench) -> None:
    """Every move that is not in the table fails, whoever asks; every legal one passes the trigger."""
    bench.planned(1)
    with bench.engine.connect() as connection:
        for old, new in itertools.product(DeliveryState, repeat=2):
            transaction = connection.begin()
            switch_on = switched_off(connection, "delivery_moves_legally", "delivery")
            connection.execute(_into(old, bench.now))
            switch_on()
            if new in LEGAL[old]:
                connection.execute(_into(new, bench.now))
            else:
                with pytest.raises(sa.exc.IntegrityError, match="illegal move"):
                    connection.execute(_into(new, bench.now))
            transaction.rollback()


def _into(state: DeliveryState, now: datetime) -> sa.Update:
    """Return the change that takes the only row to a state, with what the state asks for."""
    return sa.update(schema.delivery).values(
        state=state.value,
        owner="me",
        message_id="<a@a.example>",
        reason="soft",
        leased_until=now if state is DeliveryState.CLAIMED else None,
        next_try=now if state is DeliveryState.DEFERRED else None,
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            (
                "INSERT INTO delivery SELECT 99, campaign, subscriber, 'planned', 0, '', NULL, 0, 0, 0, NULL, '',"
                " '', '' FROM delivery WHERE id = 1"
            ),
            "UNIQUE constraint failed: delivery.campaign, delivery.subscriber|uq_delivery_campaign_subscriber",
        ),
        ("UPDATE delivery SET subscriber = 2 WHERE id = 1", "never changes its recipient"),
        ("UPDATE delivery SET message_id = '<another@a.example>' WHERE state = 'claimed'", "keeps its Message-ID"),
        ("DELETE FROM delivery WHERE state = 'claimed'", "forgets nothing"),
        ("UPDATE campaign SET digest = 'f'", "never changes its edition"),
        ("UPDATE campaign SET planned = planned + 1", "ck_campaign_everybody"),
        ("UPDATE approval SET body = 'x'", "approved edition never changes"),
        ("DELETE FROM subscriber WHERE id = 1", "FOREIGN KEY constraint failed|fk_delivery_subscriber"),
        ("UPDATE delivery SET leased_until = NULL WHERE state = 'claimed'", "ck_delivery_lease"),
        (
            (
                "INSERT INTO campaign SELECT 9, issue, digest, planned_at, 'running', '', '', 0, 0, 0, 0, NULL, NULL, 0"
                " FROM campaign"
            ),
            "UNIQUE constraint failed: campaign.issue|uq_campaign_issue",
        ),
    ],
)
def test_the_invariants_are_the_databases_own(bench: Bench, statement: str, said: str) -> None:
    """Two rows for one pair, another recipient, a lost claim, a changed edition: no statement can write them."""
    ledger = bench.planned(3)
    ledger.claim(ISSUE, "me", limit=1, now=bench.now)
    with pytest.raises(StoreError, match=said), writing(bench.engine) as connection:
        connection.exec_driver_sql(statement)


def test_time_left_is_measured_from_the_outcomes(bench: Bench) -> None:
    """Ten a second and twenty to go make two seconds; a gap measures anew."""
    ledger = bench.planned(50)
    for _ in range(3):
        rows = ledger.claim(ISSUE, "me", limit=10, now=bench.now)
        ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
        bench.now += timedelta(seconds=1)
    assert ledger.tally(ISSUE).seconds_left == pytest.approx(2.0)
    bench.now += timedelta(hours=1)
    rows = ledger.claim(ISSUE, "me", limit=10, now=bench.now)
    ledger.settle("me", [(row.id, SENT) for row in rows], bench.now)
    assert ledger.tally(ISSUE).seconds_left is None


def test_an_empty_list_is_done_at_once(bench: Bench) -> None:
    """Nobody to write to is a sending that is over, not one that waits."""
    tally = bench.ledger.plan(ISSUE, bench.approved(), bench.now)
    assert (tally.campaign, tally.candidates) == ("done", 0)


def test_an_unknown_issue_has_an_empty_tally(bench: Bench) -> None:
    """Asking about an issue that was never planned is no error."""
    tally = bench.ledger.tally("2031-01")
    assert (tally.campaign, set(tally.counts.values())) == ("", {0})
    assert bench.ledger.recover("2031-01", bench.now) == 0
    assert bench.ledger.settle("me", [], bench.now) == 0
