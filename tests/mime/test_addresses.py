"""Addresses: what goes on the wire, what is refused, and VERP there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import mime
from publisher.mime import addresses
from publisher.mime.addresses import ReturnPath, check_of, on_the_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.edition import Edition
    from publisher.message import Delivery

    Editions = Callable[..., Edition]
    Deliveries = Callable[..., Delivery]


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("zoe@mairie.example", "zoe@mairie.example"),
        ("Zoe.Lefevre+lettre@Mairie.EXAMPLE", "Zoe.Lefevre+lettre@mairie.example"),
        ("o'neil@mairie.example", "o'neil@mairie.example"),
        ('"zoé, oui"@mairie.example', '"zoé, oui"@mairie.example'),
        ('"a \\" b"@mairie.example', '"a \\" b"@mairie.example'),
        ("zoe@forêt.example", "zoe@xn--fort-ipa.example"),
        ("zoe@straße.example", "zoe@xn--strae-oqa.example"),
        ("zoé@forêt.example", "zoé@xn--fort-ipa.example"),
        ("zoe@[192.0.2.1]", "zoe@[192.0.2.1]"),
        ("zoe@[IPv6:2001:db8::1]", "zoe@[IPv6:2001:db8::1]"),
    ],
)
def test_what_goes_on_the_wire(address: str, wire: str) -> None:
    """Odd but lawful addresses pass; a domain goes out in A-labels, the local part as it is."""
    assert on_the_wire(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "@mairie.example",
        "zoe@",
        "zoe@mairie..example",
        "zoe lefevre@mairie.example",
        "zoe@mairie.example\r\nDATA",
        "zoe\n@mairie.example",
        "zoe>@mairie.example",
        "zoe@-mairie.example",
        '"zoe"x@mairie.example',
        "x" * 65 + "@mairie.example",
        "zoe@" + ".".join(["x" * 63] * 4) + ".example",
        "zoe\x00@mairie.example",
        "\ud800@mairie.example",
        "zoe@-é.example",
        "zoe@\u0378.example",
        ".zoe@mairie.example",
    ],
)
def test_what_no_server_can_be_given(address: str) -> None:
    """Line breaks, bare spaces, empty or overlong parts: no address."""
    assert on_the_wire(address) == ""


@given(st.text(max_size=80))
def test_nothing_passes_with_a_line_break(text: str) -> None:
    """Whatever is typed, what passes has no control character and is a fixed point."""
    wire = on_the_wire(text + "@mairie.example")
    assert not any(ord(character) < 0x20 or ord(character) == 0x7F for character in wire)
    assert not wire or on_the_wire(wire) == wire


def test_return_path_there_and_back(delivery_of: Deliveries) -> None:
    """The envelope sender names the delivery; it is read back in any case of letters, with a check nobody can guess."""
    delivery = delivery_of()
    path = mime.return_path("retours@reseau.example", delivery)
    assert path.startswith("retours+2026-11.42.")
    read = mime.read_return_path(f"<{path.upper()}>", "retours@reseau.example")
    assert read == ReturnPath(issue="2026-11", delivery=42, check=check_of("2026-11", 42, "jeton-7"))
    assert mime.return_path("retours@reseau.example", delivery_of(token="autre")) != path
    assert len(path.partition("@")[0]) <= addresses.MAX_LOCAL


@pytest.mark.parametrize(
    "address",
    [
        "retours@reseau.example",
        "retours+2026-11.42@reseau.example",
        "retours+2026-11.x.00000000@reseau.example",
        "autre+2026-11.42.00000000@reseau.example",
        "retours+2026-11.42.00000000@autre.example",
        "",
    ],
)
def test_other_addresses_are_no_return_path(address: str) -> None:
    """What is not ours, or not whole, says nothing."""
    assert mime.read_return_path(address, "retours@reseau.example") is None


def test_the_relays_mark_goes_out_unsigned(
    letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """A relay that tells of bounces gets the delivery's mark in a field of its own, and can take that field off."""
    marked = mime.encode(edition_of(), replace(letter, mark_header="X-MJ-CustomID")).message(delivery_of()).data
    (line,) = (line for line in marked.split(b"\r\n") if line.startswith(b"X-MJ-CustomID: "))
    read = addresses.read_mark(line.partition(b": ")[2].decode())
    assert read is not None
    assert (read.issue, read.delivery) == ("2026-11", 42)
    assert marked.replace(line + b"\r\n", b"") == mime.encode(edition_of(), letter).message(delivery_of()).data


