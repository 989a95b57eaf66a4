"""What a command shows: tables that stay readable on a small terminal, in a pipe and without colours."""

from __future__ import annotations

import pytest

from publisher.cli.console import folded, laid_out, paragraph, say, table, warn

ROWS = (
    ("Source", "Nom", "Comment elle va"),
    ("rtes", "Réseau des territoires solidaires", "Relevée hier à 9\u00a0h, dernier article il y a 5 jours."),
    ("localtis", "Le Quotidien", "Ne se lit plus : https://quotidien.example/flux/localtis.xml ne répond pas."),
)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_table_fits_the_terminal_and_loses_no_word(width: int) -> None:
    """At any width no line is longer than the terminal, every sign is there, and no-break spaces do not break."""
    lines = [line for row in laid_out(ROWS, width) for line in row]
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    shown = "".join("".join(lines).split())
    for word in ("territoires", "5", "Quotidien"):
        assert word in shown
    assert any("9\u00a0h" in line for line in lines)


def test_figures_stand_to_the_right_and_rows_keep_their_order() -> None:
    """A column of figures is aligned on its right edge."""
    rows = [row[0] for row in laid_out((("Nom", "Nombre"), ("a", "1"), ("b", "200")), 60, right=(1,))]
    assert rows == ["Nom  Nombre", "a         1", "b       200"]


def test_a_pipe_gets_no_escape_and_sentences_keep_what_is_to_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    """Outside a terminal nothing is bold; spaces are tied, and none is put into a DNS record."""
    table(("Numéro", "État"), [("2026-11", "envoyé")])
    say("Publiez « v=DMARC1; p=none » : merci !")
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "«\u00a0v=DMARC1; p=none\u00a0»\u00a0: merci\u202f!" in told


def test_a_terminal_obeys_no_stranger(capsys: pytest.CaptureFixture[str]) -> None:
    """What came in a letter's subject moves no cursor and names no window; lines stay lines."""
    hostile = "objet \x1b]0;titre\x07\x1b[2J\x9b31m\r fin"
    table(("Décision", "Preuve"), [("à lire", hostile)])
    say(f"{hostile}\nsuite")
    warn(hostile)
    paragraph(hostile)
    told = "".join(capsys.readouterr())
    assert told.count("titre") == 4
    assert "fin\nsuite\n" in told
    assert all(sign.isprintable() for sign in told.replace("\n", ""))


def test_a_long_finding_is_broken_between_words_and_set_in() -> None:
    """No word and no address is cut, and the lines after the first stand further in."""
    text = "  erreur link-broken – 2026-11.md:31 (une) : https://reseau.example/articles/un-long-titre meurt."
    lines = folded(text, 40).split("\n")
    assert all(line.startswith("      ") for line in lines[1:])
    assert "https://reseau.example/articles/un-long-titre" in " ".join(lines)
    assert " ".join(text.split()) == " ".join(" ".join(lines).split())
