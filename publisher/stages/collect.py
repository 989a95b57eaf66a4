"""Collect: read every source, store what is new, and say per source how it went. One failure never stops the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.protocols import Saved

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from publisher.errors import Fault, SourceError
    from publisher.protocols import Collector, ItemStore, Memory

_TOGETHER = 100
"""Sources without anything new whose memory is written in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """How one source went: counts of items, or the error. ``skipped`` means that it asked to be left alone for now."""

    source: str
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: int = 0
    unchanged: bool = False
    skipped: bool = False
    next_try: datetime | None = None
    error: SourceError | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectReport:
    """How the run went, source by source, in the order of the configuration."""

    sources: tuple[SourceReport, ...]

    @property
    def new(self) -> tuple[str, ...]:
        """Return the ids of all new items."""
        return tuple(item for report in self.sources for item in report.new)

    @property
    def failed(self) -> tuple[SourceReport, ...]:
        """Return the sources that failed."""
        return tuple(report for report in self.sources if report.error)


def collect(
    collector: Collector, store: ItemStore, *, now: datetime, done: Callable[[SourceReport], None] = lambda _: None
) -> CollectReport:
    """Read and store every source; ``done`` is called with each report as soon as its source is done.

    Each source that gives something is one transaction: an interrupted run keeps what was stored. What is remembered
    of sources that gave nothing is written for many at a time: should a run be killed in between, some of them are
    only asked again, with the validators they had. Raises ``StoreError``.
    """
    reports: dict[str, SourceReport] = {}
    before = store.memories()
    quiet: list[Memory] = []
    try:
        for collected in collector.collect(before, now):
            key = collected.source
            saved = Saved()
            if collected.items or collected.error or not (collected.unchanged or collected.skipped):
                saved = store.save(collected, now)
            elif collected.memory != before.get(key):
                quiet.append(collected.memory)
            if len(quiet) >= _TOGETHER:
                store.remember(quiet)
                quiet.clear()
            reports[key] = SourceReport(
                source=key,
                new=saved.new,
                changed=saved.changed,
                same=saved.same,
                unchanged=collected.unchanged,
                skipped=collected.skipped,
                next_try=collected.memory.next_try,
                error=collected.error,
                faults=collected.faults,
            )
            done(reports[key])
    finally:
        if quiet:
            store.remember(quiet)
    return CollectReport(sources=tuple(reports[key] for key in collector.sources() if key in reports))
