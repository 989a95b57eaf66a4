"""Help pages and faults of the command line, in French. It knows no command.

The command-line library's own words are in ``locale/``; here is what a catalogue cannot say: metavariables, no-break
spaces, examples at the end of a help page, the nearest command for one that does not exist.
"""

from __future__ import annotations

import re
from typing import Any

import click

from publisher.french import tied

HELP = "Cette page."
"""What ``--help`` shows, as in the catalogue."""

_AROUND = "'[]"
_QUOTED = re.compile(r"(?<![\w’])'([^']+)'")


class Formatter(click.HelpFormatter):
    """Writes headings as French print does."""

    def write_heading(self, heading: str) -> None:
        """Write « Options : »."""
        self.write(f"{'':>{self.current_indent}}{heading}\u00a0:\n")


class Context(click.Context):
    """A context whose help is written by ``Formatter``."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help ends with ``examples``, one a line."""

    context_class = Context

    def __init__(self, *arguments: Any, examples: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = tuple(line.strip() for line in examples.strip().splitlines())
        if self.help:
            self.help = tied(self.help)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` in French: the library keeps its words as they were before its catalogue was there."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples."""
        if self.examples:
            with formatter.section("Exemples"):
                for line in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Group(Command, click.Group):
    """A command with others below it; one that does not exist gets the nearest as a hint."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with the whole first paragraph of its help."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                rows.append((name, (command.help or "").partition("\n\n")[0].replace("\n", " ")))
        with formatter.section("Commandes"):
            formatter.write_dl(rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        click.Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that does not exist gets the nearest one as a hint."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            import difflib  # noqa: PLC0415 - only a mistake pays for it

            known = self.list_commands(ctx)
            near = difflib.get_close_matches(name, known, n=1)
            if near:
                hint = f"Vouliez-vous dire « {near[0]} » ?"
            elif ctx.parent is None:
                hint = "« publisher --help » les montre toutes."
            else:
                hint = f"Il y a : {', '.join(known)}."
            raise click.UsageError(f"la commande « {name} » n’existe pas. {hint}", ctx)
        return super().resolve_command(ctx, args)


def fault(error: click.ClickException) -> str:
    """Return what to print for a fault of the command line: what is wrong, then how the command is written."""
    lines = [f"Erreur : {_sentence(error)}"]
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines.append(error.ctx.get_usage())
        lines.append(f"« {error.ctx.command_path} --help » explique la commande.")
    return tied("\n".join(lines))


def _sentence(error: click.ClickException) -> str:
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter) and error.param:
        name = error.param.get_error_hint(error.ctx)
        return _plain(f"{name.strip(_AROUND)} : {error.message}")
    return _plain(error.format_message())


def _plain(text: str) -> str:
    said = _QUOTED.sub(r"« \1 »", text)
    return said if said.endswith((".", "?", "!", "…")) else f"{said}."
