"""An address cut in parts without changing a byte. It judges nothing and never raises, whatever the text.

``urllib.parse`` is not used for cutting: it raises on odd ports and brackets, drops an empty ``?`` and strips
control characters, so its parts do not join to the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_WEB = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\\s]+)(?=[/\\]|$)", re.IGNORECASE)
_SEPARATOR = re.compile(r"(&amp;|[&;])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """RFC 3986, 3: ``before`` is all up to the query, ``query`` and ``fragment`` are ``None`` when absent."""

    before: str
    query: str | None
    fragment: str | None

    def __str__(self) -> str:
        """Return the same bytes that ``cut`` was given."""
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.before}{query}{fragment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The front of an http(s) address: ``host`` and ``port`` as written, ``user`` with its ``@``."""

    scheme: str
    user: str
    host: str
    port: str
    path: str


def cut(address: str) -> Address:
    """Return the parts; ``str()`` of them is the address again."""
    rest, hash_mark, fragment = address.partition("#")
    before, question_mark, query = rest.partition("?")
    return Address(before=before, query=query if question_mark else None, fragment=fragment if hash_mark else None)


def web(before: str) -> Web | None:
    """Return the parts of an http or https address up to its query, ``None`` for anything else."""
    found = _WEB.match(before)
    if not found:
        return None
    user, at, rest = found["authority"].rpartition("@")
    host, port = rest, ""
    if ":" in rest.rpartition("]")[2]:
        host, _, port = rest.rpartition(":")
    return Web(scheme=found["scheme"], user=user + at, host=host, port=port, path=before[found.end() :])


def host_of(address: str) -> str:
    """Return the host in lower case without user, port and final dot; "" when it is no web address."""
    front = web(cut(address.strip()).before)
    return front.host.lower().rstrip(".") if front else ""


def pieces(query: str) -> list[tuple[str, str]]:
    """Return (separator before, ``name=value``) pairs; joined they are the query again.

    ``&``, ``;`` and a leftover ``&amp;`` separate, the first pair has no separator.
    """
    found = _SEPARATOR.split(query)
    return list(zip(["", *found[1::2]], found[::2], strict=True))


def name_of(piece: str) -> str:
    """Return the parameter's name, decoded and in lower case."""
    return unquote(piece.partition("=")[0]).strip().lower()
