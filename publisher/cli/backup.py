"""``publisher backup``: a verified copy of the database, and its return."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.console import agreed, document, json_option, say
from publisher.cli.spoken import Command
from publisher.french import counted, size

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.store.backup import Kept


@click.command(
    "backup",
    cls=Command,
    examples="""
    publisher backup /sauvegardes/lettre.db
    publisher backup /sauvegardes/lettre.db --restore
    """,
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FICHIER")
@click.option("--restore", is_flag=True, help="Remettre cette copie à la place de la base.")
@click.option("--yes", is_flag=True, help="Ne pas demander de confirmation.")
@json_option
@click.pass_obj
def command(call: Call, file: Path, restore: bool, yes: bool, as_json: bool) -> int | None:
    """Copier la base de données dans un fichier, pendant qu’elle sert ; la copie est contrôlée.

    Une copie du même nom n’est remplacée que par une copie saine. « --restore » remet la copie en place (arrêtez
    d’abord « publisher run ») ; la base d’avant est gardée dans var/. Les journaux de var/journals disent ce qui
    est parti depuis : rien ne part deux fois, et qui s’est désinscrit entre-temps ne reçoit rien.
    """
    from publisher.store import backup  # noqa: PLC0415

    publication = call.publication()
    url = publication.config.database_url
    if not restore:
        kept = backup.keep(url, file)
        if as_json:
            document(kept)
        else:
            say(f"Sauvegardé et contrôlé : {_held(kept)}.")
        return None
    if not (yes or as_json) and not agreed(f"Remplacer la base par {file} ?"):
        say("Rien n’a été changé.")
        return exits.STORAGE
    aside = publication.path(publication.config.paths.var, f"publisher-{publication.now():%Y%m%d-%H%M%S}.before")
    kept = backup.restore(url, file, aside=aside)
    if as_json:
        document({"restored": kept, "before": aside if aside.exists() else None})
    else:
        say(f"Remis en place : {_held(kept)}.")
        if aside.exists():
            say(f"La base d’avant est gardée dans {aside}.")
        say("« publisher status » dit où en sont les envois.")
    _ = publication.journals  # what they know beyond the copy is taken up, and told, as they are opened
    return None


def _held(kept: Kept) -> str:
    people = counted(kept.subscribers, "abonné")
    sent = counted(kept.deliveries, "message au registre", "messages au registre")
    return f"{kept.file} ({size(kept.octets)}, {people}, {sent})"
