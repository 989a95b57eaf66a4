"""Five whole issues, from the issue to every file that leaves: byte for byte what was looked at and kept."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys

import pytest
from render import golden, sampling

from publisher.preflight.settings import Settings
from publisher.preflight.weight import encoded


@pytest.mark.parametrize("name", golden.NAMES)
def test_an_issue_gives_the_files_that_were_kept(name: str) -> None:
    """Letter, text, page, list and feeds equal the golden folder; ``python tests/render/golden.py`` writes it anew."""
    for file, data in golden.produced(name).items():
        kept = (sampling.GOLDEN / name / file).read_bytes()
        if kept != data:
            shown = difflib.unified_diff(
                kept.decode().splitlines(), data.decode().splitlines(), f"kept {file}", f"made {file}", lineterm="", n=1
            )
            pytest.fail("\n".join(list(shown)[:60]))


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_machine_s_zone_and_language_change_nothing(zone: str) -> None:
    """On a machine in another zone, with another locale and another hash seed, every byte is the same."""
    environment = {**os.environ, "TZ": zone, "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0"}
    told = subprocess.run(
        [sys.executable, golden.__file__, "digest"], env=environment, check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == golden.digest()


def test_sixty_entries_keep_their_order_and_their_numbers() -> None:
    """No entry is lost, and the text part numbers them in the order of reading."""
    edition = sampling.read("sixty").frozen()
    assert len(edition.entries) == 60
    places = [edition.text.index(entry.title.split("\u00a0")[0][:30]) for entry in edition.entries]
    assert len(edition.links) >= 60
    assert places[0] == min(places)


def test_sixty_entries_fit_before_gmail_cuts() -> None:
    """The letter of sixty entries, encoded, is below the 102 kB that Gmail shows, with room for a few more."""
    assert encoded(sampling.read("sixty").frozen().html) < 96_000 < Settings().clip
