"""Publish: feeds and archive pages of every approved edition, written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from publisher.edition import Edition
    from publisher.protocols import EditionStore, Outlet

    Build = Callable[[Sequence[Edition]], Mapping[str, bytes]]


def publish(editions: EditionStore, build: Build, outlet: Outlet) -> tuple[str, ...]:
    """Write what differs and return the paths that changed. Raises ``OutputError``; files before it stay whole."""
    frozen = tuple(approval.edition for approval in editions.approvals())
    return outlet.put(build(frozen))
