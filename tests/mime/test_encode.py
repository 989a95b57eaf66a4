"""The bytes of a message: what a mail client reads in them, and what an SMTP server must not find in them."""

from __future__ import annotations

import email
import email.policy
import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest
from conftest import PARIS
from hypothesis import given
from hypothesis import strategies as st

from publisher import mime
from publisher.mime import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from publisher.edition import Edition
    from publisher.message import Delivery, Message

    Editions = Callable[..., Edition]
    Deliveries = Callable[..., Delivery]

SETTINGS = mime.Settings(
    from_name="Réseau",
    from_address="lettre@reseau.example",
    unsubscribe="https://lettre.reseau.example/d/",
    unsubscribe_mailto="stop@reseau.example",
)
HOSTILE = [
    "Zoé\r\nBcc: tout.le.monde@autre.example",
    "Zoé\n\n<script>alert(1)</script>",
    "@@unsubscribe@@ {{7*7}} {% raw %} ${HOME} %s",
    '"Zoé" <autre@autre.example>, encore',
    "Bureau (2e), couloir B; " * 12,
    "=?utf-8?q?d=C3=A9j=C3=A0?=",
    ".\r\n.\r\nQUIT",
    "\u202egnol\u202c",
    "é" * 10_000,
    "x" * 10_000,
    "\x00\x1b[31m\x85\u2028nul",
    "   ",
    "\ud800",  # last: no edition holds it
]


def parsed(message: Message) -> EmailMessage:
    """Return the message as the standard library's own parser reads it."""
    return email.message_from_bytes(message.data, policy=email.policy.SMTP)


def part(message: Message, subtype: str) -> str:
    """Return the decoded text of one part."""
    found = parsed(message).get_body((subtype,))
    assert found is not None
    return cast("str", cast("EmailMessage", found).get_content()).replace("\r\n", "\n")


