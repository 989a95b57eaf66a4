"""The way out: one click for machines, a button for people, and nothing at all for those who only look."""

from __future__ import annotations

import email
from email import policy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from public_site import world as sample
from public_site.world import ISSUE, NOW

from publisher.config import load
from publisher.errors import ConfigError
from publisher.mime.letter import with_token
from publisher.site.application import WayOut, way_out
from publisher.site.leaving import fields
from publisher.subscriber import SubscriberState
from publisher.wiring import Publication

if TYPE_CHECKING:
    from pathlib import Path

    from public_site.world import World

    from publisher.message import Delivery

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = (
    '--b0\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b0--\r\n',
    {"Content-Type": 'multipart/form-data; boundary="b0"'},
)


def path(world: World, token: str) -> str:
    """Return the path of a person's own address, as it stands in their letters."""
    return urlsplit(with_token(world.publication.config.letter.unsubscribe, token)).path


def test_the_address_in_the_letter_is_the_one_that_answers(world: World) -> None:
    """The List-Unsubscribe of a letter that really left, posted to as RFC 8058 says, unsubscribes its recipient."""
    delivery = world.somebody()
    box = world.publication.path("var", "maildir", "new")
    letters = (email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in box.iterdir())
    letter = next(one for one in letters if one["To"] == delivery.address)
    address = str(letter["List-Unsubscribe"]).partition(">")[0].lstrip("<")
    assert letter["List-Unsubscribe-Post"] == ONE_CLICK
    assert world.ask("POST", urlsplit(address).path, ONE_CLICK, FORM).status == 200
    assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
    assert not world.publication.roster.suppressed(delivery.address), "whoever leaves may come back by themselves"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(method: str, world: World) -> None:
    """Scanners follow links: they see a page, and the person keeps the letter."""
    delivery = world.somebody()
    answer = world.ask(method, path(world, delivery.token))
    assert answer.status == 200
    assert world.state(delivery) is SubscriberState.ACTIVE
    assert ("<button" in answer.text) is (method == "GET")
    assert int(answer.headers["content-length"]) > 1000


def test_the_button_unsubscribes(world: World) -> None:
    """The page's form, posted as a browser does, unsubscribes and says so; a second time makes no difference."""
    delivery = world.somebody()
    shown = world.ask("GET", path(world, delivery.token)).text
    assert '<form method="post"' in shown
    assert '<input type="hidden" name="page" value="oui">' in shown
    for _ in range(2):
        answer = world.ask("POST", path(world, delivery.token), "page=oui", FORM)
        assert answer.status == 200
        assert "Vous ne recevrez plus" in answer.text
        assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
    told = [one for one in world.publication.returns.latest(1000) if one.address == delivery.address]
    assert [(one.action, one.reason) for one in told] == [("unsubscribe", "désinscription par la page")]


@pytest.mark.parametrize(("body", "headers"), [(ONE_CLICK, FORM), MULTIPART, (ONE_CLICK, {})])
def test_one_click_in_every_form(body: str, headers: dict[str, str], world: World) -> None:
    """Both encodings of RFC 8058, 3.1, are read; again makes no difference; no cookie and no redirect."""
    delivery = world.somebody()
    for _ in range(2):
        answer = world.ask("POST", path(world, delivery.token), body, headers)
        assert answer.status == 200
        assert not {"set-cookie", "location"} & answer.headers.keys()
        assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
    told = [one.reason for one in world.publication.returns.latest(1000) if one.address == delivery.address]
    assert told == ["désinscription en un clic"]


@pytest.mark.parametrize(
    "token", ["", "0" * 22, "inconnu", "x" * 5000, "%00", "%F0%9F%98%80", "a/b/c", "..%2F..%2Fetc"]
)
def test_an_unknown_token_gets_the_same_answer(token: str, world: World) -> None:
    """Page, status and confirmation are the same for anybody: they do not tell who is subscribed."""
    delivery = world.somebody()
    unknown = f"/desinscription/{token}"
    assert world.ask("GET", unknown).body == world.ask("GET", path(world, delivery.token)).body
    given, known = (world.ask("POST", one, ONE_CLICK, FORM) for one in (unknown, path(world, delivery.token)))
    assert (given.status, given.body) == (known.status, known.body)
    assert given.headers.keys() == known.headers.keys()


@pytest.mark.parametrize(
    "body", ["", "List-Unsubscribe=", "list-unsubscribe=one-click", "page=non", "autre=1", "é", "&" * 500]
)
def test_a_post_that_asks_for_nothing_changes_nothing(body: str, world: World) -> None:
    """A POST without the field is answered with the page and its button."""
    delivery = world.somebody()
    answer = world.ask("POST", path(world, delivery.token), body, FORM)
    assert answer.status == 400
    assert "<button" in answer.text
    assert world.state(delivery) is SubscriberState.ACTIVE


