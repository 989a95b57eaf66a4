"""Exit statuses, documented in the README: a program can tell what happened without reading French."""

from __future__ import annotations

from publisher.errors import (
    ApprovalError,
    ConfigError,
    ConflictError,
    ContentError,
    OutputError,
    PublisherError,
    RenderError,
    SendError,
    StoreError,
)

DONE = 0
FOUND = 1  # the command ran; it found errors to mend (check, sources that failed)
USAGE = 2  # the command line itself is wrong: an unknown command, option, rule or value
CONFIG = 3  # config.toml, and a source that it does not name
CONTENT = 4  # an issue file, an item or a template is wrong, or is not there
APPROVAL = 5
SENDING = 6  # not every message is out; running again goes on
STORAGE = 7  # database, feeds/ or disk
UNFORESEEN = 70  # EX_SOFTWARE of sysexits.h: a fault of the programme itself
INTERRUPTED = 130

OF_ERROR: tuple[tuple[type[PublisherError], int], ...] = (
    (ConfigError, CONFIG),
    (ContentError, CONTENT),
    (ConflictError, CONTENT),
    (RenderError, CONTENT),
    (ApprovalError, APPROVAL),
    (SendError, SENDING),
    (StoreError, STORAGE),
    (OutputError, STORAGE),
)


def status(error: PublisherError) -> int:
    """Return the exit status for an error of the tree; ``FOUND`` for one without a status of its own."""
    return next((code for kind, code in OF_ERROR if isinstance(error, kind)), FOUND)
