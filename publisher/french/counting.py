"""Numbers with what they count. It knows no dictionary: who calls gives the plural that an « s » does not make."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
_AFTER = frozenset({"à", "au", "aux", "de", "du", "d", "en", "par", "pour", "avec", "sans", "sur", "dans", "qui"})
"""From these words on a phrase keeps its form: « 2 messages à envoyer »."""


def number(value: int) -> str:
    """Return « 12 800 », with narrow no-break spaces between groups of three."""
    return f"{value:,}".replace(",", "\u202f")


def counted(value: int, one: str, many: str = "") -> str:
    """Return « 1 article placé », « 3 articles placés », « 0 article placé »: two and more are many.

    Without ``many`` each word of ``one`` takes an « s », up to the first preposition.
    """
    phrase = one if abs(value) < 2 else many or _plural(one)  # noqa: PLR2004 - French counts by it
    return f"{number(value)}\u00a0{phrase}"


def _plural(phrase: str) -> str:
    stop = next((found.start() for found in _WORD.finditer(phrase) if found[0].lower() in _AFTER), len(phrase))
    return _WORD.sub(_with_s, phrase[:stop]) + phrase[stop:]


def _with_s(word: re.Match[str]) -> str:
    return word[0] if word[0][-1] in "sxz" else f"{word[0]}s"
