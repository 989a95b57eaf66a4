"""Octets with places for what is personal: cut up once, filled for each recipient. It knows no field and no part.

Where lines are folded or broken around a plain token depends on its length alone, never on its letters; so what was
written for one token of a length serves for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Cut = tuple[int, int]
"""From where to where of the token."""
Hole = str | Cut
"""What fills a place: a value by its name, or a part of the token."""

_LONG = 2048
_PLAIN = re.compile(r"[0-9A-Za-z_~-]*")


@dataclass(frozen=True, slots=True)
class Layout:
    """Constant pieces and, by the number of each empty one between them, what fills it."""

    pieces: tuple[bytes, ...]
    holes: tuple[tuple[int, Hole], ...]
    runs: tuple[slice, ...]
    """Neighbours that a hash takes together. A long constant stands alone: joining would copy it for each recipient."""

    def filled(self, values: Mapping[Hole, bytes]) -> list[bytes]:
        """Return all pieces in order."""
        pieces = list(self.pieces)
        for index, hole in self.holes:
            pieces[index] = values[hole]
        return pieces


def layout(parts: Iterable[bytes | Hole]) -> Layout:
    """Return the layout of constants and holes in this order."""
    pieces: list[bytes] = []
    holes: list[tuple[int, Hole]] = []
    for part in parts:
        if isinstance(part, bytes):
            pieces.append(part)
        else:
            holes.append((len(pieces), part))
            pieces.append(b"")
    runs = [list(run) for _, run in groupby(range(len(pieces)), key=lambda at: at if len(pieces[at]) > _LONG else -1)]
    return Layout(tuple(pieces), tuple(holes), tuple(slice(run[0], run[-1] + 1) for run in runs))


def plain(token: str) -> bool:
    """Say whether a token is the same in an address, in quoted-printable and in HTML: only its length matters then."""
    return _PLAIN.fullmatch(token) is not None


def around(write: Callable[[str], bytes], length: int) -> list[bytes | Hole]:
    """Return what ``write`` makes of any plain token of this length: constants, and cuts of the token between them.

    ``write`` is asked with two tokens that have no letter in common: where the answers differ, the token stands.
    It must be a function of the token's length alone but for the token itself, and put something behind each token.
    """
    ones, twos = write("x" * length), write("y" * length)
    parts: list[bytes | Hole] = []
    taken = end = 0
    for differs, run in groupby(one != two for one, two in zip(ones, twos, strict=True)):
        start, end = end, end + sum(1 for _ in run)
        if differs:
            parts.append((taken % length, taken % length + end - start))
            taken += end - start
        else:
            parts.append(ones[start:end])
    return parts
