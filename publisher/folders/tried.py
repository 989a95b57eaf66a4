"""What the letter's links answered when they were tried, kept for a day in a file of ``var/``. It tries nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from publisher.folders.outlet import Folder
from publisher.preflight import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FRESH = timedelta(days=1)
"""An answer older than this is asked for again; a failure is asked for again after ``SOON``."""
SOON = timedelta(minutes=10)
_ANSWERED = range(200, 400)


class TriedLinks:
    """The answers by address. A file that cannot be read counts as empty: it is only a memory of what can be asked."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def known(self, addresses: Iterable[str], now: datetime) -> dict[str, LinkStatus]:
        """Return the answers that are still fresh at ``now``, among ``addresses``."""
        kept = self._read()
        return {
            address: kept[address].status for address in addresses if address in kept and kept[address].is_fresh(now)
        }

    def keep(self, statuses: Mapping[str, LinkStatus], now: datetime) -> None:
        """Add answers; what is no longer fresh is forgotten. Raises ``OutputError``."""
        kept = {address: told for address, told in self._read().items() if told.is_fresh(now)}
        kept |= {address: _Answer(status=status, tried=now) for address, status in statuses.items()}
        rows = {address: {**asdict(told.status), "tried": told.tried.isoformat()} for address, told in kept.items()}
        data = json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=1).encode()
        Folder(self._file.parent).put({self._file.name: data})

    def _read(self) -> dict[str, _Answer]:
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            return {address: _answer(**row) for address, row in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: LinkStatus
    tried: datetime

    def is_fresh(self, now: datetime) -> bool:
        age = now - self.tried
        return timedelta(0) <= age < (FRESH if self.status.status in _ANSWERED else SOON)


def _answer(*, tried: str, status: int, final: str, seconds: float, error: str) -> _Answer:
    told = LinkStatus(status=int(status), final=str(final), seconds=float(seconds), error=str(error))
    when = datetime.fromisoformat(tried)
    if when.tzinfo is None:
        raise ValueError("a time without its zone")
    return _Answer(status=told, tried=when)
