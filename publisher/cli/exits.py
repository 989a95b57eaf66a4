"""Exit statuses, documented in the README: a program can tell what happened without reading French."""

from __future__ import annotations

from publisher.errors import (
    ApprovalError,
    ConfigError,
    ContentError,
    OutputError,
    PublisherError,
    RenderError,
    SendError,
    StoreError,
)

DONE = 0
FOUND = 1  # the command ran; it found errors to mend (check, sources that failed)
USAGE = 2  # the command line itself is wrong
CONFIG = 3
CONTENT = 4  # issue file, item or template
APPROVAL = 5
SENDING = 6  # not every message is out; running again goes on
STORAGE = 7  # database, feeds/ or disk
INTERRUPTED = 130

OF_ERROR: tuple[tuple[type[PublisherError], int], ...] = (
    (ConfigError, CONFIG),
    (ContentError, CONTENT),
    (RenderError, CONTENT),
    (ApprovalError, APPROVAL),
    (SendError, SENDING),
    (StoreError, STORAGE),
    (OutputError, STORAGE),
)


def status(error: PublisherError) -> int:
    """Return the exit status for an error of the tree; ``FOUND`` for one without a status of its own."""
    return next((code for kind, code in OF_ERROR if isinstance(error, kind)), FOUND)
