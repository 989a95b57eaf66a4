"""A save reaches every open page: as a server-sent event, and in a real browser."""

from __future__ import annotations

import asyncio
import http.client
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from desk.browser import tab
from desk.serving import served

from publisher.desk import server
from publisher.desk.changes import Changes, watch
from publisher.edition import Edition
from publisher.errors import ContentError, Fault
from publisher.preview import Preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def reading(file: Path) -> Callable[[str], Preview]:
    """Return a build whose letter is what the file says; « faute » in it is a fault."""

    def build(key: str) -> Preview:
        said = file.read_text(encoding="utf-8")
        if "faute" in said:
            raise ContentError("1 faute :", (Fault(place=str(file), line=3, text="il y a une faute."),))
        edition = Edition(
            issue=key,
            date=datetime(2026, 11, 3, 8, tzinfo=UTC),
            subject=said,
            preheader="",
            language="fr",
            html=f"<p>{said}</p>",
            text=said,
            page="",
        )
        return Preview(issue=key, edition=edition)

    return build


def event(port: int, seen: str) -> str:
    """Open the event stream and return its first event."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", f"/evenements{seen}")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        told = ""
        while "event:" not in told or not told.endswith("\n\n"):
            told += answer.readline().decode()
        return told
    finally:
        connection.close()


def test_each_change_is_told_once() -> None:
    """A stream tells of the changes after the one its page has seen, each once, and ends when it is closed."""

    async def run() -> list[bytes]:
        changes = Changes()
        changes.announce()
        stream = changes.stream(1)
        told = [await anext(stream)]
        changes.announce()
        told.append(await anext(stream))
        changes.close()
        told.extend([each async for each in stream])
        return told

    assert asyncio.run(run()) == [b"retry: 1000\n\n", b"event: change\nid: 2\ndata: 2\n\n"]


def test_a_page_that_was_away_is_told_what_it_missed() -> None:
    """A page that reconnects after a change gets it at once; several missed changes are one reload."""

    async def run() -> bytes:
        changes = Changes()
        for _ in range(3):
            changes.announce()
        stream = changes.stream(0)
        await anext(stream)
        return await anext(stream)

    assert asyncio.run(run()) == b"event: change\nid: 3\ndata: 3\n\n"


@pytest.mark.parametrize("seen", ["?vu=7", "?vu=99999999"])
def test_a_page_of_an_earlier_server_reloads(tmp_path: Path, seen: str) -> None:
    """A page left open over a restart, whose numbers this server never gave, is told to reload at once."""
    file = tmp_path / "2026-11.md"
    file.write_text("Un", encoding="utf-8")
    with served(server.application(reading(file), "2026-11", (tmp_path,))) as port:
        assert "event: change" in event(port, seen)


def test_a_save_is_an_event(tmp_path: Path) -> None:
    """Saving a watched file, also by replacing it as editors do, sends an event to a page that waits."""
    file = tmp_path / "2026-11.md"
    file.write_text("Un", encoding="utf-8")

    async def run(port: int) -> str:
        waiting = asyncio.create_task(asyncio.to_thread(event, port, "?vu=0"))
        for number in range(50):  # the watcher may not watch yet: save until it has seen one
            beside = tmp_path / "2026-11.md~"
            beside.write_text(f"Deux {number}", encoding="utf-8")
            beside.replace(file)
            done, _ = await asyncio.wait({waiting}, timeout=0.3)
            if done:
                break
        return await waiting

    with served(server.application(reading(file), "2026-11", (tmp_path,))) as port:
        assert "event: change" in asyncio.run(run(port))


def test_a_single_file_is_watched_through_its_replacements(tmp_path: Path) -> None:
    """config.toml is replaced again and again, each time as a new file: each is announced; its neighbours are not."""
    file, beside, deeper = tmp_path / "config.toml", tmp_path / "other.toml", tmp_path / "var" / "publisher.db"
    deeper.parent.mkdir()
    file.write_text("0", encoding="utf-8")

    async def run() -> tuple[int, int]:
        changes, stop = Changes(), asyncio.Event()
        task = asyncio.create_task(watch(changes, (file,), stop))
        first = 0
        for number in range(1, 3):
            seen = changes.number
            for attempt in range(50):
                new = tmp_path / "config.toml.new"
                new.write_text(f"{number} {attempt}", encoding="utf-8")
                new.replace(file)
                await asyncio.sleep(0.2)
                if changes.number > seen:
                    break
            first = first or changes.number
        await asyncio.sleep(0.6)
        settled = changes.number
        beside.write_text("1", encoding="utf-8")
        deeper.write_text("1", encoding="utf-8")
        await asyncio.sleep(0.8)
        assert changes.number == settled
        stop.set()
        await task
        return first, settled

    first, settled = asyncio.run(run())
    assert 0 < first < settled


def test_nothing_to_watch_ends_at_once(tmp_path: Path) -> None:
    """A path that is nowhere does not stop the page from being served."""

    async def run() -> None:
        await watch(Changes(), (tmp_path / "nowhere" / "config.toml",), asyncio.Event())

    asyncio.run(run())


def test_the_server_stops_while_pages_wait(tmp_path: Path) -> None:
    """An open event stream does not hold the server: ``served`` fails when the thread does not end."""
    file = tmp_path / "2026-11.md"
    file.write_text("Un", encoding="utf-8")
    with served(server.application(reading(file), "2026-11", (tmp_path,))) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        connection.request("GET", "/evenements")
        assert connection.getresponse().readline() == b"retry: 1000\n"
    connection.close()


@pytest.mark.browser
def test_a_browser_shows_what_was_saved(tmp_path: Path) -> None:
    """In a real browser the page follows the file by itself: a new subject, a fault with its line, and back."""
    file = tmp_path / "2026-11.md"
    file.write_text("Premier objet", encoding="utf-8")

    def shows(text: str) -> str:
        return f"document.readyState === 'complete' && document.body.innerText.includes({text!r})"

    async def run(port: int) -> None:
        async with tab(f"http://127.0.0.1:{port}/2026-11?vue=etroite") as page:
            await page.until(shows("Premier objet"))
            await page.until(shows("À jour"))
            file.write_text("Second objet", encoding="utf-8")
            await page.until(shows("Second objet"))
            file.write_text("une faute", encoding="utf-8")
            await page.until(shows("Il y a une faute"))
            assert await page.value("document.querySelectorAll('iframe').length") == 0
            file.write_text("Dernier objet", encoding="utf-8")
            await page.until(shows("Dernier objet"))
            assert await page.value("location.search") == "?vue=etroite"
            assert await page.value("document.querySelectorAll('iframe').length") == 1

    with served(server.application(reading(file), "2026-11", (tmp_path,))) as port:
        asyncio.run(run(port))
