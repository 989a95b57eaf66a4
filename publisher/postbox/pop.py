"""A POP3 mailbox (RFC 1939). It deletes only what it is told to, and knows neither folders nor marks."""

from __future__ import annotations

import contextlib
import poplib
from typing import TYPE_CHECKING, Any

from publisher.postbox.bounds import Bounds
from publisher.postbox.box import LARGEST, Letter, Wish

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

    from publisher.postbox.account import Account

_LINE = 100_000
"""Octets of a line: letters exist whose HTML stands on one."""


class Pop:
    """The mailbox of a POP account; ``delete`` lets ``done`` delete."""

    def __init__(self, account: Account, password: str, *, delete: bool = False, tls: ssl.SSLContext) -> None:
        self._account = account
        self._password = password
        self._delete = delete
        self._tls = tls
        self._session: _Session | None = None

    def __repr__(self) -> str:
        """Return where it reads; nothing secret."""
        return f"Pop({self._account.host!r})"

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield every message; deletions take place when the iteration ends well."""
        with self._open() as session:
            for number, _ in self._sizes(session):
                yield str(number), self._whole(session, number)[:LARGEST]

    def done(self, key: str) -> None:
        """Delete where ``delete`` says so; only between two messages of ``messages``."""
        if self._session is not None and self._delete:
            with self._account.telling(self._session.bounds):
                self._session.dele(int(key))

    def letters(self, wish: Wish) -> Iterator[Letter]:
        """Yield the letters wished for, oldest first, of all senders.

        The mark is the last one's unique id (UIDL); when it is no longer there, all are given again.
        """
        with self._open() as session:
            with self._account.telling(session.bounds):
                lines = [line.decode("ascii", "replace").split(maxsplit=1) for line in session.uidl()[1]]
            ids = {int(line[0]): line[1] for line in lines if len(line) > 1 and line[0].isdecimal()}
            after = next((number for number, name in ids.items() if name == wish.mark), 0)
            left = wish.most
            for number, size in self._sizes(session):
                if number <= after:
                    continue
                if not left:
                    return
                left -= 1
                octets = self._whole(session, number) if size <= LARGEST else b""
                yield Letter(place=f"#{number}", octets=octets, size=size, mark=ids.get(number, ""))

    @contextlib.contextmanager
    def _open(self) -> Iterator[_Session]:
        account = self._account
        bounds = Bounds(account.patience)
        with account.telling(bounds):
            session = _connected(account, self._tls, bounds)
        try:
            with self._account.telling(session.bounds):
                session.user(account.username)
                session.pass_(self._password)
            self._session = session
            yield session
            with self._account.telling(session.bounds):
                session.quit()
        finally:
            self._session = None
            session.close()

    def _sizes(self, session: _Session) -> list[tuple[int, int]]:
        with self._account.telling(session.bounds):
            lines = [line.split() for line in session.list()[1]]
        return [
            (int(line[0]), int(line[1])) for line in lines if len(line) > 1 and line[0].isdigit() and line[1].isdigit()
        ]

    def _whole(self, session: _Session, number: int) -> bytes:
        with self._account.telling(session.bounds):
            return b"\r\n".join(session.retr(number)[1]) + b"\r\n"


class _Session(poplib.POP3):
    """The library's client, bounded in octets and seconds, and open to long lines."""

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        self.bounds = bounds
        try:
            super().__init__(*given, **named)
        except BaseException:  # the library leaves the connection open
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self.bounds.end()
        if hasattr(self, "sock"):
            super().close()

    def _create_socket(self, timeout: float) -> socket.socket:
        made: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]  # known to the class, not to its types
        self.bounds.watch(made)
        return made

    def _getline(self) -> tuple[bytes, int]:
        """Return a line and its length on the wire: the library's own refuses more than 2,048 octets."""
        line = self.file.readline(_LINE + 1)
        if not line or len(line) > _LINE or not self.bounds.spend(len(line)):
            raise EOFError
        return line.rstrip(b"\r\n"), len(line)


class _SafeSession(_Session, poplib.POP3_SSL):
    """The same over TLS from the first octet."""


def _connected(account: Account, tls: ssl.SSLContext, bounds: Bounds) -> _Session:
    if account.security == "tls":
        return _SafeSession(account.host, account.port or 995, context=tls, timeout=account.timeout, bounds=bounds)
    session = _Session(account.host, account.port or 110, timeout=account.timeout, bounds=bounds)
    if account.security == "starttls":
        try:
            session.stls(context=tls)
            session.bounds.watch(session.sock)
        except BaseException:
            session.close()
            raise
    return session
