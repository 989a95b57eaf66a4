"""The mailbox that ``[bounces]`` names, with its password. It reads no message."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.errors import ConfigError, Fault
from publisher.mailbox.boxes import Box, Imap, Maildir, Pop, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def open_box(settings: Settings, root: Path, environ: Mapping[str, str] = os.environ) -> Box:
    """Return the mailbox; nothing is connected yet. Raises ``ConfigError`` when the password is nowhere."""
    if settings.kind == "maildir":
        return Maildir(root / settings.path)
    password = _password(settings, root, environ)
    ca_file = root / settings.ca_file if settings.ca_file else None
    kind = Imap if settings.kind == "imap" else Pop
    return kind(settings, password, ca_file=ca_file)


def _password(settings: Settings, root: Path, environ: Mapping[str, str]) -> str:
    password = environ.get(settings.password_env, "") if settings.password_env else ""
    if not password and settings.password_file:
        try:
            password = (root / settings.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError):
            password = ""
    if not password:
        fault = Fault(
            place="bounces.password_env",
            text=f"le mot de passe de « {settings.username} » est introuvable.",
            remedy="Nommez une variable d’environnement (password_env) ou un fichier qui le contient (password_file).",
        )
        raise ConfigError("La boîte des retours ne peut pas être relevée.", (fault,))
    return password
