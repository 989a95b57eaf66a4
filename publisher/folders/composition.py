"""Composition: an issue written as the file that an editor will read and change. It writes no file."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING

from publisher.folders.dates import PARIS
from publisher.folders.front_matter import FENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from publisher.issue import Issue, Overrides, Section

EDITORIAL = ("title", "author", "role", "portrait", "portrait_alt")

TITLE_WIDTH = 90
"""Characters of a title kept beside its id: the id is what counts, the title is a reminder."""

NOTE_WIDTH = 112

_HOW = """\
# Le numéro {key}. Ce fichier est à vous\u00a0: tout ce qui suit «\u00a0#\u00a0» est une note, jamais envoyée.
#
#   Déplacer un article\u00a0: déplacez sa ligne.      Le retirer\u00a0: supprimez sa ligne.
#   Le garder pour le mois prochain\u00a0: mettez son numéro dans «\u00a0later\u00a0».
#   Récrire un titre, un résumé, une date\u00a0: voyez l’exemple en bas de cette partie.
#   L’édito s’écrit en Markdown sous le second «\u00a0+++\u00a0».
#
#   Voir la lettre\u00a0: publisher preview {key}      La vérifier\u00a0: publisher check {key}
"""
_EXAMPLE = """\
# Pour récrire ce que dit la source, ôtez les «\u00a0#\u00a0» de ce que vous changez\u00a0:
# [entry."{item}"]
# title = "Un titre plus court"
# summary = "Deux phrases qui donnent envie de lire."
# alt = "Ce que montre l’image"
# start = "3 novembre 2026 à 14 h"       # début d’un événement
# deadline = "15 décembre 2026"          # date limite d’un appel à projets
"""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def compose(issue: Issue, titles: Mapping[str, str], *, timezone: tzinfo = PARIS) -> str:
    """Return the text of an issue file: ``parse`` gives the same issue back.

    The first line of each of ``titles`` stands beside its id, the following lines as notes above it.
    """
    front = _HOW.format(key=issue.key)
    blocks = [front, "".join(_head(issue, titles))]
    if any(getattr(issue.editorial, name) for name in EDITORIAL):
        blocks.append("".join(_editorial(issue)))
    blocks.extend("".join(_section(section, titles)) for section in issue.sections)
    rewritten = [entry for section in issue.sections for entry in section.entries if any(_told(entry.overrides))]
    blocks.extend(
        f"[entry.{one_line(entry.item)}]\n"
        + "".join(f"{name} = {literal(value, timezone)}\n" for name, value in _told(entry.overrides))
        for entry in rewritten
    )
    if not rewritten:
        first = next(iter(issue.item_ids), "rtes:101")
        blocks.append(_EXAMPLE.format(item=first))
    if issue.waivers:
        waivers = "".join(f"{_key(waiver.code)} = {quoted(waiver.reason)}\n" for waiver in issue.waivers)
        blocks.append(f"[waive]\n{waivers}")
    body = f"\n{issue.editorial.text}\n" if issue.editorial.text else "\n"
    return f"{FENCE}\n" + "\n".join(blocks) + f"{FENCE}\n{body}"


def entry_line(item: str, note: str) -> str:
    """Return the lines that place an item: its title beside the id, the further lines of the note above it."""
    title, *remarks = note.split("\n")
    above = (line for remark in remarks for line in textwrap.wrap(_plain(remark), NOTE_WIDTH))
    beside = note_of(title)
    placed = f"  {one_line(item)},  # {beside}\n" if beside else f"  {one_line(item)},\n"
    return "".join(f"  # {line}\n" for line in above) + placed


def note_of(title: str) -> str:
    """Return a title as one line that can stand in a TOML comment, cut at ``TITLE_WIDTH`` characters."""
    plain = _plain(title)
    return plain if len(plain) <= TITLE_WIDTH else plain[: TITLE_WIDTH - 1].rstrip() + "…"


def _plain(text: str) -> str:
    shown = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Zs"} else character
        for character in text
        if unicodedata.category(character) not in {"Cf", "Cs"}
    )
    return " ".join(shown.split())


def quoted(text: str) -> str:
    """Return the text as a TOML string: over several lines when it has several and that reads better."""
    if "\n" in text and not re.search(rf"(?m)^{re.escape(FENCE)}\s*$", text):
        lines = "\n".join("".join(map(_escape, line)) for line in text.split("\n"))
        return f'"""\n{lines}"""'
    return one_line(text)


def one_line(text: str) -> str:
    """Return the text as a TOML string on one line, as keys and ids must be."""
    return '"' + "".join(map(_escape, text)) + '"'


def literal(value: object, zone: tzinfo) -> str:
    """Return a text or a date as TOML; the offset is written only in the hour that the clock shows twice."""
    if isinstance(value, datetime):
        plain = value.astimezone(zone).replace(tzinfo=None, fold=0)
        offsets = {plain.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
        return plain.isoformat() if len(offsets) == 1 else value.isoformat()
    return value.isoformat() if isinstance(value, date) else quoted(str(value))


def _head(issue: Issue, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"subject = {quoted(issue.subject)}\n"
    yield f"preheader = {quoted(issue.preheader)}"
    yield "\n" if issue.preheader else "  # la ligne que la boîte de réception montre après l’objet\n"
    if issue.later:
        yield "later = [\n"
        yield from (entry_line(item, titles.get(item, "")) for item in issue.later)
        yield "]\n"
    else:
        yield "later = []\n"


def _editorial(issue: Issue) -> Iterator[str]:
    yield "[editorial]\n"
    for name in EDITORIAL:
        if told := getattr(issue.editorial, name):
            yield f"{name} = {quoted(told)}\n"


def _section(section: Section, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"[[section]]\nkey = {quoted(section.key)}\ntitle = {quoted(section.title)}\n"
    if section.intro:
        yield f"intro = {quoted(section.intro)}\n"
    yield "entries = [\n"
    yield from (entry_line(entry.item, titles.get(entry.item, "")) for entry in section.entries)
    yield "]\n"


def _told(overrides: Overrides) -> Iterator[tuple[str, object]]:
    for spec in fields(overrides):
        value = getattr(overrides, spec.name)
        if value is not None:
            yield spec.name, value


def _key(code: str) -> str:
    return code if re.fullmatch(r"[A-Za-z0-9_-]+", code) else one_line(code)


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04X}" if unicodedata.category(character) == "Cc" else character
