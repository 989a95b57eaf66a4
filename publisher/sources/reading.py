"""What a reader gives back: items, and what was lost on the way. It reads nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Fault
    from publisher.item import ItemData


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The items of one document of a source, in its order; each fault says in French what could not be kept."""

    items: tuple[ItemData, ...] = ()
    faults: tuple[Fault, ...] = ()
