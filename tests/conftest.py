"""What all tests share: the seeds where they are there, and a fixed clock."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PARIS = ZoneInfo("Europe/Paris")

# a time limit per example says how busy the machine is, not whether the code is right
# A landing repeats the examples of the run before it; a developer's machine looks for new ones each time.
hypothesis.settings.register_profile("publisher", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("publisher")


@pytest.fixture
def seeds() -> Path:
    """Return the folder of real documents, or skip where it is not beside the project."""
    folder = SHARED / "seeds"
    if not folder.is_dir():
        pytest.skip("../shared/seeds is not beside this checkout: the five real documents are not read")
    return folder


@pytest.fixture
def samples() -> Path:
    """Return the folder of sample feeds, or skip where it is not beside the project."""
    folder = SHARED / "samples"
    if not folder.is_dir():
        pytest.skip("../shared/samples is not beside this checkout")
    return folder


@pytest.fixture
def now() -> datetime:
    """Return the tests' clock: 27 October 2026, 10:00 in Paris."""
    return datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
