"""A real SMTP server on loopback that misbehaves on demand: it closes, stalls, babbles or refuses."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

ALL = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10000000", "CHUNKING")
PIPELINED = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10000000")
PLAIN = ("8BITMIME",)


class CloseError(Exception):
    """The server hangs up here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command as the server reads it. ``number`` counts all commands of all connections from 0."""

    number: int
    verb: str
    argument: str
    connection: int


@dataclass(slots=True, kw_only=True)
class Taken:
    """A message the server has said 250 to, or would have had it not been stopped from saying so."""

    sender: str
    recipient: str
    data: bytes


class Scripted:
    """Answers each command by ``answer(step)``: a reply, bytes to send as they are (none: a stall), None: as usual.

    ``answer`` may raise ``CloseError``. It is asked for the greeting (verb ``GREETING``), for each command, for the
    end of a DATA body (verb ``BODY``) before the message counts as taken, and right after (verb ``TAKEN``).
    """

    def __init__(
        self,
        answer: Callable[[Step], str | bytes | None] = lambda step: None,
        *,
        offers: tuple[str, ...] = ALL,
        context: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
    ) -> None:
        self.taken: list[Taken] = []
        self.log: list[Step] = []
        self.flights: list[bytes] = []
        self._stopping = False
        self._open: list[socket.socket] = []
        self._answer = answer
        self._offers = offers
        self._context = context
        self._implicit = implicit_tls
        self._lock = threading.Lock()
        self._connections = 0
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        """Start listening."""
        thread = threading.Thread(target=self._accept)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and wait for every thread."""
        self._stopping = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stopping:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                self._connections += 1
                thread = threading.Thread(target=self._serve, args=(connection, self._connections))
                thread.start()
                self._threads.append(thread)

    def _serve(self, connection: socket.socket, number: int) -> None:
        conversation = _Conversation(self, connection, number)
        try:
            with contextlib.suppress(CloseError, OSError):
                if self._implicit:
                    conversation.encrypt()
                conversation.run()
        finally:
            conversation.close()

    def ask(self, verb: str, argument: str, connection: int) -> str | bytes | None:
        """Log a step and return what the script says to it."""
        with self._lock:
            step = Step(number=len(self.log), verb=verb, argument=argument, connection=connection)
            self.log.append(step)
            return self._answer(step)

    def take(self, taken: Taken) -> None:
        """Keep a message."""
        with self._lock:
            self.taken.append(taken)

    @property
    def offers(self) -> tuple[str, ...]:
        """Return what EHLO lists."""
        return self._offers

    @property
    def context(self) -> ssl.SSLContext | None:
        """Return the server's certificate, for STARTTLS."""
        return self._context


class _Conversation:
    def __init__(self, server: Scripted, connection: socket.socket, number: int) -> None:
        self._server = server
        self._connection = connection
        self._number = number
        self._buffer = b""
        self._sender = ""
        self._recipient = ""

    def encrypt(self) -> None:
        """Speak TLS from here on."""
        assert self._server.context is not None
        self._connection = self._server.context.wrap_socket(self._connection, server_side=True)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def run(self) -> None:
        """Serve commands until somebody hangs up."""
        self._say("GREETING", "", "220 relais.example ESMTP")
        while True:
            line = self._read_until(b"\r\n").decode()
            verb, _, argument = line.partition(" ")
            getattr(self, f"_do_{verb.lower()}", self._do_other)(verb, argument.strip())

    def _do_other(self, verb: str, argument: str) -> None:
        self._say(verb, argument, "250 2.0.0 Ok")

    def _do_ehlo(self, verb: str, argument: str) -> None:
        lines = ["relais.example", *self._server.offers]
        self._say(verb, argument, "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    def _do_starttls(self, verb: str, argument: str) -> None:
        self._say(verb, argument, "220 2.0.0 Ready")
        self.encrypt()

    def _do_mail(self, verb: str, argument: str) -> None:
        if self._say(verb, argument, "503 5.5.1 nested MAIL" if self._sender else "250 2.1.0 Ok"):
            self._sender = argument.partition(":")[2].partition(" ")[0].strip("<>")

    def _do_rcpt(self, verb: str, argument: str) -> None:
        if self._say(verb, argument, "250 2.1.5 Ok" if self._sender else "503 5.5.1 need MAIL"):
            self._recipient = argument.partition(":")[2].partition(" ")[0].strip("<>")

    def _do_rset(self, verb: str, argument: str) -> None:
        self._sender = self._recipient = ""
        self._say(verb, argument, "250 2.0.0 Ok")

    def _do_data(self, verb: str, argument: str) -> None:
        if self._recipient and self._say(verb, argument, "354 go on"):
            body = self._read_until(b"\r\n.\r\n") + b"\r\n"
            self._accept(body.removeprefix(b".\r\n").replace(b"\r\n..", b"\r\n."))
        elif not self._recipient:
            self._say(verb, argument, "554 5.5.1 no valid recipients")

    def _do_bdat(self, verb: str, argument: str) -> None:
        body = self._read(int(argument.split(maxsplit=1)[0]))
        if self._recipient:
            self._accept(body)
        else:
            self._say(verb, argument, "503 5.5.1 no valid recipients")

    def _do_quit(self, verb: str, argument: str) -> None:
        self._say(verb, argument, "221 2.0.0 Bye")
        raise CloseError

    def _accept(self, data: bytes) -> None:
        answer = self._server.ask("BODY", "", self._number)
        if answer is None:
            self._server.take(Taken(sender=self._sender, recipient=self._recipient, data=data))
            answer = self._server.ask("TAKEN", "", self._number)
        self._sender = self._recipient = ""
        self._send("250 2.0.0 queued" if answer is None else answer)

    def _say(self, verb: str, argument: str, usual: str) -> bool:
        """Send the script's reply or the usual one; return whether it was a good one."""
        answer = self._server.ask(verb, argument, self._number)
        self._send(usual if answer is None else answer)
        return (usual if answer is None else str(answer))[0] in "23"

    def _send(self, answer: str | bytes) -> None:
        self._connection.sendall(answer if isinstance(answer, bytes) else answer.encode() + b"\r\n")
        if str(answer).startswith("421"):
            self._connection.shutdown(socket.SHUT_WR)
        if not answer or str(answer).startswith("421"):
            while True:  # everything is swallowed until the other side has had enough
                self._receive()

    def _read_until(self, mark: bytes) -> bytes:
        start = b"\r\n" if mark == b"\r\n.\r\n" else b""  # a body of no line ends with a dot at its very start
        while mark not in start + self._buffer:
            self._receive()
        before, _, self._buffer = (start + self._buffer).partition(mark)
        return before.removeprefix(start)

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _receive(self) -> None:
        octets = self._connection.recv(1 << 16)
        if not octets:
            raise CloseError
        self._server.flights.append(octets)
        self._buffer += octets
