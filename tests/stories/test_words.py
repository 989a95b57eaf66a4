"""What words, figures, names and days are found in French text: the evidence that stories are recognised by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.stories.words import bare, stem, together, words


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("cent vingt foyers", {120}),
        ("120 foyers et 3.000 vélos", {120, 3000}),
        ("4 000 repas, 4\u202f000 repas", {4000}),
        ("4 M€ ou 4 millions d'euros", {4_000_000}),
        ("1,5 million et 2 milliards", {1_500_000, 2_000_000_000}),
        ("quatre-vingt-dix-sept ans, soixante et onze", {97, 71}),
        ("deux cent mille", {200_000}),
        ("mille et une nuits, cinq-centième ouverture", {1001, 500}),
        ("un habitant, une commune", set()),
        ("le 12 mars 2026", set()),
        ("3 000 m²", {3000}),
    ],
)
def test_figures(text: str, figures: set[float]) -> None:
    """Figures written in digits, in letters and in millions are the same; years, days and lone articles are none."""
    assert words(text).figures == figures


def test_names() -> None:
    """Capitals inside a sentence are names, those that open one may be, a compound always is; sigles are told apart."""
    found = words("La commune de Valbrune accueille une SCIC. Saint-Aubin suit. Montfleury aussi")
    assert {"valbrun", "scic", "saint", "aubin"} <= found.names
    assert "montfle" in found.starts
    assert found.sigles == {"scic"}
    assert words("À L'Avise et d'Arvigny").names >= {"avise", "arvigny"}


def test_titles_in_capitals_hold_no_name() -> None:
    """A title typed in capitals is read in small letters, or every word would be a name."""
    assert words("UNE HALLE POUR VALBRUNE").names == frozenset()


def test_days_years_and_ordinals() -> None:
    """Days of a month, years and ordinals in words or figures are read apart from other figures."""
    found = words("La 7e édition, ou septième, et la deuxième, le 1er mars et le 14 juillet 2026")
    assert found.days == {(3, 1), (7, 14)}
    assert found.years == {2026}
    assert found.ordinals == {7, 2, 1} - {1}


def test_inflected_forms_meet() -> None:
    """Plural and gender do not separate words; « commune » and « commerce » stay apart."""
    assert stem(bare("coopératives")) == stem(bare("coopératif"))[:7]
    assert stem("commune") != stem("commerce")
    assert bare("Œuvre d’été, ÇA") == "oeuvre d'ete, ca"


def test_two_texts_together() -> None:
    """What a title and its text are made of is the sum of both."""
    title, text = words("Trente vélos à Valbrune"), words("Le 3 mars, Ombreval prête 30 vélos")
    both = together(title, text)
    assert both.stems == title.stems + text.stems
    assert both.figures == {30}
    assert both.days == {(3, 3)}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Any text gives words without an error, and the same each time."""
    assert words(text) == words(text)
