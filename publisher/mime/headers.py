"""Header fields as bytes: RFC 5322 folding, RFC 2047 encoded words. No text can add a line of its own to a header."""

from __future__ import annotations

import re

FOLD = 76
"""Octets of a line before it is folded (RFC 2047, section 2)."""
LONGEST_TEXT = 2000
"""Characters kept of a text that goes in a header: nobody reads more, and some servers refuse larger headers."""

_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_OVERRIDES = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_PLAIN_WORD = re.compile(r"[!-~]{1,70}")
_PHRASE_WORD = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,70}")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = tuple(
    chr(octet) if octet in _Q_SAFE else "_" if octet == 0x20 else f"={octet:02X}"  # noqa: PLR2004 - the space
    for octet in range(256)
)
_Q_ROOM = 62 - len("=?utf-8?q??=")  # a line with an encoded word has 76 octets at most, the field's name counted


def one_line(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return the text on one line: controls and line breaks become a space, direction overrides go, ends cut off."""
    if text.isprintable() and "  " not in text:  # nearly every name: no control, no override, no other space
        return text.strip()[:limit].rstrip()
    flat = _CONTROL.sub(" ", _OVERRIDES.sub("", text)).strip()
    return flat[:limit].rstrip()


def unstructured(name: str, text: str) -> bytes:
    """Return the field ``name: text`` folded, with its final line break, for a free text such as Subject."""
    words = one_line(text).split(" ")
    if not all(_PLAIN_WORD.fullmatch(word) and "=?" not in word for word in words):
        words = encoded_words(" ".join(words))
    return fold(name, words)


def mailbox(name: str, display: str, address: str) -> bytes:
    """Return the field ``name: display <address>`` folded; ``display`` may be anything, "" leaves the address alone.

    The address must be one that ``addresses.on_the_wire`` gave; UTF-8 stays in it (RFC 6532), nowhere else.
    """
    display = one_line(display)
    angle = f"<{address}>"
    if not display:
        return fold(name, [angle])
    return fold(name, [*phrase(display), angle])


def phrase(text: str) -> list[str]:
    """Return the words of a display name: as they are, quoted, or encoded (RFC 5322, 3.2.5; RFC 2047, 5 (3))."""
    if not text.isascii():
        return encoded_words(text)
    words = text.split(" ")
    if all(_PHRASE_WORD.fullmatch(word) and "=?" not in word for word in words):
        return words
    if all(_PLAIN_WORD.fullmatch(word) and "=?" not in word for word in words):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        if len(quoted) <= _Q_ROOM:
            return [f'"{quoted}"']
    return encoded_words(text)


def encoded_words(text: str) -> list[str]:
    """Return the text as RFC 2047 Q words of at most 62 octets, each made of whole characters."""
    whole = _q(text)
    if len(whole) <= _Q_ROOM:
        return [f"=?utf-8?q?{whole}?="]
    words: list[str] = []
    room = ""
    for character in text:
        piece = _q(character)
        if len(room) + len(piece) > _Q_ROOM:
            words.append(f"=?utf-8?q?{room}?=")
            room = ""
        room += piece
    words.append(f"=?utf-8?q?{room}?=")
    return words


def _q(text: str) -> str:
    """Return characters as the Q encoding writes them where a phrase may stand (RFC 2047, 5 (3))."""
    return "".join([_Q[octet] for octet in text.encode(errors="replace")])


def fold(name: str, words: list[str]) -> bytes:
    """Return ``name: words`` with a line break before each word that would pass 76 octets."""
    single = f"{name}: {' '.join(words)}"
    if len(single) <= FOLD or len(words) == 1:
        return f"{single}\r\n".encode()
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > FOLD and lines[-1] != f"{name}:":
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return ("\r\n".join(lines) + "\r\n").encode()


def relaxed(field: bytes) -> bytes:
    """Return one whole field canonicalised as DKIM's ``relaxed`` wants it, with its final CRLF (RFC 6376, 3.4.2)."""
    name, _, value = field.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    if b"  " in unfolded or b"\t" in unfolded:
        unfolded = re.sub(rb"[ \t]+", b" ", unfolded)
    return b"%b:%b\r\n" % (name.strip().lower(), unfolded.strip(b" \t"))
