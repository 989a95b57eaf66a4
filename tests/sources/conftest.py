"""What the tests of sources share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sources.loopback import Site, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    """Return an empty site that listens on loopback."""
    with running(Site()) as one:
        yield one
