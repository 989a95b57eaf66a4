"""``publisher subscribers``: import, export and count the people who get the letter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.console import document, json_option, say, warn
from publisher.errors import ContentError, OutputError

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.store.roster_import import ImportReport

_STATES = {
    "pending": "à confirmer",
    "active": "actifs",
    "unsubscribed": "désinscrits",
    "bounced": "adresses qui ne répondent plus",
    "complained": "ont signalé la lettre comme indésirable",
    "suppressed": "sur la liste de ceux à qui l’on n’écrit plus",
}


@click.group("subscribers")
def command() -> None:
    """Importer, exporter et compter les abonnés."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FICHIER.csv")
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait fait de chaque ligne, sans rien écrire.")
@click.option(
    "--consented", is_flag=True, help="Ces personnes ont donné leur accord : les lignes sans état sont actives."
)
@json_option
@click.pass_obj
def import_(call: Call, file: Path, dry_run: bool, consented: bool, as_json: bool) -> int:
    """Importer des abonnés depuis un tableur (CSV : adresse, nom, langue, état, segments).

    Qui s’est désinscrit le reste, quoi que dise le fichier. Code 1 : au moins une ligne a été refusée.
    """
    from publisher.store.roster_import import import_csv  # noqa: PLC0415
    from publisher.subscriber import SubscriberState  # noqa: PLC0415

    publication = call.publication()
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise ContentError(f"{file} ne peut pas être lu ({error.strerror}).", ()) from error
    report = import_csv(
        octets,
        str(file),
        publication.roster,
        now=publication.now(),
        dry_run=dry_run,
        state=SubscriberState.ACTIVE if consented else SubscriberState.PENDING,
    )
    if as_json:
        document(report)
    else:
        _show(report, consented=consented)
    return exits.FOUND if report.counts["fault"] else exits.DONE


def _show(report: ImportReport, *, consented: bool) -> None:
    from publisher.store.roster_import import WORDS  # noqa: PLC0415

    for line in report.lines:
        if line.verdict == "fault":
            warn(line.text)
        elif line.verdict in {"left", "suppressed", "double"}:
            say(f"{report.file}:{line.line} : {line.address} – {line.text}")
    for verdict, count in report.counts.items():
        if count:
            say(f"{count} – {WORDS[verdict]}")
    if not report.written:
        say("Essai seulement : rien n’a été écrit. Sans --dry-run, l’import est fait.")
    elif report.counts["new"] and not consented:
        say(
            "Les nouveaux restent à confirmer et ne reçoivent rien, sauf si le fichier les dit actifs (ou --consented)."
        )


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FICHIER.csv", required=False)
@click.pass_obj
def export(call: Call, file: Path | None) -> None:
    """Exporter les abonnés en CSV, vers un fichier ou à l’écran. Un fichier qui existe n’est pas remplacé."""
    from publisher.store import roster_csv  # noqa: PLC0415

    lines = roster_csv.write(call.publication().roster.subscribers())
    if file is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
    except FileExistsError as error:
        raise OutputError(f"{file} existe déjà ; il n’a pas été touché.", remedy="Donnez un autre nom.") from error
    except OSError as error:
        raise OutputError(f"{file} ne peut pas être écrit ({error.strerror}).") from error
    say(f"Écrit : {file}")


@command.command("confirm")
@click.argument("addresses", nargs=-1, required=True, metavar="ADRESSE…")
@click.pass_obj
def confirm(call: Call, addresses: tuple[str, ...]) -> int:
    """Rendre actives des personnes « à confirmer » qui ont donné leur accord. Qui est parti ne revient pas ainsi."""
    from publisher.subscriber import SubscriberState  # noqa: PLC0415

    publication = call.publication()
    left = 0
    for address in addresses:
        person = publication.roster.find(address)
        if person is not None and person.state is SubscriberState.PENDING:
            publication.roster.change(address, SubscriberState.ACTIVE, publication.now())
            say(f"{address} recevra la prochaine lettre.")
        else:
            left += 1
            warn(f"{address} : {_STATES[person.state.value] if person else 'inconnu'} ; rien n’a été changé.")
    return exits.FOUND if left else exits.DONE


@command.command("remove")
@click.argument("addresses", nargs=-1, required=True, metavar="ADRESSE…")
@click.option("--why", default="à sa demande", help="La raison, gardée avec la date.")
@click.pass_obj
def remove(call: Call, addresses: tuple[str, ...], why: str) -> None:
    """Ne plus jamais écrire à ces adresses, même si un import les ramène."""
    publication = call.publication()
    publication.roster.suppress(addresses, why, publication.now())
    said = "Cette adresse ne recevra" if len(addresses) == 1 else "Ces adresses ne recevront"
    say(f"{said} plus rien, quoi que dise un import.")


@command.command("count")
@json_option
@click.pass_obj
def count(call: Call, as_json: bool) -> None:
    """Compter les abonnés par état."""
    counts = call.publication().roster.counts()
    if as_json:
        document(counts)
    elif not any(counts.values()):
        say("Aucun abonné encore. « publisher subscribers import personnes.csv --dry-run » pour commencer.")
    else:
        for state, number in counts.items():
            if number:
                say(f"{number} – {_STATES.get(state, state)}")
