"""The bare help and the command group tell the same, and mistakes on the command line are answered in French."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from publisher.cli.app import app, run
from publisher.cli.catalogue import COMMANDS, overview

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
