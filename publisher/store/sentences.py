"""Turns what SQLite and PostgreSQL say into a sentence for a person. It opens nothing and asks nobody."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy import exc

from publisher.errors import StoreError

_FULL = ("le disque est plein\u00a0: rien n’a été écrit.", "Libérez de la place puis relancez la même commande.")
_BUSY = (
    "la base de données est occupée par un autre programme.",
    "Attendez la fin de l’autre commande, puis relancez celle-ci.",
)
_DAMAGED = (
    "ce fichier n’est pas une base de données lisible, ou il est abîmé.",
    "«\u00a0publisher backup SAUVEGARDE --restore\u00a0» le met de côté et remet une sauvegarde en place.",
)
_CUT = (
    "la connexion à la base de données a été coupée\u00a0: rien n’a été écrit.",
    "Vérifiez que le serveur est démarré, puis relancez la même commande.",
)
_CROWDED = (
    "le serveur de la base de données n’accepte plus de connexions.",
    "Attendez, ou augmentez «\u00a0max_connections\u00a0» du serveur.",
)

_OF_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: (
        "le disque a refusé une lecture ou une écriture.",
        "Vérifiez la place libre et l’état du disque, puis relancez la même commande.",
    ),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: (
        "la base de données est en lecture seule.",
        "Donnez au programme le droit d’écrire dans ce fichier et dans son dossier.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "la base de données ne peut pas être ouverte.",
        "Vérifiez que le dossier existe et que le programme a le droit d’y écrire.",
    ),
}
_OF_SQLITE[sqlite3.SQLITE_PERM] = _OF_SQLITE[sqlite3.SQLITE_READONLY]

# By SQLSTATE, or its first two characters: PostgreSQL's appendix A.
_OF_POSTGRESQL: dict[str, tuple[str, str]] = {
    "53100": _FULL,
    "53300": _CROWDED,
    "55P03": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "57P01": _CUT,
    "57P02": _CUT,
    "08": _CUT,
    "57P03": (
        "le serveur de la base de données démarre ou s’arrête.",
        "Attendez quelques secondes, puis relancez la même commande.",
    ),
    "25006": (
        "la base de données est en lecture seule.",
        "L’adresse est peut-être celle d’une copie\u00a0: donnez celle du serveur principal.",
    ),
    "42501": (
        "ce compte n’a pas le droit d’écrire dans la base de données.",
        "Faites-en le propriétaire de la base\u00a0: «\u00a0ALTER DATABASE … OWNER TO …\u00a0».",
    ),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def place(url: sa.URL) -> str:
    """Return where the database is, without any password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return url.render_as_string(hide_password=True)


def explained(error: Exception, where: str) -> StoreError:
    """Return the sentence for a person that says what the database's exception means and what to do."""
    original = getattr(error, "orig", None) or error
    known = _known(original)
    if known is None and getattr(error, "connection_invalidated", False):
        known = _CUT
    if known is not None:
        return StoreError(known[0], place=where, remedy=known[1])
    said = (str(original).strip().splitlines() or [type(original).__name__])[0]
    if isinstance(error, exc.IntegrityError):
        return StoreError(
            f"la base refuse une écriture contraire à ses règles ({said}).",
            place=where,
            remedy="Rien n’a été écrit. C’est un défaut du programme\u00a0: signalez-le avec ce message.",
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError) and not hasattr(original, "sqlite_errorcode"):
        return StoreError(
            f"la base de données ne répond pas ({said}).",
            place=where,
            remedy="Vérifiez que le serveur est démarré et que l’adresse, le compte et le mot de passe sont les bons.",
        )
    return StoreError(f"la base de données a refusé l’opération ({said}).", place=where, remedy="Rien n’a été écrit.")


def _known(original: BaseException) -> tuple[str, str] | None:
    code = getattr(original, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _OF_SQLITE.get(code & 0xFF)
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return _OF_POSTGRESQL.get(state) or _OF_POSTGRESQL.get(state[:2])
    return None
