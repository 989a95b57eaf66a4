"""A rule: its code, how grave it is, what it says, what to do about it and why it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from publisher.preflight.finding import Found, Level
from publisher.preflight.letter import Letter

Check = Callable[[Letter], Iterable[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``title`` names the fault, ``remedy`` is imperative, ``why`` explains; all three are French.

    A rule that is not ``waivable`` protects readers' rights or what must never be published.
    """

    code: str
    level: Level
    title: str
    remedy: str
    why: str
    check: Check
    waivable: bool = True
