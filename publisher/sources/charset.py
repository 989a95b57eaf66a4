"""The characters behind the bytes of a page. It goes by what is declared and what decodes; it guesses no words."""

from __future__ import annotations

import codecs
import re

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SNIFFED = 4096


def decode(body: bytes, declared: str = "") -> str:
    """Return the text of a page: byte order mark, HTTP's charset, the page's own, UTF-8, then Windows-1252.

    A declared charset that does not fit gives way to the next (WHATWG Encoding reads latin-1 as Windows-1252).
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    meta = _META.search(body[:_SNIFFED])
    for name in (declared, meta[1].decode("ascii") if meta else "", "utf-8"):
        codec = _codec(name)
        if not codec:
            continue
        try:
            return body.decode(codec)
        except UnicodeError:
            continue
    return body.decode("cp1252", "replace")


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name.strip()).name if name.strip() else ""
    except (LookupError, ValueError):
        return ""
    # Only codecs of text: « hex » or « zlib » are codecs too, and UTF-8 is tried before what claims everything.
    if not found.startswith(("utf", "iso8859", "cp", "mac", "koi8", "latin", "ascii", "euc", "gb", "big5", "shift")):
        return ""
    return "cp1252" if found in {"iso8859-1", "ascii"} else found
