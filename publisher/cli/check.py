"""``publisher check``: what is wrong with an issue, before anybody else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.arguments import issue_key
from publisher.cli.console import document, json_option, paragraph, say
from publisher.cli.spoken import Command
from publisher.errors import PublisherError
from publisher.french import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.cli.app import Call
    from publisher.preflight import Finding

_LEVELS = {"error": "erreur", "warning": "attention", "note": "à savoir"}


@click.command(
    "check",
    cls=Command,
    examples="""
    publisher check
    publisher check 2026-11 --links
    publisher check --explain size-clipped
    publisher check --config-only
    """,
)
@click.argument("issue", type=issue_key, metavar="[NUMÉRO]", required=False)
@click.option("--explain", metavar="CODE", help="Dire ce que vérifie une règle, pourquoi, et quoi faire.")
@click.option("--config-only", is_flag=True, help="Ne contrôler que la configuration.")
@click.option("--links/--no-links", "try_links", default=None, help="Essayer les liens (par défaut : selon [http]).")
@json_option
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917 - the options of one command
    call: Call, issue: str | None, explain: str | None, config_only: bool, try_links: bool | None, as_json: bool
) -> int:
    """Contrôler un numéro avant l’envoi (le dernier, si aucun n’est nommé).

    Le contrôle porte sur le message tel qu’il partira. Code 0 : rien à corriger ; code 1 : au moins une erreur.
    """
    if explain:
        from publisher.preflight import explain as explanation  # noqa: PLC0415

        try:
            say(explanation(explain))
        except PublisherError as error:
            raise click.UsageError(str(error)) from error
        return exits.DONE
    publication = call.publication()
    if config_only:
        say(f"{publication.config.file} : rien à redire.")
        return exits.DONE
    composed = publication.press.compose(issue or publication.latest_issue())
    wanted = publication.config.http.try_links if try_links is None else try_links
    statuses = publication.press.try_links(composed.edition) if wanted else None
    findings = publication.press.findings(composed, statuses=statuses)
    unchecked = publication.press.unchecked(statuses)
    if as_json:
        document(
            {
                "issue": composed.issue.key,
                "digest": composed.edition.digest,
                "findings": findings,
                "unchecked": unchecked,
            }
        )
    else:
        show(composed.issue.key, findings)
        for said in unchecked:
            say(f"Non contrôlé : {said}")
        for said in publication.sick():
            say(f"Peut-être incomplet – {said}")
    return exits.FOUND if any(finding.level == "error" for finding in findings) else exits.DONE


def show(key: str, findings: Sequence[Finding]) -> None:
    """Print each finding with its place and remedy, worst first."""
    order = tuple(_LEVELS)
    for finding in sorted(findings, key=lambda one: (order.index(one.level), one.line)):
        paragraph(
            f"{_LEVELS[finding.level]} {finding.code} – {finding.place} : {finding.text} {finding.remedy}".rstrip()
        )
    errors = sum(finding.level == "error" for finding in findings)
    if errors:
        say(f"Le numéro {key} ne peut pas partir : {counted(errors, 'erreur')} à corriger.")
    else:
        say(f"Le numéro {key} peut partir.")
