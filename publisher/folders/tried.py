"""What the letter's links answered when they were tried, kept for a day in a file of ``var/``. It tries nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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
            address: LinkStatus(**{key: value for key, value in kept[address].items() if key != "tried"})
            for address in addresses
            if address in kept and self._fresh(kept[address], now)
        }

    def keep(self, statuses: Mapping[str, LinkStatus], now: datetime) -> None:
        """Add answers; what is no longer fresh is forgotten. Raises ``OutputError``."""
        kept = {address: told for address, told in self._read().items() if self._fresh(told, now)}
        kept |= {address: {**asdict(status), "tried": now.isoformat()} for address, status in statuses.items()}
        data = json.dumps(kept, ensure_ascii=False, sort_keys=True, indent=1).encode()
        Folder(self._file.parent).put({self._file.name: data})

    def _fresh(self, told: Mapping[str, Any], now: datetime) -> bool:
        age = now - datetime.fromisoformat(str(told["tried"]))
        return timedelta(0) <= age < (FRESH if told["status"] in _ANSWERED else SOON)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found
