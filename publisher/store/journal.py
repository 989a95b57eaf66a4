"""Append-only files beside the database, synced with each batch: what a restored backup would not know.

Only fingerprints of addresses stand in them. The database stores how many octets of each file it contains, in the
transaction that the lines belong to; a file that is longer tells something the database lost. It judges nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher.errors import StoreError
from publisher.store.database import many
from publisher.store.schema import journal_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sqlalchemy.engine import Connection


_MARKED = sa.select(journal_mark.c.octets).where(journal_mark.c.name == sa.bindparam("journal"))
_MARK = (
    "INSERT INTO journal_mark (name, octets) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET octets = excluded.octets"  # the same words on both databases
)


@dataclass(frozen=True, slots=True)
class Journal:
    """One file of JSON lines. It is written inside a write transaction, which keeps two programmes apart."""

    path: Path

    def note(self, connection: Connection, lines: Iterable[Mapping[str, object]]) -> None:
        """Append lines, sync them, and mark in the transaction that the database contains them.

        The file comes first: what it tells has happened, whether or not the commit still succeeds.
        """
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        if text:
            self._mark(connection, self._append(text.encode()))

    def missing(self, connection: Connection) -> tuple[dict[str, Any], ...]:
        """Return the lines that the database does not contain, and mark them as contained.

        The caller applies them in the same transaction. A line cut off by a power cut is removed: its batch was
        never confirmed. Raises ``StoreError`` for a whole line that cannot be read.
        """
        marked = connection.execute(_MARKED, {"journal": self.path.name}).scalar() or 0
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        except OSError as error:
            raise self._refused(error) from error
        if size == marked:
            return ()
        lines = self._read(marked) if size > marked else ()
        self._mark(connection, self.path.stat().st_size if size else 0)
        return lines

    def _mark(self, connection: Connection, octets: int) -> None:
        many(connection, _MARK, [(self.path.name, octets)])

    def _append(self, octets: bytes) -> int:
        """Append and sync; a disk that takes only a part is given nothing. Return the file's new size."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                before = os.fstat(file).st_size
                try:
                    rest = memoryview(octets)
                    while rest:
                        rest = rest[os.write(file, rest) :]
                    os.fsync(file)
                except OSError:
                    os.ftruncate(file, before)
                    raise
            finally:
                os.close(file)
            if not before:
                self._sync_folder()  # the name, too, must survive a power cut
            return before + len(octets)
        except OSError as error:
            raise self._refused(error) from error

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, start: int) -> tuple[dict[str, Any], ...]:
        try:
            with self.path.open("r+b") as file:
                file.seek(start)
                octets = file.read()
                whole = octets.rfind(b"\n") + 1
                if whole < len(octets):
                    file.truncate(start + whole)
        except OSError as error:
            raise self._refused(error) from error
        try:
            lines = tuple(json.loads(line) for line in octets[:whole].splitlines())
        except ValueError as error:
            raise StoreError(
                f"le journal est abîmé après l’octet {start} ({error}).",
                place=str(self.path),
                remedy="Rien ne part tant qu’il n’est pas lisible\u00a0: ôtez la ligne fautive ou remettez une copie.",
            ) from error
        if not all(isinstance(line, dict) for line in lines):
            raise StoreError("le journal contient autre chose que ce que le programme y écrit.", place=str(self.path))
        return lines

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"le journal ne peut pas être écrit ou lu ({error.strerror}).",
            place=str(self.path),
            remedy="Vérifiez la place libre et les droits, puis relancez\u00a0: rien n’est perdu.",
        )


@dataclass(frozen=True, slots=True)
class Journals:
    """The two files: ``deliveries.jsonl`` (issue, state, who) and ``people.jsonl`` (who left, who came back)."""

    folder: Path

    @property
    def deliveries(self) -> Journal:
        """Return the journal of deliveries."""
        return Journal(self.folder / "deliveries.jsonl")

    @property
    def people(self) -> Journal:
        """Return the journal of people's wishes, complaints and bounces."""
        return Journal(self.folder / "people.jsonl")
