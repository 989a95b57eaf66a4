"""Subscribers as CSV, as spreadsheets write it and read it. It opens nothing and knows no database.

Columns are found by their header, in French or English; only the address is needed.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import ContentError, Fault
from publisher.mime.addresses import on_the_wire
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

COLUMNS = ("address", "name", "language", "state", "segments")

_HEADERS = {
    "address": ("address", "adresse", "email", "e-mail", "mail", "courriel", "adresse e-mail", "adresse mail"),
    "name": ("name", "nom", "nom complet", "prénom et nom"),
    "language": ("language", "langue"),
    "state": ("state", "état", "etat", "statut", "status"),
    "segments": ("segments", "segment", "groupes", "groupe", "listes", "liste"),
}
_STATES = {
    "active": ("active", "actif", "active", "abonné", "abonnée", "subscribed"),
    "pending": ("pending", "en attente", "à confirmer"),
    "unsubscribed": ("unsubscribed", "désinscrit", "désinscrite", "désabonné", "désabonnée"),
    "bounced": ("bounced", "en erreur", "bounce"),
    "complained": ("complained", "plainte", "spam"),
}
_FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet would run when a name begins with it (CWE-1236)."""
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that could be read; ``line`` counts from 1, header included."""

    line: int
    subscriber: Subscriber


def decode(octets: bytes) -> str:
    """Return the text: UTF-8 (with or without its mark), else Windows-1252 as older spreadsheets write."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def read(text: str, file: str, *, state: SubscriberState = SubscriberState.PENDING) -> Iterator[Row | Fault]:
    """Yield each line as a row or as the fault that it is; empty lines are passed over.

    ``state`` is for lines that say none. Raises ``ContentError`` when there is no header with an address column.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        header = next(lines, [])
        columns = _columns(header, file)
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield _row(cells, columns, f"{file}", lines.line_num, state)
    except csv.Error as error:
        yield Fault(place=file, line=lines.line_num, text=f"la suite ne se lit pas comme du CSV ({error}).")


def write(subscribers: Iterable[Subscriber]) -> Iterator[str]:
    """Yield the lines of a CSV file, header first, that ``read`` takes back. Tokens are secrets and stay here."""
    yield ",".join(COLUMNS) + "\r\n"
    for person in subscribers:
        cells = (person.address, _guarded(person.name), person.language, person.state.value, "|".join(person.segments))
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerow(cells)
        yield buffer.getvalue()


def _delimiter(text: str) -> str:
    """Return what separates the header's cells: French spreadsheets write semicolons."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(header: Sequence[str], file: str) -> Mapping[str, int]:
    """Return the place of each column that the header names."""
    said = [re.sub(r"\s+", " ", cell).strip().casefold() for cell in header]
    found = {column: place for column, names in _HEADERS.items() for place, name in enumerate(said) if name in names}
    if "address" not in found:
        fault = Fault(
            place=file,
            line=1,
            text="aucune colonne ne s’appelle «\u00a0adresse\u00a0», «\u00a0courriel\u00a0» ou «\u00a0email\u00a0».",
            remedy="Donnez ce nom à la colonne des adresses, sur la première ligne.",
        )
        raise ContentError("le fichier d’abonnés ne peut pas être lu.", [fault], place=file)
    return found


def _row(cells: Sequence[str], columns: Mapping[str, int], file: str, line: int, state: SubscriberState) -> Row | Fault:
    values = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    address = values["address"]
    if not address:
        return Fault(place=file, line=line, text="l’adresse manque.")
    if not on_the_wire(address):
        return Fault(place=file, line=line, text=f"«\u00a0{address[:_MOST]}\u00a0» n’est pas une adresse de courrier.")
    said = values.get("state", "")
    standing = _state(said) if said else state
    if standing is None:
        choice = ", ".join(each.value for each in SubscriberState)
        return Fault(place=file, line=line, text=f"l’état «\u00a0{said}\u00a0» est inconnu.", remedy=f"Un de {choice}.")
    segments = {part.strip() for part in re.split(r"[|;,]", values.get("segments", "")) if part.strip()}
    return Row(
        line=line,
        subscriber=Subscriber(
            id=0,
            address=address,
            token="",
            name=_unguarded(values.get("name", "")),
            language=values.get("language", "") or "fr",
            state=standing,
            segments=tuple(sorted(segments)),
        ),
    )


def _state(said: str) -> SubscriberState | None:
    word = said.casefold()
    return next((SubscriberState(state) for state, words in _STATES.items() if word in words), None)


def _guarded(name: str) -> str:
    return f"'{name}" if name.startswith(_FORMULA) else name


def _unguarded(name: str) -> str:
    return name[1:] if name.startswith("'") and name[1:].startswith(_FORMULA) else name
