"""The SMTP transport against a server that misbehaves: nothing lost, nothing twice, each answer read as it is meant."""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING

import pytest
from transports.scripted import PIPELINED, PLAIN, Scripted, Step
from transports.sending import SHORT, outcomes, sent, smtp

from publisher.message import Outcome, Result
from publisher.transports.relay import _why
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from publisher.message import Message

    Messages = Callable[[int], tuple[Message, ...]]


def test_bytes_arrive_as_they_left(offers: tuple[str, ...], messages: Messages) -> None:
    """Dots at line starts, envelope and order of one connection are kept in every way of talking."""
    with Scripted(offers=offers) as server:
        results, error = sent(smtp(server), messages(20))
    assert error is None
    assert outcomes(results) == {Outcome.SENT: 20}
    assert [(taken.sender, taken.recipient, taken.data) for taken in server.taken] == [
        (message.envelope_sender, message.recipient, message.data) for message in messages(20)
    ]


@pytest.mark.parametrize(
    ("reply", "outcome", "pause"),
    [
        ("550 5.1.1 unknown user", Outcome.FAILED, False),
        ("552 5.2.2 mailbox full", Outcome.FAILED, False),
        ("450 4.2.0 greylisted", Outcome.DEFERRED, False),
        ("452 4.2.2 mailbox full", Outcome.DEFERRED, False),
        ("451 4.7.1 try later", Outcome.DEFERRED, False),
    ],
)
def test_a_refused_recipient_is_alone(
    reply: str, outcome: Outcome, pause: bool, offers: tuple[str, ...], messages: Messages
) -> None:
    """A refusal at RCPT touches one message, with code and words as received; its neighbours keep their envelopes."""

    def answer(step: Step) -> str | None:
        return reply if step.verb == "RCPT" and "abonne2@" in step.argument else None

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server), messages(4))
    code, enhanced, _ = reply.split(" ", 2)
    assert error is None
    assert results[2] == Result(
        outcome=outcome, code=int(code), enhanced=enhanced, text=reply.partition(" ")[2], pause=pause
    )
    assert [(taken.sender, taken.recipient) for taken in server.taken] == [
        (message.envelope_sender, message.recipient) for message in messages(4) if message.delivery != 2
    ]


@pytest.mark.parametrize("verb", ["RCPT", "BODY", "MAIL"])
@pytest.mark.parametrize("reply", ["452 4.3.1 quota reached", "421 4.7.0 too many messages today"])
def test_a_quota_is_a_pause(verb: str, reply: str, offers: tuple[str, ...], messages: Messages) -> None:
    """421 and 452 defer the message with the pause flag; nothing more is pulled, nothing counts as failed."""
    pulled = []

    def supply() -> Iterable[Message]:
        for message in messages(500):
            pulled.append(message.delivery)
            yield message

    def answer(step: Step) -> str | None:
        over = sum(past.verb == verb for past in server.log) > 6
        return reply if step.verb == verb and over else None

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server), supply())
    assert error is None
    assert set(results) == set(pulled)
    assert len(pulled) < 60
    assert outcomes(results)[Outcome.SENT] == 6 == len(server.taken)
    assert set(outcomes(results)) <= {Outcome.SENT, Outcome.DEFERRED, Outcome.NOT_TRIED}
    assert any(result.pause and result.code == int(reply[:3]) for result in results.values())


def test_a_refused_sender_ends_the_session(offers: tuple[str, ...], messages: Messages) -> None:
    """5xx at MAIL is about us: one sentence with a remedy, no recipient failed."""

    def answer(step: Step) -> str | None:
        return "553 5.7.1 not your domain" if step.verb == "MAIL" else None

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server), messages(5))
    assert error is not None
    assert "refuse l’expéditeur (553 5.7.1 not your domain)" in str(error)
    assert "letter.bounce_address" in error.remedy
    assert set(outcomes(results)) == {Outcome.NOT_TRIED}
    assert not server.taken


