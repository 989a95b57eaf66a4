"""The error tree of the whole programme. It holds no behaviour beyond saying what is wrong, where, and what to do.

::

    PublisherError
    ├── ConfigError          config.toml; carries every fault at once
    ├── SourceError          one source, one run; never stops the others
    │   ├── FetchError       the address did not give an answer that can be used
    │   └── ReadError        the answer came but is not what the source is said to be
    ├── ContentError         a file that editors write; carries every fault at once
    ├── ConflictError        two people changed the same field; carries both texts, nothing was changed
    ├── StoreError           the database
    ├── RenderError          a template or the inlining
    ├── ApprovalError        nothing approved, or something else than what was approved
    ├── SendError            the sending as a whole cannot go on
    │   └── TransportError   the relay or the mailbox on disk
    └── OutputError          feeds, archive or another file could not be written whole

A sentence for a person is French; it says what happened, where, and what to do next. A third-party
exception never leaves its adapter: it becomes one of these with ``raise … from``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in what a person wrote: a value beside a result, not an exception.

    ``place`` is a file (with ``line`` from 1, 0 when unknown) or a dotted configuration key.
    """

    place: str
    text: str
    remedy: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return ``place:line: text. remedy``."""
        where = f"{self.place}:{self.line}" if self.line else self.place
        said = f"{where} : {self.text}" if where else self.text
        return f"{said} {self.remedy}".rstrip()


class PublisherError(Exception):
    """The root: ``text`` says what happened, ``place`` where, ``remedy`` what to do next."""

    def __init__(self, text: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the whole sentence: place, what happened, remedy."""
        said = f"{self.place} : {self.text}" if self.place else self.text
        return f"{said} {self.remedy}".rstrip()


class FaultsError(PublisherError):
    """An error that carries several faults and shows them all, one a line."""

    def __init__(self, text: str, faults: Sequence[Fault], *, place: str = "") -> None:
        super().__init__(text, place=place)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        """Return the sentence and then every fault on a line of its own."""
        return "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])


class ConfigError(FaultsError):
    """config.toml cannot be used as it is."""


class ContentError(FaultsError):
    """A file of ``content/`` cannot be used as it is."""


class SourceError(PublisherError):
    """One source failed in one run. ``place`` is the address or the file."""

    def __init__(self, text: str, *, source: str = "", place: str = "", remedy: str = "") -> None:
        super().__init__(text, place=place, remedy=remedy)
        self.source = source


class FetchError(SourceError):
    """No usable answer: ``status`` is the HTTP status (0 when there was none), ``retry_after`` seconds asked for."""

    def __init__(  # noqa: PLR0913 - each is a fact about the same answer
        self,
        text: str,
        *,
        source: str = "",
        place: str = "",
        remedy: str = "",
        status: int = 0,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(text, source=source, place=place, remedy=remedy)
        self.status = status
        self.retry_after = retry_after


class ReadError(SourceError):
    """The bytes are not what the source is said to be (HTML for a feed, a feed cut in the middle, …)."""


class ConflictError(PublisherError):
    """Somebody else changed this field in between. Nothing was changed: ``theirs`` stands, ``ours`` is kept here."""

    def __init__(  # noqa: PLR0913 - both texts and what they are of
        self, text: str, *, field: str, theirs: str, ours: str, place: str = "", remedy: str = ""
    ) -> None:
        super().__init__(text, place=place, remedy=remedy)
        self.field = field
        self.theirs = theirs
        self.ours = ours


class StoreError(PublisherError):
    """The database cannot be opened, read or written."""


class RenderError(PublisherError):
    """A template or the CSS inlining failed. ``place`` is the template and its line."""


class ApprovalError(PublisherError):
    """Nothing was approved for this issue, or what would be sent is not what was approved."""


class SendError(PublisherError):
    """A sending cannot start or cannot go on; what was already settled stays settled."""


class TransportError(SendError):
    """The relay or the mailbox on disk refuses the whole session (not one recipient)."""


class OutputError(PublisherError):
    """A file could not be written; the file that was there before is untouched."""
