"""What a source changed is told to the editor in words: no field is left out, and a long text by what differs."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import edits, identity
from publisher.item import Event, Image, ItemData, Kind, Theme

PARIS = ZoneInfo("Europe/Paris")
TEXT = "<p>La foncière ouvre. Elle compte douze logements.</p><p>Le bail est signé.</p>"
START = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)
ITEM = ItemData(
    source="rtes",
    title="Une foncière ouvre",
    html=TEXT,
    published=datetime(2026, 10, 5, 10, 0, tzinfo=PARIS),
    event=Event(start=START, place="Lille"),
    themes=(Theme(name="Foncier"),),
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "Une foncière s’ouvre"}, "le titre : « Une foncière ouvre » devient « Une foncière s’ouvre »"),
        (
            {"html": TEXT.replace("douze", "quinze")},
            "le texte : « Elle compte douze logements. » devient « Elle compte quinze logements. »",
        ),
        ({"html": f"{TEXT}<p>Une visite est prévue.</p>"}, "le texte : ajout de « Une visite est prévue. »"),
        ({"html": TEXT.replace("<p>Le bail est signé.</p>", "")}, "le texte : retrait de « Le bail est signé. »"),
        ({"deadline": date(2026, 12, 1)}, "la date limite : ajout de « mardi 1er décembre 2026 »"),
        (
            {"event": Event(start=START, place="Lens")},
            "l’événement : « mardi 3 novembre 2026 à 9 h, Lille » devient « mardi 3 novembre 2026 à 9 h, Lens »",
        ),
        ({"themes": ()}, "les thèmes : retrait de « Foncier »"),
        ({"kind": Kind.CALL}, "le genre : « article » devient « appel »"),
        ({"members_only": True}, "la réserve aux adhérents : « non » devient « oui »"),
        ({"images": (Image(address="https://a.example/i.jpg"),)}, "les images : ajout de « https://a.example/i.jpg »"),
    ],
)
def test_an_edit_is_a_sentence(changes: dict[str, object], said: str) -> None:
    """The field is named as an editor names it; old and new stand beside each other."""
    (edit,) = edits.edits(ITEM, replace(ITEM, **changes), PARIS)  # type: ignore[arg-type]
    assert str(edit).replace("\u00a0", " ") == said
    assert edit.shows


def test_what_the_letter_does_not_show_is_no_news() -> None:
    """Another address or markup that reads the same is listed, and not told beside the letter."""
    after = replace(ITEM, address="https://site.example/x", html=TEXT.replace("<p>", "<p class='a'>"))
    found = edits.edits(ITEM, after, PARIS)
    assert [edit.field for edit in found] == ["html", "address"]
    assert str(found[0]) == "le texte : changement"
    assert edits.told(found) == ""


def test_a_text_and_its_summary_are_told_once() -> None:
    """The summary is the beginning of the text: its change is the text's."""
    before = replace(ITEM, summary="La foncière ouvre.")
    after = replace(before, summary="La foncière ferme.", html=TEXT.replace("ouvre", "ferme"))
    assert edits.told(edits.edits(before, after, PARIS)).count("devient") == 1


def test_every_field_that_can_change_has_a_name() -> None:
    """A field added to the record must be told too."""
    silent = {"via", "place", "guid", "remarks"}
    assert {spec.name for spec in fields(ItemData)} - silent == set(edits.NAMES)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_texts_can_be_compared(old: str, new: str) -> None:
    """Whatever a source says, each changed field is told in one line of bounded length."""
    before, after = replace(ITEM, title=old, html=old), replace(ITEM, title=new, html=new)
    found = edits.edits(before, after, PARIS)
    assert [edit.field for edit in found] == [name for name in edits.NAMES if name in identity.changes(before, after)]
    assert all(len(str(edit)) < 400 for edit in found)
