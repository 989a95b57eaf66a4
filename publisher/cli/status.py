"""``publisher status``: where issues and sendings stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.cli.console import document, json_option, say, table
from publisher.cli.spoken import Command
from publisher.french import counted
from publisher.message import DeliveryState

if TYPE_CHECKING:
    from publisher.cli.app import Call
    from publisher.protocols import Tally

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
    publisher status --json
    """,
)
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> None:
    """Dire où en sont les numéros et les envois."""
    from publisher import french  # noqa: PLC0415

    publication = call.publication()
    marks = publication.diary.marks()
    keys = sorted({*publication.shelf.keys(), *(mark.issue for mark in marks)})
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
        if publication.press.changed_since_approval(key):
            say(f"{key} : le fichier a changé depuis l’approbation")
    say(f"{counted(publication.roster.counts().get('active', 0), 'abonné actif')}.")


def _details(key: str, tally: Tally) -> None:
    """Print why messages are not out, what may have come twice, and how long the rest will take."""
    from publisher.delivery import said  # noqa: PLC0415

    for reason, count in tally.reasons.items():
        say(f"{key} : {count} – {said(reason)}")
    if tally.campaign in {"paused", "cancelled"}:
        state = "en pause" if tally.campaign == "paused" else "abandonné"
        say(f"{key} : {state}{f' – {tally.why}' if tally.why else ''}")
    if tally.repeats:
        say(f"{key} : {counted(tally.repeats, 'peut-être reçu', 'peut-être reçus')} deux fois, sous le même Message-ID")
    if tally.seconds_left:
        say(f"{key} : encore {_duration(tally.seconds_left)} à ce rythme")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "moins d’une minute"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - an hour


def sentence(tally: Tally) -> str:
    """Return the counts in words, states without rows left out."""
    said = [counted(count, *WORDS[state]) for state, count in tally.counts.items() if count]
    return ", ".join(said) if said else "aucun"
