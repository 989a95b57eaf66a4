"""What servers answer: read, judged, and the wait that some of them ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.message import Outcome
from publisher.transports.reply import Reply, parse_line, result, wait_asked


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4.2.0 <zoe@mairie.example>: Recipient address rejected: Greylisted, try again in 300 seconds", 300),
        ("4.7.1 Greylisting in action, please come back in 00:04:59", 299),
        ("4.7.0 Temporarily deferred, retry in 5 minutes", 300),
        ("4.3.2 Please try again later", 0),
        ("4.7.1 Too many messages; wait 2 hours", 7200),
        ("4.7.0 greylisted for 60s", 60),
        ("4.7.28 rate limit, see https://aide.example/in 2024", 0),
        ("", 0),
    ],
)
def test_the_wait_a_server_asks_for(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and clock times are read from the words; no number that is no duration is."""
    assert wait_asked(text) == seconds
    assert result(Reply(code=451, lines=(text,))).retry_after == seconds


@pytest.mark.parametrize(
    ("reply", "outcome", "pause"),
    [
        (Reply(code=250, lines=("2.0.0 queued",)), Outcome.SENT, False),
        (Reply(code=550, lines=("5.1.1 unknown",)), Outcome.FAILED, False),
        (Reply(code=450, lines=("4.2.1 later",)), Outcome.DEFERRED, False),
        (Reply(code=452, lines=("4.3.1 quota",)), Outcome.DEFERRED, True),
        (Reply(code=452, lines=("4.2.2 full",)), Outcome.DEFERRED, False),
        (Reply(code=421, lines=("4.7.0 too many",)), Outcome.DEFERRED, True),
        (Reply(code=421, lines=("4.4.2 idle",)), Outcome.DEFERRED, False),
    ],
)
def test_what_a_reply_means(reply: Reply, outcome: Outcome, pause: bool) -> None:
    """The class decides the outcome; 421 and 452 ask for a pause, but not for one mailbox or an old connection."""
    assert (result(reply).outcome, result(reply).pause) == (outcome, pause)


@given(st.binary(max_size=300))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    """A line is a reply with printable words, or none; nothing raises."""
    parsed = parse_line(line)
    assert parsed is None or (200 <= parsed[0] <= 599 and parsed[2].isprintable())
