"""The issue file: TOML between ``+++`` lines, then the opening word in Markdown. It knows no item and no disk.

``parse`` says every fault at once, each with its line; ``missing`` compares ids with those that exist.
``docs/decisions/0070-issue-file.md`` says why the file looks as it does.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from publisher import french
from publisher.errors import ContentError, Fault
from publisher.folders import dates
from publisher.folders.composition import EDITORIAL, compose
from publisher.folders.dates import PARIS
from publisher.folders.front_matter import FrontMatter, split
from publisher.issue import Editorial, Entry, Issue, Overrides, Section, Waiver

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import tzinfo

__all__ = ["compose", "missing", "parse", "refused"]

TOP = ("subject", "preheader", "editorial", "section", "entry", "waive", "later")
SECTION = ("key", "title", "intro", "entries")
OVERRIDES = ("title", "summary", "link", "link_text", "image", "alt", "credit", "place", "start", "deadline")

KEY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
ITEM = re.compile(r"[A-Za-z0-9_-]+:[1-9][0-9]*")

_Path = tuple[str | int, ...]
_TYPES = {bool: "un oui/non", int: "un nombre", float: "un nombre", list: "une liste", dict: "une table"}


def parse(text: str, file: str, *, timezone: tzinfo = PARIS) -> Issue:
    """Return the issue that ``text`` says; its key is the name of ``file``.

    A date without a zone is read in ``timezone``. Raises ``ContentError`` with every fault, each with its line.
    """
    reader = _Reader(file=file, timezone=timezone)
    key = PurePath(file).stem
    if not KEY.fullmatch(key):
        reader.faults.append(
            Fault(
                place=file,
                text=f"le nom du fichier, «\u00a0{key}\u00a0», n’est pas un mois.",
                remedy="Nommez-le d’après l’année et le mois, par exemple «\u00a02026-11.md\u00a0».",
            )
        )
    matter, faults = split(text, file)
    reader.faults.extend(faults)
    issue = reader.issue(matter, key) if matter else None
    if reader.faults or issue is None:
        raise refused(file, reader.faults)
    return issue


def refused(file: str, faults: Sequence[Fault]) -> ContentError:
    """Return the error that carries these faults in the order of their lines."""
    count = french.counted(len(faults), "faute")
    return ContentError(f"Ce numéro a {count}\u00a0:", sorted(faults, key=lambda fault: fault.line), place=file)


def missing(issue: Issue, known_ids: Collection[str]) -> tuple[Fault, ...]:
    """Return a fault for each placed item that is not among ``known_ids``, with the nearest id that is."""
    known = sorted(known_ids)
    return tuple(
        Fault(
            place=issue.file,
            line=entry.line,
            text=f"l’article «\u00a0{entry.item}\u00a0» n’existe pas.",
            remedy=_meant_item(entry.item, known) or "«\u00a0publisher items\u00a0» montre ceux qui existent.",
        )
        for section in issue.sections
        for entry in section.entries
        if entry.item not in known_ids
    )


@dataclass(slots=True)
class _Reader:
    file: str
    timezone: tzinfo
    faults: list[Fault] = field(default_factory=list)
    matter: FrontMatter = field(init=False)

    def issue(self, matter: FrontMatter, key: str) -> Issue:
        self.matter = matter
        values = matter.values
        self._unknown((), values, TOP)
        for name in ("subject",):
            if name not in values:
                self._fault((), f"il manque «\u00a0{name}\u00a0», l’objet de la lettre.", 'Ajoutez subject = "…".')
        entries = self._table(("entry",), values.get("entry", {}))
        overrides = {str(name): self._overrides(str(name), told) for name, told in entries.items()}
        sections = self._sections(overrides)
        later = self._ids(("later",), values.get("later", []))
        self._placed_once(sections, later)
        places = [*(entry.item for section in sections for entry in section.entries), *(item for item, _ in later)]
        for name in overrides:
            if name not in places:
                self._fault(
                    ("entry", name),
                    f'[entry."{name}"] récrit un article qui n’est placé dans aucune rubrique.',
                    _meant_item(name, places) or "Placez l’article dans une rubrique, ou supprimez ce passage.",
                )
        return Issue(
            key=key,
            subject=self._text(("subject",), values),
            preheader=self._text(("preheader",), values),
            editorial=self._editorial(),
            sections=sections,
            waivers=self._waivers(),
            later=tuple(item for item, _ in later),
            file=self.file,
        )

    def _editorial(self) -> Editorial:
        told = self._table(("editorial",), self.matter.values.get("editorial", {}))
        self._unknown(("editorial",), told, EDITORIAL)
        texts = {name: self._text(("editorial", name), told) for name in EDITORIAL}
        return Editorial(text=self.matter.body, line=self.matter.body_line if self.matter.body else 0, **texts)

    def _sections(self, overrides: Mapping[str, Overrides]) -> tuple[Section, ...]:
        told = self.matter.values.get("section", [])
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            self._fault(("section",), "les rubriques s’écrivent [[section]], avec deux crochets.")
            return ()
        sections: list[Section] = []
        for index, one in enumerate(told):
            at: _Path = ("section", index)
            self._unknown(at, one, SECTION)
            for name in ("key", "title"):
                if name not in one:
                    self._fault(at, f"il manque «\u00a0{name}\u00a0» à cette rubrique.", f'Ajoutez {name} = "…".')
            key = self._text((*at, "key"), one)
            if key and any(section.key == key for section in sections):
                self._fault((*at, "key"), f"deux rubriques ont la clé «\u00a0{key}\u00a0».", "Donnez-en une autre.")
            sections.append(
                Section(
                    key=key,
                    title=self._text((*at, "title"), one),
                    intro=self._text((*at, "intro"), one),
                    entries=tuple(
                        Entry(item=item, overrides=overrides.get(item, Overrides()), line=line)
                        for item, line in self._ids((*at, "entries"), one.get("entries", []))
                    ),
                    line=self.matter.line(*at),
                )
            )
        return tuple(sections)

    def _placed_once(self, sections: Sequence[Section], later: Sequence[tuple[str, int]]) -> None:
        seen: dict[str, int] = {}
        places = [(entry.item, entry.line) for section in sections for entry in section.entries]
        for item, line in sorted([*places, *later], key=lambda place: place[1]):
            if item in seen:
                self.faults.append(
                    Fault(
                        place=self.file,
                        line=line,
                        text=f"l’article «\u00a0{item}\u00a0» est déjà placé ligne {seen[item]}.",
                        remedy="Gardez une seule des deux lignes.",
                    )
                )
            seen.setdefault(item, line)

    def _ids(self, path: _Path, told: Any) -> list[tuple[str, int]]:
        if not isinstance(told, list):
            self._fault(path, f"«\u00a0{path[-1]}\u00a0» doit être une liste, pas {_type(told)}.", "Écrivez [ … ].")
            return []
        found = []
        for index, item in enumerate(told):
            if isinstance(item, str) and ITEM.fullmatch(item):
                found.append((item, self.matter.line(*path, index)))
                continue
            shown = f"«\u00a0{item}\u00a0»" if isinstance(item, str) else _type(item)
            self._fault(
                (*path, index),
                f"{shown} n’est pas un numéro d’article.",
                'Un numéro s’écrit "source:nombre", par exemple "rtes:101".',
            )
        return found

    def _overrides(self, item: str, told: Any) -> Overrides:
        at: _Path = ("entry", item)
        if not ITEM.fullmatch(item):
            self._fault(
                at,
                f"«\u00a0{item}\u00a0» n’est pas un numéro d’article.",
                'Écrivez le numéro entre guillemets\u00a0: [entry."rtes:101"].',
            )
            return Overrides()
        values = self._table(at, told)
        self._unknown(at, values, OVERRIDES)
        texts = {
            name: self._text((*at, name), values)
            for name in OVERRIDES
            if name in values and name not in {"start", "deadline"}
        }
        start = dates.moment(values["start"], self.timezone) if "start" in values else None
        deadline = dates.day(values["deadline"], self.timezone) if "deadline" in values else None
        for name, read in (("start", start), ("deadline", deadline)):
            if name in values and read is None:
                wrong = "n’est pas une date"
                if dates.doubtful(values[name]):
                    wrong = "ne va pas\u00a0: ce jour de la semaine n’est pas celui de cette date"
                self._fault(
                    (*at, name),
                    f"«\u00a0{values[name]}\u00a0» {wrong}.",
                    f'Écrivez par exemple {name} = 2026-12-15 ou {name} = "15 décembre 2026".'
                    if name == "deadline"
                    else 'Écrivez par exemple start = 2026-12-15T14:00:00 ou start = "15 décembre 2026 à 14 h".',
                )
        return Overrides(**texts, start=start, deadline=deadline)

    def _waivers(self) -> tuple[Waiver, ...]:
        told = self._table(("waive",), self.matter.values.get("waive", {}))
        waivers = []
        for code in told:
            reason = self._text(("waive", code), told)
            if not reason.strip() and isinstance(told[code], str):
                self._fault(
                    ("waive", code),
                    f"la dispense «\u00a0{code}\u00a0» n’a pas de raison.",
                    "Dites pourquoi entre les guillemets\u00a0: elle sera montrée à côté du constat.",
                )
            waivers.append(Waiver(code=str(code), reason=reason, line=self.matter.line("waive", code)))
        return tuple(waivers)

    def _table(self, path: _Path, told: Any) -> dict[str, Any]:
        if isinstance(told, dict):
            return told
        self._fault(path, f"«\u00a0{path[-1]}\u00a0» doit être une table, pas {_type(told)}.", f"Écrivez [{path[0]}].")
        return {}

    def _text(self, path: _Path, values: Mapping[str, Any]) -> str:
        told = values.get(str(path[-1]), "")
        if isinstance(told, str):
            return told
        self._fault(
            path,
            f"«\u00a0{path[-1]}\u00a0» doit être un texte, pas {_type(told)}.",
            f'Mettez-le entre guillemets\u00a0: {path[-1]} = "…".',
        )
        return ""

    def _unknown(self, path: _Path, told: Mapping[str, Any], known: Sequence[str]) -> None:
        for name in told:
            if name not in known:
                self._fault(
                    (*path, name),
                    f"«\u00a0{name}\u00a0» n’est pas une clé connue ici.",
                    _meant(name, known) or f"Clés possibles\u00a0: {', '.join(known)}.",
                )

    def _fault(self, path: _Path, text: str, remedy: str = "") -> None:
        self.faults.append(Fault(place=self.file, line=self.matter.line(*path), text=text, remedy=remedy))


def _meant_item(name: str, known: Sequence[str]) -> str:
    """Return the item of the same number in a source spelled nearly so; another number would be a guess."""
    _, _, number = name.partition(":")
    return _meant(name, [item for item in known if item.partition(":")[2] == number])


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f"Vouliez-vous dire «\u00a0{near[0]}\u00a0»\u202f?" if near else ""


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "un texte" if isinstance(value, str) else "une date")
