"""Opens the database, brings it to this version of the programme, and turns its errors into sentences.

Nothing else in the room opens a connection: writes go through ``writing`` and reads through ``reading``.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql, sqlite

from publisher.errors import StoreError
from publisher.french import system
from publisher.store.sentences import explained, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection, Engine

HEAD = "0006"
"""The newest migration. Known here so that a database which is up to date costs no import of Alembic."""

BUSY_MILLISECONDS = 10_000
WAIT_MILLISECONDS = 60_000
"""On PostgreSQL, where a million people may be planned while others wait for the lock."""

_IDLE_MILLISECONDS = 60_000
"""After which PostgreSQL takes the lock from a programme that stopped in the middle of a write."""

_READS = "publisher_reads"
_DURABLE = "publisher_durable"
_ONE_AT_A_TIME = 0x7075626C6973  # "publis": the lock is one number of the whole database


def open_engine(url: str) -> Engine:
    """Return an engine on the database at ``url``, made and migrated as needed.

    ``sqlite:///var/publisher.sqlite`` or ``postgresql+psycopg://…`` (``postgresql://…`` means the same here).
    Raises ``StoreError`` when the database cannot be opened or is newer than this programme.
    """
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError("l’adresse de la base de données n’est pas comprise.", place=url) from error
    try:
        engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    except (ImportError, exc.NoSuchModuleError) as error:
        raise StoreError(
            f"le pilote de cette base de données n’est pas installé ({error}).",
            place=place(parsed),
            remedy=(
                "Pour PostgreSQL\u00a0: «\u00a0pip install 'psycopg[binary]'\u00a0», "
                "et une adresse qui commence par «\u00a0postgresql+psycopg://\u00a0»."
            ),
        ) from error
    try:
        _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection inside one read transaction: everything read is of the same moment."""
    options: dict[str, Any] = {_READS: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with translated(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, *, durable: bool = False) -> Iterator[Connection]:
    """Give a connection inside one write transaction, committed at the end of the block or rolled back.

    ``durable`` commits survive a power cut (``synchronous=FULL`` on SQLite); the others survive a crash of
    the programme. PostgreSQL is always durable; there, ``durable`` transactions go one after another, as all do
    on SQLite: the journals and the counts of a sending are written by one programme at a time.
    """
    options = {_DURABLE: durable}
    with translated(engine), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the database's own exceptions into ``StoreError``."""
    try:
        yield
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        raise explained(error, place(engine.url)) from error


def upsert(
    connection: Connection,
    table: sa.Table,
    *,
    key: Mapping[str, object],
    values: Mapping[str, object],
    at_first: Mapping[str, object] | None = None,
) -> None:
    """Write ``values`` to the row of ``key``; make it, with ``at_first`` too, when it is not there."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(**key, **values, **(at_first or {}))
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def bytewise(column: sa.ColumnElement[str], engine: Engine | Connection) -> sa.ColumnElement[str]:
    """Return the column to sort by as Python sorts, whatever the language of a PostgreSQL database."""
    return sa.collate(column, "C") if engine.dialect.name == "postgresql" else column


def many(connection: Connection, words: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Run a statement for each row through the driver alone: SQLAlchemy's care costs more than such a row.

    ``words`` marks values by ``?``; they are texts and numbers, for nothing is converted on the way.
    """
    if rows:
        style = words if connection.dialect.paramstyle == "qmark" else words.replace("?", "%s")
        connection.exec_driver_sql(style, list(rows))


def _sqlite(url: sa.URL) -> Engine:
    if url.database and url.database != ":memory:":
        _make_file(Path(url.database))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000})

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are opened below, never by the driver's guess
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        _write_ahead(cursor)
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        options = connection.get_execution_options()
        durable = bool(options.get(_DURABLE))
        if connection.info.get(_DURABLE, False) != durable:  # the level cannot change inside a transaction
            connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.info[_DURABLE] = durable
        # A read that turns into a write fails at once whatever the timeout; so a write says so at its start.
        connection.exec_driver_sql("BEGIN" if options.get(_READS) else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: sa.URL) -> Engine:
    if url.drivername in {"postgresql", "postgres"}:  # SQLAlchemy would look for another driver, or for none
        url = url.set(drivername="postgresql+psycopg")
    arguments = {
        "application_name": "publisher",
        "connect_timeout": 10,
        # A machine that vanished must not hold the others up for the two hours that TCP would give it.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": f"-c lock_timeout={WAIT_MILLISECONDS} -c idle_in_transaction_session_timeout={_IDLE_MILLISECONDS}",
    }
    mine = {name: value for name, value in arguments.items() if name not in url.query}
    engine = sa.create_engine(url, pool_pre_ping=True, connect_args=mine)

    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - only whoever uses PostgreSQL has it

    class Plain(StrDumperUnknown):
        """Leaves out U+0000, which PostgreSQL keeps in no text: a relay's answer must not undo a whole batch."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", ""))

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.adapters.register_dumper(str, Plain)

    @event.listens_for(engine, "begin")
    def _began(connection: Connection) -> None:
        if connection.get_execution_options().get(_DURABLE):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch the database to WAL, waiting as long as for any other lock.

    The switch turns a read into a write, so SQLite fails it at once, whatever ``busy_timeout`` says, while
    another programme writes to a database that is not in WAL yet: two first starts at the same moment.
    """
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _make_file(path: Path) -> None:
    """Make the file readable by its owner only: it holds people's addresses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY | getattr(os, "O_CLOEXEC", 0), 0o600))
    except OSError as error:
        raise StoreError(
            f"la base de données ne peut pas être créée ou lue ({system(error)}).",
            place=str(path),
            remedy="Vérifiez le dossier et les droits du programme.",
        ) from error


def _migrate(engine: Engine) -> None:
    with translated(engine):
        if _revision(engine) == HEAD:
            return
    from publisher.store.migrations import upgrade  # noqa: PLC0415 - Alembic is only paid for when it is needed

    with translated(engine):
        upgrade(engine.execution_options(**{_DURABLE: True}))


def _revision(engine: Engine) -> str:
    """Return the migration that the database stands at, "" for an empty one."""
    with engine.connect().execution_options(**{_READS: True}) as connection, connection.begin():
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        found: Any = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return str(found or "")
