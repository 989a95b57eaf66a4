"""What the desk shows of one issue. Frozen records: they build nothing and judge nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.edition import Edition
    from publisher.errors import Fault
    from publisher.preflight import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that this machine can show although its address is not (or not yet) public."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How one source is: ``level`` is "good", "note" or "bad"; the sentences are for a person."""

    name: str
    level: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One issue as it stands now: an edition with its findings, or the faults that stopped it.

    ``unchecked`` says in French what the findings do not speak of. ``feeds`` are files by name as they would be
    published. ``pictures`` maps addresses in the letter to pictures shown in their place; the letter's own bytes are
    served unchanged when there are none.
    """

    issue: str
    file: str = ""
    edition: Edition | None = None
    faults: tuple[Fault, ...] = ()
    findings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()
    feeds: Mapping[str, bytes] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
