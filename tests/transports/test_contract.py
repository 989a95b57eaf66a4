"""What every way out promises, held against Maildir, SMTP (a real server on loopback) and the memory transport."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

import pytest
from aiosmtpd.controller import Controller

from publisher.message import Outcome
from publisher.transports.maildir import Maildir
from publisher.transports.memory import Memory
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from publisher.message import Message
    from publisher.protocols import Transport


class Way(Protocol):
    """One way out, with a look at what arrived."""

    @property
    def transport(self) -> Transport:
        """Return the way out itself."""
        ...

    def arrived(self) -> list[bytes]:
        """Return the messages that arrived, CRLF lines."""
        ...


class MaildirWay:
    """A Maildir in a temporary folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.transport = Maildir(path)

    def arrived(self) -> list[bytes]:
        """Return the files of ``new/`` without what the mailbox added."""
        found = sorted((self.path / "new").iterdir(), key=lambda file: file.name)
        assert not list((self.path / "tmp").iterdir())
        return [file.read_bytes().split(b"\n", 2)[2].replace(b"\n", b"\r\n") for file in found]


class Mailbox:
    """What aiosmtpd hands over."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep the message."""
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return "250 2.0.0 OK"


class SmtpWay:
    """A server written by others."""

    def __init__(self, port: int, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.transport = Smtp(Settings(host="127.0.0.1", port=port, security="none", connections=3))

    def arrived(self) -> list[bytes]:
        """Return what the server accepted."""
        return self.mailbox.messages


class MemoryWay:
    """The transport that keeps everything."""

    def __init__(self) -> None:
        self.transport = Memory()

    def arrived(self) -> list[bytes]:
        """Return what was kept."""
        return [message.data for message in self.transport.delivered]


@pytest.fixture(params=["maildir", "smtp", "memory"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    """Give each way out in turn."""
    if request.param == "maildir":
        yield MaildirWay(tmp_path / "boîte")
        return
    if request.param == "memory":
        yield MemoryWay()
        return
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller cannot choose a port by itself
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield SmtpWay(port, mailbox)
    finally:
        controller.stop()


def test_every_message_arrives_once(way: Way, messages: Callable[[int], tuple[Message, ...]]) -> None:
    """Each message is yielded once, as sent, and arrives byte for byte."""
    given = messages(12)
    yielded = list(way.transport.deliver(given))
    assert sorted(message.delivery for message, _ in yielded) == list(range(1, 13))
    assert {result.outcome for _, result in yielded} == {Outcome.SENT}
    assert sorted(way.arrived()) == sorted(message.data for message in given)


def test_nothing_to_send(way: Way) -> None:
    """No message, no result, no error."""
    assert list(way.transport.deliver([])) == []


def test_an_impossible_address_fails_alone(way: Way, message: Callable[..., Message]) -> None:
    """A recipient with a line break or without a domain fails (5.1.3); the others go, and nothing is injected."""
    bad = [message(2, recipient="a@b.example>\r\nRCPT TO:<c@d.example"), message(3, recipient="personne")]
    results = {sent.delivery: result for sent, result in way.transport.deliver([message(1), *bad, message(4)])}
    assert [results[number].outcome for number in (1, 2, 3, 4)] == [
        Outcome.SENT,
        Outcome.FAILED,
        Outcome.FAILED,
        Outcome.SENT,
    ]
    assert results[2].enhanced == results[3].enhanced == "5.1.3"
    assert len(way.arrived()) == 2


def test_odd_but_lawful_addresses_arrive(way: Way, message: Callable[..., Message]) -> None:
    """Quotes, apostrophes and accents in an address are carried."""
    odd = ["o'neil@mairie.example", '"zoe, oui"@mairie.example', "zoé@xn--fort-ipa.example", "a+b@mairie.example"]
    given = [message(number, recipient=address) for number, address in enumerate(odd)]
    assert {result.outcome for _, result in way.transport.deliver(given)} == {Outcome.SENT}


def test_messages_are_pulled_as_they_go(way: Way, messages: Callable[[int], tuple[Message, ...]]) -> None:
    """Of a long supply only what can be carried is pulled: results come before the supply is at its end."""
    pulled = 0

    def supply() -> Iterator[Message]:
        nonlocal pulled
        for message in messages(400):
            pulled += 1
            yield message

    deliveries = way.transport.deliver(supply())
    next(deliveries)
    assert pulled < 200
    assert len(list(deliveries)) == 399


def test_a_supply_that_breaks_loses_no_result(way: Way, messages: Callable[[int], tuple[Message, ...]]) -> None:
    """When ``messages`` itself raises, what was pulled gets its results first, then the error comes through."""
    yielded = []

    def supply() -> Iterator[Message]:
        yield from messages(7)
        raise RuntimeError("la base s’est fermée")

    with pytest.raises(RuntimeError, match="la base"):  # noqa: PT012 - the loop is what raises
        for message, result in way.transport.deliver(supply()):
            yielded.append((message.delivery, result.outcome))
    assert sorted(yielded) == [(number, Outcome.SENT) for number in range(1, 8)]


def test_a_dropped_iteration_leaves_nothing_open(way: Way, messages: Callable[[int], tuple[Message, ...]]) -> None:
    """Closing the iteration in the middle closes files and connections (a warning would fail this test)."""
    deliveries = way.transport.deliver(messages(50))
    next(deliveries)
    deliveries.close()  # type: ignore[attr-defined]
