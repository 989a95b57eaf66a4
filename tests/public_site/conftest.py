"""One publication with its public pages for each file of tests; every test takes people of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from public_site import world as sample

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sample.World]:
    """Return the served publication."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sample.ENVIRONMENT.items():
            patch.setenv(name, value)
        with sample.served(sample.made(tmp_path_factory.mktemp("site"))) as found:
            yield found
