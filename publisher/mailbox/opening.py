"""The mailbox that ``[bounces]`` names. It reads no message."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.postbox.account import Account
from publisher.postbox.imap import Imap
from publisher.postbox.maildir import Maildir
from publisher.postbox.pop import Pop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.mailbox.boxes import Settings
    from publisher.postbox.box import Box

_WHAT = "la boîte des retours"
_TABLE = "bounces"


def open_box(settings: Settings, root: Path, environ: Mapping[str, str] = os.environ) -> Box:
    """Return the mailbox; nothing is connected yet. Raises ``SourceError`` when the password is nowhere."""
    if settings.kind == "maildir":
        return Maildir(root / settings.path, what=_WHAT, key=f"{_TABLE}.path")
    account = Account(
        host=settings.host,
        port=settings.port,
        security=settings.security,
        username=settings.username,
        password_env=settings.password_env,
        password_file=settings.password_file,
        ca_file=settings.ca_file,
        timeout=settings.timeout,
        what=_WHAT,
        table=_TABLE,
    )
    password, tls = account.login(root, environ), account.tls(root)
    if settings.kind == "imap":
        return Imap(account, password, folder=settings.folder, tls=tls)
    return Pop(account, password, delete=settings.delete, tls=tls)
