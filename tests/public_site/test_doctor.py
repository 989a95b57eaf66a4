"""What ``publisher doctor`` asks of the one-click address is what the public pages answer."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.doctor import machine, providers
from publisher.doctor.checkup import Verdict
from publisher.doctor.one_click import ask
from publisher.mailbox.webhooks.settings import Brevo, Mailjet, Webhooks
from publisher.mime.letter import with_token
from publisher.sources.settings import HttpSettings

if TYPE_CHECKING:
    from public_site.world import World

MAILJET = Mailjet(username="lettre", secret_env="S")
SECRETS = {"S": "un-secret-assez-long"}
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


@pytest.mark.parametrize(
    ("given", "header", "environ", "expected"),
    [
        (Webhooks(), "", {}, []),
        (Webhooks(mailjet=MAILJET), "X-MJ-CustomID", SECRETS, [(Verdict.GOOD, "mailjet")]),
        (Webhooks(mailjet=MAILJET), "", SECRETS, [(Verdict.DOUBTFUL, "à aucun envoi")]),
        (Webhooks(brevo=Brevo(secret_env="S")), "X-MJ-CustomID", SECRETS, [(Verdict.DOUBTFUL, "moins sûrement")]),
        (Webhooks(brevo=Brevo(secret_env="S")), "", {}, [(Verdict.BAD, "webhooks.brevo.secret_env")]),
    ],
)
def test_what_keeps_events_from_being_heard(
    given: Webhooks,
    header: str,
    environ: dict[str, str],
    expected: list[tuple[Verdict, str]],
    world: World,
) -> None:
    """A missing secret is bad, a missing mark doubtful, each with what to write; without providers nothing is said."""
    config = world.publication.config
    asked = replace(config, webhooks=given, letter=replace(config.letter, mark_header=header))
    found = list(providers.listen(asked, environ))
    assert [one.verdict for one in found] == [verdict for verdict, _ in expected]
    for one, (verdict, words) in zip(found, expected, strict=True):
        assert words in one.text
        assert bool(one.remedy) is (verdict is not Verdict.GOOD)
