"""Changes to an issue file as operations with inverses, on its text: notes, order and untouched lines stay.

It opens no file and reads no clock; ``issues.IssueFolder.change`` locks, reads again, calls this and replaces.
An operation names what it saw (``was``): if that is no longer there, it is refused and nothing changes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from publisher.errors import ConflictError, ContentError
from publisher.folders import arrays, dates
from publisher.folders.composition import EDITORIAL, literal, note_of, one_line, quoted
from publisher.folders.dates import PARIS
from publisher.folders.front_matter import FENCE, fences, unify
from publisher.folders.issue_file import ITEM, OVERRIDES, parse
from publisher.folders.operations import LATER, Drop, Later, Operation, Place, SectionDrop, SectionPlace, Set, Text
from publisher.folders.tables import Toml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from publisher.folders.arrays import Listing, Row
    from publisher.folders.positions import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The new text, and the operation that undoes the change on it."""

    text: str
    inverse: Operation


def apply(text: str, operation: Operation, *, file: str = "", timezone: tzinfo = PARIS) -> Changed:
    """Return the changed text and the inverse.

    Raises ``ConflictError`` when a field is no longer what the operation saw, ``ContentError`` when what it speaks of
    is not there. ``text`` must be one that ``issue_file.parse`` accepts; byte order mark and line ends stay.
    """
    plain = unify(text)
    opening, closing = fences(plain)
    if closing < 0:
        raise _refused("le fichier n’a pas ses deux lignes «\u00a0+++\u00a0».", file)
    lines = plain.split("\n")
    desk = _Desk(
        toml=Toml.of("".join(f"{line}\n" for line in lines[opening + 1 : closing])),
        body="\n".join(lines[closing + 1 :]),
        file=file,
        timezone=timezone,
    )
    inverse = desk.run(operation)
    head = "".join(f"{line}\n" for line in lines[:opening])
    changed = f"{head}{FENCE}\n{desk.toml.text}{FENCE}\n{desk.body}"
    if "\r\n" in text:
        changed = changed.replace("\n", "\r\n")
    return Changed(text="\ufeff" * text.startswith("\ufeff") + changed, inverse=inverse)


def apply_all(
    text: str, operations: Iterable[Operation], *, file: str, timezone: tzinfo = PARIS
) -> tuple[str, tuple[Operation, ...]]:
    """Return the text after all operations, read once more for faults, and their inverses in the order to undo.

    Raises what ``apply`` raises, and ``ContentError`` when the result is no issue: then nothing holds.
    """
    inverses: list[Operation] = []
    for operation in operations:
        changed = apply(text, operation, file=file, timezone=timezone)
        text = changed.text
        inverses.insert(0, changed.inverse)
    parse(text, file, timezone=timezone)
    return text, tuple(inverses)


def _refused(text: str, file: str, remedy: str = "") -> ContentError:
    error = ContentError(text, (), place=file)
    error.remedy = remedy
    return error


