"""Text from outside made fit for a letter: no control characters, no marks that turn the line, no endless text."""

from __future__ import annotations

import re
import unicodedata

_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F, 0xFEFF], None)
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_SLOT = re.compile(r"@@(?=\w+@@)")
_STOPS = ".!?…"


def line(text: str) -> str:
    """Return the text on one line, blanks collapsed (no-break spaces kept), without control or direction marks."""
    return re.sub(r"[ \t\r\n\f\v\u2028\u2029]+", " ", _harmless(text)).strip()


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs, each on one line; an empty line parts them."""
    rough = _PARAGRAPH.split(_harmless(text).replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(shown for shown in map(line, rough) if shown)


def cut(text: str, limit: int) -> str:
    """Return the text if it has at most ``limit`` characters, else whole sentences of it, else words and « … »."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    stop = max(head.rfind(f"{mark} ") for mark in _STOPS)
    if stop >= limit // 3:
        return head[: stop + 1]
    words, _, _ = head[: limit - 1].rpartition(" ")
    kept = words if len(words) > limit // 2 else head[: limit - 1]
    return kept.rstrip(" ,;:(«\u00a0\u202f-–") + "…"


def _harmless(text: str) -> str:
    """Drop what cannot be seen and could do harm; break up what looks like one of our own slots."""
    shown = unicodedata.normalize("NFC", text).translate(_TURNING)
    kept = "".join(
        char
        for char in shown
        if char in "\t\n\r\f\v\u2028\u2029"
        or (unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) & 0xFFFE != 0xFFFE)  # noqa: PLR2004 - U+…FFFE
    )
    return _SLOT.sub("@\u200b@", kept)
