"""One connection: replies however they are cut up, and a talk that goes on where they come in."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.transports.wire import Cut, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.transports.reply import Reply

SAID = b"250-first\r\n250-second\r\n250 third\r\n250 2.1.0 Ok\r\n354 go\n451 4.7.1 wait\r\n250\r\n250 2.1.0 Ok\r\n"
HEARD = [
    (250, ("first", "second", "third")),
    (250, ("2.1.0 Ok",)),
    (354, ("go",)),
    (451, ("4.7.1 wait",)),
    (250, ("",)),
    (250, ("2.1.0 Ok",)),
]


def hear(wire: Wire, pieces: Iterable[bytes]) -> None:
    """Let octets come in as the loop would."""
    for piece in pieces:
        room = wire.get_buffer(-1)
        room[: len(piece)] = piece
        wire.buffer_updated(len(piece))


def waiting(wire: Wire) -> list[Reply]:
    """Return the replies that came in."""
    return list(iter(wire.waiting, None))


@given(st.lists(st.integers(0, len(SAID)), max_size=12))
def test_replies_are_the_same_however_they_come(cuts: list[int]) -> None:
    """One reply or several lines of one, at once or octet by octet: the same replies are read."""
    ends = sorted({0, *cuts, len(SAID)})
    wire = Wire()
    hear(wire, (SAID[start:end] for start, end in pairwise(ends)))
    assert [(reply.code, reply.lines) for reply in waiting(wire)] == HEARD


def test_a_talk_goes_on_within_the_callback() -> None:
    """What waits for a reply has gone on before the callback that brought it returns: no turn of the loop is lost."""

    async def run() -> list[int]:
        wire = Wire()
        heard: list[int] = []

        async def work() -> None:
            while len(heard) < 3:
                heard.append((await wire.reply()).code)

        talking = asyncio.ensure_future(wire.talk(work()))
        await asyncio.sleep(0)
        hear(wire, [b"250 one\r\n"])
        assert heard == [250]
        hear(wire, [b"354 two\r\n451 thr", b"ee\r\n"])
        assert heard == [250, 354, 451]
        await talking
        return heard

    assert asyncio.run(run()) == [250, 354, 451]


def test_a_talk_ends_as_its_work_ends() -> None:
    """What the work raises is raised where the talk is awaited; a cut connection is told to it; replies go on after."""

    async def run() -> None:
        wire = Wire()

        async def once() -> None:
            await wire.reply()
            raise LookupError

        talking = asyncio.ensure_future(wire.talk(once()))
        await asyncio.sleep(0)
        hear(wire, [b"250 one\r\n250 two\r\n"])
        with pytest.raises(LookupError):
            await talking
        assert (await wire.reply()).text == "two"

        async def again() -> None:
            await wire.reply()

        talking = asyncio.ensure_future(wire.talk(again()))
        await asyncio.sleep(0)
        wire.cut("est quitté")
        with pytest.raises(Cut, match="est quitté"):
            await talking

    asyncio.run(run())


def test_a_cancelled_talk_leaves_nothing_running() -> None:
    """When the task is cancelled the work is closed, and what comes in later wakes nobody."""
    ended: list[str] = []

    async def run() -> None:
        wire = Wire()

        async def work() -> None:
            try:
                await wire.reply()
            finally:
                ended.append("closed")

        talking = asyncio.ensure_future(wire.talk(work()))
        await asyncio.sleep(0)
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
        hear(wire, [b"250 late\r\n"])
        assert (await wire.reply()).text == "late"

    asyncio.run(run())
    assert ended == ["closed"]


def test_an_interruption_is_the_loops_to_hear() -> None:
    """Ctrl-C inside the work passes through the callback, and the talk counts as cancelled."""

    async def run() -> None:
        wire = Wire()

        async def work() -> None:
            await wire.reply()
            raise KeyboardInterrupt

        talking = asyncio.ensure_future(wire.talk(work()))
        await asyncio.sleep(0)
        with pytest.raises(KeyboardInterrupt):
            hear(wire, [b"250 one\r\n"])
        with pytest.raises(asyncio.CancelledError):
            await talking

    asyncio.run(run())


@pytest.mark.parametrize("octets", [b"hello\r\n", b"250 a\r\n<html>\r\n", b"999 x\r\n", b"\xff\xfe\r\n", b"2500 x\n"])
def test_what_is_no_smtp_cuts(octets: bytes) -> None:
    """A line that is no reply ends the connection, and the words say what came."""

    async def run() -> None:
        wire = Wire()
        hear(wire, [octets])
        waiting(wire)
        await wire.reply()

    with pytest.raises(Cut, match="autre chose que du SMTP"):
        asyncio.run(run())


def test_a_reply_without_an_end_cuts() -> None:
    """A server that talks on and on, on one line or on many, even empty ones, is left."""
    for pieces in ([b"250-" + b"x" * 96 + b"\r\n"] * 700, [b"250-"] + [b"x" * 100] * 700, [b"250-\r\n" * 1000] * 70):
        wire = Wire()
        hear(wire, pieces)
        with pytest.raises(Cut, match="sans fin"):
            asyncio.run(wire.reply())
