"""``publisher send``: everybody once, and again only what is not out yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import click

from publisher.cli import exits
from publisher.cli.arguments import Whole, issue_key
from publisher.cli.console import document, json_option, progress, say, warn
from publisher.cli.spoken import Command
from publisher.cli.status import next_steps, sentence
from publisher.french import counted
from publisher.message import DeliveryState
from publisher.protocols import Mark
from publisher.timetable import Step

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.protocols import Tally
    from publisher.wiring import Publication


@click.command(
    "send",
    cls=Command,
    examples="""
    publisher send 2026-11 --test moi@exemple.org
    publisher send 2026-11 --dry-run
    publisher send 2026-11
    publisher send 2026-11 --retry failed
    publisher send 2026-11 --segment elus --segment presse
    """,
)
@click.argument("issue", type=issue_key, metavar="NUMÉRO")
@click.option("--dry-run", is_flag=True, help="Compter qui recevrait la lettre, sans rien envoyer.")
@click.option("--test", "test", metavar="ADRESSE", help="N’envoyer qu’à cette adresse, en essai, sans l’inscrire.")
@click.option("--limit", type=Whole(1), metavar="N", default=None, help="S’arrêter après tant de messages.")
@click.option(
    "--segment", "segments", multiple=True, metavar="NOM", help="Au premier envoi : seulement ce groupe (répétable)."
)
@click.option(
    "--retry", type=click.Choice(["failed", "uncertain"]), help="Renvoyer d’abord les échecs ou les incertains."
)
@click.option("--pause", "order", flag_value="pause", help="Suspendre l’envoi en cours, où qu’il tourne.")
@click.option("--resume", "order", flag_value="resume", help="Reprendre un envoi suspendu.")
@click.option("--cancel", "order", flag_value="cancel", help="Abandonner pour de bon ce qui n’est pas parti.")
@json_option
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917 - the options of one command
    call: Call,
    issue: str,
    dry_run: bool,
    test: str | None,
    limit: int | None,
    segments: tuple[str, ...],
    retry: Literal["failed", "uncertain"] | None,
    order: Literal["pause", "resume", "cancel"] | None,
    as_json: bool,
) -> int:
    """Envoyer le numéro approuvé, une fois à chacun.

    Les images et la page de la lettre sont publiées d’abord : le message y renvoie.

    Relancer la commande reprend là où elle s’est arrêtée et n’envoie rien deux fois. Ctrl-C arrête proprement :
    ce qui est en route est fini, le reste attend. Code 6 : il reste des messages à envoyer.
    """
    publication = call.publication()
    if test:
        return _try_out(publication, issue, test)
    if order in {"pause", "cancel"}:
        return _order(publication, issue, order)
    before = publication.ledger.tally(issue)
    begun = bool(before.campaign)
    _refuse_segments(publication, segments, begun=begun)
    if dry_run:
        tally = publication.ledger.foresee(issue, segments=segments)
    else:
        _refuse_another(publication, issue, begun=begun)
        if order == "resume":
            publication.campaigns.resume(issue)
        if retry:
            _retry(publication, issue, retry, quiet=as_json)
        _publish(publication, issue)
        tally = _send(publication, issue, limit=limit, segments=segments, quiet=as_json)
        if tally.campaign == "done":
            publication.diary.mark(Mark(issue=issue, action=Step.SEND.value, at=publication.now()))
    left = 0 if dry_run else _left(tally)
    if as_json:
        document(tally)
    else:
        _tell(publication, tally, before, left=left)
    if left:
        return exits.SENDING
    held = tally.counts[DeliveryState.UNCERTAIN] and tally.campaign != "cancelled"
    return exits.FOUND if held and not dry_run else exits.DONE


def _tell(publication: Publication, tally: Tally, before: Tally, *, left: int) -> None:
    """Say where the sending stands, and what a person may do."""
    issue = tally.issue
    already = "déjà " if before.campaign and tally.counts == before.counts and not left else ""
    say(f"{issue} : {already}{sentence(tally)}.")
    if tally.campaign == "paused":
        say(f"En pause : {tally.why or 'à la demande d’une personne'}. « publisher send {issue} --resume » reprend.")
    elif left:
        say(f"Tout n’est pas parti : « publisher send {issue} » reprend, « publisher status » dit pourquoi.")
    for advice in next_steps(publication, tally):
        say(f"{advice[0].upper()}{advice[1:]}.")


def _refuse_segments(publication: Publication, segments: tuple[str, ...], *, begun: bool) -> None:
    """Refuse groups that nobody is in, and groups for an audience that is frozen already."""
    if not segments:
        return
    if begun:
        raise click.UsageError("l’envoi de ce numéro a commencé : ses destinataires ne changent plus. Ôtez --segment.")
    known = publication.roster.segments()
    missing = [name for name in segments if name not in known]
    if missing:
        there = ", ".join(known) or "aucun"
        raise click.UsageError(f"personne n’est dans le groupe « {missing[0]} ». Les groupes : {there}.")


def _refuse_another(publication: Publication, issue: str, *, begun: bool) -> None:
    """Refuse to send while the issue file is another than what was approved; once it has begun, only say so."""
    if not begun:
        publication.press.refuse_changed(issue)
    elif publication.press.changed_since_approval(issue):
        warn("Attention : le fichier du numéro a changé depuis l’approbation. C’est la version approuvée qui part.")


def _publish(publication: Publication, issue: str) -> None:
    """Publish what the message points at, before anybody reads it; without an approval the sending says so itself."""
    from publisher.stages.publish import publish  # noqa: PLC0415

    if publication.editions.approved(issue) is not None:
        publish(publication.editions, publication.press.published_files, publication.outlet)


def _send(publication: Publication, issue: str, *, limit: int | None, segments: tuple[str, ...], quiet: bool) -> Tally:
    from publisher.scheduler import stopping_on_signals  # noqa: PLC0415
    from publisher.stages.send import send  # noqa: PLC0415

    stop = threading.Event()
    waiting = _left(publication.ledger.foresee(issue, segments=segments))
    ports = publication.ports(stop=stop.is_set, tell=warn, segments=segments)
    with stopping_on_signals(stop), progress("Envoi", waiting or None, quiet=quiet) as step:
        return send(issue, ports, limit=limit, stop=stop.is_set, progress=step)


def _left(tally: Tally) -> int:
    from publisher.delivery import PENDING  # noqa: PLC0415

    waiting = sum(tally.counts.get(state, 0) for state in PENDING)
    # Where the uncertain go again the campaign runs on for their sake alone.
    return waiting or (tally.counts.get(DeliveryState.UNCERTAIN, 0) if tally.campaign == "running" else 0)


def _retry(publication: Publication, issue: str, state: Literal["failed", "uncertain"], *, quiet: bool) -> None:
    again = publication.campaigns.retry(issue, DeliveryState(state))
    rest = " Les adresses qui n’existent pas n’en sont pas." if state == "failed" else ""
    if not quiet:
        say(f"{counted(again, 'message')} à renvoyer.{rest}")


def _order(publication: Publication, issue: str, order: Literal["pause", "resume", "cancel"]) -> int:
    if order == "pause":
        publication.campaigns.pause(issue, "à la demande d’une personne")
        say(f"L’envoi du numéro {issue} est suspendu. « publisher send {issue} --resume » reprend.")
    else:
        given_up = publication.campaigns.cancel(issue)
        left = counted(given_up, "message ne partira pas", "messages ne partiront pas")
        say(f"L’envoi du numéro {issue} est abandonné : {left}.")
    return exits.DONE


def _try_out(publication: Publication, issue: str, address: str) -> int:
    """Send the edition as it stands to one address; an issue that nobody approved yet can be tried too."""
    from publisher.message import Outcome  # noqa: PLC0415
    from publisher.stages.send import try_out  # noqa: PLC0415

    approval = publication.editions.approved(issue)
    edition = approval.edition if approval else publication.press.compose(issue).edition
    result = try_out(edition, address, publication.ports())
    if result.outcome is Outcome.SENT:
        say(f"Essai envoyé à {address}. Son lien de désinscription ne désinscrit personne.")
        return exits.DONE
    said = result.text or result.outcome.value
    if result.outcome is Outcome.UNCERTAIN:
        say(f"On ne sait pas si l’essai vers {address} est parti : le relais {said}.")
    else:
        say(f"L’essai vers {address} n’est pas parti : {said}.")
    return exits.SENDING
