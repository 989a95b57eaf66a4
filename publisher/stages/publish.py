"""Publish: feeds and archive pages of every approved edition, written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import ApprovalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from publisher.edition import Edition
    from publisher.protocols import EditionStore, Outlet

    Build = Callable[[Sequence[Edition]], Mapping[str, bytes]]


def publish(editions: EditionStore, build: Build, outlet: Outlet) -> tuple[str, ...]:
    """Write what differs and return the paths that changed.

    Raises ``ApprovalError`` when nothing is approved, and ``OutputError``; the files that were there stay whole.
    """
    frozen = tuple(approval.edition for approval in editions.approvals())
    if not frozen:
        raise ApprovalError(
            "aucun numéro n’est approuvé : il n’y a rien à publier.", remedy="« publisher approve AAAA-MM » d’abord."
        )
    return outlet.put(build(frozen))
