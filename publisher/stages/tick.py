"""Tick: what is due now, done through the hands it is given, and marked once done. It decides no hour itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from publisher import timetable
from publisher.protocols import Mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from publisher.protocols import Diary


class Hands(Protocol):
    """What a tick can have done."""

    def collect(self) -> None:
        """Read the sources."""
        ...

    def draft(self, issue: str) -> None:
        """Write the issue's file, unless there is one."""
        ...

    def ready(self, issue: str) -> None:
        """Raise what forbids to begin sending: then no mark says that it has begun."""
        ...

    def send(self, issue: str) -> bool:
        """Send the approved issue and publish it; say whether every message is out."""
        ...


def tick(  # noqa: PLR0913 - the ports of one stage
    now: datetime,
    *,
    settings: timetable.Settings,
    zone: ZoneInfo,
    diary: Diary,
    hands: Hands,
    tell: Callable[[str], None],
) -> tuple[timetable.Action, ...]:
    """Do what is due at ``now`` and return it. A step that fails bears no mark and is due again at the next tick.

    Raises what the hands raise, after the steps before it were done and marked.
    """
    actions = timetable.due(settings, zone, diary.marks(), now)
    for action in actions:
        tell(action.text)
        match action.step:
            case timetable.Step.DRAFT:
                hands.collect()
                hands.draft(action.issue)
            case timetable.Step.SEND:
                hands.ready(action.issue)
                diary.mark(Mark(issue=action.issue, action=timetable.SENDING, at=now))
                if not hands.send(action.issue):
                    continue
            case _:
                pass
        diary.mark(Mark(issue=action.issue, action=action.step.value, at=now))
    return actions
