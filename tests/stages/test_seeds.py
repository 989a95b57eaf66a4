"""The five real documents through the commands an editor types: collect, then draft."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from publisher.cli.app import run
from publisher.folders.issues import IssueFolder

CONFIG = Path(__file__).resolve().parents[2] / "config.toml"
MONTH = "2026-11"


@pytest.fixture
def publication(tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a publication whose only news are the five documents, collected."""
    articles = tmp_path / "content" / "articles"
    articles.mkdir(parents=True)
    for seed in seeds.glob("*.txt"):
        shutil.copyfile(seed, articles / seed.name)
    shutil.copyfile(CONFIG, tmp_path / "config.toml")
    monkeypatch.setenv("PUBLISHER_NOW", "2026-10-27T10:00:00+01:00")
    monkeypatch.setenv("PUBLISHER_CONFIG", str(tmp_path / "config.toml"))
    assert run(["collect", "documents"]) == 0
    return tmp_path


@pytest.mark.seeds
def test_each_document_is_the_news_of_its_own_source(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RTES, IREV and Localtis are recognised; the partner's document stays the folder's, with its two credits."""
    assert publication.exists()
    found = {item["place"].rpartition("/")[2]: item for item in _all(capsys)}
    assert found["rtes-2018-haut-commissaire.txt"]["source"] == "rtes"
    assert found["rtes-conference-table-ronde-1.txt"]["source"] == "rtes"
    assert found["localtis-2019-metropoles.txt"]["source"] == "localtis"
    assert found["irev-2018-journee-nationale-print.txt"]["source"] == "irev"
    assert found["partner-2021-kits-elections.txt"]["credits"] == ["Localtis", "RTES"]


@pytest.mark.seeds
def test_every_document_stands_in_the_draft_once(publication: Path) -> None:
    """The draft holds the five items, each in one section."""
    assert run(["draft", MONTH]) == 0
    issue = IssueFolder(publication / "content" / "issues").read(MONTH)
    assert len(issue.item_ids) == len(set(issue.item_ids)) == 5


@pytest.mark.seeds
def test_the_draft_is_never_written_over(publication: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second draft of the same month is refused with status 4 and leaves the editor's file as it is."""
    assert run(["draft", MONTH]) == 0
    file = publication / "content" / "issues" / f"{MONTH}.md"
    before = file.read_bytes()
    assert run(["draft", MONTH]) == 4
    assert file.read_bytes() == before
    assert "existe déjà" in capsys.readouterr().err


def _all(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(["items", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found
