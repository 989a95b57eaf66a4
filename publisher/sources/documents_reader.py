"""One document's bytes to its item, by the ending of its name. It opens no file: ``folder`` does."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import links
from publisher.errors import Fault, ReadError
from publisher.sources import (
    documents_html,
    documents_markdown,
    documents_pdf,
    documents_plain,
    documents_print,
    localtis,
    print_export,
)
from publisher.sources.documents import Found, compose
from publisher.sources.settings import PageSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from publisher.item import ItemData
    from publisher.sources.settings import AnySource, FolderSource

_MARKDOWN = frozenset({".md", ".markdown"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_TEXT = frozenset({".txt", ".text"})
_PDF = frozenset({".pdf"})
ENDINGS = _MARKDOWN | _HTML | _TEXT | _PDF
"""The endings of names that are read; others are passed over."""


class RefusedError(Exception):
    """A document that gives no item, with every reason."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What all documents of one folder share."""

    folder: FolderSource
    key: str
    sources: Mapping[str, AnySource]
    zone: tzinfo
    now: datetime

    def read(self, data: bytes, name: str, place: str) -> ItemData:
        """Return the item of one document. Raises ``ReadError``, or ``RefusedError`` with every fault of its head."""
        kind = PurePath(name).suffix.lower()
        if kind in _HTML and not documents_print.is_one(data):
            known = Found(link=documents_html.address(data), origin=documents_html.origin(data))
            source = self._source(known, name)
            cms = self.sources[source].cms if source in self.sources else ""
            return documents_html.read(
                data, source=source, via=self.key, place=place, cms=cms, zone=self.zone, now=self.now
            )
        said = ""
        if kind in _HTML:
            found = documents_print.read(data, place, self.zone)
        elif kind in _PDF:
            found = _of_text(documents_pdf.text(data, place), self.zone)
        elif kind in _MARKDOWN:
            markdown = documents_markdown.read(decoded(data, place), place, self.zone)
            found, said = markdown.found, markdown.source
            if markdown.faults:
                raise RefusedError(*markdown.faults)
        else:
            found = _of_text(decoded(data, place), self.zone)
        if said and said != self.key and said not in self.sources:
            raise RefusedError(_unknown_source(place, said, self.sources))
        source = said or self._source(found, name)
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
