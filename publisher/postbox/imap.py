"""An IMAP folder (RFC 3501). Messages are fetched without being marked; none is ever deleted."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
from email.parser import BytesHeaderParser
from email.policy import default
from typing import TYPE_CHECKING, Any

from publisher.postbox.bounds import Bounds
from publisher.postbox.box import LARGEST, Letter, Wish
from publisher.postbox.field import field

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from publisher.postbox.account import Account

_AT_ONCE = 50
"""Messages whose sender and size are asked for in one command."""
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Imap:
    """A folder of an IMAP account, ``INBOX`` if none is named."""

    def __init__(self, account: Account, password: str, *, folder: str = "INBOX", tls: ssl.SSLContext) -> None:
        self._account = account
        self._password = password
        self._folder = folder
        self._tls = tls
        self._session: _Session | None = None

    def __repr__(self) -> str:
        """Return where it reads; nothing secret."""
        return f"Imap({self._account.host!r}, {self._folder!r})"

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield the unseen messages of the folder without marking them."""
        with self._open(readonly=False) as session:
            for uid in self._search(session, "UNSEEN"):
                octets = self._whole(session, uid)
                if octets:
                    yield str(uid), octets

    def done(self, key: str) -> None:
        """Mark as seen; only between two messages of ``messages`` or ``letters``."""
        if self._session is not None:
            with self._account.telling(self._session.bounds):
                self._session.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen)")

    def letters(self, wish: Wish, *, mark_seen: bool = False) -> Iterator[Letter]:
        """Yield the letters wished for, oldest first. Without ``mark_seen`` the folder is opened for reading only.

        The mark is the folder's UIDVALIDITY and the last UID; when the server has numbered its messages anew
        (RFC 3501, 2.3.1.1) all of those received ``since`` are given again.
        """
        with self._open(readonly=not mark_seen) as session:
            validity = _number(session, "UIDVALIDITY")
            before, _, last = wish.mark.partition(".")
            after = int(last) if before == str(validity) and last.isdecimal() else 0
            query = f"UID {after + 1}:* SINCE {_day(wish.since)}"
            new = [uid for uid in self._search(session, query) if uid > after]  # « 9:* » names the last one anyway
            left = wish.most
            for start in range(0, len(new), _AT_ONCE):
                heads = self._heads(session, new[start : start + _AT_ONCE])
                for uid, (size, sender) in sorted(heads.items()):
                    wanted = wish.wanted(sender)
                    if wanted and not left:
                        return
                    left -= wanted
                    octets = self._whole(session, uid) if wanted and size <= LARGEST else b""
                    told = size if wanted else 0
                    yield Letter(place=f";UID={uid}", octets=octets, size=told, mark=f"{validity}.{uid}")
                    if mark_seen and octets:
                        self.done(str(uid))

    @contextlib.contextmanager
    def _open(self, *, readonly: bool) -> Iterator[_Session]:
        account = self._account
        bounds = Bounds(account.patience)
        with account.telling(bounds):
            session = _connected(account, self._tls, bounds)
        try:
            with self._account.telling(session.bounds):
                _log_in(session, account.username, self._password)
                if session.select(_quoted(self._folder), readonly=readonly)[0] != "OK":
                    raise account.unreadable(f"le dossier {self._folder} est introuvable", "folder")
            self._session = session
            yield session
        finally:
            self._session = None
            try:
                session.logout()
            except (OSError, ValueError, imaplib.IMAP4.error):
                with contextlib.suppress(OSError):
                    session.shutdown()

    def _search(self, session: _Session, query: str) -> list[int]:
        with self._account.telling(session.bounds):
            status, found = session.uid("SEARCH", query)
            if status != "OK":
                raise session.error(found[0] if found else b"SEARCH")
        return sorted({int(each) for line in found if line for each in line.split() if each.isdigit()})

    def _fetched(self, session: _Session, uids: str, query: str) -> list[Any]:
        """Return an answer's parts. A refusal is an error: read as nothing there, it would be passed over for good."""
        with self._account.telling(session.bounds):
            status, parts = session.uid("FETCH", uids, query)
            if status != "OK":
                raise session.error(parts[0] if parts else b"FETCH")
        return parts

    def _whole(self, session: _Session, uid: int) -> bytes:
        """Return a message, nothing when it is no longer there."""
        parts = self._fetched(session, str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
        return next((part[1] for part in parts if isinstance(part, tuple) and isinstance(part[1], bytes)), b"")

    def _heads(self, session: _Session, uids: Sequence[int]) -> dict[int, tuple[int, str]]:
        """Return size and From field of messages."""
        if not uids:
            return {}
        query = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM)])"
        parts = self._fetched(session, ",".join(map(str, uids)), query)
        found: dict[int, tuple[int, str]] = {}
        for number, part in enumerate(parts):
            if not isinstance(part, tuple):
                continue
            rest = parts[number + 1] if number + 1 < len(parts) else b""
            facts = part[0] + (rest if isinstance(rest, bytes) else b"")  # facts may stand behind the literal
            uid, size = _UID.search(facts), _SIZE.search(facts)
            if uid:
                sender = field(BytesHeaderParser(policy=default).parsebytes(part[1]), "From")
                found[int(uid[1])] = (int(size[1]) if size else 0, sender)
        return found


