"""A sick source is in the editor's sight when the issue is drafted and checked, not in a log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from click.testing import CliRunner

from publisher.cli.app import app
from publisher.config import load
from publisher.demo import publication as sample
from publisher.protocols import Collected, Memory
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 10, 27, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))


def test_draft_and_check_name_the_sick_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands end with a line for each source that is down, and none for one that is well."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    monkeypatch.chdir(tmp_path)
    sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8"))
    publication = Publication(load(tmp_path / "config.toml"))
    well = Memory(source="irev", last_success=NOW)
    down = Memory(source="rtes", failures=4, last_success=NOW - timedelta(days=9), last_error="le site est en panne.")
    for memory in (well, down):
        publication.items.save(Collected(source=memory.source, memory=memory), NOW)
    for words in (["draft", "2026-11"], ["check", "2026-11", "--no-links"]):
        said = CliRunner().invoke(app, words, standalone_mode=False).output.replace("\u00a0", " ")
        told = [line for line in said.splitlines() if line.startswith("Peut-être incomplet")]
        assert len(told) == 1, said
        assert "(rtes)" in told[0]
        assert "le site est en panne." in told[0]
