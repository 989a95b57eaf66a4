"""What editors write in Markdown, in the letter, on the page and in the text part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render import sampling

from publisher.links import Tagger
from publisher.render import prose
from publisher.render.anchors import Place, Register
from publisher.render.environment import wrap


def read(text: str) -> tuple[prose.Prose, Register]:
    """Return the prose and the links it registered."""
    register = Register(tagger=Tagger.for_issue(sampling.CAMPAIGN, "2026-11"))
    return prose.read(text, register, Place(line=7)), register


def test_links_are_tagged_in_the_letter_and_bare_on_the_page() -> None:
    """A link of the édito is tagged, numbered, registered with its line, and bare in the archive."""
    told, register = read("Lisez [le *récit*](https://a.example/x?y=1#z).")
    tagged = "https://a.example/x?y=1&utm_source=lettre&utm_medium=email&utm_campaign=lettre-2026-11#z"
    assert f'href="{tagged.replace("&", "&amp;")}"' in told.html
    assert 'href="https://a.example/x?y=1#z"' in told.page
    assert told.blocks[0].text == "Lisez le récit\u00a0[1]."
    assert [(link.text, link.tagged, link.line) for link in register.links] == [("le récit", tagged, 7)]


def test_raw_html_is_shown_and_never_run() -> None:
    """A tag typed in the text is escaped, in a paragraph or on a line of its own."""
    told, _ = read("Bonjour <script>alert(1)</script>\n\n<iframe src=x></iframe>")
    for shown in (told.html, told.page):
        assert "<script" not in shown
        assert "<iframe" not in shown
        assert "&lt;script&gt;" in shown


def test_a_link_that_nobody_should_follow_keeps_its_text_only() -> None:
    """javascript: gives no link at all."""
    told, register = read("Cliquez [ici](javascript:alert(1)) ou [là](/relatif).")
    assert "<a" not in told.html
    assert "là" in told.html
    assert register.links == []


def test_lists_and_headings_have_a_plain_form() -> None:
    """Bullets, numbers, nested items, quotations and headings are told in plain text; headings begin at h3."""
    told, _ = read("# Titre\n\n- un\n- deux\n    - sous\n\n3. trois\n4. quatre\n\n> cité")
    assert "<h3>Titre</h3>" in told.html
    assert [(block.lead, block.text) for block in told.blocks] == [
        ("", "Titre"),
        ("- ", "un"),
        ("- ", "deux"),
        ("  - ", "sous"),
        ("3. ", "trois"),
        ("4. ", "quatre"),
        ("> ", "cité"),
    ]


def test_french_spaces_are_set() -> None:
    """A colon gets its no-break space, and an address in the text is left alone."""
    told, _ = read("Attention : voici")
    assert "Attention\u00a0: voici" in told.html


def test_an_empty_text_is_no_prose() -> None:
    """Nothing written, nothing shown."""
    assert not read(" \n\n ")[0]


PIECES = [
    "- ",
    "1. ",
    "> ",
    "# ",
    "\n",
    "\n\n",
    "    ",
    "`",
    "**",
    "*",
    "_",
    "[a](https://a.example)",
    "[b](x)",
    "<b>",
    "!",
    "[",
    "](",
    ")",
    "<https://c.example/é>",
    "---",
    "```\n",
    "\\",
    "&amp;",
    "mot",
    "mot suivant",
    "@@name@@",
    "\t",
]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(MARKDOWN | st.text())
def test_any_text_is_told_three_times_over(text: str) -> None:
    """Whatever is typed, nothing raises, every link of the HTML is numbered in the text, and no slot appears."""
    told, register = read(text)
    assert told.html.count("<a ") == told.page.count("<a ")
    shown = "\n".join(block.text for block in told.blocks)
    for number in range(1, len({link.tagged for link in register.links}) + 1):
        assert f"[{number}]" in shown
    assert "@@name@@" not in told.html + told.page + shown


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("", "un deux\ntrois"),
        ("- ", "- un deux\n  trois"),
        ("> ", "> un deux\n> trois"),
        ("> - ", "> - un\n>   deux\n>   trois"),
        ("12. ", "12. un\n    deux\n    trois"),
    ],
)
def test_lines_after_the_first_are_set_in(lead: str, expected: str) -> None:
    """A list's mark stands once, a quotation's on every line; a no-break space does not break."""
    assert wrap("un deux trois", lead, 9) == expected
    assert wrap("un\u00a0deux\u00a0trois", lead, 9) == f"{lead}un\u00a0deux\u00a0trois"
