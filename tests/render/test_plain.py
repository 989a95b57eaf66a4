"""Text from outside: what is dropped, what is kept, where it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.render import plain


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("deux\r\nlignes", "deux lignes"),
        ("a\u2028b\u2029c", "a b c"),
        ("nul\x00 et\x1b[31m rouge", "nul et[31m rouge"),
        ("gauche\u202edroite\u202c", "gauchedroite"),
        ("isol\u2066é\u2069", "isolé"),
        ("56\u00a0%", "56\u00a0%"),
        ("e\u0301te\u0301", "été"),
        ("fin\ufffe", "fin"),
        ("@@unsubscribe@@", "@\u200b@unsubscribe@@"),
    ],
)
def test_a_line_is_one_line_without_what_cannot_be_seen(given_: str, expected: str) -> None:
    """Breaks become spaces; control, direction and non-characters go; no-break spaces stay; slots are broken up."""
    assert plain.line(given_) == expected


@given(st.text())
def test_no_text_breaks_a_line_or_xml(text: str) -> None:
    """Whatever comes in, one line comes out that XML 1.0 can hold and that a second pass leaves alone."""
    shown = plain.line(text)
    assert len(shown.splitlines()) <= 1
    assert plain.line(shown) == shown
    assert all(char >= " " and char not in "\ufffe\uffff" and not 0xD800 <= ord(char) < 0xE000 for char in shown)


@given(st.text(), st.integers(min_value=3, max_value=400))
def test_a_cut_is_never_longer_than_asked(text: str, limit: int) -> None:
    """The cut text fits, and a text that fits already is not touched."""
    shown = plain.cut(text, limit)
    assert len(shown) <= limit
    if len(text) <= limit:
        assert shown == text


def test_a_cut_falls_after_a_sentence_or_a_word() -> None:
    """Whole sentences where they fill a third, else whole words and an ellipsis."""
    assert plain.cut("Une phrase. Une autre qui dépasse.", 20) == "Une phrase."
    assert plain.cut("Une seule phrase sans fin en vue", 20) == "Une seule phrase…"


def test_paragraphs_are_parted_by_an_empty_line() -> None:
    """One break is a space, two are a paragraph."""
    assert plain.paragraphs("un\ndeux\n\n\n trois\r\n\r\nquatre") == ("un deux", "trois", "quatre")
