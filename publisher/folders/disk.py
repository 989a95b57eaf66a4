"""Disk: a file replaced whole or not at all. It decides neither what is written nor where.

Write beside, flush to the disk, rename over, flush the folder: a reader sees the old file or the new one, and a
machine that stops in the middle leaves at most a temporary file, which the next call removes.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from publisher import french
from publisher.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SUFFIX = ".publisher-tmp"
"""A temporary file is ``.<name>.publisher-tmp`` beside the file it will become."""

Write = Callable[[int, bytes | memoryview], int]
"""As ``os.write``: a handle and octets in, how many were written out."""

_REASONS = {
    errno.ENOSPC: ("le disque est plein", "Libérez de la place, puis relancez la commande."),
    errno.EDQUOT: ("le quota de disque est atteint", "Libérez de la place, puis relancez la commande."),
    errno.EFBIG: ("le fichier dépasse la taille permise", "Relevez la limite, puis relancez la commande."),
    errno.EROFS: ("le disque est en lecture seule", "Rendez-le inscriptible, puis relancez la commande."),
    errno.EACCES: ("l’écriture n’y est pas permise", "Donnez-vous le droit d’écrire dans ce dossier, puis relancez."),
    errno.EPERM: ("l’écriture n’y est pas permise", "Donnez-vous le droit d’écrire dans ce dossier, puis relancez."),
    errno.ENOTDIR: ("un fichier porte le nom d’un dossier", "Déplacez ce fichier, puis relancez la commande."),
    errno.EISDIR: ("un dossier porte ce nom", "Déplacez ce dossier, puis relancez la commande."),
    errno.ENOTEMPTY: ("un dossier porte ce nom", "Déplacez ce dossier, puis relancez la commande."),
    errno.ENAMETOOLONG: ("le nom est trop long", "Choisissez un nom plus court."),
    errno.EIO: ("le disque a une panne", "Vérifiez le disque avant de relancer la commande."),
}


def refused(path: Path, error: OSError, left: str) -> OutputError:
    """Return what to raise for a failed write; ``left`` says in French what was left as it was."""
    reason, remedy = _REASONS.get(error.errno or 0, (french.system(error), ""))
    return OutputError(f"impossible d’écrire\u00a0: {reason}. {left}", place=str(path), remedy=remedy)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against every other writer of this module; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sweep(folders: Iterable[Path]) -> None:
    """Remove temporary files that a stopped run left in these folders; only under ``locked``, where none is in use.

    Folders below them are not entered: one may be a mailbox of a million files.
    """
    for folder in folders:
        for left in folder.glob(f".*{SUFFIX}"):
            with suppress(OSError):
                left.unlink()


def beside(path: Path) -> Path:
    """Return the temporary file of ``path``."""
    return path.with_name(f".{path.name}{SUFFIX}")


def prepare(path: Path, data: bytes, write: Write) -> Path:
    """Write ``data`` to the temporary file of ``path``, on the disk when this returns. Raises ``OSError``, cleaned."""
    temporary = beside(path)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[write(handle, rest) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        os.close(handle)
    return temporary


def settle(folder: Path) -> None:
    """Make the folder's renames survive a stop of the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
