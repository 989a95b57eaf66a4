"""A page served for a test as the command serves it: on a free loopback port, in a thread, stopped at the end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.desk import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette


@contextmanager
def served(app: Starlette) -> Iterator[int]:
    """Serve the page and give its port; fail when it does not start or does not stop."""
    told: list[str] = []
    ready = threading.Event()

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    running = server.Server(app, server.Settings(), tell)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        assert ready.wait(10), "the page does not answer"
        yield int(told[0].rstrip("/").rpartition(":")[2])
    finally:
        running.should_exit = True
        thread.join(15)
    assert not thread.is_alive(), "the page does not stop"
