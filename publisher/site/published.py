"""The files of ``feeds/`` as they are served: kind, ETag, packed form. It writes none and follows no way out of it."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING

from starlette.responses import Response

from publisher.site.negotiation import has_it, http_date, takes_gzip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
}
"""What is served at all, by the end of its name."""
_FEEDS = (
    (re.compile(rb"<rss[\s>]"), "application/rss+xml; charset=utf-8"),
    (re.compile(rb"<(?:\w+:)?feed[\s>]"), "application/atom+xml; charset=utf-8"),
    (re.compile(rb'"version":\s*"https://jsonfeed\.org/'), "application/feed+json; charset=utf-8"),
)
_HEAD = 2_000
_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._-]*(?:/[0-9A-Za-z_][0-9A-Za-z._-]*)*")
_PACKED = frozenset({".html", ".xml", ".json", ".txt", ".css", ".svg"})
_LEAST = 500
_KEPT = 100
_LARGEST = 2_000_000
"""Octets of a file that is remembered; larger ones are read each time."""

PAGES = (
    "default-src 'none'; style-src 'unsafe-inline' 'self'; img-src 'self' https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One published file, read. ``packed`` is its gzip form, empty where it would save nothing."""

    media_type: str
    changed: datetime
    digest: str
    data: bytes = field(repr=False)
    packed: bytes = field(repr=False)


class Published:
    """The folder. Files are read when they are asked for and again when they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[str, tuple[tuple[int, int], File]] = OrderedDict()
        self._lock = Lock()

    def find(self, name: str) -> File | None:
        """Return the file of this name, None for one that is not there or not for the public."""
        suffix = PurePosixPath(name).suffix
        if suffix not in _KINDS or not _NAME.fullmatch(name):
            return None
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
                return None
            stat = path.stat()
            mark = (stat.st_mtime_ns, stat.st_size)
            with self._lock:
                mark_kept, file = self._kept.get(name, (None, None))
            if file is None or mark_kept != mark:
                file = _read(path.read_bytes(), suffix, stat.st_mtime)
                self._keep(name, mark, file)
        except (OSError, ValueError, RuntimeError):
            # replaced or taken away at this moment, a name that the disk cannot have, or links in a circle
            return None
        return file

    def _keep(self, name: str, mark: tuple[int, int], file: File) -> None:
        if len(file.data) > _LARGEST:
            return
        with self._lock:
            self._kept[name] = (mark, file)
            self._kept.move_to_end(name)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


def _read(data: bytes, suffix: str, changed: float) -> File:
    media_type = _KINDS[suffix]
    if suffix in {".xml", ".json"}:
        media_type = next((kind for pattern, kind in _FEEDS if pattern.search(data[:_HEAD])), media_type)
    packed = gzip.compress(data, 6, mtime=0) if suffix in _PACKED and len(data) >= _LEAST else b""
    return File(
        media_type=media_type,
        changed=datetime.fromtimestamp(changed, UTC),
        digest=hashlib.sha256(data).hexdigest()[:32],
        data=data,
        packed=packed if len(packed) < len(data) else b"",
    )


def response(file: File, headers: Mapping[str, str]) -> Response:
    """Return the answer to a GET or a HEAD: whole or 304, packed or not. It sets no cookie."""
    packed = bool(file.packed) and takes_gzip(headers.get("accept-encoding", ""))
    plain, other = f'"{file.digest}"', f'"{file.digest}-gzip"'  # strong: one for each sequence of octets
    told = {
        "ETag": other if packed else plain,
        "Last-Modified": http_date(file.changed),
        "Cache-Control": "public, max-age=900",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Last-Modified",
    }
    if file.packed:
        told["Vary"] = "Accept-Encoding"
    for etag in (told["ETag"], plain, other):  # a proxy may have unpacked what it was given: it holds the same file
        if has_it(headers, etag, file.changed):
            return Response(status_code=304, headers={**told, "ETag": etag})
    if packed:
        told["Content-Encoding"] = "gzip"
    if file.media_type.startswith("text/html") or file.media_type.startswith("image/svg"):
        told["Content-Security-Policy"] = PAGES
        told["Referrer-Policy"] = "strict-origin-when-cross-origin"  # whom the letter speaks of may know that it did
    told["Content-Type"] = file.media_type  # as a header: Starlette would add a charset to some kinds
    return Response(file.packed if packed else file.data, headers=told)


def preflight() -> Response:
    """Return the answer to a browser that asks whether a script may read feeds conditionally (Fetch, CORS)."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
        "Access-Control-Max-Age": "86400",
        "Allow": "GET, HEAD, OPTIONS",
    }
    return Response(status_code=204, headers=headers)
