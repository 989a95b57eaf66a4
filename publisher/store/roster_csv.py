"""Subscribers as CSV, as spreadsheets write it and read it. It opens nothing and knows no database.

Columns are found by their header, in French or English; only the address is needed. A line that cannot be read costs
no other line: a quotation mark that is never closed does not swallow what follows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
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
    "active": ("active", "actif", "abonné", "abonnée", "subscribed"),
    "pending": ("pending", "en attente", "à confirmer"),
    "unsubscribed": ("unsubscribed", "désinscrit", "désinscrite", "désabonné", "désabonnée"),
    "bounced": ("bounced", "en erreur", "bounce"),
    "complained": ("complained", "plainte", "spam"),
}
_FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet would run when a cell begins with it (CWE-1236)."""
_LANGUAGES = {"français": "fr", "francais": "fr", "french": "fr", "anglais": "en", "english": "en"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[0-9a-z]{2,8})*")
"""A language tag as RFC 5646 writes it, in small letters."""
_OURS = ";"
"""What French spreadsheets expect between cells; others ask."""
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that could be read; ``line`` counts from 1, header included."""

    line: int
    subscriber: Subscriber


def decode(octets: bytes) -> str:
    """Return the text: UTF-16 or UTF-8 by its mark, UTF-8, else Windows-1252 as older spreadsheets write."""
    try:
        if octets.startswith((b"\xff\xfe", b"\xfe\xff")):  # « Texte Unicode »
            return octets.decode("utf-16")
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


def read(text: str, file: str, *, state: SubscriberState = SubscriberState.PENDING) -> Iterator[Row | Fault]:
    """Yield each line as a row or as the fault that it is; empty lines are passed over.

    ``state`` is for lines that say none. Raises ``ContentError`` when there is no header with an address column.
    """
    records = _records(list(io.StringIO(text, newline="")), _delimiter(text))
    _, header = next(records, (1, None))
    columns = _columns(header or (), file)
    for line, cells in records:
        if cells is None:
            said = "les guillemets de cette ligne ne se referment pas\u00a0: elle n’est pas lue."
            yield Fault(place=file, line=line, text=said, remedy="Ôtez-les, ou doublez ceux qui sont dans le nom.")
        elif any(cell.strip() for cell in cells):
            yield _row(cells, columns, file, line, state)


def write(subscribers: Iterable[Subscriber]) -> Iterator[str]:
    """Yield the lines of a CSV file, header first, that ``read`` takes back. Tokens are secrets and stay here."""
    yield _OURS.join(COLUMNS) + "\r\n"
    for person in subscribers:
        cells = (person.address, person.name, person.language, person.state.value, "|".join(person.segments))
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=_OURS).writerow(map(_guarded, cells))
        yield buffer.getvalue()


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the number of its last line and the cells of each record, no cells for a line whose quotes do not match.

    The line after such a one begins a new record, whatever the quotes promised.
    """
    begin = 0
    while begin < len(lines):
        rest = (lines[number] for number in range(begin, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        read = 0
        try:
            for cells in reader:
                if reader.line_num - read > 1 and _swallowed(cells, delimiter):
                    break
                read = reader.line_num
                yield begin + read, cells
            else:
                return
        except csv.Error:
            pass
        begin += read + 1
        yield begin, None


def _swallowed(cells: Sequence[str], delimiter: str) -> bool:
    """Say whether a cell holds whole lines of other people: their address and what stands around it."""
    return any(
        "@" in line and (delimiter in line or len(cells) == 1) for cell in cells for line in cell.splitlines()[1:]
    )


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
    values = {name: _unguarded(cells[place].strip()) if place < len(cells) else "" for name, place in columns.items()}
    address = _visible(values["address"]).strip()
    if not address:
        return Fault(place=file, line=line, text="l’adresse manque.")
    if not on_the_wire(address) or any(letter.isspace() and letter != " " for letter in address):
        text = f"«\u00a0{address[:_MOST]}\u00a0» n’est pas une adresse de courriel."
        spaced = any(letter.isspace() for letter in address)
        return Fault(place=file, line=line, text=text, remedy="Elle contient une espace." if spaced else "")
    said = values.get("state", "")
    standing = _state(said) if said else state
    if standing is None:
        choice = ", ".join(each.value for each in SubscriberState)
        return Fault(place=file, line=line, text=f"l’état «\u00a0{said}\u00a0» est inconnu.", remedy=f"Un de {choice}.")
    tongue = values.get("language", "").casefold().replace("_", "-")
    language = _LANGUAGES.get(tongue, tongue) or "fr"
    if not _LANGUAGE.fullmatch(language):
        text = f"la langue «\u00a0{tongue[:_MOST]}\u00a0» est inconnue."
        return Fault(place=file, line=line, text=text, remedy="Écrivez « fr », « en »…, ou rien.")
    segments = {part.strip() for part in re.split(r"[|;,]", values.get("segments", "")) if part.strip()}
    return Row(
        line=line,
        subscriber=Subscriber(
            id=0,
            address=address,
            token="",
            name=" ".join(_visible(values.get("name", "")).split()),
            language=language,
            state=standing,
            segments=tuple(sorted(segments)),
        ),
    )


def _state(said: str) -> SubscriberState | None:
    word = said.casefold()
    return next((SubscriberState(state) for state, words in _STATES.items() if word in words), None)


def _guarded(cell: str) -> str:
    """Return a cell that no spreadsheet runs; ``_unguarded`` gives the same cell back, whatever it began with."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def _visible(text: str) -> str:
    """Return the text without what nobody sees and address books leave behind: zero widths, directions, controls."""
    return "".join(letter for letter in text if letter.isspace() or not _unseen(letter))


def _unseen(letter: str) -> bool:
    joins = letter in {"\u200c", "\u200d"}  # some scripts need these two within a word
    return unicodedata.category(letter) in {"Cc", "Cf"} and not joins
