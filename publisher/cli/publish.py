"""``publisher publish``: write feeds and archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command("publish", cls=Command, examples="publisher publish")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> None:
    """Écrire les flux et les archives des numéros approuvés.

    Chaque fichier est remplacé d’un coup ou pas du tout ; ce qui n’a pas changé n’est pas touché.
    """
    from publisher.stages.publish import publish  # noqa: PLC0415

    publication = call.publication()
    changed = publish(publication.editions, publication.press.published_files, publication.outlet)
    if as_json:
        document({"changed": changed})
    elif changed:
        say(f"Écrits dans {publication.feeds_path} : {', '.join(changed)}.")
    else:
        say("Rien à changer : les flux et les archives sont à jour.")
