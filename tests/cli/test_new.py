"""``publisher new``: another publication of somebody else, with blanks that the check of its configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.cli.app import run
from publisher.config import BLANK, load
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TOLD = {
    "--title": 'La "lettre" du pays',
    "--organisation": "Pays d’ici",
    "--site": "https://www.pays.example",
    "--base": "https://lettre.pays.example",
    "--from": "lettre@pays.example",
    "--address": "Pays d’ici, 1 place du Marché, 99000 Valbrune",
    "--director": "Anne Martin",
    "--host": "Hébergeur d’ici",
    "--privacy": "https://www.pays.example/donnees",
}


def test_what_was_not_told_is_blank_and_named_in_one_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of another network's identity is there, and every blank is told as such, once, and nothing else is."""
    folder = tmp_path / "lettre"
    assert run(["new", str(folder)]) == 0
    assert "reste à compléter" in capsys.readouterr().out
    text = (folder / "config.toml").read_text(encoding="utf-8")
    assert "rtes" not in text.lower()
    with pytest.raises(ConfigError) as caught:
        load(folder / "config.toml")
    assert {fault.text for fault in caught.value.faults} == {"cette ligne reste à compléter."}
    assert len({fault.place for fault in caught.value.faults}) == text.count(f'"{BLANK}"')


def test_what_was_told_stands_there_and_the_publication_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every option the configuration is whole, quotation marks included, and a first issue can be drafted."""
    folder = tmp_path / "lettre"
    assert run(["new", str(folder), *(word for pair in TOLD.items() for word in pair)]) == 0
    config = load(folder / "config.toml")
    assert config.publication.title == TOLD["--title"]
    assert config.publication.short_name == config.letter.from_name == TOLD["--organisation"]
    assert (config.publication.site, config.publication.id_domain) == ("https://www.pays.example/", "pays.example")
    assert config.letter.unsubscribe == "https://lettre.pays.example/desinscription/"
    monkeypatch.chdir(folder)
    assert run(["draft", "2026-12"]) == 0
    assert 'subject = "La \\"lettre\\" du pays – Décembre 2026"' in (
        folder / "content" / "issues" / "2026-12.md"
    ).read_text(encoding="utf-8")
    capsys.readouterr()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A publication is never made over other files."""
    (tmp_path / "notes.txt").write_text("à moi", encoding="utf-8")
    assert run(["new", str(tmp_path)]) == 7
    assert "n’est pas vide" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