@dataclass(slots=True)
class _Desk:
    toml: Toml
    body: str
    file: str
    timezone: tzinfo

    def run(self, operation: Operation) -> Operation:
        if isinstance(operation, Later):
            operation = Place(item=operation.item, section=LATER)
        match operation:
            case Place():
                return self._place(operation)
            case Drop():
                return self._drop(operation.item)
            case Set():
                return self._set(operation)
            case Text():
                return self._text(operation)
            case SectionPlace():
                return self._section_place(operation)
            case SectionDrop():
                return self._section_drop(operation.key)

    # items

    def _place(self, operation: Place) -> Operation:
        if not ITEM.fullmatch(operation.item):
            raise _refused(f"«\u00a0{operation.item}\u00a0» n’est pas un numéro d’article.", self.file)
        target = self._list_path(operation.section)
        stood = self._where(operation.item)
        before = operation.before
        if before == operation.item:
            before = self._read(stood).following(before) if stood == target else ""
        inverse: Operation = Drop(item=operation.item)
        block: tuple[Row, ...] = tuple(_row(line, operation.item) for line in operation.block)
        if stood:
            listing = self._read(stood)
            inverse = Place(item=operation.item, section=self._name(stood), before=listing.following(operation.item))
            listing, block = listing.without(operation.item)
            self._write(stood, listing)
        elif not block:
            block = (arrays.row_of(operation.item, note_of(operation.note)),)
        self._write(target, self._read(target).with_block(block, before))
        if operation.overrides and not stood:
            self._restore_overrides(operation.overrides)
        return inverse

    def _drop(self, item: str) -> Operation:
        stood = self._where(item)
        if not stood:
            raise _refused(f"l’article «\u00a0{item}\u00a0» n’est plus dans le numéro.", self.file)
        listing = self._read(stood)
        before = listing.following(item)
        listing, block = listing.without(item)
        self._write(stood, listing)
        return Place(
            item=item,
            section=self._name(stood),
            before=before,
            block=tuple(row.line for row in block),
            overrides=self._take_overrides(item),
        )

    def _where(self, item: str) -> Path:
        for path in self._lists():
            if path in self.toml.spans and item in self._read(path).items:
                return path
        return ()

    def _lists(self) -> tuple[Path, ...]:
        return (("later",), *((*path, "entries") for path in self._sections().values()))

    def _sections(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        while (span := self.toml.spans.get(("section", len(found), "key"))) is not None:
            found[str(_value(self.toml.text[span.start : span.end]))] = ("section", len(found))
        return found

    def _list_path(self, section: str) -> Path:
        if section == LATER:
            return ("later",)
        return (*self._section(section), "entries")

    def _section(self, key: str) -> Path:
        path = self._sections().get(key)
        if path is None:
            raise _refused(f"la rubrique «\u00a0{key}\u00a0» n’est plus dans le numéro.", self.file)
        return path

    def _name(self, path: Path) -> str:
        return LATER if path == ("later",) else next(key for key, at in self._sections().items() if at == path[:-1])

    def _read(self, path: Path) -> Listing:
        return arrays.read(self.toml.text, path, dict(self.toml.spans)) if path in self.toml.spans else arrays.Listing()

    def _write(self, path: Path, listing: Listing) -> None:
        self.toml = self.toml.with_value(path, listing.text(closed=path == ("later",)))

    def _take_overrides(self, item: str) -> str:
        table: Path = ("entry", item)
        if table not in self.toml.spans:
            return ""
        if not self.toml.has_header(table):
            raise _refused(
                f'ce qui récrit «\u00a0{item}\u00a0» n’est pas sous un titre [entry."{item}"].',
                self.file,
                "Mettez-le sous ce titre, une valeur par ligne.",
            )
        start, end = self.toml.block(table)
        block = self.toml.text[start:end]
        self.toml = self.toml.without_lines(start, end)
        return block

    def _restore_overrides(self, block: str) -> None:
        self.toml = self.toml.with_block(block, self._overrides_end())

    def _overrides_end(self) -> int:
        """Return where a new override table goes: behind the last one, else behind the last section."""
        tables: list[Path] = [path for path in self.toml.spans if path[0] == "entry" and len(path) == 2]  # noqa: PLR2004
        tables = [path for path in tables if self.toml.has_header(path)] or [*self._sections().values()]
        return max((self.toml.block(path)[1] for path in tables), default=len(self.toml.text))

    # fields

    def _set(self, operation: Set) -> Operation:
        path = self._field(operation.field)
        span = self.toml.spans.get(path)
        stands = None if span is None else self.toml.text[span.start : span.end]
        empty_is_absent = operation.field[0] != "entry"  # over an item, "" says something: alt = ""
        if not self._same(stands, operation.was) and not (empty_is_absent and stands is None and operation.was == ""):
            if self._same(stands, operation.value):
                return replace(operation, was=operation.value)  # somebody else made the same change
            raise ConflictError(
                f"«\u00a0{'.'.join(operation.field)}\u00a0» a été changé entre-temps. Rien n’a été écrit.",
                field=".".join(operation.field),
                theirs="" if stands is None else str(_value(stands)),
                ours="" if operation.value is None else str(operation.value),
                place=self.file,
                remedy="Regardez les deux textes et gardez-en un.",
            )
        inverse = Set(field=operation.field, was=operation.value, value=operation.was)
        if operation.value is not None:
            self._made(path[:-1])
            self.toml = self.toml.with_value(path, literal(operation.value, self.timezone), note=operation.note)
        elif span is not None:
            self.toml, note = self.toml.without_value(path)
            inverse = replace(inverse, note=note)
        return inverse

    def _field(self, field: tuple[str, ...]) -> Path:
        match field:
            case ("subject" | "preheader",):
                return field
            case ("editorial", name) if name in EDITORIAL:
                return field
            case ("section", key, "title" | "intro" as name):
                return (*self._section(key), name)
            case ("entry", item, name) if name in OVERRIDES:
                if not self._where(item):
                    raise _refused(f"l’article «\u00a0{item}\u00a0» n’est plus dans le numéro.", self.file)
                return field
            case ("waive", _):
                return field
            case _:
                raise _refused(f"«\u00a0{'.'.join(field)}\u00a0» n’est pas un champ du numéro.", self.file)

    def _made(self, table: Path) -> None:
        """Make a table that is not there yet."""
        if not table or table in self.toml.spans:
            return
        match table:
            case ("entry", item):
                self.toml = self.toml.with_block(f"[entry.{one_line(str(item))}]\n", self._overrides_end())
            case ("editorial",):
                headers = [self.toml.block(path)[0] for path in self.toml.spans if self.toml.has_header(path)]
                self.toml = self.toml.with_block("[editorial]\n", min(headers, default=len(self.toml.text)))
            case _:
                self.toml = self.toml.with_block(f"[{table[0]}]\n", len(self.toml.text))

    def _same(self, stands: str | None, said: str | date | datetime | None) -> bool:
        """Say whether the TOML value that stands there is what somebody saw, however it is written."""
        if stands is None or said is None:
            return stands is None and said is None
        value = _value(stands)
        if isinstance(said, datetime):
            return dates.moment(value, self.timezone) == said
        if isinstance(said, date):
            return dates.day(value, self.timezone) == said
        return str(value) == said

    def _text(self, operation: Text) -> Operation:
        if self.body.strip() not in {operation.was.strip(), operation.value.strip()}:
            raise ConflictError(
                "l’édito a été changé entre-temps. Rien n’a été écrit.",
                field="text",
                theirs=self.body.strip(),
                ours=operation.value,
                place=self.file,
                remedy="Regardez les deux textes et gardez-en un.",
            )
        was = self.body.strip()
        self.body = f"\n{operation.value.strip()}\n" if operation.value.strip() else "\n"
        return Text(was=operation.value, value=was)

    # sections

    def _section_place(self, operation: SectionPlace) -> Operation:
        known = self._sections()
        block = operation.block
        inverse: Operation = SectionDrop(key=operation.key)
        before = "" if operation.before == operation.key else operation.before
        if operation.key in known:
            keys = list(known)
            following = keys[keys.index(operation.key) + 1 :]
            inverse = SectionPlace(key=operation.key, before=following[0] if following else "")
            if operation.before == operation.key:
                return inverse
            start, end = self.toml.block(known[operation.key])
            block = self.toml.text[start:end]
            self.toml = self.toml.without_lines(start, end)
        elif not block:
            if not operation.title:
                raise _refused(f"la rubrique «\u00a0{operation.key}\u00a0» n’est plus dans le numéro.", self.file)
            title = quoted(operation.title)
            block = f"[[section]]\nkey = {one_line(operation.key)}\ntitle = {title}\nentries = [\n]\n"
        others = self._sections()
        if before in others:
            at = self.toml.block(others[before])[0]
        else:
            at = max((self.toml.block(path)[1] for path in others.values()), default=len(self.toml.text))
        self.toml = self.toml.with_block(block, at)
        return inverse

    def _section_drop(self, key: str) -> Operation:
        path = self._section(key)
        if self._read((*path, "entries")).items:
            raise _refused(
                f"la rubrique «\u00a0{key}\u00a0» n’est pas vide. Rien n’a été écrit.",
                self.file,
                "Déplacez ou retirez d’abord ses articles.",
            )
        keys = list(self._sections())
        following = keys[keys.index(key) + 1 :]
        start, end = self.toml.block(path)
        block = self.toml.text[start:end]
        self.toml = self.toml.without_lines(start, end)
        return SectionPlace(key=key, before=following[0] if following else "", block=block)


def _row(line: str, item: str) -> Row:
    return arrays.Row(line=line, item="" if line.lstrip().startswith("#") else item)


def _value(literal_text: str) -> object:
    """Return what a TOML value on its own means."""
    return tomllib.loads(f"value = {literal_text}\n")["value"]
