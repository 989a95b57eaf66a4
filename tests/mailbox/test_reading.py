"""Messages that come back: a corpus of them, each file with what it must be read as."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mailbox.reading import Own, read
from publisher.mailbox.report import Kind, Report
from publisher.mime.addresses import check_of

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.toml"))
OWN = Own(bounce_address="retours@reseau.example", unsubscribe="desinscription@reseau.example")


def corpus(file: Path) -> tuple[str, dict[str, str | int], Report]:
    """Return the fact, the expectation, and what was read."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    text = data["input"]["message"].replace("@@check@@", check_of("2026-11", 42, "jeton-de-zoe"))
    return data["fact"], data["expect"], read(text.encode(), OWN)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: str(file.stem))
def test_corpus(file: Path) -> None:
    """Each file of the corpus is read as it says itself."""
    fact, expected, report = corpus(file)
    failure = report.failures[0] if report.failures else None
    got = {
        "kind": report.kind.value,
        "how": report.how,
        "token": report.token,
        "address": failure.address if failure else "",
        "meaning": failure.meaning if failure else "",
        "status": failure.status if failure else "",
        "delivery": report.return_path.delivery if report.return_path else 0,
        "message_id": report.message_ids[0] if report.message_ids else "",
    }
    assert {key: got[key] for key in expected} == expected, fact
    assert bool(failure) == ("address" in expected)
    assert failure is None or failure.evidence


def test_the_corpus_is_there() -> None:
    """Every kind of message is in the corpus; a provider alone tells that somebody left."""
    assert {corpus(file)[2].kind for file in CORPUS} == set(Kind) - {Kind.LEFT}


@given(st.binary(max_size=600))
def test_any_bytes_give_a_report(octets: bytes) -> None:
    """No bytes raise; what is no report is never read as a bounce."""
    assert read(octets, OWN).kind in Kind


@given(st.binary(max_size=200), st.integers(0, 2000), st.sampled_from([file.stem for file in CORPUS]))
def test_damaged_reports_never_raise(noise: bytes, at: int, name: str) -> None:
    """A message of the corpus with noise anywhere in it still gives a report."""
    data = tomllib.loads((Path(__file__).parent / "corpus" / f"{name}.toml").read_text(encoding="utf-8"))
    octets = data["input"]["message"].encode()
    assert read(octets[:at] + noise + octets[at:], OWN).kind in Kind


@pytest.mark.parametrize("depth", [400, 3000])
def test_parts_within_parts_without_end_are_a_persons_letter(depth: int) -> None:
    """A message made to exhaust whoever reads it gives a report that a person can find it by."""
    octets = b"From: a@x.example\r\nSubject: poison\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * depth
    report = read(octets, OWN)
    assert (report.kind, report.subject, report.sender) == (Kind.PERSONAL, "poison", "a@x.example")


@pytest.mark.parametrize("field", [b"a" * 300_000, b"=?utf-8?q?a?= " * 30_000, b"a@" * 150_000], ids=["a", "=?", "a@"])
@pytest.mark.parametrize("name", [b"To", b"Subject", b"From"])
def test_an_endless_field_is_read_in_no_time(field: bytes, name: bytes) -> None:
    """Fields of hundreds of thousands of octets cost no minutes: that is measured in this process's own time."""
    begun = time.process_time()
    assert read(name + b": " + field + b"\r\n\r\nbonjour\r\n", OWN).kind in Kind
    assert time.process_time() - begun < 5
