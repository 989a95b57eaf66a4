"""One publication, whole: what it stands on, and its press."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from publisher.wiring.foundation import Foundation

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.errors import Fault
    from publisher.wiring.press import Press


class Publication(Foundation):
    """One publication's live objects. ``unreachable`` are pictures known not to answer, by address."""

    def __init__(self, config: Config, *, unreachable: dict[str, Fault] | None = None) -> None:
        super().__init__(config)
        self._unreachable = {} if unreachable is None else unreachable

    @cached_property
    def press(self) -> Press:
        """Return what renders, checks and shows the letter."""
        from publisher.wiring.press import Press  # noqa: PLC0415 - templates and pictures, only for a letter

        return Press(self, unreachable=self._unreachable)
