"""Front matter: TOML between two ``+++`` lines, then text. It knows nothing of what the keys mean."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher import french
from publisher.errors import Fault
from publisher.folders.positions import Path, positions

if TYPE_CHECKING:
    from collections.abc import Mapping

FENCE = "+++"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """A text taken apart. ``toml`` starts on line ``first`` of the file; ``body`` on line ``body_line`` (from 1)."""

    toml: str
    body: str
    first: int
    body_line: int
    values: Mapping[str, Any]
    lines: Mapping[Path, int]

    def line(self, *path: str | int) -> int:
        """Return the line of what stands at ``path``, or of the nearest thing around it."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.first - 1


def unify(text: str) -> str:
    """Return the text without byte order mark and with line feeds only, as editors of any system save it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def fences(text: str) -> tuple[int, int]:
    """Return the indices of the two ``+++`` lines among the lines of the text, -1 for one that is missing."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].rstrip() != FENCE:
        return (-1, -1)
    return (first, next((at for at in range(first + 1, len(lines)) if lines[at].rstrip() == FENCE), -1))


def split(text: str, file: str) -> tuple[FrontMatter | None, tuple[Fault, ...]]:
    """Return the parts of a file and its faults; the parts are ``None`` when the TOML cannot be read."""
    text = unify(text)
    lines = text.split("\n")
    opening, closing = fences(text)
    if opening < 0:
        first = next((line for line in lines if line.strip()), "").strip()
        said = "commence par « --- » (du YAML) au lieu de « +++ »" if first == "---" else "ne commence pas par « +++ »"
        return None, (
            Fault(
                place=file,
                line=1,
                text=f"le fichier {said}.",
                remedy="Mettez « +++ » seul sur la première ligne, et une seconde fois avant l’édito.",
            ),
        )
    if closing < 0:
        return None, (
            Fault(
                place=file,
                line=len(lines),
                text="il manque la seconde ligne « +++ », celle qui sépare les réglages de l’édito.",
                remedy="Mettez « +++ » seul sur une ligne après le dernier réglage.",
            ),
        )
    toml = "\n".join(lines[opening + 1 : closing]) + "\n"
    first_line = opening + 2
    try:
        values = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        return None, (_syntax(error, toml, first_line, file),)
    spans = positions(toml)
    after = lines[closing + 1 :]
    blank = next((index for index, line in enumerate(after) if line.strip()), 0)
    matter = FrontMatter(
        toml=toml,
        body="\n".join(after).strip(),
        first=first_line,
        body_line=closing + 2 + blank,
        values=values,
        lines={path: span.line + first_line - 1 for path, span in spans.items()},
    )
    return matter, ()


def _syntax(error: tomllib.TOMLDecodeError, toml: str, first: int, file: str) -> Fault:
    said = str(error)
    clause, at, column = french.toml(said)
    lines = toml.split("\n")
    at = at or len(toml.rstrip("\n").split("\n"))
    column = column or 1
    if said.startswith("Unclosed array") and lines[at - 1][column - 1 : column] in {'"', "'"}:
        clause = "il manque une virgule à la fin de cette ligne"
        at = _line_before(lines, at, column)
    shown = lines[at - 1].strip()
    if said.startswith("Invalid value") and shown.startswith("["):
        clause = "la liste commencée plus haut n’est pas refermée par «\u00a0]\u00a0»"
    return Fault(
        place=file,
        line=at + first - 1,
        text=f"{clause}." + (f" Ligne lue\u00a0: «\u00a0{shown}\u00a0»." if shown else ""),
        remedy="Corrigez-la\u00a0; les autres fautes, s’il y en a, seront dites ensuite.",
    )


def _line_before(lines: list[str], at: int, column: int) -> int:
    """Return the line of the element before this place: comments and blank lines between are passed over."""
    if lines[at - 1][: column - 1].strip():
        return at
    return next((line for line in range(at - 1, 0, -1) if lines[line - 1].strip()[:1] not in {"", "#"}), at)
