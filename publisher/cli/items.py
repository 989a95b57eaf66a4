"""``publisher items``: what was collected, all about one item, and which items tell the same news."""

from __future__ import annotations

import getpass
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say, table
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.item import Item, Story
    from publisher.wiring import Publication

_RECENT = 60
"""Days."""


@click.group("items", invoke_without_command=True)
@click.option("--last", type=click.IntRange(1), default=40, help="Combien d’articles montrer (40).")
@json_option
@click.pass_context
def command(context: click.Context, last: int, as_json: bool) -> None:
    """Montrer les articles relevés, les plus récents d’abord."""
    if context.invoked_subcommand:
        return
    from publisher import french  # noqa: PLC0415

    call: Call = context.obj
    items = call.publication().items.items()[-last:]
    if as_json:
        document(items)
        return
    rows = [(one.id, french.day(one.dated, weekday=False), one.kind.value, one.title) for one in reversed(items)]
    table(("Article", "Date", "Genre", "Titre"), rows)


@command.command("show")
@click.argument("item", metavar="ARTICLE")
@json_option
@click.pass_obj
def show(call: Call, item: str, as_json: bool) -> None:
    """Tout dire d’un article (par exemple rtes:12), avec ce que sa source a changé depuis."""
    publication = call.publication()
    found = _found(publication, item)
    history = publication.items.history(item)
    if as_json:
        document({"item": found, "versions": history})
        return
    for spec in fields(found):
        value = getattr(found, spec.name)
        if value not in ("", (), None):
            say(f"{spec.name}: {value}")
    for before, after in pairwise(history):
        _changes(before.data, after.data, f"{after.seen.astimezone(publication.config.zone):%d/%m/%Y %H:%M}")


def _changes(before: object, after: object, when: str) -> None:
    for spec in fields(before):  # type: ignore[arg-type]  # both are ItemData
        old, new = getattr(before, spec.name), getattr(after, spec.name)
        if old != new:
            say(f"le {when}, {spec.name} : {old!s:.200} → {new!s:.200}")


@command.command("why")
@click.argument("item", metavar="ARTICLE")
@json_option
@click.pass_obj
def why(call: Call, item: str, as_json: bool) -> None:
    """Dire avec quels autres un article forme une seule nouvelle, et pourquoi."""
    publication = call.publication()
    _found(publication, item)
    story = _story(publication, item)
    if as_json:
        document(story)
        return
    if not story.others:
        say(f"{item} est seul à raconter cette nouvelle.")
        return
    for one in story.items:
        mark = "raconte la nouvelle" if one is story.main else "lire aussi"
        say(f"{one.id} ({mark}) – {one.title}")
    for merge in story.merges:
        say(f"  {merge.left} et {merge.right} : {merge.reason} – {merge.detail}")
    say("« publisher items split A B » les sépare, « join A B » les réunit ; cela reste.")


@command.command("likely")
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


@command.command("join")
@click.argument("left", metavar="ARTICLE")
@click.argument("right", metavar="AUTRE")
@click.pass_obj
def join(call: Call, left: str, right: str) -> None:
    """Dire que deux articles racontent la même nouvelle."""
    _decide(call, left, right, together=True)
    say(f"{left} et {right} sont désormais une seule nouvelle.")


@command.command("split")
@click.argument("left", metavar="ARTICLE")
@click.argument("right", metavar="AUTRE")
@click.pass_obj
def split(call: Call, left: str, right: str) -> None:
    """Dire que deux articles ne racontent pas la même nouvelle."""
    _decide(call, left, right, together=False)
    say(f"{left} et {right} sont désormais deux nouvelles.")


def _decide(call: Call, left: str, right: str, *, together: bool) -> None:
    from publisher.stories import Decision  # noqa: PLC0415

    publication = call.publication()
    decision = Decision(left=left, right=right, together=together)
    publication.decisions.decide(decision, by=getpass.getuser(), now=publication.now())


def _found(publication: Publication, item: str) -> Item:
    found = publication.items.get([item]).get(item)
    if found is None:
        raise PublisherError(
            f"l’article « {item} » n’existe pas.", remedy="« publisher items » montre ceux qui ont été relevés."
        )
    return found


def _story(publication: Publication, item: str) -> Story:
    from publisher import stories  # noqa: PLC0415

    grouped = stories.group(publication.items.items(), publication.decisions.all())
    return next(story for story in grouped if any(one.id == item for one in story.items))
