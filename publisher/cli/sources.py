"""``publisher sources``: how each source is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, table

if TYPE_CHECKING:
    from publisher.cli.app import Call

_MARKS = {"good": "bien", "note": "à voir", "bad": "malade"}


@click.command("sources")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> None:
    """Dire comment se porte chaque source."""
    publication = call.publication()
    found = publication.health()
    if as_json:
        document(found)
        return
    rows = []
    for key, source in publication.config.sources.items():
        told = found.get(key)
        text = f"{told.text} {told.remedy}".rstrip() if told else "Éteinte."
        rows.append((key, source.name, _MARKS[told.level] if told else "–", text))
    table(("Source", "Nom", "État", "Comment elle va"), rows)
