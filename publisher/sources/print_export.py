"""The print export of a Drupal 7 site as plain text, also what a PDF of it says. It knows no other format.

Content with ``[n]`` after each link, then fields (``Dates:``, ``Thématiques:``), ``Publié le``, ``URL de la source``,
and ``Liens`` with the addresses, HTML-escaped once more. Wrapping cuts an address anywhere and adds no hyphen: a
hyphen at the end of a line inside an address is real, and the next line may start with one space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher import clean, french
from publisher.item import Theme
from publisher.sources import documents_blocks, documents_plain
from publisher.sources.documents import Found, date_line, event_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from publisher.item import Event

_SOURCE = re.compile(
    r"^\s*(?:URL de la source|URL source|Source URL)\s*"
    r"(?:\((?:modifié|modified)[^)\d]{0,40}(?P<when>\d[^)]{0,40})\))?\s*:\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_LINKS = re.compile(r"^\s*(?:Liens|Links)\s*:?\s*$", re.IGNORECASE)
_LINK = re.compile(r"^\s*\[(?P<number>\d{1,3})\]\s+(?P<rest>\S+)\s*$")
_PIECE = re.compile(r"^\s?\S+\s*$")
_FIELD = re.compile(
    r"^\s*(?P<label>Dates?|Thématiques?|Thèmes?|Mots[ -]clés|Lieux?|Territoires?)\s*:\s*(?P<rest>.*)$", re.IGNORECASE
)
_THEME = re.compile(r"\s*(?P<name>[^\[\]]{1,200}?)\s{0,3}\[(?P<number>\d{1,3})\]")
_BREADCRUMB = re.compile(r"^\s*Accueil\s*[>›»]\s*(?P<rest>.+)$", re.IGNORECASE)
_PRINTED_ON = re.compile(r"^\s*Publi[ée] sur .{1,120}\((?P<address>https?://[^\s)]+)\)\s*$", re.IGNORECASE)
_PAGE = re.compile(r"^\s*Page\s+\d+\s*(?:/|sur|of)\s*\d+\s*$", re.IGNORECASE)
_OPEN_ADDRESS = re.compile(r"https?://\S*$")
_NOTE = re.compile(r"^\s*\[\d{1,3}\]")
_PIECES = 40  # lines: no address is longer
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&"))


def is_one(text: str) -> bool:
    """Say whether a text is a print export: it names its source's address, or ends with the list of its links."""
    lines = text.splitlines()
    return any(_SOURCE.match(line) or _PRINTED_ON.match(line) for line in lines) or _links_at(lines) is not None


def footnotes(text: str) -> dict[int, str]:
    """Return the addresses of ``Liens`` by number, joined and unescaped once, every other byte as it was printed."""
    lines = documents_plain.lines_of(text)
    place = _links_at(lines)
    return {} if place is None else _footnotes(lines[place + 1 :])


def read(text: str, zone: tzinfo) -> Found:
    """Return what a print export says; its dates, which name no zone, are in ``zone``."""
    lines = [line for line in documents_plain.lines_of(text) if not _PAGE.match(line)]
    place = _links_at(lines)
    notes = _footnotes(lines[place + 1 :]) if place is not None else {}
    frame = _Frame(zone=zone, notes=notes)
    body = frame.read(lines if place is None else [*lines[:place], *_prose_after(lines[place + 1 :])])
    head = documents_plain.Head(zone=zone).read(body)
    title, rest = (frame.title, head.kept) if frame.title else documents_plain.title_of(head.kept)
    width = max((len(line.strip()) for line in body if "://" not in line), default=0)
    wrap = documents_blocks.Wrapping(width=width, loose=True)
    writer = documents_blocks.Writer(notes=notes)
    html = writer.html(documents_blocks.blocks(_whole_addresses(rest, notes), wrap))
    return Found(
        title=title,
        html=html,
        link=frame.link or head.link,
        origin=head.origin,
        published=head.dates.published,
        to_the_minute=head.dates.to_the_minute,
        updated=frame.updated or head.dates.updated,
        event=frame.event,
        themes=tuple(frame.themes),
        credits=tuple(dict.fromkeys(head.credits)),
        videos=tuple(head.videos),
        images_lost=head.images_lost,
        citations=tuple(writer.cited.values()),
        members_only=head.members_only,
    )


def _links_at(lines: Sequence[str]) -> int | None:
    """Return the place of the last ``Liens`` line that a numbered address follows."""
    for place in range(len(lines) - 2, -1, -1):
        if _LINKS.match(lines[place]):
            after = next((line for line in lines[place + 1 :] if line.strip()), "")
            return place if _LINK.match(after) else None
    return None


