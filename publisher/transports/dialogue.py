"""Mail transactions over one connection, in as few round trips as the relay allows. It pulls and reports, no more.

Three ways, by what EHLO offered: one command at a time; PIPELINING, where the body of one message and the envelope
of the next leave in one write (RFC 2920); CHUNKING with PIPELINING, where several messages are under way (RFC 3030).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Protocol

from publisher.errors import TransportError
from publisher.message import Outcome, Result
from publisher.transports.reply import CLOSING, START_MAIL, Reply, result
from publisher.transports.wire import Cut

if TYPE_CHECKING:
    from publisher.message import Message
    from publisher.transports.relay import Line, Relay

_FAREWELL = 5.0
"""Seconds that the answer to QUIT is worth."""
_IDLE = 15.0
"""Seconds without an answer after which a connection is asked whether it is still there, before bodies are risked."""
_NEVER = float("inf")
_RESET = b"RSET\r\n"
_END = b".\r\n"


class Desk(Protocol):
    """Where a dialogue takes messages and leaves results."""

    def take(self) -> Message | None:
        """Return the next message, None when there is none (for now, or at all)."""
        ...

    def settle(self, message: Message, result: Result) -> None:
        """Report the outcome of a message."""
        ...

    def give_back(self, message: Message, reason: str) -> None:
        """Report that nothing of a message can have been accepted, so that another connection may try it."""
        ...


class Dialogue:
    """One connection's work. After ``Cut`` or ``TransportError`` every message it took has been told to the desk."""

    def __init__(self, relay: Relay, line: Line, desk: Desk) -> None:
        self._relay = relay
        self._line = line
        self._wire = line.wire
        self._desk = desk
        self._left = relay.messages_per_connection or -1
        self._opening: list[Message] = []  # their last octet has not left: nothing can have been accepted yet
        self._flying: deque[Message] = deque()  # their last octet has been written: only an answer tells
        self._dirty = False
        self._clock = asyncio.get_running_loop().time
        self._heard = self._clock()
        self.answers = 0
        self._largest = line.largest
        self._pipelining = "PIPELINING" in line.offers
        self._chunking = self._pipelining and "CHUNKING" in line.offers and relay.in_flight > 1

    @property
    def spent(self) -> bool:
        """Say whether the connection has carried all that ``messages_per_connection`` allows."""
        return not self._left

    async def run(self) -> None:
        """Carry messages until the desk has none or the connection is spent; it may be called again."""
        try:
            await self._wire.talk(self._by_chunks() if self._chunking else self._by_data())
        except (Cut, TransportError) as error:
            self._tell_all(str(error))
            raise
        except asyncio.CancelledError:
            self._tell_all("envoi interrompu")
            raise

    async def quit(self) -> None:
        """Say goodbye and wait for the answer (RFC 5321, 4.1.1.10)."""
        with contextlib.suppress(Cut):
            self._wire.write(b"QUIT\r\n")
            await self._reply(min(self._relay.timeout, _FAREWELL))

    # What may be sent

    def _next(self) -> Message | None:
        """Take the next message that this relay can be given; what it cannot be given fails alone."""
        while self._left:
            message = self._desk.take()
            if message is None:
                return None
            if message.recipient.isascii() or "SMTPUTF8" in self._line.offers:
                self._left -= 1
                self._check_size(message)
                return message
            text = "le relais ne sait pas écrire à une adresse accentuée (SMTPUTF8)"
            self._desk.settle(message, Result(outcome=Outcome.FAILED, enhanced="5.6.7", text=text))
        return None

    def _check_size(self, message: Message) -> None:
        if self._largest and len(message.data) > self._largest:
            self._desk.give_back(message, "message trop lourd")
            text = f"la lettre pèse {len(message.data)} octets et le relais n’en accepte que {self._largest}."
            raise TransportError(text, place=self._relay.place, remedy="Allégez la lettre, ou changez de relais.")

    def _commands(self, message: Message) -> list[bytes]:
        """Return MAIL and RCPT of a message."""
        mail = f"MAIL FROM:<{message.envelope_sender}>"
        if "SIZE" in self._line.offers:
            mail += f" SIZE={len(message.data)}"
        if "8BITMIME" in self._line.offers and not (message.seven_bit or message.data.isascii()):
            mail += " BODY=8BITMIME"
        if not message.recipient.isascii():
            mail += " SMTPUTF8"
        return [f"{mail}\r\n".encode(), f"RCPT TO:<{message.recipient}>\r\n".encode()]

    # One message at a time, DATA

    async def _by_data(self) -> None:
        ready: Message | None = None  # its DATA was answered by 354
        while True:
            following = self._next()
            if ready is None and following is None:
                return
            octets: list[bytes] = []
            if ready is not None:
                octets += body(ready)
            if following is not None:
                self._opening.append(following)
                if self._pipelining:
                    octets += [*self._reset(), *self._commands(following), b"DATA\r\n"]
            self._wire.write(*octets)
            if ready is not None:
                self._flying.append(self._opening.pop(0))
                self._finish(await self._reply(self._relay.data_timeout))
            ready = following if following is not None and await self._open(following) else None

    async def _open(self, message: Message) -> bool:
        """Read (and, without PIPELINING, send) an envelope; return whether the relay waits for the body."""
        commands = [*self._reset(), *self._commands(message), b"DATA\r\n"] if not self._pipelining else []
        if self._dirty:
            await self._step(commands)
            self._dirty = False
        mail = await self._step(commands)
        rcpt = await self._step(commands) if mail.good or self._pipelining else mail
        data = await self._step(commands) if rcpt.good or self._pipelining else rcpt
        if mail.good and rcpt.good and data.code == START_MAIL:
            return True
        if data.code == START_MAIL:  # the recipient was refused and yet the relay waits: it gets nothing
            self._wire.write(_END)
            await self._reply(self._relay.timeout)
        self._dirty = True
        self._opening.remove(message)
        self._judge(message, mail, rcpt, data)
        return False

    async def _step(self, commands: list[bytes]) -> Reply:
        if commands:
            self._wire.write(commands.pop(0))
        return await self._reply(self._relay.timeout)

    def _reset(self) -> list[bytes]:
        return [_RESET] if self._dirty else []

    # Several messages under way, BDAT

    async def _by_chunks(self) -> None:
        refusal: TransportError | None = None
        while True:
            if not self._flying:
                await self._probe()
            while refusal is None and len(self._flying) < self._relay.in_flight:
                try:
                    message = self._next()
                except TransportError as error:  # what is under way still gets its answers
                    refusal, message = error, None
                if message is None:
                    break
                # RSET each time: after a refused recipient the next envelope must not join the last transaction
                size = f"BDAT {len(message.data)} LAST\r\n".encode()
                self._opening.append(message)
                self._wire.write(_RESET, *self._commands(message), size, message.data)
                self._flying.append(self._opening.pop())
            if not self._flying:
                if refusal is not None:
                    raise refusal
                return
            await self._reply(self._relay.data_timeout)
            mail, rcpt = await self._reply(self._relay.data_timeout), await self._reply(self._relay.data_timeout)
            last = await self._reply(self._relay.data_timeout)
            if mail.good and rcpt.good:
                self._finish(last)
                continue
            try:
                self._judge(self._flying.popleft(), mail, rcpt, last)
            except TransportError as error:
                refusal = error

    async def _probe(self) -> None:
        """Ask a connection that was long idle whether it lives: bodies written to a dead one would be uncertain."""
        if self._clock() - self._heard > _IDLE:
            self._wire.write(b"NOOP\r\n")
            await self._reply(self._relay.timeout)

    # What the answers mean

    async def _reply(self, seconds: float) -> Reply:
        """Return the next answer. A relay that says 421 reads nothing that was written after it."""
        reply = self._wire.waiting()
        if reply is None:
            self._wire.deadline = self._clock() + seconds
            reply = await self._wire.reply()
            self._wire.deadline = _NEVER
            self._heard = self._clock()
        if reply.code == CLOSING:
            self._closing(reply)
        return reply

    def _closing(self, reply: Reply) -> None:
        """Settle everything under way after 421: the oldest message got it, nothing later can have been accepted."""
        under_way = [*self._flying, *self._opening]
        self._flying.clear()
        self._opening.clear()
        if under_way and not reply.hangs_up:
            self._desk.settle(under_way.pop(0), result(reply))
        for message in under_way:
            self._desk.give_back(message, str(reply))
        raise Cut(f"a fermé la connexion ({reply})")

    def _finish(self, reply: Reply) -> None:
        """Settle the oldest message by the answer to its last octet."""
        if reply.code == START_MAIL:
            raise Cut(f"répond hors de propos ({reply})")
        self.answers += 1
        self._desk.settle(self._flying.popleft(), result(reply))

    def _judge(self, message: Message, mail: Reply, rcpt: Reply, data: Reply) -> None:
        """Settle a message whose envelope was refused. A refused sender is nobody's bounce: it ends the session."""
        if mail.final and not mail.enhanced.startswith(("5.1.3", "5.6.")):
            self._desk.give_back(message, str(mail))
            text = f"le relais refuse l’expéditeur ({mail})."
            remedy = "Vérifiez « letter.bounce_address », et que ce relais envoie pour ce domaine."
            raise TransportError(text, place=self._relay.place, remedy=remedy)
        refused = mail if not mail.good else rcpt if not rcpt.good else data
        if refused.good or refused.code == START_MAIL:
            self._desk.give_back(message, str(refused))
            raise Cut(f"répond hors de propos ({refused})")
        self.answers += 1
        self._desk.settle(message, result(refused))

    def _tell_all(self, reason: str) -> None:
        for message in self._opening:
            self._desk.give_back(message, reason)
        for message in self._flying:
            self._desk.settle(message, Result(outcome=Outcome.UNCERTAIN, text=reason))
        self._opening.clear()
        self._flying.clear()


def body(message: Message) -> tuple[bytes, bytes]:
    """Return a message as DATA takes it: leading dots doubled, and the final dot (RFC 5321, 4.5.2)."""
    data = message.data
    if not message.dot_safe:
        data = data.replace(b"\r\n.", b"\r\n..")
        if data.startswith(b"."):
            data = b"." + data
    return data, _END if data.endswith(b"\r\n") else b"\r\n" + _END
