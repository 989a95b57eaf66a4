"""The public pages' server: it listens, tells its address, and ends what is under way before it stops."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from publisher import french
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette


class Server(uvicorn.Server):
    """One process. ``told`` gets its address once it answers; ``port`` 0 takes a free one.

    Raises ``PublisherError`` when the address cannot be had.
    """

    def __init__(self, app: Starlette, told: Callable[[str], None], *, address: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="error",
                access_log=False,  # nobody's address is kept; the web server in front may keep its own
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                timeout_keep_alive=15,
                timeout_graceful_shutdown=10,
            )
        )
        self._told = told
        self._socket = _listen(address, port)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the address."""
        await super().startup(sockets or [self._socket])
        number, port = self._socket.getsockname()[:2]
        self._told(f"http://{f'[{number}]' if ':' in number else number}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and give the port back."""
        await super().shutdown(sockets or [self._socket])


def serve(app: Starlette, told: Callable[[str], None], *, address: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, which end it without an error. Raises ``PublisherError`` as ``Server`` does."""
    server = Server(app, told, address=address, port=port)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn stops on it, then raises it anew
    try:
        with suppress(KeyboardInterrupt):
            server.run()
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(address: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        raise PublisherError(
            f"les pages publiques ne peuvent pas être servies sur {address}, port {port} ({french.system(error)}).",
            place="site",
            remedy="Choisissez un autre port (site.port), ou arrêtez ce qui l’occupe.",
        ) from error
