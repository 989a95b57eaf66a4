"""``publisher send``: everybody once, and again only what is not out yet."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from publisher.cli import exits
from publisher.cli.arguments import issue_key
from publisher.cli.console import document, json_option, progress, say
from publisher.cli.status import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    publication = call.publication()
    with stopping() as stopped, progress("Envoi", publication.waiting(issue), quiet=as_json) as step:
        tally = publication.send(issue, limit=limit, stop=stopped.is_set, progress=step)
    if as_json:
        document(tally)
    else:
        say(f"{issue} : {sentence(tally)}.")
        if publication.unfinished(tally):
            say(f"Tout n’est pas parti : « publisher send {issue} » reprend, « publisher status » dit pourquoi.")
    return exits.SENDING if publication.unfinished(tally) else exits.DONE


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event while the block runs, so that work in hand is finished first."""
    event = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda *_: event.set())
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
