"""A Chromium for tests, spoken to over its own DevTools protocol. It skips the test, saying so, where there is none."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_PATIENCE = 20.0
_STEP = 0.05


class Tab:
    """One open page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Return what the browser answers to one command of its protocol."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            told = await self._socket.receive_json(timeout=_PATIENCE)
            if told.get("id") == self._number:
                answer: dict[str, Any] = told.get("result", {})
                return answer

    async def value(self, expression: str) -> Any:
        """Return what a JavaScript expression gives on the page, ``None`` while the page is between two documents."""
        told = await self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return told.get("result", {}).get("value")

    async def until(self, expression: str) -> None:
        """Wait until an expression is true; fail when it does not become so."""
        async with asyncio.timeout(_PATIENCE):
            while not await self.value(expression):  # noqa: ASYNC110 - the browser tells nothing of itself
                await asyncio.sleep(_STEP)


@asynccontextmanager
async def tab(address: str) -> AsyncIterator[Tab]:
    """Open an address in a fresh Chromium and give its page; skip the test where there is no Chromium."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium here ({', '.join(_NAMES)}): the page is not looked at in a browser")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(  # noqa: ASYNC220 - started once, before anything runs beside it
            [found, *_FLAGS, f"--user-data-dir={profile}", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                target = await _target(session, port)
                async with session.ws_connect(target, max_msg_size=0) as socket:
                    yield Tab(socket)
        finally:
            process.terminate()
            process.wait(_PATIENCE)


async def _port(file: Path) -> int:
    async with asyncio.timeout(_PATIENCE):
        while True:
            lines = file.read_text().splitlines() if file.exists() else []  # noqa: ASYNC240 - one small file
            if lines:
                return int(lines[0])
            await asyncio.sleep(_STEP)


async def _target(session: aiohttp.ClientSession, port: int) -> str:
    async with asyncio.timeout(_PATIENCE):
        while True:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json(content_type=None) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(_STEP)