def test_a_slash_at_the_end_does_not_redirect(world: World) -> None:
    """Some programs add a slash: the answer is the same, since a one-click POST may not be redirected."""
    delivery = world.somebody()
    assert world.ask("POST", path(world, delivery.token) + "/", ONE_CLICK, FORM).status == 200
    assert world.state(delivery) is SubscriberState.UNSUBSCRIBED


def test_a_large_body_is_not_read(world: World) -> None:
    """A form has one field: more than 10,000 octets are refused."""
    delivery = world.somebody()
    assert world.ask("POST", path(world, delivery.token), ONE_CLICK + "&x=" + "y" * 20_000, FORM).status == 413
    assert world.state(delivery) is SubscriberState.ACTIVE


def test_who_came_back_can_leave_again(world: World) -> None:
    """The token of old letters keeps working: it is the person's own, whatever has happened since."""
    delivery = world.somebody()
    for _ in range(2):
        world.publication.roster.change(delivery.address, SubscriberState.ACTIVE, NOW)
        world.ask("POST", path(world, delivery.token), ONE_CLICK, FORM)
        assert world.state(delivery) is SubscriberState.UNSUBSCRIBED


def test_the_answers_are_private(world: World) -> None:
    """Nothing of the way out is kept by caches, listed by search engines, or told to the next site."""
    answer = world.ask("GET", path(world, world.somebody().token))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://lettre.example/desinscription/", WayOut(path="/desinscription/")),
        ("https://lettre.example/d-", WayOut(path="/d-")),
        ("https://lettre.example/sortie?jeton=", WayOut(path="/sortie", parameter="jeton")),
        ("https://lettre.example/sortie?l=fr&jeton=", WayOut(path="/sortie", parameter="jeton")),
        ("https://lettre.example/d%C3%A9part/", WayOut(path="/départ/")),
        ("https://lettre.example", WayOut(path="/")),
    ],
)
def test_where_the_token_stands(address: str, expected: WayOut) -> None:
    """``letter.unsubscribe`` says it: the token follows that address, in the path or in the query."""
    assert way_out(address) == expected


@pytest.mark.parametrize("address", ["https://lettre.reseau.example/", "https://lettre.reseau.example/?jeton="])
def test_the_way_out_may_not_cover_the_archive(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that every page would be below keeps the pages from starting, and says what to write."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    publication = sample.made(tmp_path, people=1, extra="")
    text = publication.config.file.read_text(encoding="utf-8")
    publication.replace_config(text.replace("https://lettre.reseau.example/desinscription/", address))
    with (
        pytest.raises(ConfigError, match=r"letter\.unsubscribe"),
        sample.served(Publication(load(publication.config.file))),
    ):
        pass


def test_a_token_in_the_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publication whose address ends with a query's name is left by that query."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    publication = sample.made(tmp_path, people=2, extra="")
    text = publication.config.file.read_text(encoding="utf-8")
    publication.replace_config(text.replace("example/desinscription/", "example/sortie?jeton="))
    again = Publication(load(publication.config.file))
    with sample.served(again) as world:
        delivery = world.somebody()
        assert world.ask("GET", f"/sortie?jeton={delivery.token}").status == 200
        assert world.ask("POST", "/sortie?jeton=inconnu", ONE_CLICK, FORM).status == 200
        assert world.state(delivery) is SubscriberState.ACTIVE
        assert world.ask("POST", f"/sortie?jeton={delivery.token}", ONE_CLICK, FORM).status == 200
        assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
        assert world.ask("GET", "/webhooks/brevo").status == 404, "no provider is configured"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b"--b\r\n\r\n", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--", "multipart/form-data; boundary=b"),
        (b"{}", "application/json\r\nX: y"),
    ],
)
def test_forms_that_are_none(body: bytes, kind: str) -> None:
    """What cannot be read holds no wish, and is no error."""
    assert ("List-Unsubscribe", "One-Click") not in fields(body, kind)


def test_leaving_is_what_the_next_sending_sees(world: World) -> None:
    """Whoever left is no candidate of the next sending."""
    delivery: Delivery = world.somebody()
    world.ask("POST", path(world, delivery.token), ONE_CLICK, FORM)
    assert world.publication.returns.delivery_to(delivery.address, ISSUE) is not None
    found = world.publication.roster.standings([delivery.address])
    assert list(found.values()) == ["unsubscribed"]
