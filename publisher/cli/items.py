"""``publisher items``: the items that were collected, or all about one of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say, table
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.item import Item


@click.command("items")
@click.argument("item", required=False, metavar="[ARTICLE]")
@click.option("--last", type=click.IntRange(1), default=40, help="Combien d’articles montrer (40).")
@json_option
@click.pass_obj
def command(call: Call, item: str | None, last: int, as_json: bool) -> None:
    """Montrer les articles relevés, ou tout sur l’un d’eux (par exemple rtes:12)."""
    from publisher import french  # noqa: PLC0415

    publication = call.publication()
    if item:
        found = publication.items.get([item]).get(item)
        if found is None:
            raise PublisherError(
                f"l’article « {item} » n’existe pas.", remedy="« publisher items » montre ceux qui ont été relevés."
            )
        document(found) if as_json else _one(found)
        return
    items = publication.items.items()[-last:]
    if as_json:
        document(items)
        return
    rows = [(one.id, french.day(one.dated, weekday=False), one.kind.value, one.title) for one in reversed(items)]
    table(("Article", "Date", "Genre", "Titre"), rows)


def _one(item: Item) -> None:
    for spec in fields(item):
        value = getattr(item, spec.name)
        if value not in ("", (), None):
            say(f"{spec.name}: {value}")
