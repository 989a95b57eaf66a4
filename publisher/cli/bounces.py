"""``publisher bounces``: read what came back and act on it, each decision with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole
from publisher.cli.console import document, json_option, say, table
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call

WORDS = {
    "strike": "ne plus écrire",
    "count": "à surveiller",
    "complaint": "s’est plaint",
    "unsubscribe": "désinscrit",
    "ignore": "rien à faire",
    "show": "à lire par une personne",
}


_LONGEST = 240
"""Signs of an evidence; a sender, a subject and a file name have room."""


@click.command(
    "bounces",
    cls=Command,
    examples="""
    publisher bounces
    publisher bounces --last 20
    """,
)
@click.option(
    "--last", type=Whole(1), metavar="N", default=None, help="Montrer les dernières décisions, sans rien relever."
)
@json_option
@click.pass_obj
def command(call: Call, last: int | None, as_json: bool) -> None:
    """Relever les retours : adresses qui ne répondent plus, plaintes, désinscriptions par courriel.

    Chaque message est traité une fois, et chaque décision garde les mots sur lesquels elle repose.
    """
    from publisher.correspondence import answer  # noqa: PLC0415

    publication = call.publication()
    found = publication.returns.latest(last) if last else answer(publication)
    if as_json:
        document(found)
        return
    rows = [(WORDS[one.action], one.address or "–", one.reason, one.evidence[:_LONGEST]) for one in found]
    if rows:
        table(("Décision", "Adresse", "Raison", "Preuve"), rows)
    else:
        say("Rien n’est revenu.")
