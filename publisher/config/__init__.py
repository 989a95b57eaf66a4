"""config.toml becomes one frozen ``Config``; every fault is reported at once, with its dotted path.

Each room owns its settings class; this module only assembles them. Nothing below this floor reads configuration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping  # noqa: TC003 - pydantic reads the settings’ annotations
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path  # noqa: TC003 - a field of Config
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, create_model

from publisher import delivery, french, links, mime, timetable
from publisher.config.wording import fault, suggestion, syntax
from publisher.curate import SectionRule
from publisher.errors import ConfigError, Fault
from publisher.mailbox import boxes
from publisher.mailbox.judging import Policy
from publisher.mailbox.webhooks.settings import Webhooks
from publisher.preflight import settings as preflight
from publisher.render.settings import Legal, Publication, Theme
from publisher.sources.settings import AnySource, HttpSettings
from publisher.transports import maildir, smtp

if TYPE_CHECKING:
    from collections.abc import Iterator

Source = Annotated[AnySource, Field(discriminator="kind")]
TransportSettings = Annotated[maildir.Settings | smtp.Settings, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where things lie, relative to config.toml."""

    content: str = "content"
    templates: str = "templates"
    feeds: str = "feeds"
    var: str = "var"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """``url`` as SQLAlchemy writes it; "" means SQLite in ``var/``."""

    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """How often ``publisher run`` reads the sources."""

    every_minutes: int = 60


_MARKS = frozenset({"{month}", "{Month}", "{number}", "{year}"})


