"""A folder of documents on disk: Markdown, HTML, plain text, print exports, PDF. It writes and fetches nothing."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import links
from publisher.errors import Fault, ReadError
from publisher.sources import (
    documents_html,
    documents_markdown,
    documents_pdf,
    documents_plain,
    localtis,
    print_export,
)
from publisher.sources.documents import Found, compose
from publisher.sources.reading import Reading
from publisher.sources.settings import PageSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from publisher.item import ItemData
    from publisher.sources.settings import AnySource, FolderSource

LARGEST = 20_000_000
"""Octets: a larger file is no article."""

_MARKDOWN = frozenset({".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_TEXT = frozenset({".txt", ".text"})
_PDF = frozenset({".pdf"})
_KNOWN = _MARKDOWN | _HTML | _TEXT | _PDF
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
    reader = _Reader(folder=folder, key=key, sources=sources, zone=zone, now=now, largest=largest)
    items: list[ItemData] = []
    faults: list[Fault] = []
    for file in _files(root / folder.path, folder.path):
        place = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        try:
            items.append(reader.read(file, place))
        except _RefusedError as refused:
            faults += refused.faults
        except ReadError as error:
            faults.append(Fault(place=place, text=error.text, remedy=error.remedy))
    return Reading(items=tuple(items), faults=tuple(faults))


class _RefusedError(Exception):
    """A document that gives no item, with every reason."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What all documents of one folder share."""

    folder: FolderSource
    key: str
    sources: Mapping[str, AnySource]
    zone: tzinfo
    now: datetime
    largest: int

    def read(self, file: Path, place: str) -> ItemData:
        """Return the item of one document. Raises ``ReadError`` or ``_RefusedError``."""
        data = _bytes(file, place, self.largest)
        kind = file.suffix.lower()
        if kind in _HTML:
            known = Found(link=documents_html.address(data), origin=documents_html.origin(data))
            source = self._source(known, file.name)
            cms = self.sources[source].cms if source in self.sources else ""
            return documents_html.read(
                data, source=source, via=self.key, place=place, cms=cms, zone=self.zone, now=self.now
            )
        said = ""
        if kind in _PDF:
            found = _of_text(documents_pdf.text(data, place), self.zone)
        elif kind in _MARKDOWN:
            markdown = documents_markdown.read(decoded(data, place), place, self.zone)
            found, said = markdown.found, markdown.source
            if markdown.faults:
                raise _RefusedError(*markdown.faults)
        else:
            found = _of_text(decoded(data, place), self.zone)
        if said and said != self.key and said not in self.sources:
            raise _RefusedError(_unknown_source(place, said, self.sources))
        source = said or self._source(found, file.name)
        item = compose(self._rubric(found, source), source=source, via=self.key, place=place, now=self.now)
        if item is None:
            raise ReadError("le document est vide.", place=place, remedy="Complétez-le ou retirez-le.")
        return item

    def _source(self, found: Found, name: str) -> str:
        """Return the key of the source whose document this is: by file name, then site-name line, then host."""
        low = name.lower()
        for prefix, named in sorted(self.folder.names.items(), key=lambda pair: -len(pair[0])):
            if low.startswith(prefix.lower()):
                return named
        for known in sorted(self.sources, key=len, reverse=True):
            if low.startswith((f"{known.lower()}-", f"{known.lower()}_")):
                return known
        if found.origin in self.sources:
            return found.origin
        host = _host(found.link)
        return next((key for key, each in self.sources.items() if host and host in _hosts(each)), self.key)

    def _rubric(self, found: Found, source: str) -> Found:
        settings = self.sources.get(source)
        if found.rubric or settings is None or settings.cms != "localtis":
            return found
        rubric, title = localtis.rubric_and_title(found.title, found.link)
        return replace(found, rubric=rubric, title=title)


def _files(top: Path, said: str) -> Iterator[Path]:
    try:
        if not top.is_dir():
            raise ReadError(
                "ce dossier n’existe pas.", place=said, remedy="Créez-le, ou corrigez path dans config.toml."
            )
        found = sorted(path for path in top.rglob("*") if path.suffix.lower() in _KNOWN)
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


def _of_text(text: str, zone: tzinfo) -> Found:
    return print_export.read(text, zone) if print_export.is_one(text) else documents_plain.read(text, zone)


def decoded(data: bytes, place: str) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or Windows-1252. Raises ``ReadError`` for other bytes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise ReadError("ce n’est pas un fichier de texte.", place=place, remedy="Vérifiez son extension.")
    return data.decode("cp1252", "replace")


def _hosts(source: AnySource) -> set[str]:
    addresses = source.addresses if isinstance(source, PageSource) else (getattr(source, "url", ""),)
    return {_host(address) for address in addresses if address}


def _host(address: str) -> str:
    try:
        return urlsplit(links.canonical(address)).hostname or ""
    except ValueError:
        return ""


def _unknown_source(place: str, said: str, sources: Mapping[str, AnySource]) -> Fault:
    return Fault(
        place=place,
        text=f"la source «\u00a0{said}\u00a0» n’est pas dans config.toml.",
        remedy=f"Sources connues\u00a0: {', '.join(sources)}.",
    )
