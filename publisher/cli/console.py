"""What a command shows: sentences and tables for people, one JSON document for programs. It decides nothing."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.french import tied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

json_option = click.option("--json", "as_json", is_flag=True, help="Écrire un document JSON, pour un programme.")


def say(text: str = "") -> None:
    """Print a text for a person, with the no-break spaces that French wants."""
    click.echo(tied(text))


def warn(text: str) -> None:
    """Print a text on the error stream."""
    click.echo(tied(text), err=True)


def document(value: object) -> None:
    """Print one JSON document: sorted keys, RFC 3339 dates, UTF-8."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=_plain))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table that fits the terminal; columns of figures named in ``right`` are set to the right."""
    from rich.console import Console  # noqa: PLC0415 - loaded when a table is shown
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(tied(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 120
    Console(width=width, highlight=False, soft_wrap=False).print(shown)


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
