"""``publisher subscribers``: import, export and count the people who get the letter."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from publisher import french
from publisher.cli import exits
from publisher.cli.arguments import ReadFile
from publisher.cli.console import document, json_option, say, warn
from publisher.cli.spoken import Group
from publisher.errors import ContentError, OutputError

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.store.roster_import import ImportReport

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_STATES = {
    "pending": ("à confirmer", "à confirmer"),
    "active": ("actif", "actifs"),
    "unsubscribed": ("désinscrit", "désinscrits"),
    "bounced": ("adresse qui ne répond plus", "adresses qui ne répondent plus"),
    "complained": ("a signalé la lettre comme indésirable", "ont signalé la lettre comme indésirable"),
    "suppressed": ("adresse à qui l’on n’écrit plus", "adresses à qui l’on n’écrit plus"),
}


@click.group(
    "subscribers",
    cls=Group,
    invoke_without_command=True,
    subcommand_metavar="[COMMANDE …]",
    examples="""
    publisher subscribers
    publisher subscribers import personnes.csv --dry-run
    publisher subscribers remove jean@exemple.org
    """,
)
@click.pass_context
def command(context: click.Context) -> None:
    """Importer, exporter et compter les abonnés. Sans commande : combien ils sont."""
    if context.invoked_subcommand is None:
        context.invoke(count)


@command.command(
    "import",
    examples="""
    publisher subscribers import personnes.csv --dry-run
    publisher subscribers import personnes.csv --consented
    """,
)
@click.argument("file", type=ReadFile(), metavar="FICHIER.csv")
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
        raise ContentError(f"{file} ne peut pas être lu ({french.system(error)}).", ()) from error
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
        elif line.verdict in {"leaves", "left", "suppressed", "double"}:
            say(f"{report.file}:{line.line} : {line.address} – {line.text}")
    for verdict, count in report.counts.items():
        if count:
            say(f"{french.number(count)} – {WORDS[verdict]}")
    if report.counts["new"] and not consented:
        say(
            "Les nouveaux restent à confirmer et ne reçoivent rien, sauf si le fichier les dit actifs (ou --consented)."
        )
    if not report.written:
        say("Essai seulement : rien n’a été écrit. Sans --dry-run, l’import est fait.")


@command.command("export", examples="publisher subscribers export abonnes.csv")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="[FICHIER.csv]", required=False)
@click.pass_obj
def export(call: Call, file: Path | None) -> None:
    """Exporter les abonnés en CSV, vers un fichier (que vous seul pourrez lire) ou à l’écran.

    Un fichier qui existe n’est pas remplacé.
    """
    from publisher.store import roster_csv  # noqa: PLC0415

    lines = roster_csv.write(call.publication().roster.subscribers())
    if file is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    try:
        mine = functools.partial(os.open, mode=0o600)  # people's addresses: nobody else on this machine reads them
        with open(file, "x", encoding="utf-8-sig", newline="", opener=mine) as stream:  # the mark tells spreadsheets
            stream.writelines(lines)
    except FileExistsError as error:
        raise OutputError(f"{file} existe déjà ; il n’a pas été touché.", remedy="Donnez un autre nom.") from error
    except OSError as error:
        raise OutputError(f"{file} ne peut pas être écrit ({french.system(error)}).") from error
    say(f"Écrit : {file}")


@command.command("confirm", examples="publisher subscribers confirm jean@exemple.org")
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
            warn(f"{address} : {_STATES[person.state.value][0] if person else 'inconnu'} ; rien n’a été changé.")
    return exits.FOUND if left else exits.DONE


@command.command("remove", examples='publisher subscribers remove jean@exemple.org --why "par téléphone"')
@click.argument("addresses", nargs=-1, required=True, metavar="ADRESSE…")
@click.option("--why", metavar="RAISON", default="à sa demande", help="La raison, gardée avec la date.")
@click.pass_obj
def remove(call: Call, addresses: tuple[str, ...], why: str) -> int:
    """Ne plus jamais écrire à ces adresses, même si un import les ramène.

    Une adresse qui n’est pas celle d’un abonné est retenue aussi : aucun import ne l’ajoutera. Code 1 : au moins une
    n’est pas une adresse, et rien n’a été changé.
    """
    from publisher.subscriber import SubscriberState  # noqa: PLC0415

    publication = call.publication()
    refused = [address for address in addresses if not _ADDRESS.fullmatch(address.strip())]
    for address in refused:
        warn(f"« {address} » n’est pas une adresse ; rien n’a été changé.")
    if refused:
        return exits.FOUND
    known = {address: publication.roster.find(address) for address in addresses}
    already = {address: publication.roster.suppressed(address) for address in addresses}
    publication.roster.withdraw(addresses, SubscriberState.UNSUBSCRIBED, publication.now())
    publication.roster.suppress(addresses, why, publication.now())
    for address, person in known.items():
        if already[address]:
            say(f"{address} ne recevait déjà plus rien ({already[address]}).")
        elif person is None:
            say(f"{address} n’est pas un abonné ; aucun import ne l’ajoutera. Est-ce la bonne adresse ?")
        else:
            say(f"{address} ne recevra plus rien, quoi que dise un import.")
    return exits.DONE


@command.command("count", examples="publisher subscribers count")
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
                say(french.counted(number, *_STATES.get(state, (state, state))))
