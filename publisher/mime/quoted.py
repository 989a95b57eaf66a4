"""Quoted-printable with places kept free: RFC 2045, 6.7, where each personal slot stands on lines of its own.

What it gives is what goes on the wire: no line starts with a dot or with ``From``, none is longer than 76 octets,
all is 7-bit, and no two spaces follow each other, so that DKIM's ``relaxed`` form of it is the same bytes.
"""

from __future__ import annotations

import re

LINE = 76
"""Octets of a line at most, the soft break's ``=`` counted (RFC 2045, 6.7 (5))."""

_UNSAFE = re.compile(rb"[^ !-<>-~]| (?= )| $")
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z:/._~-]{,74}")  # an address, a first name: nothing to encode or break
_NAME = re.compile(r"(?!From )\w+(?:[ '’-]\w+)*")  # the same for a name of several words, with accents
_OCTETS = tuple(
    b"%c" % octet if octet in b" " or not _UNSAFE.match(b"%c" % octet) else b"=%02X" % octet for octet in range(256)
)
_CRLF = b"\r\n"
_SOFT = b"=\r\n"


def encode(text: str, slots: tuple[str, ...]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Return the constant pieces and, between each two of them, the key of the slot that stands there.

    There is always one constant piece more than keys. ``slots`` are the marks' keys (``unsubscribe``); a mark is
    ``@@key@@``. The last piece ends with a line break.
    """
    marks = re.compile("@@(" + "|".join(re.escape(key) for key in slots) + ")@@")
    text = re.sub(r"\r\n?", "\n", text)
    if not text.endswith("\n"):
        text += "\n"
    constants: list[bytes] = []
    keys: list[str] = []
    lines: list[bytes] = []
    for logical in text[:-1].split("\n"):
        halves = marks.split(logical)  # constant, key, constant, key, …, constant
        for constant, key in zip(halves[:-1:2], halves[1::2], strict=True):
            if constant:
                lines.append(_lines(constant) + _SOFT)
            constants.append(b"".join(lines))
            keys.append(key)
            lines = []
        lines.append(_lines(halves[-1]) + _CRLF)
    constants.append(b"".join(lines))
    return tuple(constants), tuple(keys)


def piece(value: str) -> bytes:
    """Return the lines of one slot's value, each closed by a soft break; nothing for an empty value."""
    if _PLAIN.fullmatch(value):
        return value.encode() + _SOFT
    if _NAME.fullmatch(value):
        encoded = b"".join([_OCTETS[octet] for octet in value.encode()])
        if len(encoded) < LINE:
            return encoded + _SOFT
    return _lines(value) + _SOFT if value else b""


def _lines(text: str) -> bytes:
    """Return one logical line cut by soft breaks so that one more ``=`` fits behind its last line."""
    encoded = _UNSAFE.sub(_hex, text.encode(errors="replace"))
    lines: list[bytes] = []
    start = 0
    while True:
        prefix = b""
        if encoded.startswith(b".", start):
            prefix, start = b"=2E", start + 1
        elif encoded.startswith(b"From ", start):
            prefix, start = b"=46", start + 1
        end = start + LINE - 1 - len(prefix)
        if end >= len(encoded):
            lines.append(prefix + encoded[start:])
            return _SOFT.join(lines)
        if encoded[end - 1 : end] == b"=":
            end -= 1
        elif encoded[end - 2 : end - 1] == b"=":
            end -= 2
        lines.append(prefix + encoded[start:end])
        start = end


def _hex(match: re.Match[bytes]) -> bytes:
    return b"=%02X" % match[0][0]
