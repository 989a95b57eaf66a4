"""The published folder: feeds and archive, each file whole or as it was. It does not know what a feed is."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from publisher.errors import OutputError
from publisher.folders import disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Folder:
    """An ``Outlet`` on disk. ``write`` is ``os.write``, or what stands in for a disk that fails."""

    def __init__(self, path: Path, *, write: disk.Write = os.write) -> None:
        self.path = path
        self._write = write

    def put(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Write the files that differ and return their paths, sorted; equal files keep their bytes and their time.

        Every new content is on the disk before the first file is replaced, so a full disk replaces none; a file that
        was there keeps its permissions. Raises ``OutputError``: a path outside the folder, or a write that failed, with
        what was left as it was.
        """
        targets = {name: self._target(name) for name in sorted(files)}
        try:
            with disk.locked(self.path):
                disk.sweep({self.path, *(target.parent for target in targets.values())})
                changed = tuple(name for name, target in targets.items() if _differs(target, files[name]))
                self._replace({name: targets[name] for name in changed}, files)
        except OSError as error:
            raise disk.refused(self.path, error, "Rien n’a été changé.") from error
        return changed

    def _target(self, name: str) -> Path:
        path = PurePosixPath(name)
        usual = name == str(path) and name != "." and not path.is_absolute() and ".." not in path.parts
        if not usual or "\\" in name or not name.isprintable():
            raise OutputError(
                f"le chemin «\u00a0{name}\u00a0» sort du dossier ou n’est pas un chemin simple. Rien n’a été écrit.",
                place=str(self.path),
                remedy="Un chemin publié ressemble à «\u00a02026-11.html\u00a0».",
            )
        target = self.path / path
        if not target.parent.resolve().is_relative_to(self.path.resolve()):
            raise OutputError(
                f"le chemin «\u00a0{name}\u00a0» passe par un lien qui sort du dossier. Rien n’a été écrit.",
                place=str(self.path),
                remedy="Retirez ce lien symbolique du dossier publié.",
            )
        return target

    def _replace(self, targets: Mapping[str, Path], files: Mapping[str, bytes]) -> None:
        prepared: list[tuple[str, Path, Path]] = []
        for name, target in targets.items():
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                prepared.append((name, disk.prepare(target, files[name], self._write), target))
                with suppress(FileNotFoundError):  # a file that only its owner may read stays so
                    shutil.copymode(target, prepared[-1][1])
            except OSError as error:
                _forget(temporary for _, temporary, _ in prepared)
                raise disk.refused(target, error, "Aucun fichier publié n’a été changé.") from error
        for done, (_, temporary, target) in enumerate(prepared):
            try:
                temporary.replace(target)
            except OSError as error:
                _forget(left for _, left, _ in prepared[done:])
                new = ", ".join(name for name, _, _ in prepared[:done]) or "aucun"
                said = f"Ce fichier et les suivants sont restés comme avant\u00a0; déjà remplacés\u00a0: {new}."
                raise disk.refused(target, error, said) from error
        for folder in sorted({target.parent for _, _, target in prepared}):
            disk.settle(folder)


def _differs(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size != len(data) or target.read_bytes() != data
    except FileNotFoundError:
        return True


def _forget(temporaries: Iterable[Path]) -> None:
    for temporary in temporaries:
        with suppress(OSError):
            temporary.unlink()
