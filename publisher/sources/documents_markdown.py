"""A document that a person writes for the letter: Markdown under a TOML front matter. It opens no file.

::

    +++
    title = "Une épicerie s’installe"
    date = 2026-10-06
    address = "https://reseau.example/epicerie"
    +++
    Le texte en *Markdown*.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, cast

from markdown_it import MarkdownIt

from publisher import clean, french, links
from publisher.errors import Fault
from publisher.item import Citation, Event, Image, Kind, Theme, Video
from publisher.sources.documents import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

_FENCE = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n(?P<head>.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OPEN = re.compile(r"\A\ufeff?\+\+\+[ \t]*\r?\n")
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_FIRST_HEADING = re.compile(r"\A\s*<h1>(?P<title>.*?)</h1>\s*", re.DOTALL)
_IMG = re.compile(r"<img\b[^<>]*>")
_ATTRIBUTE = re.compile(r"\b(src|alt)=\"([^\"]*)\"")
_LINK = re.compile(r"<a href=\"(?P<address>https?://[^\"]+)\"[^<>]*>(?P<words>.*?)</a>", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table")

_KINDS = {
    "article": Kind.ARTICLE,
    "event": Kind.EVENT,
    "événement": Kind.EVENT,
    "call": Kind.CALL,
    "appel": Kind.CALL,
    "resource": Kind.RESOURCE,
    "ressource": Kind.RESOURCE,
    "job": Kind.JOB,
    "offre": Kind.JOB,
}


class _WrongValueError(ValueError):
    """A value that its key cannot have; the text says what is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markdown:
    """What the document says, the key of the source it names, and its faults; with a fault it gives no item."""

    found: Found
    source: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Head:
    """The front matter while it is read: every fault is kept, none stops the reading."""

    place: str
    text: str
    values: dict[str, Any]
    zone: tzinfo
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: str, text: str, remedy: str = "") -> None:
        self.faults.append(Fault(place=self.place, line=self._line(key), text=text, remedy=remedy))

    def _line(self, key: str) -> int:
        """Return the line of the file where a key is set, counting the fence as line 1."""
        own = key.rsplit(".", 1)[-1]
        pattern = re.compile(rf"^\s*\[*\s*(?:[\w.]+\.)?[\"']?{re.escape(own)}[\"']?\s*[\]=]")
        lines = self.text.split("\n")
        return next((at for at, line in enumerate(lines, 2) if pattern.match(line)), 0)

    def unknown(self, values: Mapping[str, Any], known: Mapping[str, object], prefix: str = "") -> None:
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                remedy = (
                    f"Vouliez-vous dire «\u00a0{near[0]}\u00a0»\u00a0?"
                    if near
                    else f"Clés admises\u00a0: {', '.join(known)}."
                )
                self.fault(prefix + key, f"la clé «\u00a0{prefix}{key}\u00a0» n’existe pas.", remedy)

    def take(self, values: Mapping[str, Any], key: str, read: Callable[[Any], Any], prefix: str = "") -> Any:
        """Return the value of a key as ``read`` understands it, ``None`` when it is absent or wrong."""
        if key not in values:
            return None
        try:
            return read(values[key])
        except _WrongValueError as error:
            self.fault(prefix + key, f"«\u00a0{prefix}{key}\u00a0» {error}.")
            return None

    def moment(self, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=self.zone)
        if isinstance(value, date):
            return datetime.combine(value, time.min, self.zone)
        reading = french.read(value) if isinstance(value, str) else None
        if reading is None or not reading.day:
            raise _WrongValueError('doit être une date, par exemple 2026-10-06 ou "6 octobre 2026 - 14:30"')
        return reading.at(self.zone)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongValueError("doit être un texte entre guillemets")
    return " ".join(value.split())


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value),)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _WrongValueError('doit être une liste de textes, par exemple ["un", "deux"]')
    return tuple(_text(each) for each in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError("doit être true ou false")
    return value


def _address(value: Any) -> str:
    said = _text(value)
    if not re.match(r"https?://[^\s/]+", said):
        raise _WrongValueError("doit être une adresse complète, qui commence par https://")
    return said


def _kind(value: Any) -> Kind:
    said = _text(value).casefold()
    if said not in _KINDS:
        raise _WrongValueError(f"doit être l’un de\u00a0: {', '.join(dict.fromkeys(_KINDS.values()))}")
    return _KINDS[said]


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongValueError("doit être une table")
    return value


KEYS: dict[str, object] = dict.fromkeys(
    (
        "title", "date", "updated", "address", "source", "summary", "rubric", "kind", "deadline", "themes", "credits",
        "authors", "image", "alt", "video", "event", "members_only", "language",
    )
)  # fmt: skip
"""The keys of a front matter; docs/articles.md says what each holds."""
EVENT_KEYS: dict[str, object] = dict.fromkeys(["start", "end", "place", "registration"])
"""The keys of its [event]."""


def read(text: str, place: str, zone: tzinfo) -> Markdown:
    """Return what the document says. A key that does not exist, or a wrong value, is a fault with its line."""
    found = _FENCE.match(text)
    if not found:
        if _OPEN.match(text):
            fault = Fault(
                place=place,
                line=1,
                text="l’en-tête ouvert par +++ n’est pas refermé.",
                remedy="Ajoutez une ligne +++ après les clés.",
            )
            return Markdown(found=Found(), faults=(fault,))
        return Markdown(found=_body(text.removeprefix("\ufeff"), Found()))
    try:
        values = tomllib.loads(found["head"].replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = _LINE.search(str(error))
        line = int(where[1]) + 1 if where else 1
        fault = Fault(
            place=place,
            line=line,
            text="l’en-tête n’est pas du TOML valable.",
            remedy="Vérifiez les guillemets et les signes = de cette ligne.",
        )
        return Markdown(found=Found(), faults=(fault,))
    head = _Head(place=place, text=found["head"].replace("\r\n", "\n"), values=values, zone=zone)
    known, source = _known(head)
    faults = tuple(sorted(head.faults, key=lambda fault: fault.line))
    return Markdown(found=_body(text[found.end() :], known), source=source, faults=faults)


def _known(head: _Head) -> tuple[Found, str]:
    values = head.values
    head.unknown(values, KEYS)
    raw = values.get("date")
    image, alt = head.take(values, "image", _address), head.take(values, "alt", _text)
    video = head.take(values, "video", _address)
    title = head.take(values, "title", _text) or ""
    deadline = head.take(values, "deadline", head.moment)
    found = Found(
        title=title,
        summary=head.take(values, "summary", _text) or "",
        link=head.take(values, "address", _address) or "",
        rubric=head.take(values, "rubric", _text) or "",
        kind=head.take(values, "kind", _kind),
        published=head.take(values, "date", head.moment),
        to_the_minute=isinstance(raw, datetime) or (isinstance(raw, str) and ":" in raw),
        updated=head.take(values, "updated", head.moment),
        event=_event(head),
        deadline=deadline.date() if deadline else None,
        themes=tuple(Theme(name=name) for name in head.take(values, "themes", _texts) or ()),
        credits=head.take(values, "credits", _texts) or (),
        authors=head.take(values, "authors", _texts) or (),
        images=(Image(address=image, alt=clean.meaningful_alt(alt or "")),) if image else (),
        videos=(Video(title=title, address=video),) if video else (),
        language=head.take(values, "language", _text) or "fr",
        members_only=bool(head.take(values, "members_only", _flag)),
    )
    return found, cast("str", head.take(values, "source", _text) or "")


def _event(head: _Head) -> Event | None:
    values = head.take(head.values, "event", _table)
    if values is None:
        return None
    head.unknown(values, EVENT_KEYS, "event.")
    if "start" not in values:
        head.fault(
            "event", "un événement a besoin d’une date de début.", "Ajoutez start = 2026-11-12T14:00:00 sous [event]."
        )
        return None
    start = head.take(values, "start", head.moment, "event.")
    end = head.take(values, "end", head.moment, "event.")
    if start is None:
        return None
    if end is not None and end < start:
        head.fault("event.end", "l’événement finit avant d’avoir commencé.", "Corrigez start ou end.")
        end = None
    return Event(
        start=start,
        end=end,
        all_day=isinstance(values["start"], date) and not isinstance(values["start"], datetime),
        place=head.take(values, "place", _text, "event.") or "",
        registration=head.take(values, "registration", _address, "event.") or "",
    )


def _body(text: str, known: Found) -> Found:
    """Return ``known`` completed by the text: its first heading, its images and the addresses it cites."""
    html = _MARKDOWN.render(clean.printable(text))
    title = known.title
    heading = _FIRST_HEADING.match(html)
    if heading and (not title or clean.inline_text(heading["title"]) == title):
        title = title or clean.inline_text(heading["title"])
        html = html[heading.end() :]
    images = {image.address: image for image in known.images}
    lost = 0
    for tag in _IMG.findall(html):
        attributes = dict(_ATTRIBUTE.findall(tag))
        address = clean.inline_text(attributes.get("src", ""))
        if address.startswith(("http://", "https://")):
            images.setdefault(
                address, Image(address=address, alt=clean.meaningful_alt(clean.inline_text(attributes.get("alt", ""))))
            )
        else:
            lost += 1
    html = clean.safe(html)
    cited = {
        address: Citation(address=address, text=clean.inline_text(each["words"]))
        for each in _LINK.finditer(html)
        if (address := links.without_tracking(clean.inline_text(each["address"])))
    }
    html = _LINK.sub(_untracked, html)
    values = {name: getattr(known, name) for name in Found.__slots__}
    return Found(
        **values
        | {
            "title": title,
            "html": html,
            "images": tuple(images.values()),
            "images_lost": lost,
            "citations": tuple(cited.values()),
        }
    )


def _untracked(found: re.Match[str]) -> str:
    address = links.without_tracking(found["address"].replace("&amp;", "&")).replace("&", "&amp;")
    return f'<a href="{address}">{found["words"]}</a>'
