"""Imports: every line has its verdict, a dry run writes nothing, and nobody who left comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ContentError, Fault
from publisher.store import roster_csv
from publisher.store.roster import Roster
from publisher.store.roster_import import import_csv
from publisher.subscriber import Subscriber, SubscriberState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

FILE = """\
Courriel;Nom;Groupes;Statut
nouvelle@ville.example;Awa Diop;élus|presse;actif
Connue@Ville.example;Jean;agents;
partie@ville.example;;;actif
interdite@ville.example;;;
pas une adresse;;;
NOUVELLE@ville.example;Awa;agents;
;Sans adresse;;

autre@ville.example;;;ami
"""


@pytest.fixture
def roster(engine: Engine, now: datetime) -> Roster:
    """Return a roster that knows one person, one who left and one who is suppressed."""
    roster = Roster(engine)
    people = (
        Subscriber(id=0, address="connue@ville.example", token="", state=SubscriberState.ACTIVE),
        Subscriber(id=0, address="partie@ville.example", token="", state=SubscriberState.UNSUBSCRIBED),
    )
    roster.add(people, now)
    roster.suppress(["interdite@ville.example"], "complaint", now)
    return roster


@pytest.mark.parametrize("dry_run", [True, False])
def test_every_line_has_its_verdict(roster: Roster, now: datetime, dry_run: bool) -> None:
    """The report is the same in a dry run, which writes nothing."""
    report = import_csv(FILE.encode(), "liste.csv", roster, now=now, dry_run=dry_run)
    assert [(line.line, line.verdict) for line in report.lines] == [
        (2, "new"),
        (3, "known"),
        (4, "left"),
        (5, "suppressed"),
        (6, "fault"),
        (7, "double"),
        (8, "fault"),
        (10, "fault"),
    ]
    assert report.written is not dry_run
    assert sum(report.counts.values()) == 8
    person = roster.find("nouvelle@ville.example")
    assert (person is None) is dry_run
    if person is not None:
        assert (person.segments, person.state) == (("agents", "presse", "élus"), SubscriberState.ACTIVE)
    assert roster.find("interdite@ville.example") is None
    left = roster.find("partie@ville.example")
    assert left is not None
    assert left.state is SubscriberState.UNSUBSCRIBED


def test_faults_say_file_line_and_what(roster: Roster, now: datetime) -> None:
    """A person finds the faulty line from the report alone."""
    report = import_csv(FILE.encode(), "liste.csv", roster, now=now, dry_run=True)
    faults = [line.text for line in report.lines if line.verdict == "fault"]
    assert faults == [
        "liste.csv:6 : «\u00a0pas une adresse\u00a0» n’est pas une adresse de courriel. Elle contient une espace.",
        "liste.csv:8 : l’adresse manque.",
        (
            "liste.csv:10 : l’état «\u00a0ami\u00a0» est inconnu. "
            "Un de pending, active, unsubscribed, bounced, complained."
        ),
    ]


@pytest.mark.parametrize(
    "octets",
    [
        "email,nom\na@a.example,Zoé\n".encode(),
        "\ufeffEmail;Nom\r\na@a.example;Zoé\r\n".encode(),
        "E-mail\tnom\na@a.example\tZoé\n".encode("cp1252"),
        b'"adresse"\n"a@a.example"\n',
    ],
    ids=["utf-8 comma", "bom semicolon crlf", "cp1252 tab", "quoted, address only"],
)
def test_files_as_spreadsheets_write_them(octets: bytes) -> None:
    """Separator, encoding and line ends are found, not asked for."""
    (row,) = roster_csv.read(roster_csv.decode(octets), "a.csv")
    assert isinstance(row, roster_csv.Row)
    assert row.subscriber.address == "a@a.example"
    assert row.subscriber.name in {"Zoé", ""}
    assert row.subscriber.state is SubscriberState.PENDING


@pytest.mark.parametrize("text", ["", "nom;prénom\nAwa;Diop\n", "a@a.example\n"])
def test_a_file_without_an_address_column_is_refused(text: str) -> None:
    """No header, no import: a first person taken for a header would be lost."""
    with pytest.raises(ContentError, match="adresse"):
        list(roster_csv.read(text, "a.csv"))


def test_a_name_is_no_formula_when_exported_and_comes_back(engine: Engine, now: datetime) -> None:
    """A spreadsheet shows the name and runs nothing; an import gives the same name."""
    person = Subscriber(id=0, address="a@a.example", token="secret-token", name="=1+1", segments=("x", "y"))
    text = "".join(roster_csv.write([person]))
    assert text == "address;name;language;state;segments\r\na@a.example;'=1+1;fr;pending;x|y\r\n"
    report = import_csv(text.encode(), "a.csv", Roster(engine), now=now, dry_run=False)
    assert report.counts["new"] == 1
    (back,) = Roster(engine).subscribers()
    assert (back.name, back.segments, back.state) == (person.name, person.segments, person.state)


SPOILT = """\
adresse;nom;état
a@a.example;"Anne;actif
b@b.example;Bob;actif
c@c.example;Chloé "Clo" Petit;actif
d@d.example;"Dina "Di" Roy";actif
e@e.example;"Élu
en deux lignes";actif
f@f.example;"Fin;actif
g@g.example;Guy;actif
"""


def test_a_quotation_mark_that_is_never_closed_swallows_nobody(roster: Roster, now: datetime) -> None:
    """Only the line with the stray mark is refused, with its number; who stands below is read."""
    report = import_csv(SPOILT.encode(), "a.csv", roster, now=now, dry_run=False)
    assert [line.line for line in report.lines if line.verdict == "fault"] == [2, 5, 8]
    assert [line.address for line in report.lines if line.verdict == "new"] == [f"{x}@{x}.example" for x in "bceg"]
    broken = roster.find("e@e.example")
    assert broken is not None
    assert broken.name == "Élu en deux lignes"


def test_a_note_on_several_lines_is_no_swallowed_person() -> None:
    """A column of notes that quotes mails is passed over."""
    text = 'adresse;notes\na@a.example;"appelée le 3\nécrire à b@b.example"\nc@c.example;\n'
    found = [each.subscriber.address for each in roster_csv.read(text, "a.csv") if isinstance(each, roster_csv.Row)]
    assert found == ["a@a.example", "c@c.example"]


@pytest.mark.parametrize(
    "address", ["\u202aa@a.example\u202c", "\u200ba@a.example", "a@a.example\u00a0", "\ufeffa@a.example"]
)
def test_what_nobody_sees_in_an_address_is_no_part_of_it(address: str) -> None:
    """Address books leave directions and zero widths behind when one copies from them."""
    (row,) = roster_csv.read(f"adresse\n{address}\n", "a.csv")
    assert isinstance(row, roster_csv.Row)
    assert row.subscriber.address == "a@a.example"


@pytest.mark.parametrize("address", ["a b@a.example", "a\u00a0b@a.example", "a@a.example b@b.example"])
def test_a_space_in_an_address_is_told(address: str) -> None:
    """It may be one that cannot be told from others by sight."""
    (fault,) = roster_csv.read(f"adresse;nom\n{address};A\n", "a.csv")
    assert isinstance(fault, Fault)
    assert "espace" in fault.remedy


@pytest.mark.parametrize(
    ("said", "language"), [("FR", "fr"), ("Français", "fr"), ("", "fr"), ("en_GB", "en-gb"), ("klingon tlh", "")]
)
def test_languages_are_tags(said: str, language: str) -> None:
    """A language is a tag (RFC 5646) in small letters, or its line is refused."""
    (row,) = roster_csv.read(f"adresse;langue\na@a.example;{said}\n", "a.csv")
    assert (row.subscriber.language if isinstance(row, roster_csv.Row) else "") == language


def test_text_of_unicode_spreadsheets_is_read() -> None:
    """« Texte Unicode » is UTF-16 with a mark and tabs."""
    octets = "Adresse\tNom\r\na@a.example\tZoé\r\n".encode("utf-16")
    (row,) = roster_csv.read(roster_csv.decode(octets), "a.csv")
    assert isinstance(row, roster_csv.Row)
    assert row.subscriber.name == "Zoé"


LEFT_ELSEWHERE = """\
adresse;état
connue@ville.example;désinscrit
Neuve@ville.example;actif
neuve@ville.example;plainte
partie@ville.example;en erreur
"""


def test_who_left_elsewhere_has_left_here_too(roster: Roster, now: datetime) -> None:
    """The old system's list of those who left is believed about people who are here; who left stays as they left."""
    report = import_csv(LEFT_ELSEWHERE.encode(), "a.csv", roster, now=now, dry_run=True)
    assert [line.verdict for line in report.lines] == ["leaves", "new", "double", "left"]
    assert roster.counts()["active"] == 1
    import_csv(LEFT_ELSEWHERE.encode(), "a.csv", roster, now=now, dry_run=False)
    assert {person.address: person.state for person in roster.subscribers()} == {
        "connue@ville.example": SubscriberState.UNSUBSCRIBED,
        "partie@ville.example": SubscriberState.UNSUBSCRIBED,
        "Neuve@ville.example": SubscriberState.COMPLAINED,
    }


@given(
    st.sampled_from(["", "'", "''"]),
    st.sampled_from(["=1+1", "+33", "-x", "@y", "O'Hara", "plain"]),
)
def test_what_a_spreadsheet_must_not_run_comes_back_the_same(before: str, cell: str) -> None:
    """Whatever a name, an address or a segment begins with, an export and an import give it back."""
    local = (before + cell).replace("@", "")
    person = Subscriber(id=0, address=f"{local}@a.example", token="t", name=before + cell, segments=(before + cell,))
    text = "".join(roster_csv.write([person]))
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines()[1:])
    (row,) = roster_csv.read(text, "a.csv")
    assert isinstance(row, roster_csv.Row)
    back = row.subscriber
    assert (back.address, back.name, back.segments) == (person.address, person.name, person.segments)


@given(st.text(max_size=300))
def test_any_text_gives_rows_or_faults(text: str) -> None:
    """Whatever stands in the file, every line is a row, a fault, or the whole is refused in words."""
    try:
        found = list(roster_csv.read("adresse;nom\n" + text, "a.csv"))
    except ContentError:
        return
    assert all(isinstance(each, roster_csv.Row | Fault) for each in found)
