"""Append-only files beside the database, synced with each batch: what a restored backup would not know.

Only fingerprints of addresses stand in them. The database stores how many octets of each file it contains, in the
transaction that the lines belong to; a file that is longer tells something the database lost. It judges nothing.
"""

from __future__ import annotations

import heapq
import json
import os
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher.errors import StoreError
from publisher.french import system
from publisher.store.database import many
from publisher.store.schema import journal_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection


_MARKED = sa.select(journal_mark.c.name, journal_mark.c.octets).where(
    journal_mark.c.name.startswith(sa.bindparam("kind"))
)
_SETTLED = 2_000_000_000  # nanoseconds
_TWO = "SELECT name, octets FROM journal_mark WHERE name = ? OR name = ?"
_MARK = (
    "INSERT INTO journal_mark (name, octets) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET octets = excluded.octets"  # the same words on both databases
)
_OF_A_MONTH = re.compile(r"-\d{4}-\d{2}-([0-9a-f]{8})\.jsonl$")


@dataclass(frozen=True, slots=True)
class Journal:
    """The files of JSON lines of one kind, one a month: ``deliveries-2026-11-9f3ac1d2.jsonl``.

    The last part names the folder, drawn once: several machines on one database must not take one's file for the
    other's. They are written inside a durable write transaction, which keeps two programmes apart.
    """

    folder: Path
    kind: str
    keys: frozenset[str]
    """What each line of this kind has; a line without is none of ours."""
    known: dict[str, tuple[int, list[str]]] = field(default_factory=dict, compare=False)
    """The names in the folder by kind, as of its last change: listing costs more than all else at each write."""

    def note(self, connection: Connection, lines: Iterable[Mapping[str, object]]) -> None:
        """Append lines, sync them, and mark in the transaction that the database contains them.

        The file comes first: what it tells has happened, whether or not the commit still succeeds.
        """
        told = list(lines)
        if told:
            text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in told)
            file = self._of_month(_when(told[0]))
            self._mark(connection, {file.name: self._append(file, text.encode())})

    def behind(self, connection: Connection) -> bool:
        """Say whether the files tell something that the database does not contain. Nothing is changed."""
        marked = self._marked(connection)
        return any(size > marked.get(name, 0) for name, size in self._sizes().items())

    def missing(self, connection: Connection) -> tuple[dict[str, Any], ...]:
        """Return the lines that the database does not contain, oldest first, and mark them as contained.

        The caller applies them in the same transaction. A line cut off by a power cut is removed: its batch was
        never confirmed. Raises ``StoreError`` for a whole line that cannot be read.
        """
        if self._agree(connection, self._names()[-2:]):
            return ()  # a database that lost anything lost the newest lines; at the turn of a month two files are new
        marked = self._marked(connection)
        new = {name: size for name, size in self._sizes().items() if size != marked.get(name, 0)}
        start = {name: marked.get(name, 0) for name in new}
        told = [self._read(self.folder / name, start[name]) for name, size in new.items() if size > start[name]]
        self._mark(connection, {name: size for name, size in self._sizes().items() if name in new})
        return tuple(heapq.merge(*told, key=_when))

    def _marked(self, connection: Connection) -> dict[str, int]:
        return {row[0]: row[1] for row in connection.execute(_MARKED, {"kind": self.kind})}

    def _mark(self, connection: Connection, octets: Mapping[str, int]) -> None:
        many(connection, _MARK, list(octets.items()))

    def _agree(self, connection: Connection, names: Sequence[str]) -> bool:
        """Say whether the database contains all of these files, one or two."""
        sizes = self._sizes(names)
        if not sizes:
            return True
        words = _TWO if connection.dialect.paramstyle == "qmark" else _TWO.replace("?", "%s")
        marked = {row[0]: row[1] for row in connection.exec_driver_sql(words, (min(sizes), max(sizes)))}
        return all(size == marked.get(name, 0) for name, size in sizes.items())

    def _sizes(self, names: Sequence[str] | None = None) -> dict[str, int]:
        """Return the size of each file, by name, of all when none is named; one that was taken away is left out."""
        sizes = {}
        for name in self._names() if names is None else names:
            try:
                sizes[name] = (self.folder / name).stat().st_size
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _refused(self.folder / name, error) from error
        return sizes

    def _names(self) -> list[str]:
        """Return the names of the files, the oldest month first."""
        try:
            changed = self.folder.stat().st_mtime_ns
            if self.known.get(self.kind, (0, []))[0] == changed:
                return self.known[self.kind][1]
            entries = os.listdir(self.folder)  # noqa: PTH208 - names alone are asked for
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _refused(self.folder, error) from error
        names = sorted(name for name in entries if name.startswith(self.kind) and name.endswith(".jsonl"))
        if (
            time.time_ns() - changed > _SETTLED
        ):  # a file that came in the same tick of the system's clock would not show
            self.known[self.kind] = changed, names
        return names

    def _of_month(self, at: datetime) -> Path:
        """Return the file that a line of this time goes to."""
        month = f"{self.kind}-{at:%Y-%m}-"
        names = self._names()
        known = [name for name in names if name.startswith(month)]
        if known:
            return self.folder / known[0]
        folder = next(filter(None, map(_OF_A_MONTH.search, reversed(names))), None)
        return self.folder / f"{month}{folder[1] if folder else secrets.token_hex(4)}.jsonl"

    def _append(self, path: Path, octets: bytes) -> int:
        """Append and sync; a disk that takes only a part is given nothing. Return the file's new size."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
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
            raise _refused(path, error) from error

    def _sync_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, path: Path, start: int) -> Iterator[dict[str, Any]]:
        try:
            with path.open("r+b") as file:
                file.seek(start)
                octets = file.read()
                whole = octets.rfind(b"\n") + 1
                if whole < len(octets):
                    file.truncate(start + whole)
        except OSError as error:
            raise _refused(path, error) from error
        try:
            lines = [self._line(line) for line in octets[:whole].splitlines()]
        except ValueError as error:
            raise StoreError(
                f"le journal est abîmé après l’octet {start}.",
                place=str(path),
                remedy="Rien ne part tant qu’il n’est pas lisible\u00a0: ôtez la ligne fautive ou remettez une copie.",
            ) from error
        return iter(lines)

    def _line(self, octets: bytes) -> dict[str, Any]:
        line = json.loads(octets)
        if not isinstance(line, dict) or not self.keys <= line.keys() or not isinstance(line["who"], list):
            raise ValueError("ce n’est pas ce que le programme y écrit")
        _when(line)
        return line


def _when(line: Mapping[str, object]) -> datetime:
    return datetime.fromisoformat(str(line["at"])).astimezone(UTC)


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"le journal ne peut pas être écrit ou lu ({system(error)}).",
        place=str(path),
        remedy="Vérifiez la place libre et les droits, puis relancez\u00a0: rien n’est perdu.",
    )


@dataclass(frozen=True, slots=True)
class Journals:
    """The two kinds: ``deliveries`` (issue, state, who) and ``people`` (who left, who came back)."""

    folder: Path
    _known: dict[str, tuple[int, list[str]]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def deliveries(self) -> Journal:
        """Return the journal of deliveries."""
        return Journal(self.folder, "deliveries", frozenset({"at", "who", "issue", "state"}), self._known)

    @property
    def people(self) -> Journal:
        """Return the journal of people's wishes, complaints and bounces."""
        return Journal(self.folder, "people", frozenset({"at", "who"}), self._known)

    def behind(self, connection: Connection) -> bool:
        """Say whether they tell something that the database does not contain."""
        return self.deliveries.behind(connection) or self.people.behind(connection)
