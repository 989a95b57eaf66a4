"""``publisher sources``: how each source is, in words; ``publisher sources add`` finds what a site offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole
from publisher.cli.console import document, json_option, say, table
from publisher.cli.spoken import Group
from publisher.french import counted

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.sources.discover import Discovery, Found

_MARKS = {"good": "bien", "note": "à voir", "bad": "malade"}


@click.group(
    "sources",
    cls=Group,
    invoke_without_command=True,
    subcommand_metavar="[COMMANDE …]",
    examples="""
    publisher sources
    publisher sources add https://www.exemple.org/ --partner --dry-run
    """,
)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Dire comment se porte chaque source (« add » en ajoute une)."""
    if context.invoked_subcommand:
        return
    call: Call = context.obj
    publication = call.publication()
    found = publication.health()
    if as_json:
        document(found)
        return
    rows = []
    for key, source in publication.config.sources.items():
        told = found.get(key)
        text = f"{told.text} {told.remedy}".rstrip() if told else "Éteinte."
        rows.append((key, source.name, _MARKS[told.level] if told else "–", text))
    table(("Source", "Nom", "État", "Comment elle va"), rows)


@command.command(
    "add",
    examples="""
    publisher sources add https://www.exemple.org/ --dry-run
    publisher sources add https://www.exemple.org/ --key exemple --name "L’exemple" --partner
    """,
)
@click.argument("address", metavar="ADRESSE")
@click.option(
    "--key", metavar="CLÉ", default=None, help="Le nom de la source dans config.toml (par défaut : d’après le site)."
)
@click.option("--name", metavar="NOM", default=None, help="Le nom que verront les lecteurs.")
@click.option("--partner", is_flag=True, help="C’est un partenaire : ses articles sont crédités.")
@click.option("--press", is_flag=True, help="C’est une œuvre de presse : titre, résumé et lien, jamais l’article.")
@click.option("--choice", type=Whole(1), metavar="N", default=1, help="Laquelle des propositions prendre (1).")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui serait écrit, sans rien changer.")
@click.pass_obj
def add(  # noqa: PLR0913, PLR0917 - the options of one command
    call: Call,
    address: str,
    key: str | None,
    name: str | None,
    partner: bool,
    press: bool,
    choice: int,
    dry_run: bool,
) -> None:
    """Trouver les flux, l’agenda ou le plan d’un site, et ajouter la source à config.toml.

    Les commentaires et l’ordre du fichier sont gardés.
    """
    from dataclasses import replace  # noqa: PLC0415

    from publisher.errors import PublisherError  # noqa: PLC0415
    from publisher.sources.block import added, block, collected_already  # noqa: PLC0415
    from publisher.sources.discover import discover  # noqa: PLC0415

    publication = call.publication()
    config = publication.config
    discovery = discover(address, config.http, now=publication.now(), zone=config.zone)
    _show(discovery)
    if choice > len(discovery.proposals):
        raise PublisherError(
            "ce site ne propose rien qui se relève." if not discovery.proposals else "cette proposition n’existe pas.",
            place=address,
            remedy="" if discovery.proposals else _BY_HAND,
        )
    taken = discovery.found[choice - 1].address
    known = collected_already(taken, config.sources)
    if known:
        raise PublisherError(
            f"[sources.{known}] relève déjà {taken} ; rien n’a été ajouté.",
            remedy="« --choice » prend une autre proposition." if len(discovery.found) > 1 else "",
        )
    source = replace(discovery.proposals[choice - 1], name=name or discovery.name, partner=partner, press=press)
    written = added(config.file.read_text(encoding="utf-8"), key or discovery.key, source)
    if dry_run:
        say(block(key or discovery.key, source))
        return
    publication.replace_config(written)
    said = f"Ajoutée à {config.file.name} : [sources.{key or discovery.key}]. « publisher collect » la relève."
    more = f" C’est la proposition {choice} ; « --choice » en prend une autre." if len(discovery.found) > 1 else ""
    say(f"{said}{more}")


_BY_HAND = 'Une page qui liste des articles s’écrit à la main, avec kind = "listing" ; voyez le README.'
_SYSTEMS = {"spip": "SPIP", "drupal": "Drupal", "wordpress": "WordPress", "localtis": "Localtis"}


def _show(discovery: Discovery) -> None:
    """Print what the site offers, numbered, then what was tried in vain."""
    say(f"{discovery.name} ({_SYSTEMS.get(discovery.cms, 'système non reconnu')})")
    for number, found in enumerate(discovery.found, 1):
        say(f"  {number}. {_described(found)} : {found.address}")
    for refused in discovery.refused:
        say(f"  écarté – {refused}")
    if discovery.absent:
        places = ", ".join(_path(each) for each in discovery.absent)
        say(f"  Rien aux adresses habituelles ({places}).")


def _described(found: Found) -> str:
    newest = f"{found.newest:%d/%m/%Y}" if found.newest else ""
    title = f" « {found.title} »" if found.title else ""
    match found.kind:
        case "calendar":
            last = f", jusqu’au {newest}" if newest else ""
            return f"agenda{title}, {counted(found.items, 'date')}{last}"
        case "sitemap":
            what = (
                f"plan du site, {counted(found.items, 'page')}" if found.items else "plan du site en plusieurs parties"
            )
            return f"{what}{f', la plus récente du {newest}' if newest else ', sans dates'}"
        case "listing":
            return f"liste de liens (sélecteur « {found.selector} »), {counted(found.items, 'lien')}"
        case _:
            last = f", le plus récent du {newest}" if newest else ""
            return f"flux{title}, {counted(found.items, 'article')}{last}"


def _path(address: str) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
