"""Arguments that several commands take, each with a clear refusal."""

from __future__ import annotations

import re
from math import inf
from pathlib import Path

import click

_KEY = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class IssueKey(click.ParamType[str, str]):
    """An issue's key, ``YYYY-MM``."""

    name = "numéro"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the key, or refuse it with an example."""
        if not _KEY.fullmatch(value):
            self.fail(f"« {value} » n’est pas un numéro : écrivez l’année et le mois, par exemple 2026-11.", param, ctx)
        return value


class Whole(click.ParamType[int, int]):
    """A whole number between two others."""

    name = "nombre"

    def __init__(self, least: int, most: float = inf) -> None:
        self._least = least
        self._most = most

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or refuse it with its bounds."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"« {value} » n’est pas un nombre entier.", param, ctx)
        if not self._least <= number <= self._most:
            bounds = f"d’au moins {self._least}" if self._most == inf else f"entre {self._least} et {self._most}"
            self.fail(f"{number} ne convient pas, il faut un nombre {bounds}.", param, ctx)
        return number


class ReadFile(click.ParamType[Path, Path]):
    """A file that is there to be read."""

    name = "fichier"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path, or refuse what is no file."""
        path = Path(value)
        if path.is_dir():
            self.fail(f"« {path} » est un dossier ; il faut un fichier.", param, ctx)
        if not path.exists():
            self.fail(f"le fichier « {path} » n’existe pas.", param, ctx)
        return path


issue_key = IssueKey()
