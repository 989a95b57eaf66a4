"""``publisher draft``: write an issue file from what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import issue_key
from publisher.cli.console import document, json_option, paragraph, say
from publisher.cli.spoken import Command

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.stages.draft import Draft


@click.command("draft", cls=Command, examples="publisher draft 2026-11")
@click.argument("issue", type=issue_key, metavar="NUMÉRO")
@json_option
@click.pass_obj
def command(call: Call, issue: str, as_json: bool) -> None:
    """Préparer le fichier d’un numéro (par exemple 2026-11) avec ce qui est nouveau.

    Un fichier qui existe déjà n’est jamais modifié.
    """
    publication = call.publication()
    made = publication.draft(issue, publication.now())
    if as_json:
        left_out = made.proposal.left_out
        sick = publication.sick()
        document({"file": made.file, "issue": made.proposal.issue, "left_out": left_out, "sick_sources": sick})
    else:
        show(made)
        for said in publication.sick():
            say(f"Peut-être incomplet – {said}")


def show(made: Draft) -> None:
    """Print where the file is, what stands in each section, and what was left out with the reasons."""
    say(f"Écrit : {made.file}")
    for section in made.proposal.issue.sections:
        say(f"  {section.title} : {len(section.entries)}")
    for item, remark in made.proposal.remarks:
        paragraph(f"  {item} – {remark}")
    for pair in made.likely:
        say(f"  {pair.left} et {pair.right} – peut-être la même nouvelle : {pair.detail}")
    if made.likely:
        say("  « publisher items join A B » les réunit, « split A B » les sépare.")
    if made.proposal.left_out:
        say(f"Laissés de côté : {len(made.proposal.left_out)}")
        by_reason: dict[str, list[str]] = {}
        for item, reason in made.proposal.left_out:
            by_reason.setdefault(reason, []).append(item)
        for reason, items in by_reason.items():
            paragraph(f"  {reason} : {', '.join(items)}")
