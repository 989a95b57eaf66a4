"""A real SMTP server (aiosmtpd) in a process of its own, which hangs up or dies where it is told.

``python relay.py RECORD [PORT] [STEP NUMBER]``: each accepted message is one line of RECORD before it is answered.
Steps: EHLO, MAIL, RCPT, DATA (the command), accepted (the message is taken and not answered), stall
(the same, without hanging up), die (the process).
"""

from __future__ import annotations

import asyncio
import email
import os
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class Recorder:
    """Writes down what was accepted: recipient and Message-ID."""

    def __init__(self, record: Path, step: str, number: int) -> None:
        self._file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._mishaps = record.with_name("mishaps")
        self.step = step
        self._number = number
        self._seen = 0

    def reached(self, step: str) -> bool:
        """Say whether this is the moment: every so often, the given number of times apart."""
        if step != self.step:
            return False
        self._seen += 1
        if self._seen % self._number:
            return False
        with self._mishaps.open("a") as file:
            file.write(f"{step}\n")
        return True

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's names
        """Record the message; hang up or die before the answer where told so."""
        identity = email.message_from_bytes(envelope.content)["Message-ID"]
        if self.reached("die before"):
            os.kill(os.getpid(), signal.SIGKILL)
        lines = "".join(f"{recipient} {identity}\n" for recipient in envelope.rcpt_tos)
        os.write(self._file, lines.encode())
        if self.reached("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.reached("stall"):
            await asyncio.sleep(3600)
        if self.reached("accepted"):
            server.transport.abort()
        return "250 2.0.0 taken"


class Relay(SMTP):
    """Hangs up at the command it is told."""

    async def _cut(self, step: str, call: Any, arg: str) -> None:
        if self.event_handler.reached(step):
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return
        await call(arg)

    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's names
        """Answer or hang up."""
        await self._cut("EHLO", super().smtp_EHLO, arg)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's names
        """Answer or hang up."""
        await self._cut("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's names
        """Answer or hang up."""
        await self._cut("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's names
        """Answer or hang up."""
        await self._cut("DATA", super().smtp_DATA, arg)


async def main() -> None:
    """Serve until killed; print the port."""
    record, port = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    step, number = (sys.argv[3], int(sys.argv[4])) if len(sys.argv) > 4 else ("", 1)
    recorder = Recorder(record, step, number)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Relay(recorder, hostname="relay.example", ident="sink", loop=loop), "127.0.0.1", port
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
