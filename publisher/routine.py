"""What ``publisher run`` does at each tick: the sources every so often, then what the timetable says is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from publisher import french, timetable
from publisher.correspondence import answer
from publisher.stages.collect import collect
from publisher.stages.publish import publish
from publisher.stages.send import send
from publisher.stages.tick import tick

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from publisher.wiring import Publication


class Routine:
    """One publication's hands for ``stages.tick``."""

    def __init__(self, publication: Publication, *, tell: Callable[[str], None], stop: Callable[[], bool]) -> None:
        self._publication = publication
        self._tell = tell
        self._stop = stop
        self._collected: datetime | None = None
        self._paused = ("", "")

    def outlook(self, now: datetime) -> str:
        """Return the next issue's times in words."""
        config = self._publication.config
        (coming,) = timetable.occurrences(config.schedule, config.zone, now, 1)
        drafted, sent = french.moment(coming.draft_at), french.moment(coming.send_at)
        return f"En marche. Numéro {coming.issue} : préparé {drafted}, envoyé {sent} s’il est approuvé."

    def tick(self, now: datetime) -> None:
        """Do what is due at ``now``. Raises what went wrong, after what could be done was done."""
        config = self._publication.config
        every = timedelta(minutes=config.collect.every_minutes)
        if self._collected is None or not timedelta(0) <= now - self._collected < every:
            self._collected = now
            self.collect()
            self.read_returns()
        tick(
            now,
            settings=config.schedule,
            zone=config.zone,
            diary=self._publication.diary,
            hands=self,
            tell=self._tell,
        )

    def collect(self) -> None:
        """Read the sources and say what went wrong, source by source."""
        publication = self._publication
        report = collect(publication.collector(), publication.items, now=publication.now())
        for failed in report.failed:
            self._tell(f"{failed.source} : {failed.error}")

    def read_returns(self) -> None:
        """Read what came back, where there is a mailbox for it, and say what was decided."""
        if self._publication.config.bounces is None:
            return
        for decided in answer(self._publication):
            self._tell(f"retour – {decided.address or 'inconnu'} : {decided.reason}")

    def draft(self, issue: str) -> None:
        """Write the issue's file, unless there is one."""
        publication = self._publication
        if publication.shelf.exists(issue):
            return
        made = publication.draft(issue, publication.now())
        self._tell(f"Écrit : {made.file}")
        for said in publication.sick():
            self._tell(f"{issue} est peut-être incomplet – {said}")

    def ready(self, issue: str) -> None:
        """Refuse to begin while the issue file is another than what was approved. Raises ``ApprovalError``."""
        if not self._publication.ledger.tally(issue).campaign:
            self._publication.press.refuse_changed(issue)

    def send(self, issue: str) -> bool:
        """Publish the approved issue, which the message points at, send it, and say whether every message is out."""
        publication = self._publication
        if publication.ledger.tally(issue).campaign == "cancelled":
            self._tell(f"L’envoi du numéro {issue} a été abandonné par une personne : il ne reprend pas.")
            return True
        publish(publication.editions, publication.press.published_files, publication.outlet)
        tally = send(issue, publication.ports(stop=self._stop, tell=self._tell), stop=self._stop)
        if tally.campaign == "paused" and self._paused != (issue, tally.why):  # told once, not at each tick
            self._paused = (issue, tally.why)
            why = tally.why or "à la demande d’une personne"
            self._tell(f"{issue} : envoi en pause, {why}. « publisher send {issue} --resume » reprend.")
        return tally.campaign in {"done", "cancelled"}  # what is uncertain and goes again is not out yet