def _footnotes(lines: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    number = 0
    for line in lines:
        opened = _LINK.match(line)
        if opened:
            number = int(opened["number"])
            found[number] = opened["rest"]
        elif number and _PIECE.match(line):
            found[number] += line.strip()
        elif line.strip():  # words: the list of links is over
            number = 0
    return {number: _unescaped(address) for number, address in found.items()}


def _prose_after(lines: Sequence[str]) -> list[str]:
    """Return the lines below ``Liens`` that are no part of an address: words, once the list of links is over."""
    prose: list[str] = []
    within = False
    for line in lines:
        if _LINK.match(line):
            within = True
        elif not (within and _PIECE.match(line)) and line.strip():
            within = False
            prose.append(line)
    return prose


def _unescaped(address: str) -> str:
    """Return an address of ``Liens`` without its one escape too many; ``&copy=`` is a parameter, not a sign."""
    for escaped, char in _ESCAPES:
        address = address.replace(escaped, char)
    return address


@dataclass(slots=True)
class _Frame:
    """What stands around the content."""

    zone: tzinfo
    notes: dict[int, str]
    title: str = ""
    link: str = ""
    site: str = ""
    updated: datetime | None = None
    event: Event | None = None
    themes: list[Theme] = field(default_factory=list)
    place: str = ""

    def read(self, lines: Sequence[str]) -> list[str]:
        """Take the frame off and return the content's lines."""
        body: list[str] = []
        when = ""
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            source, named = _SOURCE.match(line), _FIELD.match(line)
            if named and not named["rest"].strip() and at < len(lines) and lines[at].strip():
                named = _FIELD.match(f"{line} {lines[at].strip()}")  # a browser's PDF puts the value under its label
                at += 1
            crumbs, printed = _BREADCRUMB.match(line), _PRINTED_ON.match(line)
            if source:
                self.link, at = _address(source["rest"], lines, at)
                updated = french.find(source["when"] or "")
                self.updated = updated[0].at(self.zone) if updated else None
            elif printed and not body:
                self.site = printed["address"]
            elif crumbs and not any(map(str.strip, body)):
                self.title = re.split(r"\s+[>›»]\s+", crumbs["rest"])[-1].strip()
            elif named and self._is_field(named, lines[at:]):
                said = [named["rest"]]
                while self._goes_on(named["label"], lines[at : at + 2]):
                    said.append(lines[at])
                    at += 1
                when += self._field(named["label"].casefold(), " ".join(said))
            else:
                body.append(line)
        if when:
            self.event = event_of(when, self.zone, self.place)
        return body

    def _is_field(self, named: re.Match[str], after: Sequence[str]) -> bool:
        """Say whether a label is the site's and no word of the article: a date or a numbered theme must follow."""
        label, rest = named["label"].casefold(), named["rest"]
        if label.startswith("date"):
            return bool(french.find(rest))
        if label.startswith(("lieu", "territoire")):
            return any(_SOURCE.match(line) or _FIELD.match(line) for line in after[:20]) and bool(rest)
        return bool(_THEME.search(" ".join([rest, *after[:2]])))

    def _goes_on(self, label: str, after: Sequence[str]) -> bool:
        """Say whether a theme's line follows; a theme may be cut over two lines, its number ends it."""
        if not label.casefold().startswith(("thém", "thèm", "mot")) or not after or not after[0].strip():
            return False
        if _FIELD.match(after[0]) or _SOURCE.match(after[0]) or date_line(after[0], self.zone) is not None:
            return False
        cut = len(after) > 1 and not _FIELD.match(after[1]) and _THEME.search(after[1])
        return bool(_THEME.search(after[0]) or cut)

    def _field(self, label: str, said: str) -> str:
        if label.startswith("date"):
            return f" {said}"
        if label.startswith("lieu"):
            self.place = " ".join(re.sub(r"\[\d+\]", "", said).split())
        elif label.startswith(("thém", "thèm", "mot")):
            self.themes += [
                Theme(name=" ".join(each["name"].split()), address=self.notes.get(int(each["number"]), ""))
                for each in _THEME.finditer(said)
            ]
        return ""


def _address(rest: str, lines: Sequence[str], at: int) -> tuple[str, int]:
    """Return an address that may go on over the next lines, and the place after it."""
    pieces = [rest.strip()]
    while at < len(lines) and len(pieces) < _PIECES and lines[at].strip() and _PIECE.match(lines[at]):
        if _LINKS.match(lines[at]) or (pieces[0] and "://" in lines[at]):
            break
        pieces.append(lines[at].strip())
        at += 1
    return clean.mend("".join(pieces)), at


def _whole_addresses(lines: Sequence[str], notes: dict[int, str]) -> list[str]:
    """Return the lines with each cut address on one line, joined up to where a footnote says it ends."""
    known = set(notes.values())
    whole: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        opened = _OPEN_ADDRESS.search(line)
        if opened:
            address, at = _joined(opened[0], lines, at, known)
            line = line[: opened.start()] + address
            if at < len(lines) and _NOTE.match(lines[at]):
                line += " " + lines[at].strip()
                at += 1
        whole.append(line)
    return whole


def _joined(address: str, lines: Sequence[str], at: int, known: set[str]) -> tuple[str, int]:
    longer, after = address, at
    while after < len(lines) and _PIECE.match(lines[after]) and lines[after].strip():
        longer += lines[after].strip()
        after += 1
        if longer in known:
            return longer, after
        if not any(full.startswith(longer) for full in known):
            break
    return address, at
