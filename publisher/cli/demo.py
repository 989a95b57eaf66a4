"""``publisher demo``: the whole way once, on sample sites served on this machine, in a publication of its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli.console import progress, say
from publisher.cli.spoken import Command
from publisher.errors import OutputError
from publisher.french import counted, system

if TYPE_CHECKING:
    from publisher.wiring import Publication


@click.command(
    "demo",
    cls=Command,
    examples="""
    publisher demo
    publisher demo --folder /tmp/essai
    """,
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DOSSIER",
    default=Path("var/demo"),
    help="Où faire la publication d’exemple (var/demo).",
)
def command(folder: Path) -> None:
    """Tout faire une fois : relever, préparer, contrôler, approuver, envoyer, publier.

    Des sites d’exemple sont servis sur cette machine ; rien n’en sort. La publication d’exemple est faite à neuf ;
    la précédente est gardée à côté, sous le nom « ….before ».
    """
    from publisher.config import load  # noqa: PLC0415
    from publisher.demo import publication as sample  # noqa: PLC0415
    from publisher.demo import server  # noqa: PLC0415
    from publisher.wiring import Publication, bundled  # noqa: PLC0415

    if _set_aside(folder):
        say(f"La publication d’exemple précédente est gardée dans {_near(folder.with_name(f'{folder.name}.before'))}.")
    file = sample.prepare(folder, bundled("config.toml").read_text(encoding="utf-8"))
    with server.serve() as sites:
        config = load(file)
        config = replace(config, http=replace(config.http, resolve=sites.resolve))
        say(f"Sites d’exemple : {', '.join(sorted(sites.resolve))} (servis sur cette machine)")
        publication = Publication(config)
        _collect_and_draft(publication)
        _approve(publication)
    _send(publication)
    _publish(publication)
    _farewell(folder, publication)


def _set_aside(folder: Path) -> bool:
    """Keep what an earlier run left, and say whether there was anything."""
    before = folder.with_name(f"{folder.name}.before")
    there = folder.exists()
    try:
        if there:
            shutil.rmtree(before, ignore_errors=True)
            folder.rename(before)
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"{folder} ne peut pas être fait à neuf ({system(error)}).", remedy="Nommez-en un autre avec --folder."
        ) from error
    return there


def _collect_and_draft(publication: Publication) -> None:
    from publisher.cli import collect as shown  # noqa: PLC0415
    from publisher.demo import editor  # noqa: PLC0415
    from publisher.demo.publication import DRAFTED, ISSUE  # noqa: PLC0415
    from publisher.stages.collect import collect  # noqa: PLC0415

    say("\n1. Relever")
    collector = publication.collector()
    with progress("Relevé des sources", len(collector.sources())) as step:
        report = collect(collector, publication.items, now=DRAFTED, done=lambda _: step(1))
    shown.show(report, publication.config.zone)
    say("\n2. Préparer")
    made = publication.draft(ISSUE, DRAFTED)
    placed = counted(len(made.proposal.issue.item_ids), "article placé")
    left = counted(len(made.proposal.left_out), "laissé de côté", "laissés de côté")
    say(f"{placed}, {left} :")
    for item, reason in made.proposal.left_out:
        say(f"  {item} – {reason}")
    file = Path(made.file)
    file.write_text(editor.edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    say(f"Relu et complété comme par une rédactrice : {_near(file)}")


def _approve(publication: Publication) -> None:
    from publisher.cli.check import show  # noqa: PLC0415
    from publisher.demo.publication import APPROVED, ISSUE  # noqa: PLC0415
    from publisher.stages.approve import approve  # noqa: PLC0415

    say("\n3. Composer et contrôler")
    composed = publication.press.compose(ISSUE)
    tried = publication.press.try_links(composed.edition)
    say(f"{counted(len(composed.edition.entries), 'article')} ; {counted(len(tried), 'lien essayé')}.")
    findings = publication.press.findings(composed, now=APPROVED, statuses=tried)
    show(ISSUE, findings)
    approval = approve(
        composed.edition,
        findings,
        editions=publication.editions,
        diary=publication.diary,
        by="la rédaction d’exemple",
        now=APPROVED,
    )
    say(f"Approuvé. Empreinte : {approval.digest[:16]}…")


def _send(publication: Publication) -> None:
    from publisher.cli.status import sentence  # noqa: PLC0415
    from publisher.demo import people  # noqa: PLC0415
    from publisher.demo.publication import DRAFTED, ISSUE, SENT  # noqa: PLC0415
    from publisher.protocols import Mark  # noqa: PLC0415
    from publisher.stages.send import send  # noqa: PLC0415
    from publisher.timetable import Step  # noqa: PLC0415

    say("\n4. Envoyer")
    publication.roster.add(people.subscribers(), DRAFTED)
    with progress("Envoi", len(people.subscribers())) as step:
        tally = send(ISSUE, publication.ports(lambda: SENT), progress=step)
    say(f"{ISSUE} : {sentence(tally)}.")
    publication.diary.mark(Mark(issue=ISSUE, action=Step.SEND.value, at=SENT))
    before = len(_mailbox(publication))
    send(ISSUE, publication.ports(lambda: SENT))
    say(f"Envoyé une seconde fois, pour voir : {counted(len(_mailbox(publication)) - before, 'lettre')} de plus.")


def _publish(publication: Publication) -> None:
    from publisher.stages.publish import publish  # noqa: PLC0415

    say("\n5. Publier")
    changed = publish(publication.editions, publication.press.published_files, publication.outlet)
    say(f"{_near(publication.feeds_path)} : {', '.join(changed)}")


def _farewell(folder: Path, publication: Publication) -> None:
    from publisher.demo.publication import ISSUE  # noqa: PLC0415

    messages = _mailbox(publication)
    say("\nFait. Pour voir :")
    say("  make preview                      la lettre dans un navigateur")
    say(f"  {_near(messages[0])}  une des {counted(len(messages), 'lettre')}, pour un logiciel de courrier")
    say(f"  {_near(publication.feeds_path)}/  flux et archives, à servir à l’adresse de publication.base")
    say(f"  {_near(folder / 'content' / 'issues' / f'{ISSUE}.md')}  le fichier du numéro, à modifier")
    say(f"Les autres commandes sur cet exemple : publisher --config {_near(folder / 'config.toml')} status")


def _mailbox(publication: Publication) -> list[Path]:
    settings = publication.config.transport
    folder = publication.path(settings.path, "new") if settings.kind == "maildir" else Path()
    return sorted(folder.iterdir())


def _near(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
