"""``publisher new``: another publication from the same templates."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from publisher.cli.console import say
from publisher.errors import OutputError


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DOSSIER")
@click.option("--templates", is_flag=True, help="Copier aussi les gabarits, pour les modifier.")
def command(folder: Path, templates: bool) -> None:
    """Créer une autre publication dans un dossier vide."""
    from publisher.wiring import bundled  # noqa: PLC0415

    if folder.exists() and any(folder.iterdir()):
        raise OutputError(
            f"le dossier {folder} n’est pas vide ; rien n’y a été écrit.", remedy="Choisissez-en un autre."
        )
    try:
        for name in ("content/issues", "content/articles", "feeds", "var"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundled("config.toml"), folder / "config.toml")
        if templates:
            shutil.copytree(bundled("templates"), folder / "templates")
    except OSError as error:
        raise OutputError(f"{folder} ne peut pas être écrit : {error.strerror}.") from error
    say(f"{folder} est prêt. Ensuite : adaptez {folder / 'config.toml'}, puis, dans ce dossier, « publisher collect ».")
