"""The mailboxes that bounces arrive in: Maildir on disk, IMAP and POP3 from real servers on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

import pytest

from publisher.errors import SourceError
from publisher.mailbox.boxes import Box, Imap, Maildir, Pop, Settings

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = {
    "1": b"Subject: un\r\n\r\npremier\r\n",
    "2": b"Subject: deux\r\n\r\n.point\r\n",
    "3": b"Subject: trois\r\n\r\n\xe9\r\n",
}


class Server:
    """One mailbox behind a line protocol; ``seen`` and ``deleted`` are what clients did to it."""

    def __init__(self, *, password: str = "secret", cut_at: str = "") -> None:
        self.password = password
        self.cut_at = cut_at
        self.seen: set[str] = set()
        self.deleted: set[str] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and wait."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.sendall(self.greeting)
                    for line in lines:
                        words = line.decode().rstrip("\r\n")
                        if self.cut_at and self.cut_at in words:
                            break
                        connection.sendall(self.answer(words))
                        if words.upper().endswith(("LOGOUT", "QUIT")):
                            break

    greeting = b""

    def answer(self, line: str) -> bytes:
        """Return the answer to one line."""
        raise NotImplementedError


class ImapServer(Server):
    """As much of IMAP4rev1 as reading unseen messages takes (RFC 3501)."""

    greeting = b"* OK ready\r\n"

    def answer(self, line: str) -> bytes:
        """Answer one command."""
        tag, _, command = line.partition(" ")
        verb = command.upper()
        untagged, status = b"", "OK done"
        if verb.startswith("CAPABILITY"):
            untagged = b"* CAPABILITY IMAP4rev1\r\n"
        elif verb.startswith("LOGIN"):
            status = "OK in" if f'"{self.password}"' in command else "NO wrong password"
        elif verb.startswith("SELECT"):
            untagged, status = b"* 3 EXISTS\r\n", "OK here" if "INBOX" in verb else "NO no such folder"
        elif verb.startswith("UID SEARCH"):
            untagged = f"* SEARCH {' '.join(sorted(set(LETTERS) - self.seen))}\r\n".encode()
        elif verb.startswith("UID FETCH"):
            key = command.split()[2]
            octets = LETTERS[key]
            head = f"* {key} FETCH (UID {key} BODY[]<0> {{{len(octets)}}}\r\n".encode()
            untagged = head + octets + b")\r\n"
        elif verb.startswith("UID STORE"):
            self.seen.add(command.split()[2])
        elif verb == "LOGOUT":
            untagged = b"* BYE\r\n"
        return untagged + f"{tag} {status}\r\n".encode()


class PopServer(Server):
    """As much of POP3 as reading and deleting takes (RFC 1939)."""

    greeting = b"+OK ready\r\n"

    def answer(self, line: str) -> bytes:
        """Answer one command."""
        verb, _, argument = line.partition(" ")
        if verb == "PASS":
            return b"+OK\r\n" if argument == self.password else b"-ERR wrong password\r\n"
        if verb == "LIST":
            return b"+OK\r\n" + b"".join(b"%s 20\r\n" % key.encode() for key in LETTERS) + b".\r\n"
        if verb == "RETR":
            return b"+OK\r\n" + LETTERS[argument].replace(b"\r\n.", b"\r\n..") + b".\r\n"
        if verb == "DELE":
            self.deleted.add(argument)
        return b"+OK\r\n"


def through(box: Box, *, deal_with: set[str] | None = None) -> dict[str, bytes]:
    """Go through a box once; mark the messages ``deal_with`` (all of them when None)."""
    found = {}
    for key, octets in box.messages():
        found[key] = octets
        if deal_with is None or key in deal_with:
            box.done(key)
    return found


def imap(server: Server, **changes: object) -> Imap:
    """Return an IMAP box on the server."""
    given: dict[str, object] = {"kind": "imap", "host": "127.0.0.1", "port": server.port, "security": "none"}
    settings = Settings(**{**given, "username": "retours", "timeout": 2.0, **changes})  # type: ignore[arg-type]
    return Imap(settings, "secret")


def pop(server: Server, **changes: object) -> Pop:
    """Return a POP box on the server."""
    given: dict[str, object] = {"kind": "pop", "host": "127.0.0.1", "port": server.port, "security": "none"}
    settings = Settings(**{**given, "username": "retours", "timeout": 2.0, **changes})  # type: ignore[arg-type]
    return Pop(settings, "secret")


def test_imap_gives_each_unseen_message_once() -> None:
    """What was dealt with is marked as seen and not read again; the rest comes again."""
    with ImapServer() as server:
        assert through(imap(server), deal_with={"1", "3"}) == LETTERS
        assert server.seen == {"1", "3"}
        assert through(imap(server)) == {"2": LETTERS["2"]}
        assert through(imap(server)) == {}


def test_pop_deletes_only_when_told_to() -> None:
    """POP3 messages come back whole, dots and bytes kept, and stay unless ``delete`` says otherwise."""
    with PopServer() as server:
        assert through(pop(server)) == LETTERS
        assert not server.deleted
        assert through(pop(server, delete=True), deal_with={"2"}) == LETTERS
        assert server.deleted == {"2"}


def test_a_maildir_moves_what_was_dealt_with(tmp_path: Path) -> None:
    """A message stays in ``new`` until it was dealt with, then stands in ``cur``, seen."""
    (tmp_path / "new").mkdir()
    for key, octets in LETTERS.items():
        (tmp_path / "new" / key).write_bytes(octets)
    assert through(Maildir(tmp_path), deal_with={"2"}) == LETTERS
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"1", "3"}
    assert {file.name for file in (tmp_path / "cur").iterdir()} == {"2:2,S"}
    assert through(Maildir(tmp_path)) == {"1": LETTERS["1"], "3": LETTERS["3"]}


def test_a_mail_client_beside_us_disturbs_nothing(tmp_path: Path) -> None:
    """A message that somebody opens and moves meanwhile is left out, before or after it was read."""
    (tmp_path / "new").mkdir()
    for key, octets in LETTERS.items():
        (tmp_path / "new" / key).write_bytes(octets)
    box = Maildir(tmp_path)
    found = []
    for key, _ in box.messages():
        found.append(key)
        for moved in ("1", "2"):
            (tmp_path / "new" / moved).unlink(missing_ok=True)
        box.done(key)
    assert found == ["1", "3"]
    assert {file.name for file in (tmp_path / "cur").iterdir()} == {"3:2,S"}


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_a_wrong_password_is_one_sentence(kind: str) -> None:
    """A refused login names host and keys, and not the password."""
    with ImapServer(password="autre") if kind == "imap" else PopServer(password="autre") as server:
        box: Box = imap(server) if kind == "imap" else pop(server)
        with pytest.raises(SourceError, match="boîte des retours ne se lit pas") as caught:
            through(box)
    assert "bounces.username" in caught.value.remedy
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value) + repr(box)


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_a_cut_connection_loses_nothing(kind: str) -> None:
    """A server that hangs up in the middle: one sentence, and the messages are there the next time."""
    first = ImapServer(cut_at="FETCH 2") if kind == "imap" else PopServer(cut_at="RETR 2")
    found = {}
    with first as server:
        box: Box = imap(server) if kind == "imap" else pop(server)
        with pytest.raises(SourceError):  # noqa: PT012 - the loop is what raises
            for key, octets in box.messages():
                found[key] = octets
                box.done(key)
    assert found == {"1": LETTERS["1"]}


def test_no_server_and_no_folder(tmp_path: Path) -> None:
    """Nobody listening, an unknown folder, a Maildir that is not there: each is one sentence with a remedy."""
    with ImapServer() as server, pytest.raises(SourceError, match="dossier Retours est introuvable"):
        through(imap(server, folder="Retours"))
    for box in (imap(server), pop(server), Maildir(tmp_path / "absent")):
        with pytest.raises(SourceError) as caught:
            through(box)
        assert caught.value.remedy