@pytest.mark.parametrize(
    "text", ["", "2026-11.42", "2026-11.42.9f3ac1d", "2026-11.٤٢.9f3ac1d2", f"x.{'9' * 5000}.9f3ac1d2"]
)
def test_other_texts_are_no_mark(text: str) -> None:
    """Whatever a stranger writes in its place is no mark."""
    assert addresses.read_mark(text) is None


def test_no_separator_no_verp(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """Where the receiving side knows no plus-addressing the bounce address stands alone."""
    assert mime.return_path("retours@reseau.example", delivery_of(), "") == "retours@reseau.example"
    assert mime.read_return_path("retours@reseau.example", "retours@reseau.example", "") is None
    message = mime.encode(edition_of(), letter).message(delivery_of())
    assert message.envelope_sender.startswith("retours+2026-11.42.")


def test_message_id_tells_one_pair_from_another() -> None:
    """Message-IDs differ by issue, subscriber and domain, and hide the subscriber's secret token."""
    ids = {
        mime.message_id(issue, token, domain)
        for issue in ("2026-11", "2026-12")
        for token in ("jeton-1", "jeton-11")
        for domain in ("a.example", "b.example")
    }
    assert len(ids) == 8
    assert not any("jeton" in identity for identity in ids)


def test_an_international_recipient_keeps_its_letters(
    letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """A local part that is not ASCII stands in UTF-8 in To (RFC 6532); an IDN domain alone stays 7-bit."""
    encoded = mime.encode(edition_of(), letter)
    assert encoded.message(delivery_of(address="zoe@forêt.example")).data.isascii()
    message = encoded.message(delivery_of(address="zoé@forêt.example"))
    assert message.recipient == "zoé@xn--fort-ipa.example"
    assert "<zoé@xn--fort-ipa.example>".encode() in message.data


def test_an_impossible_address_is_left_to_the_transport(
    letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """A subscriber whose address holds a line break is refused by the transport alone; no header is added."""
    message = mime.encode(edition_of(), letter).message(delivery_of(address="zoe@mairie.example\r\nBcc: a@b.example"))
    assert message.recipient == "zoe@mairie.example\r\nBcc: a@b.example"
    assert b"Bcc" not in message.data
    assert b"To: undisclosed-recipients:;" in message.data


def test_settings_say_all_their_faults() -> None:
    """Every wrong key of ``[letter]`` is named in one go, with what to do."""
    wrong = mime.Settings(
        from_address="lettre",
        reply_to="équipe@reseau.example",
        bounce_address="a b@reseau.example",
        unsubscribe="http://reseau.example/d/",
        preferences="reseau.example",
        archive="ici et là",
        dkim=(mime.Dkim(selector="a b", key_file="dkim.pem"),),
    )
    places = [fault.place for fault in mime.faults(wrong)]
    assert places == [
        "letter.from_address",
        "letter.reply_to",
        "letter.bounce_address",
        "letter.preferences",
        "letter.archive",
        "letter.unsubscribe",
        "letter.dkim[0].selector",
    ]
    assert all(fault.remedy for fault in mime.faults(wrong))
    bare = mime.Settings(from_address="lettre@reseau.example")
    assert [fault.place for fault in mime.faults(bare)] == ["letter.unsubscribe"]
    right = mime.Settings(
        from_address="l@reseau.example",
        unsubscribe_mailto="s@reseau.example",
        dkim=(mime.Dkim(selector="2026-a", key_file="dkim.pem"),),
    )
    assert not mime.faults(right)
