"""What the state machine of the sending is made of: answers of a server, mishaps, an edition of nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher.message import Delivery, Message, Outcome, Result
from publisher.store.database import open_engine

if TYPE_CHECKING:
    from collections.abc import Callable

ISSUE = "2026-11"
PEOPLE = 9
DEFERRED = Result(outcome=Outcome.DEFERRED, code=450, enhanced="4.2.0")
QUOTA = Result(outcome=Outcome.DEFERRED, code=452, enhanced="4.3.1", pause=True)
FULL = Result(outcome=Outcome.FAILED, code=552, enhanced="5.2.2")
NOBODY = Result(outcome=Outcome.FAILED, code=550, enhanced="5.1.1")
Answer = Literal["sent", "deferred", "quota", "full", "nobody", "accepted and cut", "cut", "dies"]
ANSWERS: tuple[Answer, ...] = (
    "sent",
    "sent",
    "sent",
    "sent",
    "deferred",
    "dies",
    "quota",
    "full",
    "nobody",
    "accepted and cut",
    "cut",
    "dies",
)
LIVELY: tuple[Answer, ...] = ("sent", "sent", "deferred", "deferred", "full", "nobody", "cut", "accepted and cut")
"""What a server answers on a bad day on which it stays up."""
MEANWHILE = ("leaves", "leaves", "bounces", "pause", "another sender")
LATE = 3
"""Senders after which a sending may be cancelled."""


SHARED_MEMORY = Path("/dev/shm")
QUICK = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
"""Where nothing is really synced: a power cut is not among the mishaps here."""


@cache
def migrated() -> bytes:
    """Return an empty database, migrated once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        engine = open_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        engine.dispose()  # the last connection brings the write-ahead log home
        return file.read_bytes()


class StoppedHere(BaseException):
    """The process is killed: nothing of the programme runs any more."""


@dataclass(frozen=True)
class Plain:
    """An edition whose message is empty. ``handed`` is told whose turn it is."""

    handed: Callable[[Delivery], None]

    def message(self, row: Delivery) -> Message:
        """Return the message."""
        self.handed(row)
        return Message(
            delivery=row.id,
            recipient=row.address,
            envelope_sender="r@l.example",
            message_id=row.message_id,
            data=b"\r\n",
        )