@pytest.mark.parametrize("verb", ["RCPT", "BODY"])
@pytest.mark.parametrize("offers", [PIPELINED, PLAIN], ids=["pipelining", "plain"])
def test_a_relay_that_refuses_everything_is_left(verb: str, offers: tuple[str, ...], messages: Messages) -> None:
    """Twenty refusals in a row by policy end the session: a blocked sender must not fail the whole list."""

    def answer(step: Step) -> str | None:
        return "554 5.7.1 blocked, see our postmaster" if step.verb == verb else None

    with Scripted(answer, offers=offers) as server:
        results, error = sent(smtp(server), messages(200))
    assert error is not None
    assert "a refusé 20 lettres de suite (554 5.7.1 blocked" in str(error)
    assert "--retry failed" in error.remedy
    assert outcomes(results)[Outcome.FAILED] in {20, 21}


def test_dead_addresses_in_a_row_are_no_reason_to_stop(messages: Messages) -> None:
    """An old list with thirty unknown users in a row is sent to its end."""

    def answer(step: Step) -> str | None:
        dead = step.verb == "RCPT" and int(step.argument.removeprefix("TO:<abonne").partition("@")[0]) <= 30
        return "550 5.1.1 unknown user" if dead else None

    with Scripted(answer) as server:
        results, error = sent(smtp(server), messages(40))
    assert error is None
    assert outcomes(results) == {Outcome.FAILED: 30, Outcome.SENT: 10}


def test_a_letter_too_heavy_ends_the_session(messages: Messages) -> None:
    """SIZE below the letter's weight: said before anything is sent."""
    with Scripted(offers=("PIPELINING", "SIZE 100")) as server:
        results, error = sent(smtp(server), messages(2))
    assert error is not None
    assert "n’en accepte que 100" in str(error)
    assert set(outcomes(results)) == {Outcome.NOT_TRIED}


def test_what_the_relay_is_told(message: Callable[..., Message]) -> None:
    """SIZE, BODY=8BITMIME and SMTPUTF8 stand in MAIL when they are needed and offered."""
    accented = message(2, recipient="zoé@mairie.example", data="To: <zoé@mairie.example>\r\n\r\nx\r\n".encode())
    with Scripted(offers=PIPELINED) as server:
        results, _ = sent(smtp(server), [message(1), accented])
    mails = [step.argument for step in server.log if step.verb == "MAIL"]
    assert mails[0].endswith(f"> SIZE={len(message(1).data)}")
    assert mails[1].endswith(f"> SIZE={len(accented.data)} BODY=8BITMIME SMTPUTF8")
    assert outcomes(results) == {Outcome.SENT: 2}
    with Scripted(offers=("PIPELINING",)) as server:
        results, _ = sent(smtp(server), [message(1), accented])
    assert results[2].outcome is Outcome.FAILED
    assert results[2].enhanced == "5.6.7"


def test_body_and_next_envelope_leave_together(messages: Messages) -> None:
    """With PIPELINING the final dot and the next MAIL, RCPT and DATA are one write: one round trip a message."""
    with Scripted(offers=PIPELINED) as server:
        sent(smtp(server), messages(5))
    together = [octets for octets in server.flights if b"\r\n.\r\nMAIL FROM" in octets and octets.endswith(b"DATA\r\n")]
    assert len(together) == 4


def test_several_are_under_way_with_chunking(messages: Messages) -> None:
    """With CHUNKING up to ``in_flight`` messages leave before the first answer."""
    with Scripted(lambda step: b"" if step.verb == "RSET" else None) as server:  # the first answer never comes
        results, error = sent(smtp(server, in_flight=4, tries=1, **SHORT), messages(9))
    assert b"".join(server.flights).count(b"BDAT ") == 4
    assert outcomes(results)[Outcome.UNCERTAIN] == 4
    assert error is not None