def sound(message: Message) -> None:
    """Hold the message against what SMTP and RFC 5322 forbid."""
    head, _, body = message.data.partition(b"\r\n\r\n")
    assert b"\n" not in message.data.replace(b"\r\n", b"")
    assert b"\r" not in message.data.replace(b"\r\n", b"")
    assert b"\0" not in message.data
    assert message.data.endswith(b"\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert body.isascii()
    assert message.dot_safe
    assert not re.search(rb"(?m)^\.|^From ", message.data)
    assert not re.search(rb"(?m)[ \t]\r?$", body)


def test_both_parts_read_back_as_written(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """Text and HTML come back letter by letter, each personal part in its place, escaped in HTML only."""
    edition = edition_of()
    message = mime.encode(edition, letter).message(delivery_of(name="Zoé & <Cie>"))
    leave = "https://lettre.reseau.example/desinscription/jeton-7"
    manage = "https://lettre.reseau.example/preferences/jeton-7"
    assert part(message, "plain") == edition.text.replace("@@name@@", "Zoé & <Cie>").replace("@@unsubscribe@@", leave)
    expected = edition.html.replace("@@name@@", "Zoé &amp; &lt;Cie&gt;").replace("@@unsubscribe@@", leave)
    assert part(message, "html") == expected.replace("@@preferences@@", manage)
    sound(message)


def test_every_asked_header_is_there(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """The fields of the mailbox providers' rules stand in the message, with the values they ask for."""
    read = parsed(mime.encode(edition_of(), letter).message(delivery_of()))
    assert read["From"] == "Réseau des tiers-lieux <lettre@reseau.example>"
    assert read["To"] == "Zoé Lefèvre <zoe@mairie.example>"
    assert read["Reply-To"] == "Réseau des tiers-lieux <equipe@reseau.example>"
    assert read["Subject"] == "Lettre des tiers-lieux – Novembre 2026"
    assert read["Date"] == "Tue, 03 Nov 2026 09:00:00 +0100"
    assert read["List-Id"].endswith("<lettre.reseau.example>")
    assert read["List-Unsubscribe"].split(", ") == [
        "<https://lettre.reseau.example/desinscription/jeton-7>",
        "<mailto:desinscription@reseau.example?subject=jeton-7>",
    ]
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["List-Archive"] == "<https://lettre.reseau.example/>"
    assert read["List-Help"] == "<mailto:equipe@reseau.example?subject=aide>"
    assert read["Feedback-ID"] == "2026-11:lettre.reseau.example:newsletter:reseau-example"
    assert read["Content-Language"] == "fr"
    assert read["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert read["MIME-Version"] == "1.0"
    assert re.fullmatch(r"<2026-11\.[0-9a-f]{24}@reseau\.example>", read["Message-ID"])
    assert len(read.keys()) == len(set(read.keys()))


def test_same_input_same_bytes(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """Encoding twice gives equal bytes; another recipient differs in the personal parts and the length alone."""
    first, second = (mime.encode(edition_of(), letter).message(delivery_of()) for _ in range(2))
    assert first == second
    other = mime.encode(edition_of(), letter).message(delivery_of(id=43, subscriber=8, token="jeton-8"))
    assert other.message_id != first.message_id
    assert len(other.data) == len(first.data)


def test_message_id_of_the_ledger_wins(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """A delivery that carries its Message-ID keeps it, so that a repeat is recognised."""
    message = mime.encode(edition_of(), letter).message(delivery_of(message_id="<donné@reseau.example>"))
    assert message.message_id == "<donné@reseau.example>"
    derived = mime.encode(edition_of(), letter).message(delivery_of())
    assert derived.message_id == mime.message_id("2026-11", "jeton-7", letter.domain)


def test_date_is_an_argument(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """The sending's nominal time, when given, is the Date; in summer its offset is Paris's."""
    when = datetime(2026, 7, 7, 7, 0, tzinfo=UTC).astimezone(PARIS)
    read = parsed(mime.encode(edition_of(), letter, date=when).message(delivery_of()))
    assert read["Date"] == "Tue, 07 Jul 2026 09:00:00 +0200"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_the_message(
    name: str, letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """Line breaks, template marks, markup, overrides and floods in a name add no header, no tag and no long line."""
    message = mime.encode(edition_of(), letter).message(delivery_of(name=name))
    usual = parsed(mime.encode(edition_of(), letter).message(delivery_of()))
    read = parsed(message)
    sound(message)
    assert read.keys() == usual.keys()
    assert [address.addr_spec for address in read["To"].addresses] == ["zoe@mairie.example"]
    assert "<script" not in part(message, "html")
    assert part(message, "plain").count("https://lettre.reseau.example/desinscription/") == 1


@pytest.mark.parametrize("subject", HOSTILE[:-1])
def test_no_subject_breaks_the_message(
    subject: str, letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """A subject can add no header; what is readable of it is read back."""
    message = mime.encode(edition_of(subject=subject), letter).message(delivery_of())
    sound(message)
    assert "Bcc" not in parsed(message)
    assert parsed(message)["Message-ID"]


def test_long_subject_is_folded_and_whole(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """A subject of 300 accented characters is folded at 76 octets and read back whole."""
    subject = " ".join(["Économie circulaire à l’échelle des intercommunalités"] * 6)
    message = mime.encode(edition_of(subject=subject), letter).message(delivery_of())
    assert parsed(message)["Subject"] == subject
    field = re.search(rb"Subject:.*?\r\n(?! )", message.data, re.DOTALL)
    assert field is not None
    assert max(map(len, field[0].split(b"\r\n"))) <= 76


def test_settings_cannot_inject_either(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """A line break in the configuration's own names and addresses stays inside its field."""
    bad = replace(
        letter,
        from_name="Réseau\r\nBcc: a@autre.example",
        archive="https://a.example/\r\nX-Plus: 1",
        help="mailto:a@a.example>\r\nX-Plus: 1",
        list_id="liste\r\nX-Plus: 1",
        feedback_id="a\r\nX-Plus: 1",
        unsubscribe_mailto="a@a.example>\r\nX-Plus: 1",
        unsubscribe="https://a.example/>\r\nX-Plus: 1",
    )
    message = mime.encode(edition_of(language="fr\r\nX-Plus: 1"), bad).message(delivery_of(token="a\r\nX-Plus: 1"))
    sound(message)
    assert not re.search(rb"(?m)^(X-Plus|Bcc)", message.data)


def test_a_long_line_and_leading_dots(edition_of: Editions, delivery_of: Deliveries) -> None:
    """A line of 60,000 characters, dots wherever a line may start and spaces at line ends survive."""
    text = ". .. ...\n" * 30 + "." * 6000 + "\n" + "From " * 2000 + "\nfin \t \n" + "é.=" * 5000 + "\n\n\n"
    message = mime.encode(edition_of(text=text, html=f"<p>{text}</p>"), SETTINGS).message(delivery_of())
    sound(message)
    assert part(message, "plain") == text
    assert part(message, "html") == f"<p>{text}</p>\n"


@given(
    st.text(alphabet=st.sampled_from("a.=é \t\nF€😀@") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=400)
)
def test_any_text_reads_back(text: str) -> None:
    """Quoted-printable gives back any text, with a slot before, between and after."""
    pieces, keys = quoted.encode(f"@@name@@{text}@@name@@@@unsubscribe@@", ("name", "unsubscribe"))
    value = "Zoé. =20"
    octets = pieces[0]
    for key, constant in zip(keys, pieces[1:], strict=True):
        octets += quoted.piece(value if key == "name" else "") + constant
    assert keys == ("name", "name", "unsubscribe")
    assert all(len(line) <= 76 for line in octets.split(b"\r\n"))
    assert not re.search(rb"(?m)^\.|^From |  |\t|[ ]\r$", octets)
    wrapped = email.message_from_bytes(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + octets)
    decoded = cast("bytes", wrapped.get_payload(decode=True)).decode()
    assert decoded.replace("\r\n", "\n") == f"{value}{text}{value}\n"


def test_a_slot_stands_on_lines_of_its_own(edition_of: Editions, delivery_of: Deliveries) -> None:
    """Two recipients' messages differ only on the lines of the slots and of the personal fields."""
    encoded = mime.encode(edition_of(), SETTINGS)
    lines = [
        encoded.message(delivery_of(name=name, token=token)).data.split(b"\r\n")
        for name, token in (("Zoé", "a"), ("Tim", "b"))
    ]
    differing = [pair for pair in zip(*lines, strict=True) if pair[0] != pair[1]]
    assert (b"https://lettre.reseau.example/d/a=", b"https://lettre.reseau.example/d/b=") in differing
    assert (b"Zo=C3=A9=", b"Tim=") in differing
    assert all(b"Bonjour" not in line for pair in differing for line in pair)


def test_html_escapes_quotes_in_personal_parts(edition_of: Editions, delivery_of: Deliveries) -> None:
    """A quote in a name cannot leave an attribute."""
    edition = edition_of(html='<a title="@@name@@" href="@@unsubscribe@@">x</a>\n')
    message = mime.encode(edition, SETTINGS).message(delivery_of(name='" onload="x', token='"><b>'))
    assert 'title="' + html.escape('" onload="x') + '"' in part(message, "html")
    assert "%22%3E%3Cb%3E" in part(message, "html")
