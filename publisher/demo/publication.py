"""The demonstration's publication: the real configuration with sample addresses, and documents. It runs nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import tomlkit

from publisher import french
from publisher.demo import posts
from publisher.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ISSUE = "2026-11"
DRAFTED = datetime(2026, 10, 27, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""The demonstration's clock when it collects and drafts: one week before the letter leaves."""
APPROVED = datetime(2026, 10, 30, 16, 0, tzinfo=ZoneInfo("Europe/Paris"))
SENT = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))

_CHANGES: dict[str, dict[str, Any]] = {
    "publication": {
        "title": "Lettre du réseau",
        "organisation": "Réseau des territoires solidaires",
        "short_name": "Territoires solidaires",
        "site": "https://reseau.example/",
        "base": "https://lettre.reseau.example/",
        "id_domain": "reseau.example",
    },
    "legal": {
        "address": "Réseau des territoires solidaires, 12 quai des Deux-Rives, 99000 Lysandre",
        "director": "Hélène Marchand-Roy, présidente",
        "host": "Hébergeur d’exemple, 3 rue du Port, 99000 Lysandre",
        "privacy": "https://reseau.example/Donnees-personnelles",
    },
    "letter": {
        "from_name": "Réseau des territoires solidaires",
        "from_address": "lettre@reseau.example",
        "reply_to": "animation@reseau.example",
        "bounce_address": "retours@reseau.example",
        "unsubscribe": "https://lettre.reseau.example/desinscription/",
        "unsubscribe_mailto": "desinscription@reseau.example",
    },
    "draft": {
        "subject": "Lettre du réseau – {Month} {year}",
        "preheader": "Les infos du réseau – {number}/{year}",
    },
    "campaign": {
        "source": "lettre-du-reseau",
        "name": "lettre-du-reseau-{year}-{month}",
    },
    "http": {
        "contact": "animation@reseau.example",
        "delay": 0.0,
        "try_links": False,  # outside the demonstration nobody answers for these hosts
    },
    "preflight": {
        "caniemail": "../caniemail.json",  # the checkout's own, where `make caniemail` put it
    },
    "sources.rtes": {
        "name": "Réseau des territoires solidaires",
        "url": "https://reseau.example/spip.php?page=backend",
        "cms": "spip",
        "follow": True,
    },
    "sources.irev": {
        "name": "Centre de ressources des quartiers",
        "url": "https://centre-ressources.example/rss.xml",
    },
    "sources.localtis": {
        "name": "Le Quotidien des territoires",
        "url": "https://quotidien.example/flux/localtis.xml",
        "follow": True,
    },
    "sources.agenda": {
        "kind": "calendar",
        "name": "Agenda du réseau",
        "url": "https://reseau.example/agenda.ics",
    },
    "transport": {"kind": "maildir", "path": "var/maildir"},
}
_KEPT_TRANSPORT = frozenset({"kind", "path"})


def configuration(text: str, *, paths: Mapping[str, str] | None = None) -> str:
    """Return a configuration for the sample sites: ``text`` with its addresses replaced, comments and order kept.

    ``paths`` goes to ``[paths]``. A transport of any kind becomes the Maildir: a demonstration sends nothing out.
    """
    document = tomlkit.parse(text)
    transport = document.get("transport", {})
    for key in [key for key in transport if key not in _KEPT_TRANSPORT]:
        del transport[key]
    for place, values in _CHANGES.items():
        table = _table(document, place)
        for key, value in values.items():
            table[key] = value
    if paths:
        table = _table(document, "paths")
        for key, value in paths.items():
            table[key] = value
    return tomlkit.dumps(document)


def prepare(directory: Path, text: str, *, paths: Mapping[str, str] | None = None) -> Path:
    """Write config.toml and content/articles/ into ``directory`` and return the configuration's path.

    ``text`` is the configuration to start from. Files of the same name are replaced, others stay.
    Raises ``OutputError`` when the folder cannot be written.
    """
    try:
        articles = directory / "content" / "articles"
        articles.mkdir(parents=True, exist_ok=True)
        (directory / "content" / "issues").mkdir(exist_ok=True)
        for document in (posts.SITES / "documents").iterdir():
            (articles / document.name).write_bytes(document.read_bytes())
        config = directory / "config.toml"
        config.write_text(configuration(text, paths=paths), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"la publication d’exemple ne peut pas être écrite ({french.system(error)}).",
            place=str(error.filename or directory),
            remedy="Vérifiez les droits du dossier et la place sur le disque.",
        ) from error
    return config


def _table(document: tomlkit.TOMLDocument, place: str) -> Any:
    """Return the table at a dotted place, made at the end of its parent when it is not there."""
    here: Any = document
    for name in place.split("."):
        if name not in here:
            here[name] = tomlkit.table()
        here = here[name]
    return here
