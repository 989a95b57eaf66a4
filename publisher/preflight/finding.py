"""Findings: what preflight says of one place of one letter. They carry no rule and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]
"""``error`` keeps a letter from being approved, ``warning`` asks for a look, ``note`` is only said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a rule found: the sentence, and where; ``line`` is the issue file's, 0 when none is to be blamed."""

    text: str
    section: str = ""
    entry: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. ``code`` is the rule's; ``waived`` the editor's reason when the issue lowers it, "" otherwise."""

    code: str
    level: Level
    text: str
    remedy: str
    file: str = ""
    line: int = 0
    section: str = ""
    entry: str = ""
    waived: str = ""

    @property
    def place(self) -> str:
        """Return where it is, for a person: file and line, then section and item."""
        file = f"{self.file}:{self.line}" if self.file and self.line else self.file
        inside = ", ".join(part for part in (self.section, self.entry) if part)
        if file and inside:
            return f"{file} ({inside})"
        return file or inside or "la lettre"
