"""The demo goes the whole way over HTTP, and a second one makes the same bytes."""

from __future__ import annotations

import email
import os
import subprocess
import sys
from email import policy
from typing import TYPE_CHECKING

import feedparser
import pytest

from publisher.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

ISSUE = "2026-11"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of a demo's publication and what the command printed."""
    here = tmp_path_factory.mktemp("demo")
    return here / "publication", made(here)


def made(here: Path, zone: str = "Europe/Paris") -> str:
    """Run the demo as a person does and return what it printed."""
    command = [sys.executable, "-m", "publisher", "demo", "--folder", str(here / "publication")]
    done = subprocess.run(
        command, cwd=here, capture_output=True, text=True, check=False, env={**os.environ, "TZ": zone}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def letters(publication: Path) -> list[Path]:
    """Return the letters in the demo's mailbox."""
    return sorted((publication / "var" / "maildir" / "new").iterdir())


def test_each_of_the_twenty_subscribers_has_one_letter(demo: tuple[Path, str]) -> None:
    """Twenty messages, twenty recipients, twenty Message-IDs, although the demo sends twice."""
    messages = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in letters(demo[0])]
    assert len(messages) == 20
    assert len({message["To"] for message in messages}) == 20
    assert len({message["Message-ID"] for message in messages}) == 20
    for message in messages:
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        assert message["List-Unsubscribe"]


def test_no_letter_holds_a_loopback_address_or_an_open_slot(demo: tuple[Path, str]) -> None:
    """What leaves speaks of the sites by their names, and every personal part is filled."""
    for file in letters(demo[0]):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        for part in message.iter_parts():
            text = part.get_content()
            assert "127.0.0.1" not in text
            assert "@@" not in text


def test_feeds_and_archive_are_published_with_tagged_links_and_untagged_ids(demo: tuple[Path, str]) -> None:
    """RSS and Atom parse without complaint, their links bear our tags, their ids do not."""
    for name in ("rss.xml", "atom.xml"):
        feed = feedparser.parse((demo[0] / "feeds" / name).read_bytes())
        assert not feed.bozo
        assert feed.entries
        for entry in feed.entries:
            assert "utm_source=" in entry.link
            assert "utm_" not in entry.id
    page = (demo[0] / "feeds" / f"{ISSUE}.html").read_text(encoding="utf-8")
    assert 'type="application/rss+xml"' in page
    assert 'type="application/atom+xml"' in page


def test_a_members_only_item_reaches_neither_letter_nor_feed(demo: tuple[Path, str]) -> None:
    """The demo's members-only item is left out, and the demo says why."""
    assert "réservé aux adhérents" in demo[1]
    written = b"".join(file.read_bytes() for file in (demo[0] / "feeds").iterdir() if file.is_file())
    assert b"Annuaire 2026" not in written


def test_a_second_demo_in_another_time_zone_makes_the_same_bytes(demo: tuple[Path, str]) -> None:
    """Feeds, archive and every letter are byte-identical on a second build, whatever the machine's zone."""
    before = {file.name: file.read_bytes() for file in (demo[0] / "feeds").iterdir() if file.is_file()}
    posted = {file.name: file.read_bytes() for file in letters(demo[0])}
    made(demo[0].parent, zone="Pacific/Kiritimati")
    assert {file.name: file.read_bytes() for file in (demo[0] / "feeds").iterdir() if file.is_file()} == before
    assert {file.name: file.read_bytes() for file in letters(demo[0])} == posted


def test_what_a_person_does_next_works_on_the_demos_publication(
    demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check, status, timetable, items, sources, publish and a second send answer with status 0."""
    monkeypatch.setenv("PUBLISHER_CONFIG", str(demo[0] / "config.toml"))
    monkeypatch.setenv("PUBLISHER_NOW", "2026-11-03T09:30:00+01:00")
    for arguments in (
        ["check", ISSUE],
        ["status"],
        ["status", "--json"],
        ["timetable", "--next", "12"],
        ["items"],
        ["items", "show", "rtes:1"],
        ["items", "why", "rtes:1"],
        ["sources"],
        ["publish"],
        ["send", ISSUE],
    ):
        assert run(arguments) == 0, (arguments, capsys.readouterr())
    assert len(letters(demo[0])) == 20


def test_an_issue_changed_after_approval_is_not_what_is_sent(
    demo: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editing the file after the sending has begun changes no edition: a new approval is refused with status 5."""
    monkeypatch.setenv("PUBLISHER_CONFIG", str(demo[0] / "config.toml"))
    monkeypatch.setenv("PUBLISHER_NOW", "2026-11-03T09:30:00+01:00")
    file = demo[0] / "content" / "issues" / f"{ISSUE}.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Lettre du réseau – Novembre", "Lettre du réseau – Nivôse"), encoding="utf-8")
    try:
        assert run(["approve", ISSUE, "--yes"]) == 5
    finally:
        file.write_text(text, encoding="utf-8")
