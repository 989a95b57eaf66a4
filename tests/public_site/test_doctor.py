"""What ``publisher doctor`` asks of the one-click address is what the public pages answer."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from publisher.doctor import machine
from publisher.doctor.checkup import Verdict
from publisher.doctor.one_click import ask
from publisher.mime.letter import with_token
from publisher.sources.settings import HttpSettings

if TYPE_CHECKING:
    from public_site.world import World

HERE = HttpSettings(contact="x@y.example", allow_private=True, timeout=5)


def test_the_pages_pass_the_doctors_check(world: World) -> None:
    """A GET shows the page and the POST of a token that nobody has answers 200: the doctor is content."""
    before = world.publication.roster.counts()
    address = f"http://127.0.0.1:{world.port}/desinscription/"
    found = machine.one_click(address, ask(with_token(address, "0" * 22), HERE))
    assert found.verdict is Verdict.GOOD, found
    assert world.publication.roster.counts() == before


@pytest.mark.parametrize(
    ("path", "said"),
    [("/rss.xml", "ne montre pas de page"), ("/index.html", "ne montre pas de page (réponse 404)")],
)
def test_another_address_does_not(path: str, said: str, world: World) -> None:
    """An address that is no way out is told apart."""
    address = f"http://127.0.0.1:{world.port}{path}"
    found = machine.one_click(address, ask(address, HERE))
    assert found.verdict is Verdict.BAD
    assert said in found.text


def test_a_private_address_is_not_asked(world: World) -> None:
    """Mailbox providers cannot reach it, and the doctor says so without asking."""
    address = f"http://127.0.0.1:{world.port}/desinscription/"
    found = machine.one_click(address, ask(address, HttpSettings(contact="x@y.example")))
    assert found.verdict is Verdict.BAD
    assert "mène à un réseau privé ou à cette machine" in found.text


def test_nobody_there() -> None:
    """A closed port is told in words."""
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    found = machine.one_click("x", ask(f"http://127.0.0.1:{port}/", HERE))
    assert found.text == "x ne répond pas : le site refuse la connexion."
