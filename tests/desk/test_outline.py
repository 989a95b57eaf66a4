"""The outline's buttons: each changes the file as an editor would by hand, can be undone, obeys this page only."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from desk.sample import ISSUE, WHOLE
from desk.serving import served

from publisher.desk import server
from publisher.folders.issue_file import parse
from publisher.folders.issues import IssueFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "2026-11"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the issue's file."""
    path = tmp_path / f"{KEY}.md"
    path.write_text(ISSUE, encoding="utf-8")
    return path


@pytest.fixture
def page(file: Path) -> Iterator[str]:
    """Serve the page over the file and give its address."""
    app = server.application(lambda _: WHOLE, KEY, shelf=IssueFolder(file.parent), token="jeton-secret")
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/{KEY}"


def shown(page: str) -> str:
    """Return the outline's page."""
    with urllib.request.urlopen(f"{page}?vue=sommaire") as answer:
        text: str = answer.read().decode()
    return text


def press(page: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Send a button's form and return the status and the page it led to."""
    request = urllib.request.Request(f"{page}/changer", urlencode(fields).encode(), headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def fields(page: str, gesture: str, item: str) -> dict[str, str]:
    """Return what the page's button for this gesture sends."""
    text = shown(page)
    seen = re.findall(r'name="vu" value="([0-9a-f]+)"', text)[0]
    token = re.findall(r'name="jeton" value="([^"]+)"', text)[0]
    return {"jeton": token, "vu": seen, "article": item, "titre": item, "geste": gesture}


def order(file: Path) -> list[list[str]]:
    """Return the items by section, and those kept for later."""
    issue = parse(file.read_text(encoding="utf-8"), str(file))
    return [*([entry.item for entry in section.entries] for section in issue.sections), list(issue.later)]


@pytest.mark.parametrize(
    ("gesture", "item", "after"),
    [
        ("monter", "irev:3", [["rtes:1"], [], ["irev:3", "rtes:2"], []]),
        ("monter", "rtes:2", [["rtes:1"], ["rtes:2"], ["irev:3"], []]),
        ("descendre", "rtes:2", [["rtes:1"], [], ["irev:3", "rtes:2"], []]),
        ("descendre", "rtes:1", [[], ["rtes:1"], ["rtes:2", "irev:3"], []]),
        ("plus-tard", "rtes:2", [["rtes:1"], [], ["irev:3"], ["rtes:2"]]),
        ("retirer", "rtes:1", [[], [], ["rtes:2", "irev:3"], []]),
        ("retirer", "rtes:2", [["rtes:1"], [], ["irev:3"], []]),
    ],
)
def test_a_button_changes_the_file_and_can_be_taken_back(
    page: str, file: Path, gesture: str, item: str, after: list[list[str]]
) -> None:
    """The item goes where the button says with its note; « Annuler » gives the file back byte for byte."""
    status, told = press(page, fields(page, gesture, item))
    assert status == 200
    assert order(file) == after
    assert "# une note en tête" in file.read_text(encoding="utf-8")
    undo = re.findall(r'name="annuler" value="(\d+)"', told)[0]
    status, told = press(page, {"jeton": "jeton-secret", "annuler": undo})
    assert (status, "C’est annulé" in told) == (200, True)
    assert file.read_text(encoding="utf-8") == ISSUE
    assert press(page, {"jeton": "jeton-secret", "annuler": undo})[0] == 409
    assert file.read_text(encoding="utf-8") == ISSUE


def test_what_was_saved_in_between_is_kept_and_the_button_refused(page: str, file: Path) -> None:
    """Somebody saves the file after the page was shown: nothing is changed, today's list comes with the reason."""
    sent = fields(page, "retirer", "rtes:2")
    saved = ISSUE.replace("L’édito.", "Un autre édito.")
    file.write_text(saved, encoding="utf-8")
    status, told = press(page, sent)
    assert status == 409
    assert "enregistré entre-temps" in told
    assert 'role="alert"' in told
    assert file.read_text(encoding="utf-8") == saved
    assert press(page, fields(page, "retirer", "rtes:2"))[0] == 200


def test_taking_back_keeps_what_somebody_else_changed_since(page: str, file: Path) -> None:
    """An édito written after the gesture stays when the gesture is taken back."""
    _, told = press(page, fields(page, "retirer", "rtes:2"))
    text = file.read_text(encoding="utf-8").replace("L’édito.", "Un autre édito.")
    file.write_text(text, encoding="utf-8")
    undo = re.findall(r'name="annuler" value="(\d+)"', told)[0]
    assert press(page, {"jeton": "jeton-secret", "annuler": undo})[0] == 200
    assert file.read_text(encoding="utf-8") == ISSUE.replace("L’édito.", "Un autre édito.")


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({}, {"jeton": "autre"}),
        ({}, {"jeton": "secrété"}),
        ({"Origin": "http://ailleurs.example"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"Sec-Fetch-Site": "same-site"}, {}),
    ],
)
def test_a_form_from_elsewhere_changes_nothing(
    page: str, file: Path, headers: dict[str, str], changes: dict[str, str]
) -> None:
    """Another site in the editor's browser, or one without the page's token, is refused; so is a mere link."""
    assert press(page, {**fields(page, "retirer", "rtes:2"), **changes}, headers)[0] == 403
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(f"{page}/changer")
    assert file.read_text(encoding="utf-8") == ISSUE


def test_a_wild_form_is_refused_with_a_sentence(page: str, file: Path) -> None:
    """Unknown gestures, items and months, and a form without end, change nothing."""
    sent = fields(page, "retirer", "rtes:2")
    assert press(page, {**sent, "geste": "effacer"})[0] == 409
    assert press(page, {**sent, "article": "rtes:99"})[0] == 409
    assert press(page.replace(KEY, "2026-13"), sent)[0] == 404
    assert press(page, {**sent, "titre": "x" * 30_000})[0] == 403
    assert file.read_text(encoding="utf-8") == ISSUE


def test_without_a_shelf_the_page_only_shows() -> None:
    """A page that was given no files has no such view, and refuses every form."""
    with served(server.application(lambda _: WHOLE, KEY)) as port:
        assert "Sommaire" not in shown(f"http://127.0.0.1:{port}/{KEY}")
        assert press(f"http://127.0.0.1:{port}/{KEY}", {"geste": "retirer"})[0] == 404
