"""``publisher preview``: the issue in a browser, exactly as it will leave."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole, issue_key
from publisher.cli.console import say
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.cli.app import Call
    from publisher.preview import Preview
    from publisher.wiring import Publication


@click.command(
    "preview",
    cls=Command,
    examples="""
    publisher preview
    publisher preview 2026-11 --port 8030 --no-browser
    """,
)
@click.argument("issue", type=issue_key, metavar="[NUMÉRO]", required=False)
@click.option("--port", type=Whole(0, 65535), metavar="N", default=8025, help="Le port sur cette machine (8025).")
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
        _Latest(call, publication),
        key,
        publication.press.watched,
        issues=publication.shelf.keys,
        shelf=publication.shelf,
    )
    server.serve(app, server.Settings(port=port), told)


class _Latest:
    """Previews of the publication as config.toml says now; it is made anew only when that file was saved."""

    def __init__(self, call: Call, publication: Publication) -> None:
        self._call = call
        self._held = publication
        self._written = _octets(call.config)

    def __call__(self, key: str) -> Preview:
        """Return one issue as it stands. Raises ``PublisherError``, and tries again when asked again."""
        written = _octets(self._call.config)
        if written != self._written:
            self._held, self._written = self._call.publication(), written
        return self._held.press.preview(key)


def _octets(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # between two saves; reading it as a configuration says so, if it stays away
        return b""
