"""What was laid out once for a length of token gives the very octets that writing for that one token gives."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from mime.conftest import delivery, edition

from publisher import mime
from publisher.mime import letter as letters
from publisher.mime.layout import around, layout, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.edition import Edition
    from publisher.message import Delivery
    from publisher.mime.layout import Hole

    Editions = Callable[..., Edition]
    Deliveries = Callable[..., Delivery]

TOKENS = st.text(alphabet="abFromXYZ019_~-", max_size=160)
BASES = st.text(alphabet="ab.=&?F/é%", max_size=90).map("https://lettre.example/".__add__)
TEXT = (
    "@@name@@@@name@@ @@unsubscribe@@@@unsubscribe@@.@@preferences@@\n"
    "<a href='@@unsubscribe@@'>@@name@@</a>@@preferences@@"
)


@given(BASES, TOKENS)
@example("https://lettre.example/", "")
def test_a_layout_is_what_would_be_written(base: str, token: str) -> None:
    """Whatever the address before it, a plain token falls on the same folds and soft breaks as its likes."""
    settings = mime.Settings(from_address="a@b.example", unsubscribe=base, unsubscribe_mailto="s@b.example")
    assert plain(token)
    writers: tuple[Callable[[str], bytes], ...] = (
        partial(letters._unsubscribe, settings),
        partial(letters._slot, "plain", base),
        partial(letters._slot, "html", base),
    )
    for write in writers:
        parts = around(write, len(token))
        cuts: dict[Hole, bytes] = {part: token.encode()[part[0] : part[1]] for part in parts if isinstance(part, tuple)}
        assert b"".join(layout(parts).filled(cuts)) == write(token)


@given(st.lists(st.sampled_from([b"", b"short", b"x" * 5000, "name"]), max_size=9))
def test_runs_are_all_pieces_in_order(parts: list[bytes | Hole]) -> None:
    """What is hashed run by run is what is sent; a long constant is in a run of its own, and is not copied for it."""
    made = layout(parts)
    pieces = made.filled({"name": b"Zo=C3=A9"})
    assert [piece for run in made.runs for piece in pieces[run]] == pieces
    for run in made.runs:
        if any(len(piece) == 5000 for piece in pieces[run]):
            assert b"".join(pieces[run]) is pieces[run][0]


@given(BASES, TOKENS, st.text(max_size=40))
def test_the_first_message_of_a_length_is_like_the_second(base: str, token: str, name: str) -> None:
    """A message is the same whether its layout was kept from another recipient or made for this one alone."""
    settings = mime.Settings(from_address="a@b.example", unsubscribe=base, unsubscribe_mailto="s@b.example")
    used = mime.encode(edition(text=TEXT, html=TEXT), settings)
    used.message(delivery(token="z" * len(token)))
    told = delivery(token=token, name=name)
    alone = used._shape(lambda write: [write(token)])
    fresh = mime.encode(edition(text=TEXT, html=TEXT), settings)
    fresh._shapes[len(token)] = alone
    assert used.message(told) == fresh.message(told)
    assert b"".join(alone.leave.pieces) in used.message(told).data


def test_long_addresses_are_written_each_time(edition_of: Editions, delivery_of: Deliveries) -> None:
    """An address that a header might cut off is never laid out from another token's."""
    settings = mime.Settings(from_address="a@b.example", unsubscribe=f"https://a.example/é{'x' * 1990}/")
    encoded = mime.encode(edition_of(), settings)
    for token in ("a" * 32, "b" * 32):
        assert b"/" + token.encode()[:8] in encoded.message(delivery_of(token=token)).data.replace(b"=\r\n", b"")
    assert not encoded._shapes


def test_the_octets_have_not_changed(letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """The octets of a message are part of what approval promised: here they are, by their digest."""
    encoded = mime.encode(edition_of(text=TEXT, html=TEXT), replace(letter, mark_header="X-Marque"))
    digest = hashlib.sha256()
    for name in ("", "Zoé Lefèvre", "From Paris", "a=b", "Zoé & <Cie>", "x" * 200, "\ud800", "Bureau (2e), B"):
        for token in ("", "jeton-7", "x" * 32, "F" * 43, "a b", "é", "ab" * 300):
            for address in ("zoe@mairie.example", "é@straße.example", '"a  b"@c.example', "personne"):
                told = delivery_of(name=name, token=token, address=address, message_id="<un@b.example>")
                digest.update(encoded.message(told).data)
    assert digest.hexdigest() == "74d0dc56b6a9d662c5112265b9323e7368b48d2c0ec99b046b4f415fe3f62953"
