"""The command group: commands are loaded when they are called, and errors become sentences here and nowhere else."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from dataclasses import dataclass, field
from gettext import bindtextdomain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher import __version__
from publisher.cli import exits
from publisher.cli.catalogue import COMMANDS, overview
from publisher.cli.console import warn
from publisher.cli.spoken import Group, fault
from publisher.errors import PublisherError
from publisher.french import system

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.errors import Fault
    from publisher.wiring import Publication

CONFIG_VARIABLE = "PUBLISHER_CONFIG"
TRACE_VARIABLE = "PUBLISHER_TRACE"
"""Set to anything: a fault that nobody foresaw shows where in the programme it happened."""


@dataclass(frozen=True, slots=True)
class Call:
    """What every command is given: where the configuration is."""

    config: Path
    unreachable: dict[str, Fault] = field(default_factory=dict)

    def publication(self) -> Publication:
        """Return the live objects. Raises ``ConfigError`` with every fault of the configuration."""
        from publisher.config import load  # noqa: PLC0415 - only commands that need it pay for it

        config = load(self.config)
        from publisher.wiring import Publication  # noqa: PLC0415 - a faulty configuration is told without it

        return Publication(config, unreachable=self.unreachable)


class Commands(Group):
    """The commands of the catalogue, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the work."""
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return the command, loaded now, or ``None`` when there is none of that name."""
        for name, module, _ in COMMANDS:
            if name == cmd_name:
                command = importlib.import_module(f"publisher.cli.{module}").command
                return command if isinstance(command, click.Command) else None
        return None

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002 - as above
        """Return the same page as the quick way in ``publisher.__main__``."""
        return overview().rstrip("\n")


@click.group(cls=Commands, subcommand_metavar="COMMANDE …")
@click.option(
    "--config",
    type=click.Path(path_type=Path, readable=False),  # what cannot be read is told by the configuration
    metavar="FICHIER",
    envvar=CONFIG_VARIABLE,
    default=Path("config.toml"),
)
@click.version_option(__version__, message="publisher %(version)s")
@click.pass_context
def app(context: click.Context, config: Path) -> None:
    """Relever, composer, envoyer et publier la lettre du mois."""
    context.obj = Call(config)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; a person sees sentences, never a traceback."""
    os.environ["LANGUAGE"] = "fr"  # a person’s own setting names languages that this catalogue has not
    bindtextdomain("messages", str(Path(__file__).parent.parent / "locale"))
    if not os.environ.get(TRACE_VARIABLE):  # an interrupted loop tells of its tasks in English
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
    try:
        result = app.main(list(arguments), prog_name="publisher", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place where a fault can become a sentence
        return _told(error)
    return result if isinstance(result, int) else exits.DONE


def _told(error: BaseException) -> int:
    """Say what went wrong and return the exit status."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            warn("Interrompu. Ce qui était fait est gardé ; la même commande reprend.")
            return exits.INTERRUPTED
        case click.ClickException():
            warn(fault(error))
            return error.exit_code
        case PublisherError():
            warn(f"Erreur. {error}")
            return exits.status(error)
        case OSError():
            warn(f"Erreur. {f'{error.filename} : ' if error.filename else ''}{system(error)}.")
            return exits.STORAGE
    if os.environ.get(TRACE_VARIABLE):
        raise error
    warn(f"Erreur imprévue, à signaler aux développeurs : {type(error).__name__} : {error}")
    warn(f"{TRACE_VARIABLE}=1 devant la commande dit où.")
    return exits.UNFORESEEN
