"""What the editors' page shows of an issue, served by a real server on loopback."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

import pytest
from desk.sample import EDITION, RSS, WHOLE
from desk.serving import served

from publisher.desk import server
from publisher.errors import ContentError, Fault, PublisherError, RenderError
from publisher.preview import Picture, Preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def ask(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, http.client.HTTPMessage, bytes]:
    """Return status, headers and body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def page(port: int, path: str = "/2026-11") -> str:
    """Return the page's text."""
    status, _, body = ask(port, path)
    assert status == 200
    return body.decode()


@pytest.fixture(scope="module")
def whole() -> Iterator[int]:
    """Serve a good issue."""
    with served(server.application(lambda _: WHOLE, "2026-11", issues=lambda: ("2026-10", "2026-11"))) as port:
        yield port


def test_the_frame_gets_the_editions_own_bytes(whole: int) -> None:
    """The letter and the archive page are served byte for byte as the edition holds them."""
    assert ask(whole, "/2026-11/lettre")[2] == EDITION.html.encode()
    assert ask(whole, "/2026-11/lettre?images=non")[2] == EDITION.html.encode()
    assert ask(whole, "/2026-11/web")[2] == EDITION.page.encode()
    assert ask(whole, "/2026-11/flux/rss.xml")[2] == RSS


def test_the_letter_is_shut_in(whole: int) -> None:
    """No script, form or frame of the letter runs, and without images none is fetched, by the answer's own policy."""
    with_images = ask(whole, "/2026-11/lettre")[1]["Content-Security-Policy"]
    without = ask(whole, "/2026-11/lettre?images=non")[1]["Content-Security-Policy"]
    for policy in (with_images, without):
        assert "default-src 'none'" in policy
        assert re.search(r"sandbox allow-popups allow-popups-to-escape-sandbox$", policy)
    assert "img-src 'self' https: http: data:" in with_images
    assert "img-src 'none'" in without


def test_nothing_of_the_page_comes_from_outside(whole: int) -> None:
    """The page's own policy allows this server only, and no resource that it names is elsewhere."""
    _, headers, body = ask(whole, "/2026-11")
    policy = headers["Content-Security-Policy"]
    assert "http" not in policy
    assert "unsafe" not in policy
    for address in re.findall(r'(?:src|href)="([^"]*)"', re.sub(r'<a [^>]*target="_blank"[^>]*>', "", body.decode())):
        assert address.startswith(("/", "?", "#")), address
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["lettre.example", "127.0.0.1.lettre.example", "", "[::2]:80", "localhost.example:8025"]
)
def test_another_host_is_refused(whole: int, host: str) -> None:
    """A name that somebody made lead to this machine (DNS rebinding) gets nothing but a refusal."""
    status, _, body = ask(whole, "/2026-11", host=host)
    assert status == 421
    assert "Lettre" not in body.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8025", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8025"])
def test_this_machines_names_are_answered(whole: int, host: str) -> None:
    """Every name of loopback works, with and without a port."""
    assert ask(whole, "/2026-11", host=host)[0] == 200


def test_findings_stand_worst_first_with_their_line(whole: int) -> None:
    """Errors come before warnings and notes, each with its line and what to do; a waived one shows the reason."""
    text = page(whole)
    assert text.index("Une erreur.") < text.index("Un doute levé.") < text.index("Une note.")
    assert "ligne 34" in text
    assert "Corrigez-la." in text
    assert "vu avec Jean" in text
    assert "À revoir." not in text
    assert "<title>⚠ Lettre de novembre 2026" in text


def test_everything_shown_is_escaped(whole: int) -> None:
    """A subject or a text part with angle brackets is shown as such."""
    assert "Lettre &lt;du&gt; réseau" in page(whole)
    assert "Du texte &lt;seul&gt;." in page(whole, "/2026-11?vue=texte")


def test_each_view_can_be_had_without_a_script(whole: int) -> None:
    """Text, feed, links and web page are links of their own, and a strange view shows the letter."""
    assert 'href="?vue=texte"' in page(whole)
    feed = page(whole, "/2026-11?vue=flux")
    assert "Un titre" in feed
    assert "mardi 20 octobre 2026 à" in feed
    assert "L&#39;office &amp; la ville" in feed
    assert 'href="/2026-11/flux/atom.xml"' in feed
    assert "https://reseau.example/x?utm_source=lettre" in page(whole, "/2026-11?vue=liens")
    assert "/2026-11/web" in page(whole, "/2026-11?vue=web")
    assert "/2026-11/lettre" in page(whole, "/2026-11?vue=%3Cscript%3E")


def test_an_odd_feed_is_shown_as_it_is() -> None:
    """A date that is none is printed as it stands; a preview without feeds says so."""
    odd = Preview(issue="2026-11", edition=EDITION, feeds={"rss.xml": RSS.replace(b"Tue, 20 Oct 2026", b"Hier")})
    none = Preview(issue="2026-11", edition=EDITION)
    for preview, said in ((odd, "Hier 09:15:00 +0200"), (none, "Aucun flux")):
        with served(server.application(lambda _, shown=preview: shown, "2026-11")) as port:  # type: ignore[misc]
            assert said in page(port, "/2026-11?vue=flux")


def test_views_keep_each_other(whole: int) -> None:
    """Choosing dark keeps the narrow view and the missing images, so that one choice never undoes another."""
    text = page(whole, "/2026-11?vue=etroite&images=non")
    assert 'href="?vue=etroite&amp;fond=sombre&amp;images=non"' in text
    assert 'src="/2026-11/lettre?images=non"' in text
    assert "sur un téléphone" in text
    assert "écran d’ordinateur" not in text


