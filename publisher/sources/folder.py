"""A folder of documents on disk: Markdown, HTML, plain text, print exports, PDF. It writes and fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import Fault, ReadError
from publisher.sources.documents_reader import ENDINGS, Reader, RefusedError
from publisher.sources.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from publisher.item import ItemData
    from publisher.sources.settings import AnySource, FolderSource

LARGEST = 20_000_000
"""Octets: a larger file is no article."""

_NOTES = frozenset({"readme", "lisezmoi"})  # about the folder, not of it


def read(  # noqa: PLR0913 - each is a fact about where and when the folder is read
    folder: FolderSource,
    key: str,
    *,
    root: Path,
    sources: Mapping[str, AnySource],
    zone: tzinfo,
    now: datetime,
    largest: int = LARGEST,
) -> Reading:
    """Return the items of every document under the folder, by file name, and a fault for each that gave none.

    ``folder.path`` is relative to ``root``. A document belongs to the source of ``sources`` that its name's beginning,
    its site-name line or its address's host says, and to ``key`` otherwise. Raises ``ReadError`` when there is no
    such folder; a bad file never stops the others.
    """
    reader = Reader(folder=folder, key=key, sources=sources, zone=zone, now=now)
    items: list[ItemData] = []
    faults: list[Fault] = []
    for file in _files(root / folder.path, folder.path):
        place = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        try:
            items.append(reader.read(_bytes(file, place, largest), file.name, place))
        except RefusedError as refused:
            faults += refused.faults
        except ReadError as error:
            faults.append(Fault(place=place, text=error.text, remedy=error.remedy))
    return Reading(items=tuple(items), faults=tuple(faults))


def _files(top: Path, said: str) -> Iterator[Path]:
    try:
        if not top.is_dir():
            raise ReadError(
                "ce dossier n’existe pas.", place=said, remedy="Créez-le, ou corrigez path dans config.toml."
            )
        found = sorted(path for path in top.rglob("*") if path.suffix.lower() in ENDINGS)
    except OSError as error:
        raise ReadError("ce dossier ne peut pas être lu.", place=said, remedy="Vérifiez ses droits d’accès.") from error
    for path in found:
        hidden = any(part.startswith((".", "_", "~")) for part in path.relative_to(top).parts)
        if not hidden and path.stem.lower() not in _NOTES:
            yield path


def _bytes(file: Path, place: str, largest: int) -> bytes:
    try:
        size = file.stat().st_size
        if size > largest:
            raise ReadError(
                f"le fichier pèse {size / 1e6:.0f}\u00a0Mo, plus que les {largest / 1e6:.0f}\u00a0Mo admis.",
                place=place,
                remedy="Mettez le document en ligne et citez son adresse.",
            )
        return file.read_bytes()
    except OSError as error:
        raise ReadError(
            "le fichier ne peut pas être lu.", place=place, remedy="Vérifiez ses droits d’accès."
        ) from error
