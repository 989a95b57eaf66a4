"""Arguments that several commands take, each with a clear refusal."""

from __future__ import annotations

import re

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


issue_key = IssueKey()
