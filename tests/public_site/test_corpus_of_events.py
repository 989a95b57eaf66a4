"""Each file of the corpus is one event as its provider documents it, and what must follow from it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from public_site.world import AUTHORISED, ISSUE

if TYPE_CHECKING:
    from public_site.world import World

CORPUS = sorted((Path(__file__).resolve().parents[1] / "corpus" / "webhooks").glob("*.toml"))


def read(file: Path) -> dict[str, Any]:
    """Return one file of the corpus."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_event_has_its_consequence(file: Path, world: World) -> None:
    """The answer, the decision with its evidence and the person's state are as the file says; a repeat is harmless."""
    case = read(file)
    delivery = world.somebody()
    provider, given, expected = case["provider"], case["input"], case["expect"]
    if "message" in given:
        number = f"numero-{delivery.id}"
        text = world.filled(given["message"], delivery)
        body = world.amazon.signed(text, version=given.get("version", "2"), MessageId=number)
    else:
        body = world.filled(given["body"], delivery).encode()
    before = Counter(world.publication.returns.latest(1000))

    answer = world.tell(provider, body, AUTHORISED[provider])

    assert answer.status == expected["status"], (case["fact"], answer.text)
    new = list((Counter(world.publication.returns.latest(1000)) - before).elements())
    assert [one.action for one in new] == expected.get("actions", []), case["fact"]
    assert world.state(delivery).value == expected.get("state", "active"), case["fact"]
    assert bool(world.publication.roster.suppressed(delivery.address)) is expected.get("suppressed", False)
    for one in new:
        assert expected["reason"] in one.reason.replace("\u00a0", " ")
        assert world.filled(expected["evidence"], delivery) in one.evidence
        assert one.address == delivery.address or (not one.address and one.action in {"show", "ignore"})
    if expected["status"] == 200:
        again = world.tell(provider, body, AUTHORISED[provider])
        assert again.status == 200
        assert "retenus\u00a0: 0" in again.text
        assert len(world.publication.returns.latest(1000)) == before.total() + len(new)


def test_every_provider_has_each_outcome_it_can_tell() -> None:
    """The corpus holds hard, soft, complaint, leaving and strangers' events for each provider that tells of them."""
    found: dict[str, set[str]] = {}
    for file in CORPUS:
        case = read(file)
        found.setdefault(case["provider"], set()).update(case["expect"].get("actions", ["nothing"]))
    for provider in ("brevo", "mailjet", "postmark", "ses"):
        assert {"strike", "count", "complaint", "unsubscribe", "show", "nothing"} <= found[provider], provider


def test_the_people_of_the_corpus_were_written_to(world: World) -> None:
    """What the corpus is measured against is a real sending: everybody's delivery went out."""
    tally = world.publication.ledger.tally(ISSUE)
    assert tally.campaign == "done"
