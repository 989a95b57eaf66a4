"""``publisher items``: what was collected, all about one item, and which items tell the same news."""

from __future__ import annotations

import getpass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import Whole
from publisher.cli.console import document, json_option, say, table
from publisher.cli.sheet import sheet, told_with
from publisher.cli.spoken import Group
from publisher.errors import ContentError

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.item import Item, Story
    from publisher.wiring import Publication

_RECENT = 60
"""Days."""


@click.group(
    "items",
    cls=Group,
    invoke_without_command=True,
    subcommand_metavar="[COMMANDE …]",
    examples="""
    publisher items
    publisher items --last 100
    publisher items show rtes:12
    publisher items join rtes:12 irev:4
    """,
)
@click.option("--last", type=Whole(1), metavar="N", default=40, help="Combien d’articles montrer (40).")
@json_option
@click.pass_context
def command(context: click.Context, last: int, as_json: bool) -> None:
    """Montrer les articles relevés, les plus récents d’abord.

    Le numéro d’un article (rtes:12) est celui que l’on écrit dans le fichier de la lettre.
    """
    if context.invoked_subcommand:
        return
    from publisher import french  # noqa: PLC0415
    from publisher.edits import KINDS  # noqa: PLC0415

    call: Call = context.obj
    publication = call.publication()
    items = sorted(publication.items.items(), key=lambda one: one.dated)[-last:]
    if as_json:
        document(items)
        return
    zone = publication.config.zone
    rows = [
        (one.id, french.day(one.dated.astimezone(zone), weekday=False), KINDS[one.kind], one.title)
        for one in reversed(items)
    ]
    if rows:
        table(("Article", "Date", "Genre", "Titre"), rows)
    else:
        say("Aucun article encore. « publisher collect » relève les sources.")


@command.command("show", examples="publisher items show rtes:12\npublisher items show rtes:12 --json")
@click.argument("item", metavar="ARTICLE")
@json_option
@click.pass_obj
def show(call: Call, item: str, as_json: bool) -> None:
    """Tout dire d’un article : sa source, ses dates, son résumé, ce qui y a changé, qui d’autre le raconte."""
    publication = call.publication()
    found = _found(publication, item)
    history = publication.items.history(item)
    story = _story(publication, item)
    if as_json:
        document({"item": found, "versions": history, "story": story})
        return
    names = {key: source.name for key, source in publication.config.sources.items()}
    say(sheet(found, history, story, names, publication.config.zone))


@command.command("why", examples="publisher items why rtes:12")
@click.argument("item", metavar="ARTICLE")
@json_option
@click.pass_obj
def why(call: Call, item: str, as_json: bool) -> None:
    """Dire avec quels autres un article forme une seule nouvelle, et pourquoi."""
    publication = call.publication()
    found = _found(publication, item)
    story = _story(publication, item)
    if as_json:
        document(story)
        return
    say("\n".join(told_with(found, story)))


@command.command("likely", examples="publisher items likely")
@json_option
@click.pass_obj
def likely(call: Call, as_json: bool) -> None:
    """Montrer les articles récents qui racontent peut-être la même nouvelle : à vous de dire."""
    from datetime import timedelta  # noqa: PLC0415

    from publisher import stories  # noqa: PLC0415

    publication = call.publication()
    recent = publication.items.items(since=publication.now() - timedelta(days=_RECENT))
    pairs = stories.likely(recent, publication.decisions.all())
    if as_json:
        document(pairs)
        return
    titles = {one.id: one.title for one in recent}
    for pair in pairs:
        say(f"{pair.left} – {titles[pair.left]}\n{pair.right} – {titles[pair.right]}\n  {pair.detail}")
    say("« publisher items join A B » réunit, « split A B » sépare." if pairs else "Rien de douteux.")


@command.command("join", examples="publisher items join rtes:12 irev:4")
@click.argument("left", metavar="ARTICLE")
@click.argument("right", metavar="AUTRE")
@click.pass_obj
def join(call: Call, left: str, right: str) -> None:
    """Réunir deux articles qui racontent la même nouvelle. Cela reste, quoi que disent les sources."""
    _decide(call, left, right, together=True)
    say(f"{left} et {right} sont désormais une seule nouvelle.")


@command.command("split", examples="publisher items split rtes:12 irev:4")
@click.argument("left", metavar="ARTICLE")
@click.argument("right", metavar="AUTRE")
@click.pass_obj
def split(call: Call, left: str, right: str) -> None:
    """Séparer deux articles qui ne racontent pas la même nouvelle. Cela reste, quoi que disent les sources."""
    _decide(call, left, right, together=False)
    say(f"{left} et {right} sont désormais deux nouvelles.")


def _decide(call: Call, left: str, right: str, *, together: bool) -> None:
    from publisher.stories import Decision  # noqa: PLC0415

    publication = call.publication()
    for name in (left, right):
        _found(publication, name)
    if left == right:
        raise click.UsageError(f"« {left} » est nommé deux fois : il en faut deux.")
    decision = Decision(left=left, right=right, together=together)
    publication.decisions.decide(decision, by=getpass.getuser(), now=publication.now())


def _found(publication: Publication, item: str) -> Item:
    found = publication.items.get([item]).get(item)
    if found is None:
        raise ContentError(
            f"L’article « {item} » n’existe pas. {_meant(publication, item)}"
            "« publisher items » montre ceux qui ont été relevés.",
            (),
        )
    return found


def _meant(publication: Publication, item: str) -> str:
    """Return the item of the same number in a source spelled nearly so; another number would be a guess."""
    source, _, number = item.strip().lower().partition(":")
    near = get_close_matches(source, publication.config.sources, n=1)
    meant = f"{near[0]}:{number}" if near else ""
    return f"Vouliez-vous dire « {meant} » ? " if meant and publication.items.get([meant]) else ""


def _story(publication: Publication, item: str) -> Story:
    from publisher import stories  # noqa: PLC0415

    grouped = stories.group(publication.items.items(), publication.decisions.all())
    return next(story for story in grouped if any(one.id == item for one in story.items))