def test_sources_are_in_sight(whole: int) -> None:
    """A sick source stands beside the letter with what to do."""
    text = page(whole)
    assert "L’adresse répond 500." in text
    assert "Écrivez au site." in text


def test_what_was_not_checked_is_said() -> None:
    """Silence does not pass for health: checks that were not made are told."""
    preview = Preview(issue="2026-11", edition=EDITION, unchecked=("les messageries.",))
    with served(server.application(lambda _: preview, "2026-11")) as port:
        assert "les messageries." in page(port)


def test_long_paths_are_told_by_their_end() -> None:
    """The page shows the part of a path that an editor knows, and the whole of it on demand."""
    preview = Preview(issue="2026-11", file="/srv/lettre/content/issues/2026-11.md", edition=EDITION)
    with served(server.application(lambda _: preview, "2026-11")) as port:
        text = page(port)
    assert '<code title="/srv/lettre/content/issues/2026-11.md">…/content/issues/2026-11.md</code>' in text


def test_other_issues_are_a_click_away(whole: int) -> None:
    """The issues of the folder are listed, and the one shown is marked."""
    text = page(whole)
    assert '<a href="/2026-10?">octobre 2026</a>' in text
    assert '<a href="/2026-11?" aria-current="page">novembre 2026</a>' in text


@pytest.mark.parametrize(
    "path", ["/favicon.ico", "/2026-13", "/../config.toml", "/files/desk.py", "/2026-11/flux/x", "/2026-11/images/0"]
)
def test_other_addresses_give_nothing(whole: int, path: str) -> None:
    """What is not there is a 404 in words."""
    assert ask(whole, path)[0] == 404


def test_the_first_page_leads_to_the_issue(whole: int) -> None:
    """The address that the command prints leads to the issue it was given."""
    status, headers, _ = ask(whole, "/")
    assert (status, headers["Location"]) == (302, "/2026-11")


def failing(error: PublisherError) -> Callable[[str], Preview]:
    """Return a build that raises."""

    def build(key: str) -> Preview:
        raise error

    return build


def test_every_fault_is_shown_with_file_and_line() -> None:
    """A broken issue file shows all its faults at once, each with file, line and remedy, and no letter."""
    faults = (
        Fault(place="content/issues/2026-11.md", line=4, text="« subjet » est inconnu.", remedy="Écrivez « subject »."),
        Fault(place="content/issues/2026-11.md", line=31, text="l’article « rtes:999 » n’existe pas."),
    )
    error = ContentError("Ce numéro a 2 fautes :", faults, place="content/issues/2026-11.md")
    with served(server.application(failing(error), "2026-11")) as port:
        text = page(port)
        assert ask(port, "/2026-11/lettre")[0] == 404
        assert ask(port, "/2026-11/web")[0] == 404
    assert "2 fautes empêchent" in text
    for part in ("« subjet » est inconnu.", "Écrivez « subject ».", "<strong>4</strong>", "<strong>31</strong>"):
        assert part in text
    assert "<iframe" not in text


def test_any_error_of_the_programme_is_a_sentence() -> None:
    """A template that fails is shown with its place and remedy, not as a traceback."""
    error = RenderError("le gabarit ne se lit pas", place="templates/letter.html:12", remedy="Fermez le bloc.")
    with served(server.application(failing(error), "2026-11")) as port:
        text = page(port)
    assert "Une faute empêche" in text
    assert "templates/letter.html:12" in text
    assert "Fermez le bloc." in text


def test_pictures_of_this_machine_are_shown_in_their_place() -> None:
    """A picture whose address is not public yet is served from here, and nothing else of the letter changes."""
    address = "https://lettre.reseau.example/images/a.jpg"
    preview = Preview(
        issue="2026-11", edition=EDITION, pictures={address: Picture(data=b"\xff\xd8", media_type="image/jpeg")}
    )
    with served(server.application(lambda _: preview, "2026-11")) as port:
        shown = ask(port, "/2026-11/lettre")[2].decode()
        status, headers, data = ask(port, "/2026-11/images/0")
    assert shown.replace("/2026-11/images/0", address) == EDITION.html
    assert shown != EDITION.html
    assert (status, headers["Content-Type"], data) == (200, "image/jpeg", b"\xff\xd8")


def test_an_issue_is_built_once_between_two_saves() -> None:
    """The page, its two frames and its feed are of one build, so that they always show the same edition."""
    calls: list[str] = []

    def build(key: str) -> Preview:
        calls.append(key)
        return WHOLE

    with served(server.application(build, "2026-11")) as port:
        for path in ("/2026-11", "/2026-11/lettre", "/2026-11/web", "/2026-11/flux/rss.xml", "/2026-11?vue=texte"):
            assert ask(port, path)[0] == 200
    assert calls == ["2026-11"]


def test_only_loopback_is_served() -> None:
    """An address that others could reach is refused with a reason."""
    app = server.application(lambda _: WHOLE, "2026-11")
    with pytest.raises(PublisherError, match=r"0\.0\.0\.0.*mot de passe"):
        server.Server(app, server.Settings(address="0.0.0.0"), print)


def test_a_port_that_is_taken_is_said(whole: int) -> None:
    """A second page on the same port says so and what to do."""
    app = server.application(lambda _: WHOLE, "2026-11")
    with pytest.raises(PublisherError, match="--port"):
        server.Server(app, server.Settings(port=whole), print)
