"""Facts about foreign text made safe and plain."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import clean

CORPUS = Path(__file__).parent.parent / "corpus" / "clean"
FUNCTIONS = {
    "credits": lambda given: list(clean.credits(given)),
    "line": lambda given: (
        [str(clean.sort_line(given).rule.kind), clean.sort_line(given).said]  # type: ignore[union-attr]
        if clean.sort_line(given)
        else []
    ),
    "meaningful_alt": clean.meaningful_alt,
    "mend": clean.mend,
    "printable": clean.printable,
    "safe": lambda given: clean.safe(given, "https://site.example/dossier/"),
    "text": clean.text,
    "title_from_address": clean.title_from_address,
    "unescaped": clean.unescaped,
    "without_shortcuts": clean.without_shortcuts,
}


def cases() -> list[object]:
    """Return every case of the corpus: one file per function, its cases as tables."""
    found: list[object] = []
    for file in sorted(CORPUS.glob("*.toml")):
        data = tomllib.loads(file.read_text("utf-8"))
        found += [
            pytest.param(data["function"], case["given"], case["expected"], id=f"{file.stem}: {case['fact']}")
            for case in data["case"]
        ]
    return found


@pytest.mark.parametrize(("function", "given", "expected"), cases())
def test_corpus(function: str, given: str, expected: object) -> None:
    """Every oddity of the corpus comes out as its file says."""
    assert FUNCTIONS[function](given) == expected


def test_a_summary_that_fits_is_whole() -> None:
    """A text within the limit comes back as it is, on one line."""
    assert clean.summary("Deux lignes\nqui tiennent.", 40) == "Deux lignes qui tiennent."


def test_a_summary_ends_with_a_sentence_where_one_fits() -> None:
    """The cut falls after the last sentence that fits; an abbreviation ends none."""
    said = "La halle rouvre grâce à M. Ferrand. Vingt producteurs s’y installent dès le mois prochain."
    assert clean.summary(said, 50) == "La halle rouvre grâce à M. Ferrand."


def test_a_summary_is_cut_at_a_word() -> None:
    """Without a sentence that fits, the cut falls between two words and says so."""
    assert clean.summary("Une épicerie participative ouvre dans la halle", 30) == "Une épicerie participative…"


@given(st.text(), st.integers(min_value=0, max_value=200))
def test_a_summary_is_never_longer_than_asked(text: str, limit: int) -> None:
    """No text gives more than ``limit`` characters."""
    assert len(clean.summary(text, limit)) <= limit


@given(st.text())
def test_any_text_is_sorted(text: str) -> None:
    """No text makes a rule or a reader of words fail."""
    clean.mend(text)
    clean.unescaped(text)
    clean.credits(text)
    clean.meaningful_alt(text)
    clean.sort_line(text)
    clean.title_from_address(text)
    clean.without_shortcuts(text)


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *"<>&\"'/= ab",
            "<p>",
            "</p>",
            "<div>",
            "<ul><li>",
            "</ul>",
            "<a href='",
            "javascript:alert(1)",
            "'>",
            "<script>",
            "</script>",
            "<style>",
            "<img src=x onerror=a>",
            "<!--",
            "-->",
            "&lt;",
            "&#0;",
            "<svg>",
            "<table><tr><td>",
            "<b>",
            "<h1>",
            "\x00",
            "<iframe src=//x>",
            "<base href=//x>",
            "data:text/html,x",
            " style='x'",
        ],
    ),
    max_size=30,
).map("".join)


@given(FRAGMENTS)
def test_safe_leaves_nothing_that_acts(html: str) -> None:
    """Whatever comes in, nothing that acts and no foreign scheme comes out, and a second pass loses no word."""
    out = clean.safe(html, "https://site.example/")
    low = out.lower()
    tags = low.replace("&lt;", "")
    assert not any(f"<{name}" in tags for name in ("script", "style", "iframe", "svg", "base", "form", "object"))
    assert "onerror=" not in low.replace("&quot;", "") or "<img" not in low or "onerror" not in _attributes(low)
    assert 'href="javascript' not in low
    assert 'href="data' not in low
    assert clean.text(clean.safe(out)).split() == clean.text(out).split()


def _attributes(html: str) -> str:
    """Return what stands inside elements, without the values of attributes."""
    inside = "".join(part.split(">", 1)[0] for part in html.split("<")[1:])
    return "".join(inside.split('"')[::2])


def test_half_characters_go() -> None:
    """Half of a UTF-16 pair, which no encoding takes, is no reason to fail."""
    assert clean.safe("<p>a\ud800b</p>") == "<p>ab</p>"
    assert clean.printable("a\ud800b\uffff") == "ab"
    assert clean.safe("a\ud800 & b") == "a &amp; b"


def test_long_pages_keep_their_elements() -> None:
    """However many elements follow one another, only those nested too deep go."""
    html = "<h2>Titre</h2><p>Un <b>mot</b>.</p>" * 150
    assert clean.safe(html).count("<strong>") == 150
    assert "<strong>" not in clean.safe("<b>" * 300 + html)


def test_deep_nesting_costs_no_time() -> None:
    """A hundred thousand nested elements give their text without the square of their number in time."""
    assert clean.text("<span>" * 100_000 + "fond") == "fond"
    assert clean.text("<blockquote>" * 50_000 + "fond") == "fond"
    assert clean.text("".join(f"<b id={number}><p>" for number in range(20_000)) + "fond") == "fond"
    assert clean.text("<p>" + "<br>" * 50_000 + "fond") == "fond"
    assert clean.text("haut" + "<br> \n" * 50_000 + "fond") == "haut\n\nfond"
