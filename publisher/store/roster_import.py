"""Imports people into the roster and says line by line what became of them; a dry run says it and writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from publisher.errors import Fault
from publisher.store import roster_csv
from publisher.store.people import fingerprint
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.store.roster import Roster

Verdict = Literal["new", "known", "leaves", "left", "suppressed", "double", "fault"]

_GONE = frozenset({SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED})

WORDS: Mapping[Verdict, str] = {
    "new": "nouvelle inscription",
    "known": "déjà inscrit",
    "leaves": "inscrit ici, parti selon ce fichier\u00a0: ne reçoit plus rien",
    "left": "s’est désinscrit ou ne répond plus\u00a0: laissé tel quel",
    "suppressed": "sur la liste de ceux à qui l’on n’écrit plus\u00a0: pas importé",
    "double": "déjà plus haut dans ce fichier",
    "fault": "ligne refusée",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one line of the file; ``text`` is a sentence for a person."""

    line: int
    verdict: Verdict
    address: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file. ``written`` is false for a dry run."""

    file: str
    lines: tuple[Line, ...]
    written: bool

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Return how many lines had each verdict; every line of the file has one."""
        found = Counter(line.verdict for line in self.lines)
        return {verdict: found[verdict] for verdict in WORDS}


def import_csv(  # noqa: PLR0913 - what an import is told
    octets: bytes,
    file: str,
    roster: Roster,
    *,
    now: datetime,
    dry_run: bool,
    state: SubscriberState = SubscriberState.PENDING,
) -> ImportReport:
    """Import the lines that can be read, leave alone those who left, and report every line.

    An import brings nobody back; that somebody left elsewhere it says of people who are here as well.
    ``state`` is for lines that say none: only somebody whose consent is known may come in as ``active``.
    A dry run gives the same report. Raises ``ContentError`` without an address column, and ``StoreError``.
    """
    lines: list[Line] = []
    people = []
    leaving: dict[SubscriberState, list[str]] = {}
    first: dict[str, int] = {}
    rows = list(roster_csv.read(roster_csv.decode(octets), file, state=state))
    standings = roster.standings(row.subscriber.address for row in rows if isinstance(row, roster_csv.Row))
    for row in rows:
        if isinstance(row, Fault):
            lines.append(Line(line=row.line, verdict="fault", text=str(row)))
            continue
        address, key = row.subscriber.address, fingerprint(row.subscriber.address)
        verdict = _verdict(standings.get(key, ""), row.subscriber.state, twice=key in first)
        text = f"{WORDS[verdict]} (ligne {first[key]})" if verdict == "double" else WORDS[verdict]
        lines.append(Line(line=row.line, verdict=verdict, address=address, text=text))
        first.setdefault(key, row.line)
        if verdict in {"new", "known", "double"}:  # the known and the doubles may bring segments
            people.append(row.subscriber)
        if verdict in {"leaves", "double"} and row.subscriber.state in _GONE:
            leaving.setdefault(row.subscriber.state, []).append(address)
    if not dry_run:
        roster.add(people, now)
        for gone, addresses in leaving.items():
            roster.withdraw(addresses, gone, now)
    return ImportReport(file=file, lines=tuple(lines), written=not dry_run)


def _verdict(standing: str, said: SubscriberState, *, twice: bool) -> Verdict:
    if standing == "suppressed":
        return "suppressed"
    if standing in _GONE:
        return "left"
    if standing and said in _GONE:
        return "leaves"
    if twice:
        return "double"
    return "known" if standing else "new"
