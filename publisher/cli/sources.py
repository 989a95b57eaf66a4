"""``publisher sources``: how each source is, in words; ``publisher sources add`` finds what a site offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say, table

if TYPE_CHECKING:
    from publisher.cli.app import Call

_MARKS = {"good": "bien", "note": "à voir", "bad": "malade"}


@click.group("sources", invoke_without_command=True)
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


@command.command("add")
@click.argument("address", metavar="ADRESSE")
@click.option("--key", default=None, help="Le nom de la source dans config.toml (par défaut : d’après le site).")
@click.option("--name", default=None, help="Le nom que verront les lecteurs.")
@click.option("--partner", is_flag=True, help="C’est un partenaire : ses articles sont crédités.")
@click.option("--choice", type=click.IntRange(1), default=1, help="Laquelle des propositions prendre (1).")
@click.option("--dry-run", is_flag=True, help="Montrer ce qui serait écrit, sans rien changer.")
@click.pass_obj
def add(  # noqa: PLR0913, PLR0917 - the options of one command
    call: Call, address: str, key: str | None, name: str | None, partner: bool, choice: int, dry_run: bool
) -> None:
    """Trouver les flux, l’agenda ou le plan d’un site, et ajouter la source à config.toml.

    Les commentaires et l’ordre du fichier sont gardés.
    """
    from dataclasses import replace  # noqa: PLC0415

    from publisher.errors import PublisherError  # noqa: PLC0415
    from publisher.sources.discover import added, discover  # noqa: PLC0415

    publication = call.publication()
    config = publication.config
    discovery = discover(address, config.http, now=publication.now(), zone=config.zone)
    say(f"{discovery.name} ({discovery.cms or 'système non reconnu'})")
    for found in discovery.found:
        newest = f", le plus récent du {found.newest:%d/%m/%Y}" if found.newest else ""
        say(f"  {found.address} : {found.items} articles{newest}")
    if discovery.sitemap:
        say(f"  {discovery.sitemap} : plan du site")
    for refused in discovery.refused:
        say(f"  écarté – {refused}")
    if choice > len(discovery.proposals):
        raise PublisherError(
            "ce site ne propose rien qui se relève." if not discovery.proposals else "cette proposition n’existe pas.",
            place=address,
            remedy='Une page à suivre s’écrit à la main, avec kind = "listing" ; voyez le README.',
        )
    source = replace(discovery.proposals[choice - 1], name=name or discovery.name, partner=partner)
    text = config.file.read_text(encoding="utf-8")
    written = added(text, key or discovery.key, source)
    if dry_run:
        old = set(text.splitlines())
        say("\n".join(line for line in written.splitlines() if line not in old))
        return
    publication.replace_config(written)
    say(f"Ajoutée à {config.file.name} : [sources.{key or discovery.key}]. « publisher collect » la relève.")