def _filled(pattern: str) -> None:
    unknown = next((mark for mark in re.findall(r"\{[^{}]*\}", pattern) if mark not in _MARKS), "")
    if unknown:
        raise ValueError(f"« {unknown} » ne sera pas remplacé. Il y a : {', '.join(sorted(_MARKS))}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a draft is proposed with; see ``curate.Rules``, which takes the sections too."""

    subject: str = "Newsletter – {Month} {year}"
    preheader: str = ""
    lead: str = "une"
    default: str = "partenaires"

    CHECKS: ClassVar[Mapping[str, Callable[[str], None]]] = {"subject": _filled, "preheader": _filled}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """``[site]``: where ``publisher site`` listens, how many requests at once, how many octets in one."""

    address: str = "127.0.0.1"
    port: int = 8026
    concurrency: int = 64
    max_body: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration. ``root`` is the folder of config.toml, which every path is relative to."""

    root: Path
    file: Path
    publication: Publication
    legal: Legal
    letter: mime.Settings
    schedule: timetable.Settings
    sections: tuple[SectionRule, ...]
    sources: Mapping[str, Source]
    transport: maildir.Settings | smtp.Settings
    http: HttpSettings
    campaign: links.Settings = field(default_factory=links.Settings)
    collect: Collect = field(default_factory=Collect)
    draft: Draft = field(default_factory=Draft)
    theme: Theme = field(default_factory=Theme)
    preflight: preflight.Settings = field(default_factory=preflight.Settings)
    paths: Paths = field(default_factory=Paths)
    database: Database = field(default_factory=Database)
    bounces: boxes.Settings | None = None
    bounce_policy: Policy = field(default_factory=Policy)
    sending: delivery.Settings = field(default_factory=delivery.Settings)
    site: Site = field(default_factory=Site)
    webhooks: Webhooks = field(default_factory=Webhooks)

    @property
    def zone(self) -> ZoneInfo:
        """Return the publication's time zone."""
        return ZoneInfo(self.publication.timezone)

    @property
    def database_url(self) -> str:
        """Return the database's URL, SQLite in ``var/`` when none is configured; a file is relative to config.toml."""
        scheme = "sqlite:///"
        url = self.database.url or f"{scheme}{self.paths.var}/publisher.db"
        return f"{scheme}{self.root / url.removeprefix(scheme)}" if url.startswith(scheme) else url


BLANK = "À COMPLÉTER"
"""What a new configuration says where a person is to write."""

_TABLES: dict[str, Any] = {
    "publication": (Publication, ...),
    "legal": (Legal, ...),
    "letter": (mime.Settings, ...),
    "schedule": (timetable.Settings, ...),
    "sections": (tuple[SectionRule, ...], ...),
    "sources": (dict[str, Source], ...),
    "transport": (TransportSettings, ...),
    "campaign": (links.Settings, Field(default_factory=links.Settings)),
    "http": (HttpSettings, ...),
    "collect": (Collect, Field(default_factory=Collect)),
    "draft": (Draft, Field(default_factory=Draft)),
    "theme": (Theme, Field(default_factory=Theme)),
    "preflight": (preflight.Settings, Field(default_factory=preflight.Settings)),
    "paths": (Paths, Field(default_factory=Paths)),
    "database": (Database, Field(default_factory=Database)),
    "bounces": (boxes.Settings | None, None),
    "bounce_policy": (Policy, Field(default_factory=Policy)),
    "sending": (delivery.Settings, Field(default_factory=delivery.Settings)),
    "site": (Site, Field(default_factory=Site)),
    "webhooks": (Webhooks, Field(default_factory=Webhooks)),
}
_Document = create_model("_Document", __config__=ConfigDict(extra="forbid", strict=False), **_TABLES)


def load(path: Path) -> Config:
    """Return the configuration. Raises ``ConfigError`` carrying every fault, each with its dotted path."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"Le fichier de configuration {path} n’existe pas. Lancez la commande dans le dossier de la publication, "
            "ou nommez le fichier avec --config.",
            (),
        ) from error
    except UnicodeDecodeError as error:
        fault = Fault(
            place=str(path),
            line=error.object.count(b"\n", 0, error.start) + 1,
            text="cette ligne n’est pas écrite en UTF-8.",
            remedy="Enregistrez le fichier en « UTF-8 » dans votre éditeur.",
        )
        raise ConfigError("La configuration ne peut pas être lue.", (fault,)) from error
    except OSError as error:
        raise ConfigError(f"{path} ne peut pas être lu : {french.system(error)}.", ()) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Return the configuration written in ``text``; ``path`` is the file it stands for."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("La configuration ne peut pas être lue.", (syntax(error, text, path),)) from error
    faults: list[Fault] = []
    try:
        document = _Document.model_validate(raw)
    except ValidationError as error:
        faults.extend(fault(detail, raw, _TABLES) for detail in error.errors(include_url=False))
        document = None
    checked = tuple(_checked_faults(raw))
    # a table's own check stops at its first fault; these say every one of them, each at its key
    tables = {fault.place.partition(".")[0] for fault in checked}
    faults = [fault for fault in faults if fault.place not in tables]
    faults.extend(checked)
    faults.extend(_zone_faults(raw))
    faults.extend(_value_faults(raw))
    blanks = tuple(_blanks(raw))
    blank = {fault.place for fault in blanks}  # a blank is no faulty address as well
    faults = [*blanks, *(fault for fault in faults if fault.place not in blank and BLANK not in fault.text)]
    told = {fault.place for fault in faults}
    faults.extend(fault for fault in _cross_faults(document or _valid_tables(raw), raw) if fault.place not in told)
    if faults or document is None:
        raise ConfigError(f"{path} : {french.counted(len(faults), 'faute')}.", faults)
    return Config(
        root=path.resolve().parent, file=path.resolve(), **{name: getattr(document, name) for name in _TABLES}
    )


def _zone_faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    publication = raw.get("publication")
    name = publication.get("timezone", "Europe/Paris") if isinstance(publication, dict) else ""
    if isinstance(name, str) and name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            yield Fault(
                place="publication.timezone",
                text=f"« {name} » n’est pas un fuseau horaire.",
                remedy="Écrivez par exemple « Europe/Paris ».",
            )


def _checked_faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what a table's own ``CHECKS`` say, key by key, whatever else is wrong with the table."""
    for table, (kind, _) in _TABLES.items():
        given = raw.get(table)
        for key, check in getattr(kind, "CHECKS", {}).items():
            if isinstance(given, dict) and key in given:
                try:
                    check(given[key])
                except ValueError as error:
                    yield Fault(place=f"{table}.{key}", text=str(error))
                except (TypeError, AttributeError):  # another type than the key has: that fault is told already
                    continue


def _valid_tables(raw: Mapping[str, Any]) -> SimpleNamespace:
    """Return the tables that can be read although others cannot, so that their faults are told in the same go."""
    found = {}
    for name, (kind, _) in _TABLES.items():
        if name in raw:
            with suppress(ValidationError):
                found[name] = TypeAdapter[Any](kind).validate_python(raw[name])
    return SimpleNamespace(**found)


def _value_faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield values that have the right type and mean nothing: addresses that are none, ports and times out of range."""
    for place, value in _leaves(raw):
        name = place.rpartition(".")[2]
        if place == "database.url":
            if isinstance(value, str) and not _DATABASE.match(value):  # it may hold a password: it is not shown
                yield Fault(place=place, text="ce n’est pas l’adresse d’une base de données.", remedy=_DATABASE_EXAMPLE)
        elif name in _ADDRESSES and isinstance(value, str) and not _WEB.fullmatch(value):
            yield Fault(place=place, text=f"« {value} » n’est pas une adresse web complète.", remedy=_WEB_EXAMPLE)
        least, most = _RANGES.get(name, (-inf, inf))
        if isinstance(value, int | float) and not isinstance(value, bool) and not least <= value <= most:
            said = f"d’au moins {least}" if most == inf else f"entre {least} et {most}"
            yield Fault(place=place, text=f"{value} ne convient pas : il faut un nombre {said}.")
    transport = raw.get("transport")
    if isinstance(transport, dict) and transport.get("kind") == "smtp" and not transport.get("host", "localhost"):
        yield Fault(
            place="transport.host", text="le nom du relais est vide.", remedy="Écrivez par exemple « localhost »."
        )


def _blanks(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what ``publisher new`` marked for a person to fill in."""
    for place, value in _leaves(raw):
        if isinstance(value, str) and BLANK in value:
            yield Fault(place=place, text="cette ligne reste à compléter.")


def _leaves(table: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested tables with its dotted path."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from _leaves(value, f"{place}.{key}" if place else str(key))
    else:
        yield place, table


def _cross_faults(document: Any, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults between keys and tables: a source that is not there, a key that stands twice, addresses."""
    if hasattr(document, "letter"):
        yield from mime.faults(document.letter)
    sources = raw.get("sources", {})
    seen: set[str] = set()
    for place, section in enumerate(getattr(document, "sections", ())):
        if section.key in seen:
            yield Fault(place=f"sections[{place}].key", text=f"la section « {section.key} » est déclarée deux fois.")
        seen.add(section.key)
        for name in section.sources:
            if name not in sources:
                yield Fault(
                    place=f"sections[{place}].sources",
                    text=f"la source « {name} » n’est pas déclarée.",
                    remedy=suggestion(name, sources) or f"Ajoutez une table [sources.{name}].",
                )


_ADDRESSES = frozenset({"url", "site", "base", "privacy"})
_WEB = re.compile(r"https?://[^\s/]+\S*")
_WEB_EXAMPLE = "Écrivez-la en entier, par exemple « https://www.exemple.org/rss.xml »."
_DATABASE = re.compile(r"$|sqlite:///|postgres(ql(\+psycopg)?)?://")
_DATABASE_EXAMPLE = "Écrivez « sqlite:///var/publisher.db » ou « postgresql+psycopg://compte@machine/base »."
_RANGES: Mapping[str, tuple[float, float]] = {
    "port": (1, 65535),
    "timeout": (1, inf),
    "max_bytes": (1000, inf),
    "max_body": (10_000, inf),
    "delay": (0, inf),
    "redirects": (0, inf),
    "concurrency": (1, inf),
    "connections": (1, 100),
    "every_minutes": (1, inf),
    "id_year": (1990, 2100),
}
"""What numbers may be, by the name of their key."""
