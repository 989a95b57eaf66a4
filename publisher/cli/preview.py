"""``publisher preview``: the issue in a browser, exactly as it will leave."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import issue_key
from publisher.cli.console import say

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command("preview")
@click.argument("issue", type=issue_key, metavar="[NUMÉRO]", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8025, help="Le port sur cette machine (8025).")
@click.option("--browser/--no-browser", default=True, help="Ouvrir le navigateur, ou seulement dire l’adresse.")
@click.pass_obj
def command(call: Call, issue: str | None, port: int, browser: bool) -> None:
    """Voir le numéro dans un navigateur, tel qu’il partira (le dernier, si aucun n’est nommé).

    La page se recharge d’elle-même quand le numéro, un gabarit ou la configuration est enregistré.
    """
    from publisher.desk import server  # noqa: PLC0415 - only this command serves

    publication = call.publication()
    key = issue or publication.latest_issue()

    def told(address: str) -> None:
        say(f"La lettre {key} est sur {address} – Ctrl-C pour finir.")
        if browser:
            webbrowser.open(address)

    app = server.application(
        # the configuration is read again too: it may be what was saved
        lambda wanted: call.publication().press.preview(wanted),  # noqa: PLW0108 - each call is a new publication
        key,
        publication.press.watched,
        issues=publication.shelf.keys,
    )
    server.serve(app, server.Settings(port=port), told)
