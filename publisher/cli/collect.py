"""``publisher collect``: read the sources and store what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.console import document, json_option, progress, say, table, warn
from publisher.cli.spoken import Command
from publisher.french import counted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from publisher.cli.app import Call
    from publisher.stages.collect import CollectReport, SourceReport


@click.command(
    "collect",
    cls=Command,
    examples="""
    publisher collect
    publisher collect rtes irev
    """,
)
@click.argument("sources", nargs=-1, metavar="[SOURCE]…")
@json_option
@click.pass_obj
def command(call: Call, sources: tuple[str, ...], as_json: bool) -> int:
    """Relever les sources et garder ce qui est nouveau.

    Sans nom, toutes les sources sont relevées. Une source en panne n’arrête pas les autres ; la commande finit
    alors avec le code 1.
    """
    from publisher.stages.collect import collect  # noqa: PLC0415

    publication = call.publication()
    collector = publication.collector(sources)
    with progress("Relevé des sources", len(collector.sources()), quiet=as_json) as step:
        report = collect(collector, publication.items, now=publication.now(), done=lambda _: step(1))
    if as_json:
        document(report)
    else:
        show(report, publication.config.zone)
    return exits.FOUND if report.failed else exits.DONE


def show(report: CollectReport, zone: ZoneInfo) -> None:
    """Print one row per source and then every fault."""
    table(
        ("Source", "Nouveaux", "Modifiés", "Déjà connus", ""),
        [
            (one.source, str(len(one.new)), str(len(one.changed)), str(one.same), _outcome(one, zone))
            for one in report.sources
        ],
        right=(1, 2, 3),
    )
    for one in report.sources:
        for fault in one.faults:
            warn(f"{one.source} – {fault}")
    count = len(report.new)
    say(f"{counted(count, 'article')} de plus." if count else "Rien de nouveau.")


def _outcome(report: SourceReport, zone: ZoneInfo) -> str:
    if report.error:
        return f"en panne : {report.error}"
    if report.skipped:
        if report.next_try is None:
            return "retirée par son site (410)"
        return f"laissée tranquille jusqu’au {report.next_try.astimezone(zone):%d/%m à %H:%M}, après un échec"
    return "inchangée" if report.unchanged else ""
