"""This machine and what it reaches: clock, disk, folders, relay, public addresses. Nothing here changes anything."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from publisher.doctor.checkup import Checkup, bad, doubtful, good
from publisher.french import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.doctor.one_click import Asked

LEAST_ROOM = 200_000_000
"""Octets; an edition, its feeds and the ledger of a large list fit well into it."""
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier day than this programme's."""
_ANSWERED = 200


def clock(now: datetime, marks: Iterable[datetime]) -> Checkup:
    """Return whether the clock can be right: not before this programme was written, nor before what it already did."""
    newest = max(marks, default=WRITTEN)
    if now < WRITTEN:
        return bad("clock", f"l’horloge dit {now:%d/%m/%Y %H:%M} : elle retarde.", "Réglez-la (NTP).")
    if newest > now + timedelta(minutes=5):
        return bad(
            "clock",
            f"l’horloge dit {now:%d/%m/%Y %H:%M}, mais une action est déjà datée du {newest:%d/%m/%Y %H:%M}.",
            "Réglez-la (NTP) ; rien n’est envoyé deux fois pour autant.",
        )
    return good("clock", f"horloge : {now:%d/%m/%Y %H:%M %Z}")


def database(name: str, active: int, forgetful: Sequence[str] = ()) -> Checkup:
    """Return how an open database looks: ``forgetful`` are settings by which a power cut loses what was sent."""
    said = f"{name}, ouverte et à jour ; {counted(active, 'abonné actif')}"
    if forgetful:
        return doubtful(
            "database",
            f"{said}, mais {' et '.join(forgetful)} sur « off » : une coupure de courant perd ce qui vient de partir.",
            "Remettez ces réglages du serveur sur « on », ou des lettres partiront deux fois.",
        )
    return good("database", said)


def disk(folder: Path) -> Checkup:
    """Return whether there is room where state is kept."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_ROOM:
        return bad("disk", f"il reste {free // 1_000_000} Mo pour {folder}.", "Libérez de la place avant l’envoi.")
    return good("disk", f"{free // 1_000_000_000} Go libres pour {folder}")


def writable(name: str, folder: Path) -> Checkup:
    """Return whether a folder can be written."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return bad(name, f"{folder} ne peut pas être écrit.", "Donnez ce dossier à l’utilisateur du programme.")
    return good(name, f"{folder} peut être écrit")


def one_click(address: str, asked: Asked) -> Checkup:
    """Return whether the unsubscribe address behaves as RFC 8058 asks, for a token that nobody has.

    A GET shows a page; the POST of one click answers 200, without redirect or cookie.
    """
    if asked.error:
        said = f"ne répond pas : {asked.error}"
    elif asked.location:
        said = f"redirige vers {asked.location}"
    elif asked.looked != _ANSWERED or not asked.page:
        said = f"ne montre pas de page (réponse {asked.looked})"
    elif asked.pressed != _ANSWERED:
        said = f"refuse le clic d’une messagerie (réponse {asked.pressed} à POST)"
    elif asked.cookie:
        said = "dépose un cookie"
    else:
        return good("one-click", f"{address} montre une page et prend la désinscription en un clic")
    return bad(
        "one-click",
        f"{address} {said.rstrip('.')}.",
        "Gmail et Yahoo veulent 200, sans redirection : « publisher site » le fait ; voyez letter.unsubscribe.",
    )
