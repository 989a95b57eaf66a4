"""``publisher sources``: how each source is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, table

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command("sources")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> None:
    """Dire comment se porte chaque source."""
    from publisher import french  # noqa: PLC0415

    publication = call.publication()
    memories = publication.items.memories()
    if as_json:
        document({key: memories.get(key) for key in publication.config.sources})
        return
    rows = []
    for key, source in publication.config.sources.items():
        memory = memories.get(key)
        success = french.moment(memory.last_success) if memory and memory.last_success else "jamais"
        new = french.moment(memory.last_new) if memory and memory.last_new else "jamais"
        state = "éteinte" if not source.enabled else memory.last_error if memory and memory.last_error else "va bien"
        rows.append((key, source.name, success, new, state if memory or not source.enabled else "jamais relevée"))
    table(("Source", "Nom", "Dernier relevé réussi", "Dernier article", "État"), rows)
