"""A backup of a database, and its restoration, by each database's own means."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine
    from store.server import Server


class Vault(Protocol):
    """Keeps one backup."""

    def keep(self) -> None:
        """Back the database up as it is now."""
        ...

    def restore(self) -> None:
        """Put the backup back in the database's place."""
        ...


@dataclass(frozen=True)
class FileVault:
    """SQLite's own online backup."""

    engine: Engine
    file: Path

    def keep(self) -> None:
        """Copy the database to the file."""
        with (
            closing(sqlite3.connect(str(self.engine.url.database))) as live,
            closing(sqlite3.connect(self.file)) as kept,
        ):
            live.backup(kept)

    def restore(self) -> None:
        """Copy the file to the database."""
        with (
            closing(sqlite3.connect(str(self.engine.url.database))) as live,
            closing(sqlite3.connect(self.file)) as kept,
        ):
            kept.backup(live)
        self.engine.dispose()


@dataclass(frozen=True)
class ServerVault:
    """A copy of the database on its own server, as a template of it."""

    engine: Engine
    server: Server

    @property
    def _name(self) -> str:
        return str(self.engine.url.database)

    def keep(self) -> None:
        """Copy the database beside itself."""
        self.engine.dispose()
        self.server.administer(f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}")

    def restore(self) -> None:
        """Replace the database by the copy."""
        self.engine.dispose()
        self.server.administer(f"DROP DATABASE {self._name} WITH (FORCE)")
        self.server.administer(f"ALTER DATABASE {self._name}_kept RENAME TO {self._name}")
