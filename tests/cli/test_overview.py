"""The bare help and the command group tell the same, and mistakes on the command line are answered in French."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from publisher.cli.app import app, run
from publisher.cli.catalogue import COMMANDS, overview
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

LIGHT = """
import sys
sys.argv = ["publisher", "--help"]
from publisher.__main__ import main
main()
heavy = {"click", "rich", "pydantic", "sqlalchemy", "jinja2", "asyncio"} & set(sys.modules)
assert not heavy, heavy
"""


def test_every_command_of_the_catalogue_exists_under_its_name() -> None:
    """Each row of the catalogue loads a click command of that very name."""
    context = click.Context(app)
    for name, _, _ in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        assert command.name == name


def every_command(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command below this one with its whole name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield f"{path} {name}", below
        if isinstance(below, click.Group):
            yield from every_command(below, f"{path} {name}")


@pytest.mark.parametrize(("name", "command"), [*every_command(app, "publisher")], ids=lambda value: str(value)[:40])
def test_every_help_page_is_french_and_ends_with_examples(
    name: str, command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """No English word of the library is left, each option says what it takes, the examples are of this command."""
    assert isinstance(command, Command)
    assert run([*name.split()[1:], "--help"]) == 0
    text = capsys.readouterr().out
    for word in (" TEXT ", "INTEGER", "RANGE", "PATH", "[x>", "Options:", "Commands", "ARGS", "Show "):
        assert word not in text, word
    assert command.examples, name
    assert all(line.startswith(name) for line in command.examples)
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("  --")]
    assert "--help" in shown


def test_the_bare_help_loads_no_heavy_library() -> None:
    """``publisher --help`` answers from a table: neither the command-line library nor any room is imported."""
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == overview()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["colect"], "Vouliez-vous dire « collect » ?"),
        (["check", "2026-13"], "« 2026-13 » n’est pas un numéro"),
        (["send"], "il manque l’argument"),
        (["timetable", "--nxt", "3"], "--next"),
    ],
)
def test_a_mistake_on_the_command_line_is_answered_with_a_remedy(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong word gives status 2 and one French sentence that says what to write instead."""
    assert run(arguments) == 2
    assert said in capsys.readouterr().err.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_missing_configuration_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Outside a publication a command ends with status 3 and names --config."""
    assert run(["--config", "nowhere/config.toml", "publish"]) == 3
    assert "--config" in capsys.readouterr().err
