"""What a reader is given beside the bytes, and what it gives back. It reads nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from publisher.errors import Fault
    from publisher.item import ItemData
    from publisher.sources.settings import Cms


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a document comes from: the source's ``key`` and ``cms``, the ``address`` it was read at, what HTTP said.

    ``zone`` is for times without a zone; ``whole`` is false when the connection broke off before the end.
    """

    key: str
    address: str
    now: datetime
    zone: tzinfo
    cms: Cms = ""
    media_type: str = ""
    charset: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The items of one document of a source, in its order; each fault says in French what could not be kept."""

    items: tuple[ItemData, ...] = ()
    faults: tuple[Fault, ...] = ()
