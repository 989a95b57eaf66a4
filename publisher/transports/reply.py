"""What an SMTP server answers, read and judged: RFC 5321, 4.2 and RFC 3463. It talks to no server."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.message import Outcome, Result

LONGEST = 500
"""Characters kept of what a server says."""

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

CLOSING = 421
NO_STORAGE = 452
START_MAIL = 354


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply, its lines joined by spaces for people and kept apart for EHLO."""

    code: int
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the reply's words on one line, as received."""
        return " ".join(self.lines)

    @property
    def enhanced(self) -> str:
        """Return the enhanced status code (``5.1.1``), "" when there is none."""
        match = _ENHANCED.match(self.text)
        return match[1] if match else ""

    @property
    def good(self) -> bool:
        """Say whether the command was done."""
        return self.code // 100 == 2  # noqa: PLR2004 - 2yz is completion

    @property
    def final(self) -> bool:
        """Say whether trying again is useless."""
        return self.code // 100 == 5  # noqa: PLR2004 - 5yz is permanent

    @property
    def hangs_up(self) -> bool:
        """Say whether the server only ends an old connection (421 4.4.2), which asks for no pause."""
        return self.code == CLOSING and self.enhanced.startswith("4.4.")

    @property
    def asks_pause(self) -> bool:
        """Say whether it is a quota of ours (421, 452) and not the recipient's full mailbox (x.2.x)."""
        about_mailbox = self.enhanced.startswith("4.2.")
        return self.code in {CLOSING, NO_STORAGE} and not about_mailbox and not self.hangs_up

    def __str__(self) -> str:
        """Return code and words, for a sentence."""
        return f"{self.code} {self.text}".rstrip()


def parse_line(line: bytes) -> tuple[int, bool, str] | None:
    """Return code, whether more lines follow, and the words of one line without its line break; None if it is none."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    words = (match[3] or b"").decode("utf-8", "replace")
    if not words.isprintable():
        words = _NOT_PRINTABLE.sub(" ", words)
    return int(match[1]), match[2] == b"-", words.strip()[:LONGEST]


def result(reply: Reply) -> Result:
    """Return what a reply to RCPT, DATA or the final dot means for the message."""
    outcome = Outcome.SENT if reply.good else Outcome.FAILED if reply.final else Outcome.DEFERRED
    return Result(
        outcome=outcome, code=reply.code, enhanced=reply.enhanced, text=reply.text[:LONGEST], pause=reply.asks_pause
    )
