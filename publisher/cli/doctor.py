"""``publisher doctor``: what could keep the letter from arriving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.console import document, json_option, paragraph
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call

_NAMES = {
    "config": "configuration",
    "database": "base",
    "clock": "horloge",
    "disk": "disque",
    "feeds": "flux",
    "relay": "relais",
    "bounces": "retours",
    "one-click": "désinscription",
}
"""Names of checks that are no names of the field, in French; the others (SPF, MX, …) are said in capitals."""
_MARKS = {"good": "bien", "doubtful": "à voir", "bad": "À FAIRE", "unknown": "inconnu"}


@click.command("doctor", cls=Command, examples="publisher doctor")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> int:
    """Regarder ce qui empêcherait la lettre d’arriver : configuration, base, relais, DNS, horloge, disque.

    Code 1 : au moins une chose à faire avant d’envoyer.
    """
    from publisher.doctor import Verdict  # noqa: PLC0415
    from publisher.doctor.dns import Dns  # noqa: PLC0415
    from publisher.doctor.visit import visit  # noqa: PLC0415

    publication = call.publication()
    found = []
    for checkup in visit(publication, Dns()):
        found.append(checkup)
        if not as_json:
            name = _NAMES.get(checkup.name, checkup.name.upper())
            paragraph(f"{_MARKS[checkup.verdict]:8} {name:14} {checkup.text} {checkup.remedy}".rstrip())
            if checkup.record is not None:  # as it is to be pasted: no typography
                click.echo(f"{'':8} {checkup.record.line}")
    if as_json:
        document(found)
    return exits.FOUND if any(one.verdict is Verdict.BAD for one in found) else exits.DONE
