"""A database per test, migrated like a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.store.database import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return a migrated SQLite database in a file."""
    made = open_engine(f"sqlite:///{tmp_path / 'var' / 'publisher.sqlite'}")
    yield made
    made.dispose()
