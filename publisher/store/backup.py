"""A verified copy of a SQLite database while it is in use, and its return. It never touches the journals."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.errors import StoreError
from publisher.french import system
from publisher.store.database import BUSY_MILLISECONDS
from publisher.store.sentences import explained, place

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a copy holds."""

    file: Path
    octets: int
    subscribers: int
    deliveries: int


def keep(url: str, file: Path) -> Kept:
    """Copy the database to ``file``, check the copy, and only then put it in the place of an earlier one.

    Others go on reading and writing meanwhile; the copy is of one moment. Raises ``StoreError``, and then ``file``
    is as it was.
    """
    database = _database(url)
    if not database.is_file():
        raise StoreError("il n’y a pas encore de base de données à sauvegarder.", place=str(database))
    _refuse_itself(database, file)
    part = file.with_name(f".{file.name}.part")
    with _told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy(database, part, told=database, alone=True)
        kept = _verified(part)
        with _told(file):
            _synced(part)
            part.replace(file)
            _synced(file.parent)
    finally:
        part.unlink(missing_ok=True)
    return Kept(file=file, octets=kept.octets, subscribers=kept.subscribers, deliveries=kept.deliveries)


def restore(url: str, file: Path, *, aside: Path) -> Kept:
    """Put a copy in the database's place, having kept what was there in ``aside``; return what the copy holds.

    What the journals know beyond it is taken up at the next start. Raises ``StoreError`` for a file that is no copy
    of ours, or when a sound database cannot be kept in ``aside``, and then nothing is changed.
    """
    database = _database(url)
    _refuse_itself(database, file)
    kept = _verified(file)
    if database.exists():
        try:
            keep(url, aside)
        except StoreError:  # too damaged to be copied: then it is moved, with what SQLite keeps beside it
            if _is_sound(database):  # the disk has no room for it, or the like: it stays where it is
                raise
            with _told(database):
                for tail in ("", "-wal", "-shm"):
                    if (beside := Path(f"{database}{tail}")).exists():
                        beside.replace(f"{aside}{tail}")
    with _told(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
    _copy(file, database, told=database, alone=False)
    return kept


def _database(url: str) -> Path:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return Path(parsed.database)
    raise StoreError(
        "une base sur PostgreSQL se sauvegarde avec les outils du serveur.",
        place=place(parsed),
        remedy="Par «\u00a0pg_dump -Fc\u00a0», puis «\u00a0pg_restore --clean --if-exists\u00a0» pour la remettre.",
    )


def _refuse_itself(database: Path, file: Path) -> None:
    """Refuse the database as its own copy: replaced under those who have it open, it would be damaged."""
    if file.exists() and database.exists() and file.samefile(database):
        raise StoreError(
            "ce fichier est la base elle-même, pas une copie.",
            place=str(file),
            remedy="Donnez un autre nom à la copie, de préférence sur un autre disque\u00a0; rien n’a été changé.",
        )


def _is_sound(database: Path) -> bool:
    try:
        _verified(database)
    except StoreError:
        return False
    return True


def _copy(source: Path, target: Path, *, told: Path, alone: bool) -> None:
    """Copy page by page through SQLite, which knows what others are writing."""
    wait = BUSY_MILLISECONDS / 1000
    try:
        with (
            closing(sqlite3.connect(source, timeout=wait)) as old,
            closing(sqlite3.connect(target, timeout=wait)) as new,
        ):
            old.backup(new)
            if alone:
                new.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    except sqlite3.Error as error:
        raise explained(error, str(told)) from error


def _verified(file: Path) -> Kept:
    """Return what a copy holds. Raises ``StoreError`` when it is damaged or no database of ours."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            (sound,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if sound != "ok":
                raise StoreError(f"cette copie est abîmée ({sound}).", place=str(file), remedy="Prenez-en une autre.")
            counts = [copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("subscriber", "delivery")]  # noqa: S608 - two names of our own
    except sqlite3.Error as error:
        if not file.is_file():
            raise StoreError("ce fichier n’existe pas.", place=str(file)) from error
        raise StoreError(
            "ce n’est pas une sauvegarde de cette base.", place=str(file), remedy="Prenez-en une autre."
        ) from error
    return Kept(file=file, octets=file.stat().st_size, subscribers=counts[0], deliveries=counts[1])


def _synced(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"la copie ne peut pas être écrite\u00a0: {system(error)}.",
            place=str(path),
            remedy="Vérifiez le dossier, les droits et la place libre\u00a0; rien n’a été changé.",
        ) from error
