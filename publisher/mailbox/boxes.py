"""The mailboxes that bounces arrive in: Maildir, IMAP, POP3. They hand over bytes and mark what was dealt with.

A message is marked only after it was dealt with: a run that dies reads it again. Nothing is deleted, except by POP,
which knows nothing else and only when it is told to.
"""

from __future__ import annotations

import contextlib
import errno
import imaplib
import poplib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 10_000_000
"""Octets of a message that is read: a bounce with a whole letter inside is far smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[bounces]``: where returned messages arrive.

    ``path`` is for Maildir, relative to the configuration's folder; ``host`` and the rest for IMAP and POP. The
    password stands in the environment variable ``password_env`` or alone in ``password_file``. Always encrypted,
    unless ``security`` is "none" (a server of this machine). ``delete`` lets POP delete what was dealt with.
    """

    kind: Literal["maildir", "imap", "pop"] = "maildir"
    path: str = ""
    host: str = ""
    port: int = 0
    security: Literal["tls", "none"] = "tls"
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""
    folder: str = "INBOX"
    delete: bool = False
    timeout: float = 60.0


class Box(Protocol):
    """A mailbox to go through once."""

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and bytes of each message not dealt with yet. Raises ``SourceError``."""
        ...

    def done(self, key: str) -> None:
        """Mark a message as dealt with."""
        ...


class Maildir:
    """A Maildir: messages of ``new`` go to ``cur`` once dealt with."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of ``new`` in the order of their names, without those that are moved meanwhile."""
        with _telling_of(self._path):
            files = sorted((self._path / "new").iterdir())
        for file in files:
            with contextlib.suppress(FileNotFoundError), _telling_of(self._path):
                with file.open("rb") as opened:
                    octets = opened.read(LARGEST)
                yield file.name, octets

    def done(self, key: str) -> None:
        """Move the file to ``cur``, seen, unless somebody has moved it."""
        with contextlib.suppress(FileNotFoundError), _telling_of(self._path):
            (self._path / "cur").mkdir(exist_ok=True)
            (self._path / "new" / key).rename(self._path / "cur" / f"{key.partition(':')[0]}:2,S")


class Imap:
    """An IMAP folder: unseen messages; seen once dealt with."""

    def __init__(self, settings: Settings, password: str, *, ca_file: Path | None = None) -> None:
        self._settings = settings
        self._password = password
        self._ca_file = ca_file
        self._session: imaplib.IMAP4 | None = None

    def __repr__(self) -> str:
        """Return where it reads; nothing secret."""
        return f"Imap({self._settings.host!r})"

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield the unseen messages of the folder without marking them."""
        settings = self._settings
        with _telling(settings):
            session = self._open()
        try:
            with _telling(settings):
                self._session = session
                session.login(settings.username, self._password)
                if session.select(settings.folder)[0] != "OK":
                    raise _unreadable(settings.host, f"le dossier {settings.folder} est introuvable", "bounces.folder")
                _, found = session.uid("SEARCH", "UNSEEN")
                keys = found[0].decode().split() if found and found[0] else []
            for key in keys:
                with _telling(settings):
                    _, parts = session.uid("FETCH", key, f"(BODY.PEEK[]<0.{LARGEST}>)")
                octets = next((part[1] for part in parts if isinstance(part, tuple)), None)
                if isinstance(octets, bytes):
                    yield key, octets
        finally:
            self._session = None
            try:
                session.logout()
            except (OSError, imaplib.IMAP4.error):
                session.shutdown()

    def done(self, key: str) -> None:
        """Mark as seen; only between two messages of ``messages``."""
        if self._session is not None:
            with _telling(self._settings):
                self._session.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen)")

    def _open(self) -> imaplib.IMAP4:
        settings = self._settings
        if settings.security == "none":
            return imaplib.IMAP4(settings.host, settings.port or 143, timeout=settings.timeout)
        context = ssl.create_default_context(cafile=self._ca_file)
        return imaplib.IMAP4_SSL(settings.host, settings.port or 993, ssl_context=context, timeout=settings.timeout)


class Pop:
    """A POP3 mailbox: everything in it; deleted once dealt with when ``delete`` says so, else read again next time."""

    def __init__(self, settings: Settings, password: str, *, ca_file: Path | None = None) -> None:
        self._settings = settings
        self._password = password
        self._ca_file = ca_file
        self._session: poplib.POP3 | None = None

    def __repr__(self) -> str:
        """Return where it reads; nothing secret."""
        return f"Pop({self._settings.host!r})"

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield every message; deletions take place when the iteration ends well."""
        settings = self._settings
        with _telling(settings):
            self._session = session = self._open()
        try:
            with _telling(settings):
                session.user(settings.username)
                session.pass_(self._password)
                count = len(session.list()[1])
            for number in range(1, count + 1):
                with _telling(settings):
                    octets = b"\r\n".join(session.retr(number)[1]) + b"\r\n"
                yield str(number), octets[:LARGEST]
            with _telling(settings):
                session.quit()
        finally:
            self._session = None
            session.close()

    def done(self, key: str) -> None:
        """Delete where the settings say so; only between two messages of ``messages``."""
        if self._session is not None and self._settings.delete:
            with _telling(self._settings):
                self._session.dele(int(key))

    def _open(self) -> poplib.POP3:
        settings = self._settings
        if settings.security == "none":
            return poplib.POP3(settings.host, settings.port or 110, timeout=settings.timeout)
        context = ssl.create_default_context(cafile=self._ca_file)
        return poplib.POP3_SSL(settings.host, settings.port or 995, timeout=settings.timeout, context=context)


@contextlib.contextmanager
def _telling_of(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into one sentence; a file that is no longer there is the caller's to judge."""
    try:
        yield
    except FileNotFoundError:
        if not (path / "new").is_dir():
            raise _unreadable(str(path), "le dossier n’est pas une boîte Maildir", "bounces.path") from None
        raise
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error), "bounces.path") from error


@contextlib.contextmanager
def _telling(settings: Settings) -> Iterator[None]:
    """Turn what the libraries raise into one sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _unreadable(
            settings.host, f"son certificat est refusé ({error.verify_message})", "bounces.host"
        ) from error
    except (imaplib.IMAP4.error, poplib.error_proto) as error:
        words = " ".join(str(error).strip("b'\"").split())[:200]
        raise _unreadable(
            settings.host, f"le serveur répond «\u00a0{words}\u00a0»", "bounces.username » et « bounces.password_env"
        ) from error
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "nom ou délai")
        raise _unreadable(settings.host, f"le serveur est injoignable ({code})", "bounces.host") from error


def _unreadable(place: str, why: str, key: str) -> SourceError:
    return SourceError(
        f"la boîte des retours ne se lit pas\u00a0: {why}.",
        place=place,
        remedy=f"Vérifier « {key} »\u00a0; rien n’est perdu, les messages y restent.",
    )
