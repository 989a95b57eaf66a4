"""Opening, migrating and failing, each with its sentence."""

from __future__ import annotations

import re
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from publisher.errors import StoreError
from publisher.store import database, migrations, schema
from publisher.store.database import open_engine, reading, writing
from publisher.store.description import describe

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine


_CATALOGUE = """
SELECT table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT proname || '()', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def _shape(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            found = {str(row[0]): str(row[1]) for row in connection.exec_driver_sql(_CATALOGUE)}
            # What a column was before its type changed leaves casts in a rule's text, and nothing else.
            found = {name: re.sub(r"::(text|character varying)(\[\])?|[()]", "", text) for name, text in found.items()}
            return {name: text for name, text in found.items() if not name.startswith("alembic_version")}
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    # Alembic writes constraints in its own order: what counts is that the same ones are there.
    return {
        name: "\n".join(sorted(part.strip(" ,") for part in re.sub(r"[ \t]+", " ", sql).splitlines()))
        for name, sql in rows
        if name != "alembic_version"
    }


def test_the_schema_is_the_sum_of_the_migrations(engine: Engine, empty: str) -> None:
    """The tables, indexes and triggers that the code knows are those that the migrations build."""
    direct = sa.create_engine(empty)
    schema.metadata.create_all(direct)
    assert _shape(engine) == _shape(direct)
    assert len(_shape(engine)) > 30
    direct.dispose()


def test_the_head_the_programme_knows_is_the_newest_migration() -> None:
    """A database that is up to date is recognised without importing Alembic."""
    assert migrations.script().get_current_head() == database.HEAD


def test_opening_twice_changes_nothing(empty: str) -> None:
    """The second opening finds the database as the first one left it."""
    first = open_engine(empty)
    before = _shape(first)
    first.dispose()
    second = open_engine(empty)
    assert _shape(second) == before
    second.dispose()


def test_two_programmes_that_start_together_migrate_once(empty: str) -> None:
    """Eight openings of a database that nobody has migrated yet all succeed."""
    engines: list[Engine] = []
    errors: list[Exception] = []

    def start() -> None:
        try:
            engines.append(open_engine(empty))
        except Exception as error:  # noqa: BLE001 - told by the assertion
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for made in engines:
        made.dispose()
    assert errors == []
    assert len(engines) == 8


def test_a_first_start_waits_for_another_first_start(tmp_path: Path) -> None:
    """A database that is not in WAL yet and is being written to is opened once the other has finished."""
    file = tmp_path / "first.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE another (n INTEGER)")
    release = threading.Timer(0.3, other.execute, ("COMMIT",))
    release.start()
    open_engine(f"sqlite:///{file}").dispose()
    release.join()
    other.close()
    with sqlite3.connect(file) as later:
        assert later.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert later.execute("SELECT count(*) FROM another").fetchone() == (0,)
    later.close()


def test_a_database_of_a_newer_programme_is_refused_and_left_alone(url: str) -> None:
    """An unknown migration number is told as a newer programme's, with where and what to do."""
    made = open_engine(url)
    with made.begin() as raw:
        raw.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    made.dispose()
    with pytest.raises(StoreError, match="version plus récente") as caught:
        open_engine(url)
    assert str(sa.make_url(url).database) in caught.value.place


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    """A text file under the database's name gives one sentence."""
    file = tmp_path / "text.sqlite"
    file.write_text("ceci n'est pas une base " * 500)
    with pytest.raises(StoreError, match="n’est pas une base de données lisible"):
        open_engine(f"sqlite:///{file}")


def test_a_full_disk_gives_a_sentence_and_the_old_content_stays(sqlite: Engine) -> None:
    """When the database cannot grow, the transaction is undone and the person is told to make room."""
    with writing(sqlite) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with sqlite.connect() as connection:  # SQLite's own stand-in for a disk without room
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[union-attr]
    row = {"etag": "", "modified": "", "address": "", "digest": "", "last_error": "", "configured": "x" * 4000}
    rows = [{"key": str(n), "failures": 0, "retired": False, "numbers": 0, **row} for n in range(2000)]
    with pytest.raises(StoreError, match="disque est plein"), writing(sqlite) as connection:
        connection.execute(sa.insert(schema.source), rows)
    with reading(sqlite) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.source)).scalar_one() == 0


def test_a_locked_database_is_told_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another programme that holds the write lock for too long is named as the cause."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    file = tmp_path / "busy.sqlite"
    made = open_engine(f"sqlite:///{file}")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="occupée par un autre programme"), writing(made):
        pass
    other.execute("ROLLBACK")
    other.close()
    made.dispose()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be gives a sentence with the path."""
    (tmp_path / "var").write_text("")
    with pytest.raises(StoreError, match="ne peut pas être créée"):
        open_engine(f"sqlite:///{tmp_path / 'var' / 'a.sqlite'}")


def test_an_address_that_is_no_address_is_told() -> None:
    """A URL that SQLAlchemy cannot read is a sentence and no traceback."""
    with pytest.raises(StoreError, match="n’est pas comprise"):
        open_engine("not a url")


def test_a_driver_that_is_not_installed_is_told() -> None:
    """A database of another kind names what is missing, and shows no password."""
    with pytest.raises(StoreError, match="pilote") as caught:
        open_engine("nosuchbase://me:secret@db.example/letters")
    assert "secret" not in str(caught.value)
    assert "psycopg[binary]" in caught.value.remedy


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """The database holds people's addresses: nobody else on the machine reads it."""
    file = tmp_path / "private.sqlite"
    open_engine(f"sqlite:///{file}").dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_pragmas_of_production_hold(sqlite: Engine) -> None:
    """WAL, foreign keys, and a durable write that is FULL while the next ordinary one is NORMAL again."""

    def level(connection: sa.Connection) -> object:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    with writing(sqlite) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert level(connection) == 1
    with writing(sqlite, durable=True) as connection:
        assert level(connection) == 2
    with writing(sqlite) as connection:
        assert level(connection) == 1


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    """A naive datetime never reaches the database."""
    from datetime import datetime  # noqa: PLC0415 - only here is one made on purpose

    with pytest.raises(StoreError), writing(engine) as connection:
        connection.execute(sa.select(schema.item).where(schema.item.c.first_seen > datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_database_says_what_it_is(engine: Engine) -> None:
    """Its name and version for whoever looks after it, and which of its settings forget (those of the tests do)."""
    found = describe(engine)
    assert re.fullmatch(r"(SQLite|PostgreSQL) \d+(\.\d+)*", found.name)
    hasty = ("fsync", "full_page_writes", "synchronous_commit")
    assert found.forgetful == (() if engine.dialect.name == "sqlite" else hasty)
    assert found.place


def test_a_database_of_an_earlier_version_keeps_what_it_holds(empty: str) -> None:
    """A database from before the last step, with rows in it, is brought up to date at its next opening."""
    before = sa.create_engine(empty)
    migrations.upgrade(before, "0005")
    with before.begin() as connection:
        connection.exec_driver_sql("INSERT INTO pace (key, arrival) VALUES ('gmail.com', 1.5)")
        connection.exec_driver_sql(
            "INSERT INTO suppression (fingerprint, reason, at, evidence)"
            " VALUES ('0123456789abcdef0123456789abcdef', 'complaint', CURRENT_TIMESTAMP, '')"
        )
    before.dispose()
    made = open_engine(empty)
    with reading(made) as connection:
        assert connection.execute(sa.select(schema.pace.c.arrival)).scalar_one() == 1.5
        assert connection.execute(sa.select(schema.suppression.c.reason)).scalar_one() == "complaint"
    made.dispose()
