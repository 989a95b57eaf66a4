"""``publisher approve``: freeze the edition that will be sent."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.arguments import issue_key
from publisher.cli.console import agreed, document, json_option, say
from publisher.cli.spoken import Command
from publisher.french import counted

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command(
    "approve",
    cls=Command,
    examples="""
    publisher approve 2026-11
    publisher approve 2026-11 --by "Hélène Marchand-Roy"
    """,
)
@click.argument("issue", type=issue_key, metavar="NUMÉRO")
@click.option("--by", metavar="NOM", default=None, help="Qui approuve (par défaut : l’utilisateur de la machine).")
@click.option("--yes", is_flag=True, help="Ne pas demander de confirmation.")
@json_option
@click.pass_obj
def command(call: Call, issue: str, by: str | None, yes: bool, as_json: bool) -> int:
    """Figer le numéro : c’est lui, et lui seul, qui partira."""
    from publisher.stages.approve import approve, refuse_errors  # noqa: PLC0415

    publication = call.publication()
    composed = publication.press.compose(issue)
    findings = publication.press.findings(composed)
    refuse_errors(composed.edition, findings)
    if not (yes or as_json):
        say(f"Objet : {composed.edition.subject}")
        say(f"{counted(len(composed.edition.entries), 'article')}, {counted(len(composed.edition.links), 'lien')}.")
        if not agreed("Approuver ce numéro ?"):
            say("Rien n’a été approuvé.")
            return exits.APPROVAL
    approval = approve(
        composed.edition,
        findings,
        editions=publication.editions,
        diary=publication.diary,
        by=by or getpass.getuser(),
        now=publication.now(),
    )
    publication.press.keep_approved(issue)
    if as_json:
        document({"issue": issue, "digest": approval.digest, "approved": approval.approved, "by": approval.by})
    else:
        say(f"Le numéro {issue} est approuvé par {approval.by}. Empreinte : {approval.digest[:16]}…")
        say(f"« publisher send {issue} » l’envoie. Si le fichier change d’ici là, l’envoi sera refusé.")
    return exits.DONE
