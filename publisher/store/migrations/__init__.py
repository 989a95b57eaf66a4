"""The steps that build the database, run in process by Alembic without an ``alembic.ini``.

A step that was released is never edited: a new one follows it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from publisher.errors import StoreError
from publisher.store.sentences import place

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

FOLDER = Path(__file__).parent


def script() -> ScriptDirectory:
    """Return Alembic's view of the steps in this folder."""
    return ScriptDirectory(str(FOLDER))


def upgrade(engine: Engine, target: str = "head") -> None:
    """Bring the database to ``target`` in one transaction, so that a step which fails leaves what was there.

    Two programmes that start together go one after another, as durable writes do (``engine`` must write so on
    PostgreSQL); the second finds nothing to do.
    Raises ``StoreError`` when the database knows a step that this programme does not.
    """
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # a step that rebuilds a table would empty its children; checked again before the commit
            _outside(connection, "PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if not sqlite:
                    _refuse_other_letters(connection)
                _run(connection, target)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(
                        "une mise à jour de la base laisserait des lignes orphelines\u00a0: elle a été annulée.",
                        place=place(engine.url),
                        remedy="La base est restée comme avant. Signalez ce défaut.",
                    )
        finally:
            if sqlite:
                _outside(connection, "PRAGMA foreign_keys = ON")


def _refuse_other_letters(connection: Connection) -> None:
    """Raise ``StoreError`` for a database that cannot hold every name there is."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            f"cette base n’est pas en UTF-8 mais en {encoding}\u00a0: tous les noms n’y tiennent pas.",
            place=place(connection.engine.url),
            remedy="Faites-en une autre\u00a0: «\u00a0createdb --encoding=UTF8 --template=template0 …\u00a0».",
        )


def _outside(connection: Connection, words: str) -> None:
    """Run a pragma outside any transaction, where SQLAlchemy would otherwise open one."""
    driver: Any = connection.connection.driver_connection
    driver.execute(words)


def _run(connection: Connection, target: str) -> None:
    steps = script()

    def plan(revision: Any, _context: MigrationContext) -> Any:
        return steps._upgrade_revs(target, revision)  # noqa: SLF001 - what alembic.command.upgrade calls

    context = MigrationContext.configure(connection, opts={"fn": plan, "script": steps})
    try:
        with Operations.context(context):
            context.run_migrations()
    except CommandError as error:
        raise StoreError(
            "la base a été écrite par une version plus récente de ce programme.",
            place=place(connection.engine.url),
            remedy="Mettez le programme à jour\u00a0; la base n’a pas été touchée.",
        ) from error
