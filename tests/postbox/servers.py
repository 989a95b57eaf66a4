"""Mail servers on loopback that speak as much of IMAP and POP3 as reading takes, and can misbehave."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

LETTERS = {
    1: b"Subject: un\r\n\r\npremier\r\n",
    2: b"Subject: deux\r\n\r\n.point\r\n",
    3: b"Subject: trois\r\n\r\n\xe9\r\n",
}


@dataclass
class Mailbox:
    """What a server holds: messages by UID, and what clients did to it. ``validity`` is IMAP's UIDVALIDITY."""

    letters: dict[int, bytes] = field(default_factory=lambda: dict(LETTERS))
    password: str = "secret"
    folder: str = '"INBOX"'
    validity: int = 7
    seen: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    faults: Mapping[str, bytes | None] = field(default_factory=dict)
    """Answers in place of the right ones, by a word of the command: octets, or ``None`` to hang up."""


class Server:
    """One mailbox behind a line protocol."""

    greeting = b""

    def __init__(self, mailbox: Mailbox | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.mailbox = mailbox or Mailbox()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and wait."""
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(5)
                    if self._tls is None:
                        self._serve(connection)
                    else:
                        with self._tls.wrap_socket(connection, server_side=True) as safe:
                            self._serve(safe)

    def _serve(self, connection: socket.socket) -> None:
        if "GREETING" in self.mailbox.faults:
            self._misbehave(connection, self.mailbox.faults["GREETING"], "")
        connection.sendall(self.greeting)
        with connection.makefile("rb") as lines:
            for line in lines:
                words = line.decode().rstrip("\r\n")
                self.mailbox.said.append(words)
                for word, fault in self.mailbox.faults.items():
                    if word in words:
                        self._misbehave(connection, fault, words)
                        break
                else:
                    connection.sendall(self.answer(words))
                if words.upper().endswith(("LOGOUT", "QUIT")):
                    return

    def _misbehave(self, connection: socket.socket, fault: bytes | None, words: str) -> None:
        if fault is None:
            raise ConnectionError
        if fault.startswith(b"DRIBBLE"):
            while not self._stop.wait(0.02):
                connection.sendall(b"* OK" if b"LINE" in fault else b"x")
        if fault.startswith(b"FLOOD"):
            while not self._stop.is_set():
                connection.sendall((b"* OK " + b"x" * 900 + b"\r\n") * 1000)
        connection.sendall(fault.replace(b"TAG", words.split(" ", maxsplit=1)[0].encode()))

    def answer(self, line: str) -> bytes:
        """Return the answer to one line."""
        raise NotImplementedError


class ImapServer(Server):
    """As much of IMAP4rev1 as reading takes (RFC 3501)."""

    greeting = b"* OK ready\r\n"

    def answer(self, line: str) -> bytes:
        """Answer one command."""
        tag, _, command = line.partition(" ")
        verb = command.upper()
        untagged, status = b"", "OK done"
        if verb.startswith("CAPABILITY"):
            untagged = b"* CAPABILITY IMAP4rev1\r\n"
        elif verb.startswith("LOGIN"):
            status = "OK in" if f'"{self.mailbox.password}"' in command else "NO wrong password"
        elif verb.startswith(("SELECT", "EXAMINE")):
            untagged = (
                f"* {len(self.mailbox.letters)} EXISTS\r\n* OK [UIDVALIDITY {self.mailbox.validity}] UIDs\r\n".encode()
            )
            status = "OK here" if self.mailbox.folder in command else "NO no such folder"
        elif verb.startswith("UID SEARCH"):
            untagged = f"* SEARCH {' '.join(map(str, self._found(verb)))}\r\n".encode()
        elif verb.startswith("UID FETCH"):
            untagged = b"".join(self._fetched(int(uid), verb) for uid in command.split()[2].split(","))
        elif verb.startswith("UID STORE"):
            self.mailbox.seen.add(int(command.split()[2]))
        elif verb == "LOGOUT":
            untagged = b"* BYE\r\n"
        return untagged + f"{tag} {status}\r\n".encode()

    def _found(self, verb: str) -> Iterator[int]:
        first = re.search(r"UID SEARCH UID (\d+):\*", verb)
        uids = sorted(self.mailbox.letters)
        for uid in uids:
            if first and (uid >= int(first[1]) or uid == uids[-1]):  # « n:* » always names the last one
                yield uid
            if not first and uid not in self.mailbox.seen:
                yield uid

    def _fetched(self, uid: int, verb: str) -> bytes:
        octets = self.mailbox.letters.get(uid)
        if octets is None:
            return b""
        size = f" RFC822.SIZE {len(octets)}" if "RFC822.SIZE" in verb else ""
        if "HEADER.FIELDS" in verb:
            head = octets.partition(b"\r\n\r\n")[0].split(b"\r\n")
            part = b"".join(line + b"\r\n" for line in head if line.lower().startswith(b"from:")) + b"\r\n"
        else:
            part = octets
        return f"* {uid} FETCH (BODY[] {{{len(part)}}}\r\n".encode() + part + f" UID {uid}{size})\r\n".encode()


class PopServer(Server):
    """As much of POP3 as reading and deleting takes (RFC 1939)."""

    greeting = b"+OK ready\r\n"

    def answer(self, line: str) -> bytes:
        """Answer one command."""
        verb, _, argument = line.partition(" ")
        letters = self.mailbox.letters
        if verb == "PASS":
            return b"+OK\r\n" if argument == self.mailbox.password else b"-ERR wrong password\r\n"
        if verb == "LIST":
            return b"+OK\r\n" + b"".join(b"%d %d\r\n" % (uid, len(letters[uid])) for uid in letters) + b".\r\n"
        if verb == "UIDL":
            return b"+OK\r\n" + b"".join(b"%d id-%d\r\n" % (uid, uid) for uid in letters) + b".\r\n"
        if verb == "RETR":
            return b"+OK\r\n" + letters[int(argument)].replace(b"\r\n.", b"\r\n..") + b".\r\n"
        if verb == "DELE":
            self.mailbox.deleted.add(int(argument))
        return b"+OK\r\n"
