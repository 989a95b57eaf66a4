"""``publisher timetable``: what will happen and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole
from publisher.cli.console import document, json_option, say, table
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command(
    "timetable",
    cls=Command,
    examples="""
    publisher timetable
    publisher timetable --next 3
    """,
)
@click.option("--next", "count", type=Whole(1, 120), metavar="N", default=12, help="Combien de numéros (12).")
@json_option
@click.pass_obj
def command(call: Call, count: int, as_json: bool) -> None:
    """Dire ce qui va se passer, et quand."""
    from publisher import french, timetable  # noqa: PLC0415

    publication = call.publication()
    config = publication.config
    coming = timetable.occurrences(config.schedule, config.zone, publication.now(), count)
    if as_json:
        document(coming)
        return
    for action in timetable.due(config.schedule, config.zone, publication.diary.marks(), publication.now()):
        say(action.text)
    table(
        ("Numéro", "Préparé", "Envoyé s’il est approuvé"),
        [(one.issue, french.moment(one.draft_at), french.moment(one.send_at)) for one in coming],
    )
    say(f"Heure locale : {config.publication.timezone}. Rien ne part sans approbation.")
