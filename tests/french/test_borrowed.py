"""What the system, the TOML parser and the counts say, in French."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import tomllib

import pytest

from publisher.french import counted, curled, number, system, tied, toml

BROKEN = (
    'a = "b',
    "a = 'b",
    'a = """b',
    "a = '''b",
    "a = [1, 2",
    "a = {b = 1",
    "a 1",
    "a = ",
    "a = oui",
    "é = 1",
    "[a",
    "[[a]",
    "[a]\n[a]",
    "a = 1\na = 2",
    "a = 1 2",
    "a = 2026-02-31",
    'a = "\\é"',
    'a = "\\u12"',
    'a = "\\ud800"',
    "a = {b = 1, b = 2}",
    "a = 1\n[a.b]",
    "a = 1\r2",
    "[[a]]\n[a]",
    'a = "x\ny"',
    "a.b = 1\na = 2",
    "= 1",
    "* 1",
)


@pytest.mark.parametrize("text", BROKEN)
def test_every_fault_of_toml_has_a_french_clause(text: str) -> None:
    """No message of the parser is unknown to the table, so that no English reaches an editor."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    clause, line, _ = toml(str(caught.value))
    assert not clause.startswith("le TOML est faux"), str(caught.value)
    assert line in {0, 1, 2}


def test_the_parser_s_place_is_kept_and_unknown_words_are_framed() -> None:
    """Line and column come apart; later wordings of the parser, with other quotation marks, read the same."""
    assert toml("Expected '=' after a key in a key/value pair (at line 3, column 7)")[1:] == (3, 7)
    assert toml('Expected "=" after a key (at line 3, column 7)')[0] == "il manque « = » après le nom"
    assert toml("Something new (at end of document)") == ("le TOML est faux («\u00a0Something new\u00a0»)", 0, 0)


def test_a_refusal_of_the_system_is_french_and_an_unknown_one_is_framed() -> None:
    """The usual errno have a clause of their own; another one stands quoted in a French sentence."""
    assert system(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == "le disque est plein"
    assert system(PermissionError(errno.EACCES, "Permission denied")) == "vous n’en avez pas le droit"
    assert system(OSError(errno.EPROTO, "Protocol error")) == "le système répond «\u00a0Protocol error\u00a0»"
    assert system(OSError()) == "le système n’en dit pas la raison"
    assert system(TimeoutError()) == "le délai est dépassé"
    assert system(socket.gaierror(-2, "Name or service not known")) == "ce nom de machine est inconnu"
    assert "«" in system(ssl.SSLError(1, "[X509] no certificate"))


@pytest.mark.parametrize(
    ("value", "one", "many", "said"),
    [
        (0, "article", "", "0 article"),
        (1, "article placé", "", "1 article placé"),
        (2, "article placé", "", "2 articles placés"),
        (3, "message à renvoyer", "", "3 messages à renvoyer"),
        (12800, "avis", "", "12 800 avis"),
        (2, "appel à projets", "", "2 appels à projets"),
        (2, "message ne partira pas", "messages ne partiront pas", "2 messages ne partiront pas"),
    ],
)
def test_words_agree_with_their_number(value: int, one: str, many: str, said: str) -> None:
    """From two on words take their plural, none and one their singular, as French counts."""
    assert counted(value, one, many).replace("\u00a0", " ").replace("\u202f", " ") == said
    assert number(1234567) == "1\u202f234\u202f567"


def test_straight_apostrophes_are_curled_inside_words_only() -> None:
    """« l'eau » becomes « l’eau »; minutes, quotations and addresses stay."""
    assert curled("L'eau d'ici, l'« abri », qu'1") == "L’eau d’ici, l’« abri », qu’1"
    for text in ("5'30", "'cité'", "https://exemple.org/l'eau", "a@b.org'"):
        assert curled(text) == text


def test_spaces_are_tied_and_none_is_added() -> None:
    """A record of the DNS that is to be copied keeps its semicolons; a sentence gets its spaces tied."""
    assert tied("écrivez « v=DMARC1; p=none » ; puis : fin !") == (
        "écrivez «\u00a0v=DMARC1; p=none\u00a0»\u202f; puis\u00a0: fin\u202f!"
    )
    assert tied("a:b ; c") == "a:b\u202f; c"
