"""Collecting: what is written when, and what a run that is stopped leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.errors import FetchError
from publisher.item import ItemData
from publisher.protocols import Collected, Memory, Saved
from publisher.stages.collect import collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from publisher.item import Item

NOW = datetime(2026, 10, 27, 9, tzinfo=UTC)


class Sources:
    """A collector that gives what it was given, and may stop in the middle."""

    def __init__(self, *given: Collected, stop: type[BaseException] | None = None) -> None:
        self.given = given
        self.stop = stop

    def sources(self) -> tuple[str, ...]:
        """Return the keys in order of the configuration, which is not that of the answers."""
        return tuple(sorted(each.source for each in self.given))

    def collect(self, memories: Mapping[str, Memory], now: datetime) -> Iterator[Collected]:
        """Give one after the other."""
        yield from self.given
        if self.stop is not None:
            raise self.stop


class Shelf:
    """What would be written, transaction by transaction."""

    def __init__(self, *known: Memory) -> None:
        self.known = known
        self.written: list[tuple[str, ...]] = []

    def memories(self) -> dict[str, Memory]:
        """Return what was remembered before."""
        return {each.source: each for each in self.known}

    def save(self, collected: Collected, now: datetime) -> Saved:
        """Take one source; all its items are new."""
        self.written.append((collected.source,))
        return Saved(new=tuple(f"{each.source}:{each.guid}" for each in collected.items))

    def remember(self, memories: Iterable[Memory]) -> None:
        """Take many memories."""
        self.written.append(tuple(each.source for each in memories))

    def items(self, *, since: datetime | None = None) -> tuple[Item, ...]:
        """Return nothing."""
        return ()

    def get(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return nothing."""
        return {}


def quiet(key: str) -> Collected:
    """Return a source that says that nothing changed."""
    return Collected(source=key, memory=Memory(source=key, etag="a", last_success=NOW), unchanged=True)


def test_sources_without_news_are_written_together() -> None:
    """What gave something is a transaction of its own; memories alone are written a hundred at a time."""
    new = Collected(source="z", memory=Memory(source="z"), items=(ItemData(source="z", title="T", guid="1"),))
    failed = Collected(source="y", memory=Memory(source="y", failures=1), error=FetchError("panne", source="y"))
    shelf = Shelf()
    report = collect(Sources(new, failed, *(quiet(f"s{each:03}") for each in range(230))), shelf, now=NOW)
    assert [len(each) for each in shelf.written] == [1, 1, 100, 100, 30]
    assert shelf.written[:2] == [("z",), ("y",)]
    assert report.new == ("z:1",)
    assert [each.source for each in report.failed] == ["y"]
    assert [each.source for each in report.sources] == sorted(each.source for each in report.sources)
    assert sum(each.unchanged for each in report.sources) == 230


def test_a_source_that_is_left_alone_costs_no_writing() -> None:
    """What is remembered already is not written again."""
    waiting = Memory(source="a", failures=2, next_try=NOW + timedelta(hours=1))
    shelf = Shelf(waiting)
    report = collect(Sources(Collected(source="a", memory=waiting, skipped=True)), shelf, now=NOW)
    assert shelf.written == []
    assert report.sources[0].skipped
    assert report.sources[0].next_try == waiting.next_try
    collect(Sources(Collected(source="a", memory=replace(waiting, configured="b"), skipped=True)), shelf, now=NOW)
    assert shelf.written == [("a",)]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_is_stopped_keeps_what_it_learnt(stop: type[BaseException]) -> None:
    """What waits to be written with others is written when the run ends early."""
    shelf = Shelf()
    told: list[str] = []
    with pytest.raises(stop):
        collect(
            Sources(quiet("a"), quiet("b"), stop=stop), shelf, now=NOW, done=lambda report: told.append(report.source)
        )
    assert shelf.written == [("a", "b")]
    assert told == ["a", "b"]
