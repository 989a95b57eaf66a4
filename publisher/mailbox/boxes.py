"""What config.toml says of the mailbox that bounces arrive in. It opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from publisher.postbox.account import Security  # noqa: TC001 - pydantic resolves the annotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[bounces]``: where returned messages arrive.

    ``path`` is for Maildir, relative to the configuration's folder; ``host`` and the rest for IMAP and POP. The
    password stands in the environment variable ``password_env`` or alone in ``password_file``. Always encrypted,
    unless ``security`` is "none" (a server of this machine). ``delete`` lets POP delete what was dealt with.
    """

    kind: Literal["maildir", "imap", "pop"] = "maildir"
    path: str = ""
    host: str = ""
    port: int = 0
    security: Security = "tls"
    username: str = ""
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""
    folder: str = "INBOX"
    delete: bool = False
    timeout: float = 60.0
