"""Plain text as a source writes it, to HTML: paragraphs, line ends, and addresses that become links."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESS = re.compile(r"<?\bhttps?://[^\s<>\"«»\u00a0\u202f]+>?", re.IGNORECASE)
_AFTER = ".,;:!?'’…*_"  # a sentence's, not the address's
_SHOWN = 40  # characters of an address that a reader sees


def paragraphs(text: str, *, wrapped: bool = False) -> str:
    """Return the text as paragraphs; a raw address is a link that shows its host and a short path.

    The ends of lines are the author's, unless the text was ``wrapped`` by a program.
    """
    blocks = (block.strip() for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")))
    end = "\n" if wrapped else "<br>"
    return "".join(f"<p>{''.join(_linked(block)).replace(chr(10), end)}</p>" for block in blocks if block)


def _linked(block: str) -> Iterator[str]:
    end = 0
    for found in _ADDRESS.finditer(block):
        address = _without_end(found[0])
        shown = _shown(address)
        if not shown:
            continue
        start = found.start()
        yield _escaped(block[end:start])
        yield f'<a href="{html.escape(address)}">{html.escape(shown)}</a>'
        end = found.end() if found[0].startswith("<") else start + len(address)
    yield _escaped(block[end:])


def _without_end(raw: str) -> str:
    """Return an address without the brackets and full stops around it; brackets that it opened itself stay."""
    address = raw.strip("<>").rstrip(_AFTER)
    while address.endswith((")", "]")) and address.count(")") + address.count("]") > address.count("(") + address.count(
        "["
    ):
        address = address[:-1].rstrip(_AFTER)
    return address


def _shown(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    host = (parts.netloc or "").removeprefix("www.")
    whole = f"{host}{parts.path.rstrip('/')}"
    return whole if len(whole) <= _SHOWN else host


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
