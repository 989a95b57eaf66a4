"""People come in from a CSV file and a sending is tried, limited, paused, cancelled, from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.cli import demo
from publisher.cli.app import run
from publisher.config import load
from publisher.demo import publication as sample
from publisher.demo import server
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

ISSUE = "2026-11"
CSV = """Courriel;Nom;État
anne@a.example;Anne;actif
bob@b.example;Bob;actif
BOB@b.example;Bob;actif
chloe@c.example;Chloé;
pas une adresse;X;actif
"""


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a publication whose issue is drafted and approved, and whose subscribers came from a CSV file."""
    folder = tmp_path / "publication"
    file = sample.prepare(folder, bundled("config.toml").read_text(encoding="utf-8"))
    with server.serve() as sites:
        config = load(file)
        made = Publication(replace(config, http=replace(config.http, resolve=sites.resolve)))
        demo._collect_and_draft(made)
        made.press.compose(ISSUE)
    monkeypatch.setenv("PUBLISHER_CONFIG", str(file))
    monkeypatch.setenv("PUBLISHER_NOW", "2026-11-03T09:30:00+01:00")
    (folder / "people.csv").write_text(CSV, encoding="utf-8")
    assert run(["approve", ISSUE, "--yes"]) == 0
    return folder


def letters(publication: Path) -> int:
    """Return how many letters are in the mailbox on disk."""
    box = publication / "var" / "maildir" / "new"
    return len(list(box.iterdir())) if box.is_dir() else 0


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Return the issue's deliveries by state, as ``status --json`` tells them."""
    capsys.readouterr()
    assert run(["status", "--json"]) == 0
    counts: dict[str, int] = json.loads(capsys.readouterr().out)["deliveries"][ISSUE]["counts"]
    return {state: count for state, count in counts.items() if count}


