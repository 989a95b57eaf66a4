"""The whole way on PostgreSQL, from the command line: what config.toml names is all that changes."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
from email import policy
from typing import TYPE_CHECKING

import pytest
import tomlkit

from publisher.cli.app import run
from publisher.demo import editor, server
from publisher.demo import publication as sample
from publisher.wiring import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.server import Server

ISSUE = sample.ISSUE
PEOPLE = 150


@pytest.fixture
def publication(tmp_path: Path, postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the demonstration's publication, with a database on PostgreSQL and its sample sites served."""
    folder = tmp_path / "publication"
    file = sample.prepare(folder, bundled("config.toml").read_text(encoding="utf-8"))
    url = postgresql.database(template="template0")
    monkeypatch.setenv("PUBLISHER_CONFIG", str(file))
    with server.serve() as sites:
        document = tomlkit.parse(file.read_text(encoding="utf-8"))
        document["database"] = {"url": url}
        document["http"]["resolve"] = sites.resolve
        file.write_text(tomlkit.dumps(document), encoding="utf-8")
        yield folder
    postgresql.drop(url)


@pytest.mark.postgresql
def test_two_senders_on_postgresql_give_everybody_one_letter(
    publication: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Collected, drafted, approved, sent by two processes at once, counted: nothing lies in a file of SQLite."""
    monkeypatch.setenv("PUBLISHER_NOW", sample.DRAFTED.isoformat())
    assert run(["collect"]) == 0
    assert run(["draft", ISSUE]) == 0
    file = publication / "content" / "issues" / f"{ISSUE}.md"
    file.write_text(editor.edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    people = "".join(f"p{n}@villes.example;actif\n" for n in range(PEOPLE))
    (publication / "people.csv").write_text(f"Courriel;État\n{people}", encoding="utf-8")
    assert run(["subscribers", "import", str(publication / "people.csv")]) == 0
    monkeypatch.setenv("PUBLISHER_NOW", sample.APPROVED.isoformat())
    assert run(["approve", ISSUE, "--yes"]) == 0
    monkeypatch.setenv("PUBLISHER_NOW", sample.SENT.isoformat())
    command = [sys.executable, "-m", "publisher", "send", ISSUE]
    senders = [subprocess.Popen(command, env=os.environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for sender in senders:
        told = sender.communicate(timeout=60)[1]
        assert sender.returncode in {0, 6}, told  # 6: the other one had the last messages still on their way
    capsys.readouterr()
    assert run(["status", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["deliveries"][ISSUE]["counts"]
    assert {state: count for state, count in counts.items() if count} == {"sent": PEOPLE}
    letters = list((publication / "var" / "maildir" / "new").iterdir())
    messages = [email.message_from_bytes(letter.read_bytes(), policy=policy.default) for letter in letters]
    assert len(messages) == len({message["To"] for message in messages}) == PEOPLE
    assert not list(publication.glob("var/*.db"))
