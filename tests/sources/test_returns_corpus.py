"""What a source gives the next time is known again, or is new: one file each in tests/corpus/returns.

A file holds two readings (``first`` and ``second``, as in tests/corpus/feeds), how many items of the second are
``new``, and the fields in which an item that is known again has ``changed``.
"""

from __future__ import annotations

import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sources.test_corpus import NOW, read

from publisher import identity
from publisher.protocols import Collected, Memory
from publisher.store.database import open_engine
from publisher.store.items import Items

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "returns"
CASES = sorted(CORPUS.glob("*.toml"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_returns(path: Path, tmp_path: Path) -> None:
    """Nothing comes twice, nothing is lost, and what the source changed is kept as another version."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["what"]
    items = Items(open_engine(f"sqlite:///{tmp_path / 'p.db'}"))
    memory = Memory(source="essai")
    before = items.save(Collected(source="essai", memory=memory, items=read(case["first"]).items), NOW)
    assert before.new
    later = NOW + timedelta(hours=1)
    after = items.save(Collected(source="essai", memory=memory, items=read(case["second"]).items), later)
    assert len(after.new) == case["new"]
    assert all(item.first_seen == NOW for item in items.get(before.new).values())
    changed = {
        name
        for key in after.changed
        for name in identity.changes(items.history(key)[-2].data, items.history(key)[-1].data)
    }
    assert changed == set(case.get("changed", ()))


def test_corpus_is_there() -> None:
    """The corpus is found, so that the test above proves something."""
    assert len(CASES) >= 10
