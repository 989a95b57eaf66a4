"""Whatever strangers send, to whatever address: an answer below 500, and nobody's subscription changes."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from public_site.world import AUTHORISED, address

from publisher.mailbox.reading import Own
from publisher.mailbox.webhooks import brevo, mailjet, postmark, ses
from publisher.mailbox.webhooks.event import UnreadableError
from publisher.site.leaving import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from public_site.world import World

OWN = Own(bounce_address="retours@reseau.example")
SHARED = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
ROUTES = st.sampled_from(
    ["/", "/rss.xml", "/desinscription/", "/desinscription/x", *(f"/webhooks/{name}" for name in AUTHORISED)]
)
CORPUS = (Path(__file__).resolve().parents[1] / "corpus" / "webhooks").glob("*.toml")
PARTS = re.findall(r'"([^"@\n]{1,40})"(:?)', "".join(file.read_text(encoding="utf-8") for file in sorted(CORPUS)))
NAMES = sorted({text for text, colon in PARTS if colon})
WORDS = sorted({text for text, colon in PARTS if not colon} | {"2026-11.1.00000000"})
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(WORDS))
TABLES = st.dictionaries(
    st.one_of(st.sampled_from(NAMES), st.text(max_size=5)),
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        max_leaves=12,
    ),
    max_size=8,
)


@pytest.fixture(scope="module", autouse=True)
def everybody_stays(world: World) -> Iterator[None]:
    """After all of it, everybody is where they were and no line speaks of an unforeseen error."""
    yield
    assert world.publication.roster.counts()["active"] == 80
    assert not world.publication.roster.suppressed(address(1))
    assert not [line for line in world.told if "imprévue" in line]


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "QUERY"]),
    path=st.one_of(ROUTES, st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=40)),
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
    ),
    field=st.sampled_from(["Authorization", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Content-Length"]),
    value=st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "S")), max_size=30),
)
@example(method="POST", path="/webhooks/ses", body=b'{"Type":"Notification"}', kind="", field="Authorization", value="")
@SHARED
def test_any_request_is_answered(  # noqa: PLR0913, PLR0917 - the parts of a request
    world: World, method: str, path: str, body: bytes, kind: str, field: str, value: str
) -> None:
    """Any method, address, field and body get an answer that is no server's error."""
    request = f"{method} /{path.lstrip('/')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
    request += f"Content-Type: {kind}\r\n".encode() if kind else b""
    request += f"{field}: ".encode() + value.encode("latin-1") + b"\r\n"
    request += f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    status = exchanged(world.port, request)
    assert status is None or 200 <= status < 500


@given(st.binary(max_size=400))
@example(b"GET / HTTP/1.1\r\n\r\n")
@example(b"POST /desinscription/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
@SHARED
def test_any_octets_do_no_harm(world: World, octets: bytes) -> None:
    """What is no HTTP at all is answered with 4xx or a closed connection, and the next request is served."""
    status = exchanged(world.port, octets)
    assert status is None or 200 <= status < 500
    assert world.ask("GET", "/desinscription/x").status == 200


@given(st.one_of(TABLES, st.lists(TABLES, max_size=3)))
@settings(SHARED, max_examples=40)
def test_any_event_of_a_proven_provider_is_answered(world: World, payload: object) -> None:
    """Fields of any kind in any place are read or left alone; nobody is struck by what is not proven to be ours."""
    body = json.dumps(payload)
    for provider in ("brevo", "mailjet", "postmark"):
        assert world.tell(provider, body).status in {200, 400}
    assert world.tell("ses", world.amazon.signed(body)).status in {200, 400}


@given(
    st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner), max_leaves=20)
)
def test_readers_take_anything(payload: object) -> None:
    """Each reader gives events, each with its own key, or says that it cannot read this."""
    for read in (brevo.read, mailjet.read, postmark.read):
        try:
            events = list(read(payload))
        except UnreadableError:
            continue
        assert all(event.key.partition(":")[2] for event in events)


@given(st.text(max_size=200))
def test_ses_takes_anything(message: str) -> None:
    """A message of a topic that is no event of SES is refused in a sentence."""
    with suppress(UnreadableError):
        assert all(event.report is None for event in ses.read(message, OWN, "1"))


@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_form_is_read(body: bytes, kind: str) -> None:
    """Any octets under any content type are a set of fields."""
    assert isinstance(fields(body, kind), set)
    assert isinstance(fields(body, f"multipart/form-data; boundary={kind}"), set)


def exchanged(port: int, octets: bytes) -> int | None:
    """Return the status of the first answer to these octets, None where the connection is closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        with suppress(OSError):  # the other side may have closed at the first of them
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)
        try:
            with connection.makefile("rb") as answer:
                line = answer.readline(200)
        except ConnectionResetError:
            return None
    return int(line.split(b" ")[1]) if line.startswith(b"HTTP/1.") else None
