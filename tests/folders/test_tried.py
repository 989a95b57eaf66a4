"""What links answered is kept for a day, and nothing that lies in its file can stop a check."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.folders.tried import FRESH, SOON, TriedLinks
from publisher.preflight import LinkStatus

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)
GOOD = LinkStatus(status=200, final="https://a.example/fin", seconds=0.4)
NAIVE = '{"https://a.example/": {"tried": "2026-10-27", "status": 200, "final": "", "seconds": 1, "error": ""}}'
LOST = LinkStatus(status=0, error="délai dépassé")


def test_answers_are_kept_until_they_are_old(tmp_path: Path) -> None:
    """A good answer counts for a day, a failure for minutes: a site that was down may be back."""
    links = TriedLinks(tmp_path / "links.json")
    links.keep({"https://a.example/": GOOD, "https://b.example/": LOST}, NOW)
    asked = ["https://a.example/", "https://b.example/", "https://c.example/"]
    assert links.known(asked, NOW) == {"https://a.example/": GOOD, "https://b.example/": LOST}
    assert links.known(asked, NOW + SOON) == {"https://a.example/": GOOD}
    assert links.known(asked, NOW + FRESH) == {}


def test_what_is_old_is_forgotten_when_something_new_is_kept(tmp_path: Path) -> None:
    """The file does not grow from one issue to the next."""
    links = TriedLinks(tmp_path / "links.json")
    links.keep({"https://a.example/": GOOD}, NOW)
    links.keep({"https://b.example/": GOOD}, NOW + FRESH)
    assert list(json.loads((tmp_path / "links.json").read_text(encoding="utf-8"))) == ["https://b.example/"]


def test_answers_of_a_clock_that_ran_ahead_do_not_count(tmp_path: Path) -> None:
    """An answer from the future says nothing of now."""
    links = TriedLinks(tmp_path / "links.json")
    links.keep({"https://a.example/": GOOD}, NOW + timedelta(hours=3))
    assert links.known(["https://a.example/"], NOW) == {}


@pytest.mark.parametrize(
    "written", [NAIVE, "", "pas du JSON", "[]", '{"https://a.example/": 3}', '{"https://a.example/": {}}']
)
def test_a_file_that_cannot_be_read_is_an_empty_memory(tmp_path: Path, written: str) -> None:
    """It is only a memory of what can be asked again."""
    (tmp_path / "links.json").write_text(written, encoding="utf-8")
    links = TriedLinks(tmp_path / "links.json")
    assert links.known(["https://a.example/"], NOW) == {}
    links.keep({"https://a.example/": GOOD}, NOW)
    assert links.known(["https://a.example/"], NOW) == {"https://a.example/": GOOD}
