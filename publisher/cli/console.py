"""What a command shows: sentences and tables for people, one JSON document for programs. It decides nothing."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.french import tied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_WIDE = 120
"""Columns of a table that no terminal shows."""
_NARROW = 16
"""Signs: a longer word is cut rather than let a column push the others out."""
_GAP = "  "
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "·")
"""What a terminal would obey: the subject of a stranger's letter may hold it. Tabs and line breaks stay."""

json_option = click.option("--json", "as_json", is_flag=True, help="Écrire un document JSON, pour un programme.")


def say(text: str = "") -> None:
    """Print a text for a person, with the no-break spaces that French wants."""
    click.echo(_shown(text))


def warn(text: str) -> None:
    """Print a text on the error stream."""
    click.echo(_shown(text), err=True)


def paragraph(text: str) -> None:
    """Print one entry of a list: broken between words at the terminal's edge and set in, one line in a pipe."""
    told = _shown(text)
    if sys.stdout.isatty():
        told = folded(told, shutil.get_terminal_size((_WIDE, 40)).columns)
    click.echo(told)


def folded(text: str, width: int) -> str:
    """Return a text in lines of at most ``width`` signs, the later ones set in; words and addresses stay whole."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    return textwrap.fill(text, width, subsequent_indent=f"{lead}    ", break_long_words=False, break_on_hyphens=False)


def document(value: object) -> None:
    """Print one JSON document: sorted keys, RFC 3339 dates, UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=_plain))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table that fits the terminal; columns of figures named in ``right`` are set to the right."""
    width = shutil.get_terminal_size((_WIDE, 40)).columns if sys.stdout.isatty() else _WIDE
    for number, lines in enumerate(laid_out((headings, *rows), width, right=right)):
        for line in lines:
            click.echo(_bold(line) if number == 0 else line)


def laid_out(rows: Sequence[Sequence[str]], width: int, *, right: Sequence[int] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the lines of each row of a table at most ``width`` signs wide, where its longest words allow it."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = _widths(cells, width)
    for row in cells:
        wrapped = [
            textwrap.wrap(cell, at, break_on_hyphens=False) or [""] for cell, at in zip(row, widths, strict=True)
        ]
        yield tuple(
            _GAP.join(
                text.rjust(at) if place in right else text.ljust(at)
                for place, (text, at) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in zip_longest(*wrapped, fillvalue="")
        )


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return how wide each column is: the widest gives way first, none below its longest word or ``_NARROW``."""
    widths = [max(map(len, column), default=1) or 1 for column in zip(*cells, strict=True)]
    least = [
        min(max((len(word) for cell in column for word in cell.split(" ")), default=1), _NARROW)
        for column in zip(*cells, strict=True)
    ]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        room = [at - low for at, low in zip(widths, least, strict=True)]
        if max(room) <= 0:
            break
        widest = max((place for place, left in enumerate(room) if left > 0), key=lambda place: widths[place])
        widths[widest] -= 1
    return widths


def _shown(text: str) -> str:
    """Return a text as it is printed: its no-break spaces in place, and nothing in it that a terminal obeys."""
    return tied(text).translate(_CONTROLS)


def _bold(text: str) -> str:
    """Return a heading as a terminal shows it; bare in a pipe and where NO_COLOR asks for it (no-color.org)."""
    return click.style(text, bold=True) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def agreed(question: str) -> bool:
    """Ask a person, in French; only « o » or « oui » is a yes. Without a terminal the command says what to add."""
    if not sys.stdin.isatty():
        raise click.UsageError("il n’y a personne pour répondre : ajoutez --yes.")
    answer: str = click.prompt(f"{question} [o/N]", default="n", show_default=False, prompt_suffix=" ")
    return answer.strip().lower() in {"o", "oui", "y", "yes"}


@contextmanager
def progress(label: str, total: int | None, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show a bar on the error stream while the block runs; the block calls the given function with steps done."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


def _plain(value: object) -> Any:
    match value:
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case Path():
            return str(value)
        case Exception():
            return str(value)
        case frozenset() | set():
            return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"not shown as JSON: {value!r}")
