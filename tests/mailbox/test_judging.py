"""Decisions: who is struck off, who is only counted, and that nobody is because of a message that proves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mailbox.judging import Action, Policy, decide
from publisher.mailbox.report import Failure, Kind, Report
from publisher.message import Delivery, DeliveryState
from publisher.mime.addresses import ReturnPath, check_of

DELIVERY = Delivery(
    id=42,
    issue="2026-11",
    subscriber=7,
    address="zoe@mairie.example",
    name="Zoé",
    token="jeton-de-zoe",
    state=DeliveryState.SENT,
    message_id="<2026-11.abc@reseau.example>",
)
PATH = ReturnPath(issue="2026-11", delivery=42, check=check_of("2026-11", 42, "jeton-de-zoe"))
HARD = Failure(address="zoe@mairie.example", meaning="hard", status="5.1.1", evidence="status: 5.1.1")
BOUNCE = Report(kind=Kind.BOUNCE, how="RFC 3464", failures=(HARD,), return_path=PATH)


def test_a_hard_bounce_strikes_at_once() -> None:
    """A dead address is struck off with the words it rests on, and whose it is comes from the delivery."""
    decision = decide(BOUNCE, DELIVERY)
    assert decision.action is Action.STRIKE
    assert (decision.delivery, decision.subscriber, decision.address) == (42, 7, "zoe@mairie.example")
    assert decision.reason == "adresse inexistante ou fermée (5.1.1)"
    assert decision.evidence == "status: 5.1.1"


@pytest.mark.parametrize(("before", "action"), [(0, Action.COUNT), (2, Action.COUNT), (3, Action.STRIKE)])
def test_soft_bounces_count(before: int, action: Action) -> None:
    """A full mailbox is counted; the policy's last one strikes, and says how many there were."""
    full = replace(BOUNCE, failures=(replace(HARD, meaning="full", status="5.2.2"),))
    decision = decide(full, DELIVERY, soft_before=before, policy=Policy(soft_limit=4, within_days=90))
    assert decision.action is action
    assert ("4e fois en 90 jours" in decision.reason) == (action is Action.STRIKE)


@pytest.mark.parametrize("meaning", ["policy", "content", "size"])
def test_what_a_server_has_against_us_strikes_nobody(meaning: str) -> None:
    """A sender on a block list for months would lose its readers at that provider, all of them alive."""
    refused = replace(BOUNCE, failures=(replace(HARD, meaning=meaning, status="5.7.1"),))
    assert decide(refused, DELIVERY, soft_before=50).action is Action.COUNT


@pytest.mark.parametrize(
    "report",
    [
        replace(BOUNCE, return_path=None),
        replace(BOUNCE, return_path=ReturnPath(issue="2026-11", delivery=42, check="00000000")),
        replace(BOUNCE, return_path=ReturnPath(issue="2026-10", delivery=42, check=PATH.check)),
        replace(BOUNCE, return_path=ReturnPath(issue="2026-11", delivery=43, check=PATH.check)),
        replace(BOUNCE, return_path=None, message_ids=("<autre@reseau.example>",)),
    ],
)
def test_an_invented_bounce_is_shown(report: Report) -> None:
    """A report without the delivery's check or its returned Message-ID strikes nobody: a person looks."""
    for found in (DELIVERY, None):
        assert decide(report, found).action is Action.SHOW


def test_a_returned_message_id_is_proof_enough() -> None:
    """Without VERP the Message-ID of the returned letter ties the report to the delivery."""
    report = replace(BOUNCE, return_path=None, message_ids=("<2026-11.abc@reseau.example>",))
    assert decide(report, DELIVERY).action is Action.STRIKE


BEHIND = (
    replace(HARD, address="z@hebergeur.example"),
    replace(HARD, final="z@hebergeur.example"),
)
"""A report that names another address alone, and one that names it beside ours (RFC 3464, 2.3.1)."""


