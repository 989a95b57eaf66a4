"""``publisher new``: another publication from the same templates, with its own name and clearly marked blanks."""

from __future__ import annotations

import re
import shutil
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from publisher.cli.console import say
from publisher.cli.spoken import Command
from publisher.errors import ConfigError, OutputError
from publisher.french import counted, system

if TYPE_CHECKING:
    from collections.abc import Mapping


_FOLDERS = ("content/issues", "content/articles", "feeds", "var")
_IGNORED = "# L’état de la publication : à sauvegarder, pas à mettre sous git.\nvar/\nfeeds/\n"
_QUESTIONS = {
    "title": "Le nom de la lettre",
    "organisation": "L’organisation qui la publie, en toutes lettres",
    "site": "Son site (https://…)",
    "from": "L’adresse d’où part la lettre",
}
"""What is asked of a person at a terminal, where no option told it."""


@click.command(
    "new",
    cls=Command,
    examples="""
    publisher new ma-lettre
    publisher new ma-lettre --title "La lettre du pays" --organisation "Le Pays solidaire"
    """,
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DOSSIER")
@click.option("--title", metavar="TEXTE", help="Le nom de la lettre.")
@click.option("--organisation", metavar="TEXTE", help="Qui la publie, en toutes lettres.")
@click.option("--short-name", metavar="TEXTE", help="Son nom court ou son sigle (par défaut : le nom entier).")
@click.option("--site", metavar="ADRESSE", help="Le site de l’organisation.")
@click.option("--base", metavar="ADRESSE", help="Où le dossier feeds/ sera servi au public.")
@click.option("--from", metavar="COURRIEL", help="L’adresse d’où part la lettre.")
@click.option("--reply-to", metavar="COURRIEL", help="Où vont les réponses (par défaut : la même).")
@click.option("--address", metavar="TEXTE", help="Mentions légales : nom et adresse postale.")
@click.option("--director", metavar="TEXTE", help="Mentions légales : direction de la publication.")
@click.option("--host", metavar="TEXTE", help="Mentions légales : l’hébergeur.")
@click.option("--privacy", metavar="ADRESSE", help="La page sur les données personnelles.")
@click.option("--templates", is_flag=True, help="Copier aussi les gabarits, pour les modifier.")
def command(folder: Path, templates: bool, **told: str | None) -> None:
    """Créer une autre publication dans un dossier vide.

    Ce qui n’est pas dit en option est demandé ; le reste est marqué « À COMPLÉTER » dans config.toml, et « publisher
    check --config-only » en redonne la liste.
    """
    from publisher.wiring import bundled  # noqa: PLC0415

    try:
        if folder.exists() and any(folder.iterdir()):
            raise OutputError(
                f"Le dossier {folder} n’est pas vide ; rien n’y a été écrit.", remedy="Choisissez-en un autre."
            )
        text = configuration(_asked(told), date.today().year)  # noqa: DTZ011 - the year of this person's calendar
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text(text, encoding="utf-8")
        (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
        if templates:
            shutil.copytree(bundled("templates"), folder / "templates")
    except OSError as error:
        raise OutputError(f"{folder} ne peut pas être écrit : {system(error)}.") from error
    say(f"{folder} est prêt.")
    _left(folder / "config.toml")


def configuration(told: Mapping[str, str | None], year: int) -> str:
    """Return the text of config.toml: what was told stands there, the rest is marked as blank."""
    from publisher.config import BLANK  # noqa: PLC0415 - pydantic, only where a publication is made

    said = {key: value.strip() for key, value in told.items() if value and value.strip()}
    host = (urlsplit(said.get("site", "")).hostname or "").removeprefix("www.")
    name = re.sub(r"[^a-z0-9]+", "-", host.partition(".")[0]).strip("-")
    values = {
        **dict.fromkeys(("title", "organisation", "site", "base", "from", "address", "director", "host"), BLANK),
        "privacy": BLANK,
        **said,
    }
    if not values["site"].endswith("/") and host and not urlsplit(values["site"]).path:
        values["site"] += "/"
    if values["base"] != BLANK and not values["base"].endswith("/"):
        values["base"] += "/"
    values = {
        "short_name": values["organisation"],
        "reply_to": values["from"],
        "unsubscribe": BLANK if values["base"] == BLANK else f"{values['base']}desinscription/",
        "domain": host or BLANK,
        "campaign": f"lettre-{name}" if name else "lettre",
        "campaign_name": f"lettre-{name}-{{year}}-{{month}}" if name else "lettre-{year}-{month}",
        "subject": f"{said.get('title', 'Lettre')} – {{Month}} {{year}}",
        **values,
    }
    text = (resources.files("publisher.cli") / "blank.toml").read_text(encoding="utf-8")
    for key, value in values.items():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        text = text.replace(f"= {{{key}}}", f'= "{quoted}"')
    return text.replace("= {year}", f"= {year}")


def _asked(told: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Return what the options told and what a person at the terminal answers; Enter leaves a blank."""
    if not sys.stdin.isatty():
        return told
    missing = {key: question for key, question in _QUESTIONS.items() if not told.get(key)}
    if missing:
        say("Entrée laisse la ligne à compléter plus tard.")
    answers = {
        key: click.prompt(f"{question} ", default="", show_default=False, prompt_suffix="? ")
        for key, question in missing.items()
    }
    return {**told, **answers}


def _left(file: Path) -> None:
    """Say what is still to be filled in, as the check of the configuration does."""
    from publisher.config import load  # noqa: PLC0415

    try:
        load(file)
    except ConfigError as error:
        say(f"Il reste {counted(len(error.faults), 'ligne')} à compléter dans {file} :")
        for fault in error.faults:
            say(f"  {fault}")
        say("« publisher check --config-only », dans ce dossier, les redit.")
    else:
        say("Ensuite, dans ce dossier : « publisher sources add https://… », puis « publisher collect ».")
