"""``publisher send``: everybody once, and again only what is not out yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.arguments import issue_key
from publisher.cli.console import document, json_option, progress, say
from publisher.cli.status import sentence

if TYPE_CHECKING:
    from publisher.cli.app import Call


@click.command("send")
@click.argument("issue", type=issue_key, metavar="NUMÉRO")
@click.option("--limit", type=click.IntRange(1), default=None, help="S’arrêter après tant de messages.")
@json_option
@click.pass_obj
def command(call: Call, issue: str, limit: int | None, as_json: bool) -> int:
    """Envoyer le numéro approuvé, une fois à chacun.

    Relancer la commande reprend là où elle s’est arrêtée et n’envoie rien deux fois. Ctrl-C arrête proprement :
    ce qui est en route est fini, le reste attend. Code 6 : il reste des messages à envoyer.
    """
    from publisher.delivery import PENDING  # noqa: PLC0415
    from publisher.scheduler import stopping_on_signals  # noqa: PLC0415
    from publisher.stages.send import send  # noqa: PLC0415

    publication = call.publication()
    stop = threading.Event()
    waiting = sum(publication.ledger.tally(issue).counts.get(state, 0) for state in PENDING)
    with stopping_on_signals(stop), progress("Envoi", waiting or None, quiet=as_json) as step:
        tally = send(issue, publication.ports(), limit=limit, stop=stop.is_set, progress=step)
    left = sum(tally.counts.get(state, 0) for state in PENDING)
    if as_json:
        document(tally)
    else:
        say(f"{issue} : {sentence(tally)}.")
        if tally.why:
            say(f"En pause : {tally.why}")
        if left:
            say(f"Tout n’est pas parti : « publisher send {issue} » reprend, « publisher status » dit pourquoi.")
    return exits.SENDING if left else exits.DONE
