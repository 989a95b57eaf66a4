"""``publisher subscribers``: import, export and count the people who get the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.group("subscribers")
def command() -> None:
    """Importer, exporter et compter les abonnés."""


@command.command("count")
@json_option
@click.pass_obj
def count(call: Call, as_json: bool) -> None:
    """Compter les abonnés par état."""
    counts = call.publication().roster.counts()
    if as_json:
        document(counts)
    else:
        for state, number in counts.items():
            say(f"{state} : {number}")
