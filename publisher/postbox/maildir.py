"""A Maildir on disk. It deletes nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from publisher import french
from publisher.errors import SourceError
from publisher.postbox.box import LARGEST, Letter, Wish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TICK = 2_000_000_000  # nanoseconds


class Maildir:
    """A Maildir: messages of ``new`` go to ``cur`` once dealt with. ``what`` and ``key`` are for sentences."""

    def __init__(self, path: Path, *, what: str = "la boîte aux lettres", key: str = "path") -> None:
        self._path = path
        self._what = what
        self._key = key

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of ``new`` in the order of their names, without those that are moved meanwhile."""
        for file in sorted(self._files("new")):
            with contextlib.suppress(FileNotFoundError), self._telling():
                with file.open("rb") as opened:
                    octets = opened.read(LARGEST)
                yield file.name, octets

    def done(self, key: str) -> None:
        """Move the file to ``cur``, seen, unless somebody has moved it."""
        with contextlib.suppress(FileNotFoundError), self._telling():
            (self._path / "cur").mkdir(exist_ok=True)
            (self._path / "new" / key).rename(self._path / "cur" / f"{key.partition(':')[0]}:2,S")

    def letters(self, wish: Wish) -> Iterator[Letter]:
        """Yield the letters of ``new`` and ``cur``, oldest first, of all senders.

        The mark is when the file came to its place (``st_ctime``, which nobody sets) and its name. What came within
        two seconds of it is given again: a clock may tick once for several files.
        """
        before, _, last = wish.mark.partition(" ")
        limit = (int(before) if before.isdecimal() else 0, last)
        found = []
        for file in self._files("new", "cur"):
            with contextlib.suppress(FileNotFoundError), self._telling():
                when = file.stat().st_ctime_ns
                if when > limit[0] - _TICK and file.is_file():
                    found.append((when, file))
        found.sort()
        left = wish.most
        for when, file in found:
            fresh = (when, file.name) > limit
            if fresh and not left:
                return
            left -= fresh
            with contextlib.suppress(FileNotFoundError), self._telling():
                size = file.stat().st_size
                octets = file.read_bytes() if size <= LARGEST else b""
                mark = f"{when} {file.name}" if fresh else wish.mark
                yield Letter(place=f"/{file.parent.name}/{file.name}", octets=octets, size=size, mark=mark)

    def _files(self, *names: str) -> list[Path]:
        """Return what lies in these folders, nothing for one that is missing while another is there."""
        files: list[Path] = []
        for name in names:
            with contextlib.suppress(FileNotFoundError), self._telling():
                files += (self._path / name).iterdir()
        return files

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what the disk refuses into one sentence; a file that is no longer there is the caller's to judge."""
        try:
            yield
        except FileNotFoundError:
            if not any((self._path / name).is_dir() for name in ("new", "cur")):
                raise self._unreadable("le dossier n’est pas une boîte Maildir") from None
            raise
        except OSError as error:
            raise self._unreadable(french.system(error)) from error

    def _unreadable(self, why: str) -> SourceError:
        return SourceError(
            f"{self._what} ne se lit pas\u00a0: {why}.",
            place=str(self._path),
            remedy=f"Vérifiez «\u00a0{self._key}\u00a0»\u00a0; rien n’est perdu, les messages y restent.",
        )
