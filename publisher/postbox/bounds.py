"""What a server may cost: seconds of a session, octets of an answer. It speaks no protocol."""

from __future__ import annotations

import contextlib
import socket
from threading import Timer

from publisher.postbox.box import LARGEST

_ROOM = 1_000_000
"""Octets that an answer may have beside the message in it."""


class Bounds:
    """Counts octets, and cuts a connection when its time is over: no timeout of a socket stops one that dribbles."""

    def __init__(self, patience: float) -> None:
        self.overdue = False
        self._left = LARGEST + _ROOM
        self._connection: socket.socket | None = None
        self._timer = Timer(patience, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection when the time is over."""
        self._connection = connection
        if self.overdue:
            self._cut()

    def again(self) -> None:
        """Begin a new answer."""
        self._left = LARGEST + _ROOM

    def spend(self, octets: int) -> bool:
        """Say whether so many octets more are still within bounds."""
        self._left -= octets
        return not self.exceeded

    @property
    def exceeded(self) -> bool:
        """Say whether the answer has more octets than it may."""
        return self._left < 0

    def end(self) -> None:
        """Stop the clock."""
        self._timer.cancel()

    def _cut(self) -> None:
        self.overdue = True
        if self._connection is not None:
            with contextlib.suppress(OSError):  # the plain socket's method: TLS is in another thread's hands
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
