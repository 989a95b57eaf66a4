"""``publisher site``: the public pages, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole
from publisher.cli.console import say
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command("site", cls=Command, examples="publisher site\npublisher site --address 127.0.0.1 --port 8026")
@click.option("--address", metavar="ADRESSE", default=None, help="Où écouter (site.address, 127.0.0.1 par défaut).")
@click.option("--port", type=Whole(0, 65535), metavar="N", default=None, help="Le port (site.port, 8026 par défaut).")
@click.pass_obj
def command(call: Call, address: str | None, port: int | None) -> None:
    """Servir les pages publiques : archives et flux, désinscription, événements des prestataires d’envoi.

    Un serveur web (nginx, Caddy) se place devant, avec le certificat. Ctrl-C et SIGTERM arrêtent proprement.
    """
    from publisher import site  # noqa: PLC0415 - only this command serves
    from publisher.site.hooks import summary  # noqa: PLC0415 - as above

    publication = call.publication()
    settings = publication.config.site
    app = site.application(publication, tell=say)
    site.serve(
        app,
        lambda where: say(f"Les pages publiques sont sur {where} – Ctrl-C pour finir."),
        address=settings.address if address is None else address,
        port=settings.port if port is None else port,
    )
    say(summary(app.state.counts) or "Arrêté.")
