"""What an editor does to the drafted issue before approving it. It must not read or write a file."""

from __future__ import annotations

import re

from publisher.demo import posts
from publisher.errors import ContentError, Fault

SUBJECT = "Lettre du réseau – Novembre 2026"
PREHEADER = "Des clés à Port-Sérin, une cuisine pour vingt-deux communes et neuf rendez-vous à noter"
HEADLINES = ("À Port-Sérin, les premiers logements", "Vingt-deux communes, une seule cuisine")
"""Beginnings of the titles that the editor moves to « À la une », in this order."""
LATER = (
    "L'autopartage rural",
    "Six collectivités signent",
    "Les budgets participatifs",
    "Un été de culture",
    "7ème anniversaire de la Lyse",
    "Quatre communes achètent",
)
"""Beginnings of the titles that the editor keeps for the next issue, so that this one stays readable."""
REWRITTEN = "La caravane des services publics"
OVERRIDE = """title = "Les services publics prennent la route"
summary = \"\"\"
Deux camions aménagés en guichets, quarante villages, le même agent à la même heure : \\
la Vernelle fait le pari de la régularité, et 5 200 démarches lui donnent raison.\"\"\"
"""
_EDITORIAL = """[editorial]
title = "Ce qui tient"
author = "Hélène Marchand-Roy"
role = "présidente du réseau"
"""
_ENTRY = re.compile(r'^\s*"(?P<id>[^"]+)",?\s*#\s*(?P<title>.*)$')


def edit(text: str) -> str:
    """Return the drafted issue file after an editor's work on it, as a person would type it.

    Subject, preheader and opening word are written, two entries go to « À la une », six wait for the next issue, one
    title and summary are rewritten. Raises ``ContentError`` when an entry that the editor works on is not in the draft.
    """
    lines = text.splitlines(keepends=True)
    lines = _set(lines, "subject", SUBJECT)
    lines = _set(lines, "preheader", PREHEADER)
    moved = [lines.pop(_entry(lines, title)[0]) for title in HEADLINES]
    kept = [lines.pop(_entry(lines, title)[0]) for title in LATER]
    later = next(place for place, line in enumerate(lines) if line.startswith("later = []"))
    lines[later : later + 1] = ["later = [\n", *kept, "]\n"]
    top = next(place for place, line in enumerate(lines) if line.startswith("[[section]]"))
    opening = next(place for place in range(top, len(lines)) if lines[place].startswith("entries = ["))
    if lines[opening].rstrip().endswith("]"):
        lines[opening : opening + 1] = ["entries = [\n", *moved, "]\n"]
    else:
        lines[opening + 1 : opening + 1] = moved
    _, rewritten = _entry(lines, REWRITTEN)
    lines[top:top] = [_EDITORIAL, "\n"]
    fence = max(place for place, line in enumerate(lines) if line.rstrip() == "+++")
    lines[fence:fence] = ["\n", f'[entry."{rewritten}"]\n', OVERRIDE]
    editorial = (posts.SITES / "edito.md").read_text(encoding="utf-8")
    return "".join(lines).rstrip("\n") + "\n\n" + editorial


def _set(lines: list[str], key: str, value: str) -> list[str]:
    """Return the lines with one key of the top table set."""
    return [f'{key} = "{value}"\n' if re.match(rf"{key}\s*=", line) else line for line in lines]


def _entry(lines: list[str], title: str) -> tuple[int, str]:
    """Return the place and the id of the entry whose title begins so."""
    for place, line in enumerate(lines):
        found = _ENTRY.match(line)
        if found and _comparable(found["title"]).startswith(_comparable(title)):
            return place, found["id"]
    fault = Fault(
        place="content/issues",
        text=f"aucun article ne commence par «\u00a0{title}\u00a0»\u00a0: des sites d’exemple n’ont pas été relevés.",
        remedy="Relancez «\u00a0publisher demo\u00a0».",
    )
    raise ContentError("Le numéro d’exemple ne peut pas être préparé.", (fault,))


def _comparable(title: str) -> str:
    return " ".join(title.replace("’", "'").split())
