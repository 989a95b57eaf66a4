"""What an SMTP server answers, read and judged: RFC 5321, 4.2 and RFC 3463. It talks to no server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from publisher.message import Outcome, Result

LONGEST = 500
"""Characters kept of what a server says."""

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")

_WAIT = re.compile(
    r"(?:again|retry|wait|come back|greylist\w*|graylist\w*|for|in|réessayer)\W+(?:\w+\W+){0,3}?"
    r"(?:(?P<clock>\d\d:\d\d:\d\d)|(?P<number>\d{1,5})\s*(?P<unit>s(?:ec|\b)|m(?:in|\b)|h(?:our|eure|\b)))",
    re.IGNORECASE,
)
_UNITS = {"s": 1, "m": 60, "h": 3600}

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
        words = "".join(character if character.isprintable() else " " for character in words)
    return int(match[1]), match[2] == b"-", words.strip()[:LONGEST]


@lru_cache(256)
def short(line: bytes) -> Reply | None:
    """Return the reply that one line is, None when it is none or more lines follow: relays repeat themselves."""
    parsed = parse_line(line.removesuffix(b"\r"))
    if parsed is None or parsed[1]:
        return None
    return Reply(code=parsed[0], lines=(parsed[2],))


def result(reply: Reply) -> Result:
    """Return what a reply to RCPT, DATA or the final dot means for the message."""
    if reply.good:
        return Result(outcome=Outcome.SENT, code=reply.code, enhanced=reply.enhanced, text=reply.text[:LONGEST])
    return Result(
        outcome=Outcome.FAILED if reply.final else Outcome.DEFERRED,
        code=reply.code,
        enhanced=reply.enhanced,
        text=reply.text[:LONGEST],
        pause=reply.asks_pause,
        retry_after=0.0 if reply.final else wait_asked(reply.text),
    )


def wait_asked(text: str) -> float:
    """Return the seconds that a server asks to wait in its words (greylisting does), 0 when it names none."""
    match = _WAIT.search(text)
    if match is None:
        return 0.0
    if match["clock"]:
        hours, minutes, seconds = map(int, match["clock"].split(":"))
        return float(hours * 3600 + minutes * 60 + seconds)
    return float(int(match["number"]) * _UNITS[match["unit"][0].lower()])
