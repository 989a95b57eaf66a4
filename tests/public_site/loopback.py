"""A few addresses of a test's own, served behind the guard of the public pages."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware

from publisher import site
from publisher.site import guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Route


@contextmanager
def answering(routes: list[Route], told: list[str], *, most: int = 10) -> Iterator[int]:
    """Serve some routes behind the guard and give their port."""
    app = Starlette(routes=routes, middleware=[Middleware(guard.Guard, most=most, tell=told.append)])
    ready = threading.Event()
    where: list[str] = []

    def tell(address: str) -> None:
        where.append(address)
        ready.set()

    server = site.Server(app, tell, address="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(60)
        yield int(where[0].rstrip("/").rpartition(":")[2])
    finally:
        server.should_exit = True
        thread.join(60)
