"""``publisher status``: where issues and sendings stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.arguments import issue_key
from publisher.cli.console import document, json_option, say, table
from publisher.cli.spoken import Command
from publisher.french import counted, number
from publisher.message import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.cli.app import Call
    from publisher.protocols import Tally
    from publisher.wiring import Publication

_WIDTH = 20
_LISTED = ("failed", "uncertain", "deferred", "excluded")

WORDS = {
    DeliveryState.PLANNED: ("à envoyer", "à envoyer"),
    DeliveryState.CLAIMED: ("en cours", "en cours"),
    DeliveryState.SENT: ("envoyé", "envoyés"),
    DeliveryState.DEFERRED: ("remis à plus tard", "remis à plus tard"),
    DeliveryState.FAILED: ("échoué", "échoués"),
    DeliveryState.UNCERTAIN: ("incertain", "incertains"),
    DeliveryState.EXCLUDED: ("exclu", "exclus"),
    DeliveryState.CANCELLED: ("annulé", "annulés"),
}


@click.command(
    "status",
    cls=Command,
    examples="""
    publisher status
    publisher status 2026-11 --who failed
    publisher status --json
    """,
)
@click.argument("issue", type=issue_key, metavar="[NUMÉRO]", required=False)
@click.option("--who", type=click.Choice(_LISTED), help="Nommer les personnes d’un numéro, avec la réponse du serveur.")
@json_option
@click.pass_obj
def command(call: Call, issue: str | None, who: str | None, as_json: bool) -> None:
    """Dire où en sont les numéros et les envois, ou un seul numéro."""
    from publisher import french  # noqa: PLC0415

    publication = call.publication()
    if who:
        _name(publication, issue, DeliveryState(who), as_json=as_json)
        return
    marks = publication.diary.marks()
    keys = sorted({*publication.shelf.keys(), *(mark.issue for mark in marks)})
    keys = [key for key in keys if issue in {None, key}]
    tallies = {key: publication.ledger.tally(key) for key in keys}
    if as_json:
        document({"marks": marks, "deliveries": tallies, "subscribers": publication.roster.counts()})
        return
    zone = publication.config.zone
    rows = []
    for key in keys:
        done = {mark.action: french.moment(mark.at.astimezone(zone)) for mark in marks if mark.issue == key}
        rows.append((key, done.get("drafted", "à la main"), done.get("approved", "non"), sentence(tallies[key])))
    if rows:
        table(("Numéro", "Préparé", "Approuvé", "Envois"), rows)
    else:
        say("Aucun numéro encore. « publisher collect », puis « publisher draft AAAA-MM ».")
    for key in keys:
        _details(key, tallies[key])
        for advice in next_steps(publication, tallies[key]):
            say(f"{key} : {advice}")
        if publication.press.changed_since_approval(key):
            say(f"{key} : le fichier a changé depuis l’approbation")
    say(f"{counted(publication.roster.counts().get('active', 0), 'abonné actif')}.")


def _details(key: str, tally: Tally) -> None:
    """Print how far it is, why messages are not out, what may have come twice, and how long the rest will take."""
    from publisher.delivery import said  # noqa: PLC0415

    if tally.campaign in {"running", "paused"}:
        say(f"{key} : {bar(tally)}")
    for reason, count in tally.reasons.items():
        say(f"{key} : {count} – {said(reason)}")
    if tally.campaign in {"paused", "cancelled"}:
        state = "en pause" if tally.campaign == "paused" else "abandonné"
        say(f"{key} : {state}{f' – {tally.why}' if tally.why else ''}")
    if tally.repeats:
        say(f"{key} : {counted(tally.repeats, 'peut-être reçu', 'peut-être reçus')} deux fois, sous le même Message-ID")
    if tally.seconds_left:
        say(f"{key} : encore {_duration(tally.seconds_left)} à ce rythme")


def _name(publication: Publication, issue: str | None, state: DeliveryState, *, as_json: bool) -> None:
    """Print who is in a state, why, and what the server answered."""
    from publisher.delivery import said  # noqa: PLC0415

    if issue is None:
        raise click.UsageError("de quel numéro ? Par exemple : publisher status 2026-11 --who failed.")
    found = publication.ledger.standings(issue, state)
    if as_json:
        document(found)
    elif found:
        rows = [(one.address, said(one.reason) if one.reason else "–", one.answer or "–") for one in found]
        table(("Adresse", "Raison", "Réponse du serveur"), rows)
    else:
        say(f"{issue} : personne.")


def bar(tally: Tally) -> str:
    """Return how far a sending is as a bar, in per cent and in numbers: out or given up, of all that were to go."""
    over = sum(tally.counts[state] for state in (DeliveryState.SENT, DeliveryState.FAILED))
    total = sum(tally.counts.values()) - tally.counts[DeliveryState.EXCLUDED] - tally.counts[DeliveryState.CANCELLED]
    part = over / total if total else 1.0
    full = int(part * _WIDTH)
    return f"{'█' * full}{'░' * (_WIDTH - full)} {int(part * 100)} % ({number(over)} sur {number(total)})"


def next_steps(publication: Publication, tally: Tally) -> Iterator[str]:
    """Yield what a person may do about messages that wait, or when they go again by themselves."""
    from publisher import french  # noqa: PLC0415

    key = tally.issue
    if tally.next_try is not None:
        yield f"prochain essai {french.moment(tally.next_try.astimezone(publication.config.zone))} au plus tôt"
    if not tally.counts.get(DeliveryState.UNCERTAIN):
        return
    if tally.campaign == "running" and publication.config.sending.uncertain == "resend":
        yield f"les incertains repartent au prochain « publisher send {key} », sous le même Message-ID"
    elif tally.campaign != "cancelled":
        yield (
            f"les incertains attendent quelqu’un : « publisher status {key} --who uncertain » les nomme, "
            f"« publisher send {key} --retry uncertain » les renvoie sous le même Message-ID ; sinon ils restent ainsi"
        )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "moins d’une minute"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - an hour


def sentence(tally: Tally) -> str:
    """Return the counts in words, states without rows left out."""
    said = [counted(count, *WORDS[state]) for state, count in tally.counts.items() if count]
    return ", ".join(said) if said else "aucun"
