"""A round: from bytes in a mailbox to decisions, with what the ledger remembers."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from publisher.mailbox.judging import Action, Policy
from publisher.mailbox.reading import Own
from publisher.mailbox.rounds import go_round
from publisher.message import Delivery, DeliveryState
from publisher.mime.addresses import check_of
from publisher.postbox.maildir import Maildir

OWN = Own(bounce_address="retours@reseau.example", unsubscribe="desinscription@reseau.example")
CORPUS = Path(__file__).parent / "corpus"


class Ledger:
    """One delivery, and the soft bounces of its subscriber."""

    def __init__(self, now: datetime, softs: tuple[datetime, ...] = ()) -> None:
        self.now = now
        self.softs = softs
        self.sent = Delivery(
            id=42,
            issue="2026-11",
            subscriber=7,
            address="zoe@mairie.example",
            name="Zoé",
            token="jeton-de-zoe",
            state=DeliveryState.SENT,
            message_id="<2026-11.abc@reseau.example>",
        )

    def delivery(self, identity: int) -> Delivery | None:
        """Return the one delivery."""
        return self.sent if identity == 42 else None

    def delivery_of(self, message_id: str) -> Delivery | None:
        """Return it by its Message-ID."""
        return self.sent if message_id == self.sent.message_id else None

    def soft_bounces(self, subscriber: int, since: datetime, *, besides: int = 0) -> int:
        """Count those since then."""
        return sum(soft >= since for soft in self.softs)


def test_a_round_through_the_corpus(tmp_path: Path, now: datetime) -> None:
    """Every message of the corpus gets its decision, and what was dealt with is not read again."""
    (tmp_path / "new").mkdir()
    for file in CORPUS.glob("*.toml"):
        text = tomllib.loads(file.read_text(encoding="utf-8"))["input"]["message"]
        check = check_of("2026-11", 42, "jeton-de-zoe")
        (tmp_path / "new" / file.stem).write_bytes(text.replace("@@check@@", check).encode())
    box = Maildir(tmp_path)
    decisions = {}
    for key, _, decision in go_round(box, OWN, Ledger(now), now=now):
        decisions[key] = decision
        box.done(key)
    struck = {key for key, decision in decisions.items() if decision.action is Action.STRIKE}
    assert struck == {
        "dsn_unknown_user",
        "dsn_status_says_nothing",
        "dsn_without_verp",
        "qmail",
        "accented_sender",
    }
    assert {key for key, decision in decisions.items() if decision.action is Action.COUNT} == {
        "dsn_mailbox_full",
        "dsn_policy",
        "dsn_relay_denied",
        "dsn_forwarded",
        "dsn_utf8",
    }
    assert decisions["arf_abuse"].action is Action.COMPLAINT
    assert decisions["unsubscribe_by_mail"].token == "jeton-de-zoe-0123456789"
    assert all(decision.reason for decision in decisions.values())
    assert not list(go_round(box, OWN, Ledger(now), now=now))


def test_only_recent_soft_bounces_count(tmp_path: Path, now: datetime) -> None:
    """Soft bounces older than the policy's days are forgotten."""
    (tmp_path / "new").mkdir()
    text = tomllib.loads((CORPUS / "dsn_mailbox_full.toml").read_text(encoding="utf-8"))["input"]["message"]
    check = check_of("2026-11", 42, "jeton-de-zoe")
    (tmp_path / "new" / "1").write_text(text.replace("@@check@@", check), encoding="utf-8")
    for days, action in ((10, Action.STRIKE), (200, Action.COUNT)):
        ledger = Ledger(now, (now - timedelta(days=days),) * 3)
        rounds = list(go_round(Maildir(tmp_path), OWN, ledger, now=now, policy=Policy(soft_limit=4)))
        assert [decision.action for _, _, decision in rounds] == [action]
