"""Collect: read every source, store what is new, and say per source how it went. One failure never stops the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from publisher.errors import Fault, SourceError
    from publisher.protocols import Collector, ItemStore


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
    """Read and store every source; ``done`` is called with each report as soon as its source is stored.

    Each source is one transaction: an interrupted run keeps what was stored. Raises ``StoreError``.
    """
    reports: dict[str, SourceReport] = {}
    for collected in collector.collect(store.memories(), now):
        saved = store.save(collected, now)
        report = SourceReport(
            source=collected.source,
            new=saved.new,
            changed=saved.changed,
            same=saved.same,
            unchanged=collected.unchanged,
            skipped=collected.skipped,
            next_try=collected.memory.next_try,
            error=collected.error,
            faults=collected.faults,
        )
        reports[collected.source] = report
        done(report)
    return CollectReport(sources=tuple(reports[key] for key in collector.sources() if key in reports))
