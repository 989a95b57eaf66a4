"""A database per test, migrated like a real one: every fact about the store is proved on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from store.server import MissingServerError, Server
from store.vault import FileVault, ServerVault, Vault

from publisher.store.database import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Return a PostgreSQL server for this run of the tests (one for each worker), or skip where none is to be had."""
    try:
        server = Server.start()
    except MissingServerError as missing:
        pytest.skip(str(missing))
    yield server
    server.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of a SQLite database in a file, made and migrated when it is opened."""
    return f"sqlite:///{tmp_path / 'var' / 'publisher.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """Return the address of an empty, migrated database of the server."""
    made = postgresql.database()
    yield made
    postgresql.give_back(made)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a database of the same kind as ``url`` that nobody has migrated yet."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    made = server.database(template="template0")
    yield made
    server.drop(made)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Return a migrated database of either kind."""
    made = open_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    """Return a migrated SQLite database in a file, for what is SQLite's own."""
    made = open_engine(sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def vault(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Vault:
    """Return where the database of this test is backed up to and restored from."""
    if engine.dialect.name == "sqlite":
        return FileVault(engine, tmp_path / "backup.sqlite")
    return ServerVault(engine, request.getfixturevalue("postgresql"))