def test_messages_per_connection(messages: Messages) -> None:
    """A relay's limit per connection is kept by opening a new one."""
    with Scripted(offers=PIPELINED) as server:
        results, _ = sent(smtp(server, messages_per_connection=4), messages(10))
    assert outcomes(results) == {Outcome.SENT: 10}
    assert sum(step.verb == "GREETING" for step in server.log) == 3
    assert sum(step.verb == "QUIT" for step in server.log) == 3


def test_fewer_connections_than_asked_will_do(messages: Messages) -> None:
    """A relay that greets the second connection with 421 or 554 is used over the first."""
    for refusal in ("421 4.7.0 one is enough", "554 5.7.0 one is enough"):

        def answer(step: Step, refusal: str = refusal) -> str | None:
            return refusal if step.verb == "GREETING" and step.connection > 1 else None

        with Scripted(answer) as server:
            results, error = sent(smtp(server, connections=3), messages(100))
        assert error is None
        assert outcomes(results) == {Outcome.SENT: 100}


@pytest.mark.parametrize(
    ("greeting", "sentence"),
    [
        ("554 5.3.2 no service here", "refuse la connexion (554 5.3.2 no service here)"),
        ("421 4.3.2 too busy", "demande d’attendre (421 4.3.2 too busy)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "répond autre chose que du SMTP"),
        (b"", "n’a pas répondu en 1 s"),
        (b"x" * 70_000, "répond sans fin"),
    ],
)
def test_what_is_no_relay(greeting: str | bytes, sentence: str, messages: Messages) -> None:
    """A server that refuses, babbles or says nothing: one sentence, and no message was pulled."""
    pulled = []

    def supply() -> Iterable[Message]:
        for message in messages(3):
            pulled.append(message)
            yield message

    with Scripted(lambda step: greeting if step.verb == "GREETING" else None) as server:
        results, error = sent(smtp(server, tries=1, **(SHORT if greeting == b"" else {})), supply())
    assert error is not None
    assert sentence in str(error)
    assert error.remedy
    assert f"127.0.0.1:{server.port}" in str(error)
    assert not results
    assert not pulled


def test_nobody_listens(messages: Messages) -> None:
    """No server at all: said with host and port after the tries."""
    with Scripted() as server:
        port = server.port
    transport = Smtp(Settings(host="127.0.0.1", port=port, security="none", tries=2, retry_wait=0.01))
    results, error = sent(transport, messages(3))
    assert not results
    assert error is not None
    assert "est injoignable (la connexion est refusée)" in str(error)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "inconnu du DNS"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "aucune route"),
        (OSError("Multiple exceptions: …"), "aucune de ses adresses"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "ECONNRESET"),
    ],
)
def test_why_no_connection_came_about_is_said_in_french(error: OSError, words: str) -> None:
    """What the system says in its own language becomes French words, or its bare code."""
    assert words in _why(error)
    assert "Connection" not in _why(error)


def test_a_slow_caller_is_no_stall(messages: Messages) -> None:
    """The time the caller takes over a result (a slow disk) does not count against the relay."""
    with Scripted(offers=PIPELINED) as server:
        results: list[Outcome] = []
        for _, result in smtp(server, **SHORT).deliver(messages(4)):
            if not results:
                time.sleep(1.5)
            results.append(result.outcome)
    assert results == [Outcome.SENT] * 4


def test_no_password_is_said_before_connecting(tmp_path: Path, messages: Messages) -> None:
    """A password that is nowhere: the sentence names the variable or the file."""
    for changes, words in (
        ({"password_env": "RELAIS_MOT_DE_PASSE"}, "RELAIS_MOT_DE_PASSE"),
        ({"password_file": "absent"}, "transport.password_file"),
        ({}, "transport.password_file"),
    ):
        settings = Settings(host="127.0.0.1", port=9, username="lettre", **changes)  # type: ignore[arg-type]
        _, error = sent(Smtp(settings, root=tmp_path, environ={}), messages(1))
        assert error is not None
        assert words in str(error)
