"""A mailbox on disk in Maildir form (tmp, new, cur): the demo's way out and a dry run of a sending. It sends nothing.

A file's name comes from the Message-ID, so a message delivered a second time is recognised and not doubled.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from publisher import french
from publisher.errors import TransportError
from publisher.message import Outcome, Result
from publisher.transports.envelope import unsendable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from publisher.message import Message

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[transport]`` with ``kind = "maildir"``; ``path`` is relative to the configuration's folder."""

    kind: Literal["maildir"] = "maildir"
    path: str = "var/maildir"


class Maildir:
    """Delivers each message as one file under ``new/``: written, synced and only then shown."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        """Return the folder's name."""
        return f"Maildir({str(self.path)!r})"

    def deliver(self, messages: Iterable[Message]) -> Iterator[tuple[Message, Result]]:
        """Yield each message with its result, in order. Raises ``TransportError`` when the folder takes nothing more.

        The message during which the disk failed is yielded first, as not tried: nothing of it is left behind.
        """
        try:
            there = self._open()
        except OSError as error:
            raise self._refused(error) from error
        for message in messages:
            refused = unsendable(message)
            if refused is not None:
                yield message, refused
                continue
            name = file_name(message.message_id)
            if name in there:
                yield message, Result(outcome=Outcome.SENT, text="déjà dans la boîte")
                continue
            try:
                self._write(name, message)
            except OSError as error:
                refusal = self._refused(error)
                yield message, Result(outcome=Outcome.NOT_TRIED, text=refusal.text)
                raise refusal from error
            there.add(name)
            yield message, Result(outcome=Outcome.SENT, text=name)

    def _open(self) -> set[str]:
        """Make the folders and return the names that are there, whatever flags a mail client gave them."""
        for folder in ("tmp", "new", "cur"):
            (self.path / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        return {entry.name.partition(":")[0] for folder in ("new", "cur") for entry in os.scandir(self.path / folder)}

    def _write(self, name: str, message: Message) -> None:
        unfinished = self.path / "tmp" / name
        try:
            with unfinished.open("wb") as file:
                file.write(stored(message))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path / "new" / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        folder = os.open(self.path / "new", os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name, too, must survive a power cut before "sent" is said
        finally:
            os.close(folder)

    def _refused(self, error: OSError) -> TransportError:
        place = str(self.path)
        if error.errno in _FULL:
            text, remedy = "le disque est plein.", "Libérez de la place, puis relancez l’envoi\u00a0: il reprend."
        elif error.errno in _CLOSED:
            text, remedy = "l’écriture est interdite.", "Vérifiez les droits du dossier, puis relancez l’envoi."
        else:
            text = f"la boîte ne s’écrit pas ({french.system(error)})."
            remedy = "Vérifiez « transport.path » dans config.toml."
        return TransportError(text, place=place, remedy=remedy)


def file_name(message_id: str) -> str:
    """Return the one name of a message in a Maildir, without flags."""
    return hashlib.sha256(message_id.encode(errors="replace")).hexdigest()[:32] + ".publisher"


def stored(message: Message) -> bytes:
    """Return the message as a mailbox keeps it: LF lines, with what the last server adds (RFC 5321, 4.4)."""
    head = f"Return-Path: <{message.envelope_sender}>\nDelivered-To: {message.recipient}\n"
    return head.encode() + message.data.replace(b"\r\n", b"\n")
