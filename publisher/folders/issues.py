"""The issue files of ``content/issues/``: read, written once, replaced whole. What they say is ``issue_file``'s."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from publisher import french
from publisher.errors import ContentError, Fault, OutputError
from publisher.folders import changes, disk, issue_file
from publisher.folders.dates import PARIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from publisher.folders.operations import Operation
    from publisher.issue import Issue


class IssueFolder:
    """An ``IssueShelf`` on disk: one file ``YYYY-MM.md`` an issue. Dates without a zone are ``timezone``'s."""

    def __init__(self, path: Path, *, timezone: tzinfo = PARIS, write: disk.Write = os.write) -> None:
        self.path = path
        self._timezone = timezone
        self._write = write

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all issue files, oldest first; other files are nobody's business.

        A folder that is not there holds none. Raises ``ContentError`` for one that cannot be read.
        """
        try:
            names = [file.stem for file in self.path.iterdir() if file.suffix == ".md"]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ContentError(
                f"le dossier des numéros ne peut pas être lu\u00a0: {french.system(error)}.", (), place=str(self.path)
            ) from error
        return tuple(sorted(name for name in names if issue_file.KEY.fullmatch(name)))

    def exists(self, key: str) -> bool:
        """Say whether there is a file for this issue."""
        return self._file(key).exists()

    def text(self, key: str) -> str:
        """Return the file as it is. Raises ``ContentError`` when it is not there, or is not UTF-8 (with the line)."""
        file = self._file(key)
        try:
            data = file.read_bytes()
            return data.decode()
        except FileNotFoundError as error:
            known = ", ".join(self.keys()[-3:]) or "aucun"
            raise ContentError(
                f"il n’y a pas de numéro {key} (derniers numéros\u00a0: {known}). "
                f"«\u00a0publisher draft {key}\u00a0» en prépare un.",
                (),
                place=str(file),
            ) from error
        except UnicodeDecodeError as error:
            fault = Fault(
                place=str(file),
                line=data.count(b"\n", 0, error.start) + 1,
                text="cette ligne n’est pas écrite en UTF-8.",
                remedy="Enregistrez le fichier en «\u00a0UTF-8\u00a0» dans votre éditeur.",
            )
            raise issue_file.refused(str(file), (fault,)) from error
        except OSError as error:
            raise ContentError(
                f"le fichier ne peut pas être lu\u00a0: {french.system(error)}.", (), place=str(file)
            ) from error

    def read(self, key: str) -> Issue:
        """Return the issue. Raises ``ContentError`` with every fault, each with file and line."""
        return issue_file.parse(self.text(key), str(self._file(key)), timezone=self._timezone)

    def write_new(self, issue: Issue, titles: Mapping[str, str]) -> str:
        """Write a file that does not exist yet and return its path. Raises ``OutputError``; never overwrites."""
        file = self._file(issue.key)
        data = issue_file.compose(issue, titles, timezone=self._timezone).encode()
        try:
            with disk.locked(self.path):
                disk.sweep([self.path])
                temporary = disk.prepare(file, data, self._write)
                try:
                    _publish(temporary, file)
                finally:
                    with suppress(FileNotFoundError):
                        temporary.unlink()
                disk.settle(self.path)
        except FileExistsError as error:
            raise OutputError(
                "ce numéro existe déjà. Rien n’a été changé.",
                place=str(file),
                remedy="Ouvrez-le dans votre éditeur, ou renommez-le avant d’en préparer un autre.",
            ) from error
        except OSError as error:
            raise disk.refused(file, error, "Le numéro n’a pas été créé.") from error
        return str(file)

    def change(self, key: str, operations: Iterable[Operation]) -> tuple[Operation, ...]:
        """Change the file as it is now, all or nothing, and return the operations that undo it, in their order.

        Another writer is waited for, the file read again, the result read for faults, then put in its place whole.
        Raises ``ConflictError``, ``ContentError`` or ``OutputError``; then the file is as it was.
        """
        file = self._file(key)
        try:
            with disk.locked(self.path):
                text, inverses = changes.apply_all(self.text(key), operations, file=str(file), timezone=self._timezone)
                self._replace(file, text)
        except OSError as error:
            raise disk.refused(file, error, "Le numéro est resté comme il était.") from error
        return inverses

    def _replace(self, file: Path, text: str) -> None:
        data = text.encode()
        if file.read_bytes() == data:
            return
        target = file.resolve()  # a link to a file kept elsewhere stays a link
        temporary = disk.prepare(target, data, self._write)
        shutil.copymode(target, temporary)
        temporary.replace(target)
        disk.settle(target.parent)

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.md"


def _publish(temporary: Path, file: Path) -> None:
    """Give the file its name unless something bears it already."""
    try:
        os.link(temporary, file)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
        if file.exists():  # a disk without hard links (FAT): the lock keeps our own writers out
            raise FileExistsError(errno.EEXIST, "exists", str(file)) from error
        temporary.rename(file)