@pytest.mark.parametrize("failure", BEHIND)
def test_an_address_behind_the_one_we_wrote_to_is_only_counted(failure: Failure) -> None:
    """Of a town hall's four people one has left: the town hall's address is struck off only if that goes on."""
    elsewhere = replace(BOUNCE, failures=(failure,))
    decision = decide(elsewhere, DELIVERY)
    assert decision.action is Action.COUNT
    assert decision.address == "zoe@mairie.example"
    assert "z@hebergeur.example" in decision.evidence
    assert decide(elsewhere, DELIVERY, soft_before=3).action is Action.STRIKE


@pytest.mark.parametrize("failure", BEHIND)
def test_a_bounce_of_somebody_elses_letter_is_shown(failure: Failure) -> None:
    """Who writes to others under our return path has bounces sent to us; they return a letter that is not ours."""
    foreign = replace(BOUNCE, failures=(failure,), message_ids=("<pilules@ailleurs.example>",))
    assert decide(foreign, DELIVERY, soft_before=9).action is Action.SHOW


def test_relays_that_give_letters_a_message_id_of_their_own_hide_no_bounce() -> None:
    """Some relays rewrite the Message-ID: our return path and the very address are enough."""
    assert decide(replace(BOUNCE, message_ids=("<0100@relais.example>",)), DELIVERY).action is Action.STRIKE


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("zoe@été.example", "zoe@xn--t-9fab.example"), ("Zoe@Mairie.example", "zoe@mairie.EXAMPLE")],
)
def test_two_spellings_of_an_address_are_one(ours: str, theirs: str) -> None:
    """Servers write domains in A-labels and capitals as they like: the address is still the one that we wrote to."""
    report = replace(BOUNCE, failures=(replace(HARD, address=theirs),))
    assert decide(report, replace(DELIVERY, address=ours)).action is Action.STRIKE


def test_several_strangers_are_shown() -> None:
    """A report of several addresses, none of them ours, decides nothing."""
    failures = tuple(replace(HARD, address=f"{name}@autre.example") for name in "ab")
    assert decide(replace(BOUNCE, failures=failures), DELIVERY).action is Action.SHOW


@pytest.mark.parametrize(
    ("report", "action"),
    [
        (Report(kind=Kind.PERSONAL, how=""), Action.SHOW),
        (Report(kind=Kind.AUTOMATIC, how="RFC 3834"), Action.IGNORE),
        (Report(kind=Kind.UNSUBSCRIBE, how="", token="jeton"), Action.UNSUBSCRIBE),
        (Report(kind=Kind.UNSUBSCRIBE, how=""), Action.SHOW),
        (Report(kind=Kind.DELAY, how="", failures=(HARD,), return_path=PATH), Action.IGNORE),
        (Report(kind=Kind.COMPLAINT, how="", failures=(HARD,), return_path=PATH), Action.COMPLAINT),
        (Report(kind=Kind.COMPLAINT, how="", failures=(HARD,)), Action.SHOW),
        (Report(kind=Kind.LEFT, how="", failures=(HARD,), return_path=PATH), Action.UNSUBSCRIBE),
        (Report(kind=Kind.LEFT, how="", failures=(HARD,)), Action.SHOW),
    ],
)
def test_every_kind_has_its_action(report: Report, action: Action) -> None:
    """Each kind of message leads where it must."""
    assert decide(report, DELIVERY).action is action


@given(
    st.sampled_from([kind for kind in Kind if kind not in {Kind.BOUNCE, Kind.COMPLAINT, Kind.LEFT}]),
    st.booleans(),
    st.integers(0, 50),
    st.sampled_from(["hard", "full", "soft", "policy"]),
)
def test_what_is_no_bounce_strikes_nobody(kind: Kind, proven: bool, before: int, meaning: str) -> None:
    """Whatever else it holds, what is neither bounce nor complaint nor a provider's word of a wish ends nothing."""
    report = Report(kind=kind, how="", failures=(replace(HARD, meaning=meaning),), return_path=PATH if proven else None)
    assert decide(report, DELIVERY, soft_before=before).action in {Action.SHOW, Action.IGNORE}