def test_an_import_says_what_becomes_of_each_line_and_a_dry_run_writes_nothing(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused line is told with its number and status 1; doubles and lines without consent are told too."""
    file = str(publication / "people.csv")
    assert run(["subscribers", "import", file, "--dry-run"]) == 1
    told = capsys.readouterr()
    assert "people.csv:6" in told.err
    assert "Essai seulement" in told.out
    assert run(["subscribers", "count"]) == 0
    assert "Aucun abonné" in capsys.readouterr().out
    assert run(["subscribers", "import", file]) == 1
    capsys.readouterr()
    assert run(["subscribers", "count", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["active"] == 2
    assert counts["pending"] == 1


def test_whoever_was_removed_is_not_brought_back_by_an_import(publication: Path) -> None:
    """The suppression list outlives the import, and the removed person gets no letter."""
    file = str(publication / "people.csv")
    run(["subscribers", "import", file])
    assert run(["subscribers", "remove", "anne@a.example"]) == 0
    run(["subscribers", "import", file])
    assert run(["send", ISSUE]) == 0
    assert letters(publication) == 1


def test_a_test_message_reaches_one_address_and_leaves_the_ledger_alone(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``send --test`` delivers one letter and plans nothing."""
    assert run(["send", ISSUE, "--test", "relecture@a.example"]) == 0
    assert letters(publication) == 1
    assert states(capsys) == {}


def test_a_dry_run_counts_the_audience_and_sends_nothing(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``send --dry-run`` says how many would get the letter."""
    run(["subscribers", "import", str(publication / "people.csv")])
    capsys.readouterr()
    assert run(["send", ISSUE, "--dry-run"]) == 0
    assert "2 à envoyer" in capsys.readouterr().out.replace("\u00a0", " ")
    assert letters(publication) == 0


def test_a_limited_sending_goes_on_where_it_stopped(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--limit 1`` ends with status 6, says how to go on, and the next run sends only the rest."""
    run(["subscribers", "import", str(publication / "people.csv")])
    assert run(["send", ISSUE, "--limit", "1"]) == 6
    assert letters(publication) == 1
    assert f"publisher send {ISSUE}" in capsys.readouterr().out
    assert run(["send", ISSUE]) == 0
    assert letters(publication) == 2


def test_a_paused_sending_waits_for_a_person(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After ``--pause`` nothing leaves until ``--resume``."""
    run(["subscribers", "import", str(publication / "people.csv")])
    run(["send", ISSUE, "--limit", "1"])
    assert run(["send", ISSUE, "--pause"]) == 0
    assert run(["send", ISSUE]) == 6
    assert letters(publication) == 1
    assert "--resume" in capsys.readouterr().out
    assert run(["send", ISSUE, "--resume"]) == 0
    assert letters(publication) == 2


def test_a_cancelled_sending_never_goes_on(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After ``--cancel`` the rest is given up for good, and said so with status 6; who never confirmed was left out."""
    run(["subscribers", "import", str(publication / "people.csv")])
    run(["send", ISSUE, "--limit", "1"])
    assert run(["send", ISSUE, "--cancel"]) == 0
    assert run(["send", ISSUE]) == 6
    assert letters(publication) == 1
    assert states(capsys) == {"sent": 1, "cancelled": 1, "excluded": 1}


def test_an_export_takes_nobody_away_and_replaces_no_file(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exported file can be imported again; a file that exists is refused with status 7."""
    run(["subscribers", "import", str(publication / "people.csv")])
    target = publication / "export.csv"
    assert run(["subscribers", "export", str(target)]) == 0
    assert target.read_text(encoding="utf-8").count("@") == 3
    assert run(["subscribers", "export", str(target)]) == 7
    assert "existe déjà" in capsys.readouterr().err


def test_what_was_sent_by_hand_is_published_and_not_called_missed(
    publication: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that the message points at is there, and days later nobody says that the letter did not leave."""
    run(["subscribers", "import", str(publication / "people.csv")])
    assert run(["send", ISSUE]) == 0
    assert (publication / "feeds" / f"{ISSUE}.html").is_file()
    monkeypatch.setenv("PUBLISHER_NOW", "2026-11-12T09:30:00+01:00")
    capsys.readouterr()
    assert run(["timetable", "--next", "1"]) == 0
    assert "pas parti" not in capsys.readouterr().out


def test_the_routine_runs_once_without_a_mailbox_for_returns(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``run --once`` sends and publishes what is due; sources that do not answer are told and stop nothing."""
    run(["subscribers", "import", str(publication / "people.csv")])
    assert run(["run", "--once"]) == 0
    assert letters(publication) == 2
    assert (publication / "feeds" / "rss.xml").is_file()
    assert "imprévue" not in capsys.readouterr().err


def test_a_fault_that_nobody_foresaw_is_one_sentence(
    publication: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback reaches a person: the kind of the fault is told, with the way to see more."""
    assert publication.is_dir()
    monkeypatch.setattr(Publication, "latest_issue", lambda _: 1 / 0)
    assert run(["check"]) == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "PUBLISHER_TRACE" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [["items", "show", "rtes:999"], ["items", "join", "rtes:1", "rtes:999"]])
def test_an_item_that_is_not_there_is_one_status_everywhere(
    publication: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """An unknown item ends any command with the status of contents, and another number is not suggested."""
    assert publication.is_dir()
    capsys.readouterr()
    assert run(command) == 4
    assert "Vouliez-vous" not in capsys.readouterr().err
    assert run(["items", "show", "rte:1"]) == 4
    assert "rtes:1" in capsys.readouterr().err


def test_an_item_is_shown_to_a_person_in_french_words(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Source, dates, themes, story and reason stand there in words; a program gets everything with --json."""
    assert publication.is_dir()
    capsys.readouterr()
    assert run(["items", "show", "irev:4"]) == 0
    told = capsys.readouterr().out.replace("\u00a0", " ")
    for said in ("Source : Centre de ressources", "A lieu : jeudi 19 novembre 2026 à 14 h", "même adresse", "agenda:4"):
        assert said in told
    for name in ("first_seen", "guid", "None", "datetime", "event"):
        assert name not in told
    assert run(["items", "show", "irev:4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["item"]["id"] == "irev:4"


def test_removing_says_who_was_a_subscriber_and_who_was_not(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typo in an address is noticed: who is no subscriber is told, what is no address is refused."""
    run(["subscribers", "import", str(publication / "people.csv")])
    capsys.readouterr()
    assert run(["subscribers", "remove", "anne@a.example", "ane@a.example"]) == 0
    told = capsys.readouterr().out
    assert "anne@a.example ne recevra plus rien" in told
    assert "ane@a.example n’est pas un abonné" in told
    assert run(["subscribers", "remove", "pas une adresse"]) == 1


def test_an_issue_that_nobody_approved_is_not_sent(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sending another month is refused with status 5 and the way to approve it."""
    assert publication.is_dir()
    assert run(["send", "2026-12"]) == 5
    assert "publisher approve 2026-12" in capsys.readouterr().err


def test_a_file_that_changed_after_its_approval_is_not_sent(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor's correction is never silently left behind: the sending is refused until the next approval."""
    run(["subscribers", "import", str(publication / "people.csv")])
    file = publication / "content" / "issues" / f"{ISSUE}.md"
    file.write_text(file.read_text(encoding="utf-8").replace("Ce qui tient", "Ce qui dure"), encoding="utf-8")
    assert run(["send", ISSUE]) == 5
    assert letters(publication) == 0
    assert f"publisher approve {ISSUE}" in capsys.readouterr().err
    assert run(["approve", ISSUE, "--yes"]) == 0
    assert run(["send", ISSUE]) == 0
    assert letters(publication) == 2


def test_an_approval_without_anybody_to_ask_names_the_option(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no terminal answers, the command says to add --yes and approves nothing new."""
    assert publication.is_dir()
    assert run(["approve", ISSUE]) == 2
    assert "--yes" in capsys.readouterr().err


def test_whoever_waits_for_confirmation_can_be_confirmed(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``subscribers confirm`` makes a pending person active and nobody else: who is unknown or left stays so."""
    run(["subscribers", "import", str(publication / "people.csv")])
    run(["subscribers", "remove", "anne@a.example"])
    assert run(["subscribers", "confirm", "chloe@c.example"]) == 0
    assert run(["subscribers", "confirm", "personne@x.example"]) == 1
    assert "inconnu" in capsys.readouterr().err
    assert run(["send", ISSUE]) == 0
    assert letters(publication) == 2


SEGMENTS = """Courriel;État;Groupes
anne@a.example;actif;elus|presse
bob@b.example;actif;presse
cleo@c.example;actif;agents
"""


def test_a_sending_to_groups_reaches_each_person_once(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody in both groups has one letter; an unknown group, and one given too late, are refused with status 2."""
    file = publication / "people.csv"
    file.write_text(SEGMENTS, encoding="utf-8")
    run(["subscribers", "import", str(file)])
    assert run(["send", ISSUE, "--segment", "élus"]) == 2
    assert "agents, elus, presse" in capsys.readouterr().err
    assert run(["send", ISSUE, "--segment", "elus", "--segment", "presse", "--dry-run"]) == 0
    assert "2\xa0à envoyer" in capsys.readouterr().out
    assert run(["send", ISSUE, "--segment", "elus", "--segment", "presse"]) == 0
    assert letters(publication) == 2
    assert run(["send", ISSUE, "--segment", "agents"]) == 2
    assert run(["send", ISSUE]) == 0
    assert letters(publication) == 2


def test_status_shows_how_far_a_sending_is_and_names_people(
    publication: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sending under way has a bar in per cent; ``--who`` names those in a state, in JSON too."""
    run(["subscribers", "import", str(publication / "people.csv")])
    run(["send", ISSUE, "--limit", "1"])
    capsys.readouterr()
    assert run(["status", ISSUE]) == 0
    assert "██████████░░░░░░░░░░ 50 % (1 sur 2)" in capsys.readouterr().out.replace("\u202f", " ").replace("\xa0", " ")
    assert run(["status", ISSUE, "--who", "excluded"]) == 0
    told = capsys.readouterr().out
    assert "chloe@c.example" in told
    assert "pas encore confirmée" in told
    assert run(["status", ISSUE, "--who", "excluded", "--json"]) == 0
    assert [one["reason"] for one in json.loads(capsys.readouterr().out)] == ["pending"]
    assert run(["status", "--who", "failed"]) == 2


def test_a_document_for_programs_stays_one(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--json`` nothing else is printed, whatever is done on the way."""
    run(["subscribers", "import", str(publication / "people.csv")])
    run(["send", ISSUE, "--limit", "1"])
    capsys.readouterr()
    assert run(["send", ISSUE, "--retry", "failed", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["sent"] == 2
