"""``publisher run``: everything at its hour, until it is told to stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.arguments import Whole
from publisher.cli.console import say, warn
from publisher.cli.spoken import Command
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command(
    "run",
    cls=Command,
    examples="""
    publisher run
    publisher run --once
    """,
)
@click.option(
    "--every", type=Whole(1, 3600), metavar="N", default=30, help="Secondes entre deux regards sur l’heure (30)."
)
@click.option("--once", is_flag=True, help="Faire ce qui est dû maintenant, puis finir.")
@click.pass_obj
def command(call: Call, every: int, once: bool) -> int:
    """Relever, préparer, envoyer et publier à l’heure dite, jusqu’à l’arrêt.

    Rien ne part sans approbation. Ce qui a été manqué pendant un arrêt est rattrapé ou signalé, selon [schedule].
    Ctrl-C et SIGTERM arrêtent proprement : le message en route est fini, le reste attend.
    """
    from publisher import scheduler  # noqa: PLC0415
    from publisher.routine import Routine  # noqa: PLC0415

    publication = call.publication()
    stop = threading.Event()
    failed = False
    told = ""

    def report(error: Exception) -> None:
        nonlocal failed, told
        failed = True
        said = f"Erreur. {error}"
        if not isinstance(error, PublisherError):
            said = f"Erreur imprévue, à signaler aux développeurs : {type(error).__name__} : {error}"
        if said != told:  # the same trouble at every tick is told once
            warn(said)
            told = said

    with scheduler.stopping_on_signals(stop):
        routine = Routine(publication, tell=say, stop=stop.is_set)
        if once:
            try:
                routine.tick(publication.now())
            except PublisherError as error:
                report(error)
        else:
            say(routine.outlook(publication.now()))
            scheduler.run(routine.tick, report, stop, seconds=every, clock=publication.now)
            say("Arrêté.")
    return exits.FOUND if failed and once else exits.DONE