class _Session(imaplib.IMAP4):
    """The library's client, bounded: a server may neither promise gigabytes nor dribble for ever."""

    def __init__(self, *given: Any, bounds: Bounds, **named: Any) -> None:
        self.bounds = bounds
        try:
            super().__init__(*given, **named)
        except BaseException:
            self.bounds.end()
            raise

    def open(self, *given: Any, **named: Any) -> None:
        """Connect."""
        super().open(*given, **named)
        self.bounds.watch(self.sock)

    def shutdown(self) -> None:
        """Close the connection."""
        self.bounds.end()
        super().shutdown()

    def read(self, size: int) -> bytes:
        """Return so many octets, unless there are too many."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Return a line."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, octets: int) -> None:
        if not self.bounds.spend(octets):
            raise self.abort("too much")


class _SafeSession(_Session, imaplib.IMAP4_SSL):
    """The same over TLS from the first octet."""


def _connected(account: Account, tls: ssl.SSLContext, bounds: Bounds) -> _Session:
    if account.security == "tls":
        return _SafeSession(account.host, account.port or 993, ssl_context=tls, timeout=account.timeout, bounds=bounds)
    session = _Session(account.host, account.port or 143, timeout=account.timeout, bounds=bounds)
    if account.security == "starttls":
        try:
            session.starttls(ssl_context=tls)
            session.bounds.watch(session.sock)
        except BaseException:
            session.shutdown()
            raise
    return session


def _log_in(session: _Session, username: str, password: str) -> None:
    if "AUTH=PLAIN" in session.capabilities:  # RFC 4616: UTF-8, where LOGIN knows ASCII only
        session.authenticate("PLAIN", lambda _: f"\0{username}\0{password}".encode())
        return
    if not f"{username}{password}".isascii():
        raise session.error("AUTH=PLAIN is missing, and LOGIN takes ASCII only")
    session.login(_quoted(username), password)


def _number(session: _Session, name: str) -> int:
    said = session.response(name)[1]
    return int(said[0]) if said and isinstance(said[0], bytes) and said[0].isdigit() else 0


def _quoted(text: str) -> str:
    """Return a name as IMAP writes it: modified UTF-7 (RFC 3501, 5.1.3), in quotes."""
    coded = re.sub(r"[^\x20-\x7e]+", lambda found: f"&{_base64(found[0])}-", text.replace("&", "&-"))
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")


def _day(when: datetime) -> str:
    """Return a date as SEARCH takes it, whatever the locale."""
    return f"{when.day}-{_MONTHS[when.month - 1]}-{when.year}"
