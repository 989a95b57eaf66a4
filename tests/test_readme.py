"""The README's commands exist, with these options, and its make targets too."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import click
import pytest

from publisher.cli import exits
from publisher.cli.app import app
from publisher.sources.settings import AnySource

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = [line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
COMMANDS = sorted({line for line in LINES if line.startswith("publisher ")})
INLINE = sorted(set(re.findall(r"`(publisher [a-z][^`]*)`", README)))
TARGETS = sorted({word for line in LINES for word in re.findall(r"\bmake ([a-z-]+)", line)})


def parsed(line: str) -> None:
    """Parse a command line as click would, down to the command's own options, without running it."""
    words = shlex.split(line)[1:]
    while words and words[0].startswith("--"):
        words = words[2:]
    context = click.Context(app)
    command: click.Command = app
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, line
        command, words = found, words[1:]
    command.make_context(line, words, resilient_parsing=False)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_readme_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ``publisher …`` line of a console block parses, options and arguments included."""
    (tmp_path / "people.csv").write_text("email\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    parsed(line)


@pytest.mark.parametrize("line", [line for line in INLINE if not re.search(r"[A-Z…]{2,}|…", line)])
def test_every_command_named_in_a_sentence_is_understood(line: str) -> None:
    """A command in running text parses as well."""
    parsed(line)


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    """Each ``make …`` of a console block is a target with a help line."""
    assert re.search(rf"^{target}: .*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_opens_with_the_two_commands() -> None:
    """Whoever arrives reads ``make letter`` and ``make test`` first."""
    assert LINES[:2] == ["make letter", "make test"]


def test_every_picture_of_the_readme_is_there() -> None:
    """No image of the README is missing from the repository."""
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / name).is_file(), name


def test_the_table_of_sources_names_every_kind_with_all_its_keys() -> None:
    """A kind or a key that is added to the settings must be documented."""
    common = {"kind", "name", "partner", "press", "cms", "enabled"}
    for source in get_args(AnySource):
        kind = source.__dataclass_fields__["kind"].default
        row = re.search(rf"^\| `{kind}` \|.*$", README, re.MULTILINE)
        assert row, kind
        for key in source.__dataclass_fields__.keys() - common:
            assert f"`{key}`" in row[0], (kind, key)


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    """Every status that a command can end with has a row."""
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert codes == {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
