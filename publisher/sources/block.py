"""A source as a block of config.toml, written without touching what people wrote there. It touches no file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.exceptions import ParseError

from publisher import links
from publisher.errors import ConfigError, Fault
from publisher.sources.settings import PageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.sources.settings import AnySource


_REFUSED = "La source n’a pas été ajoutée."


def collected_already(address: str, sources: Mapping[str, AnySource]) -> str:
    """Return the key of the source that reads this address, "" for none; scheme, ``www`` and tags do not count."""
    wanted = links.canonical(address)
    for key, source in sources.items():
        said = source.addresses if isinstance(source, PageSource) else (getattr(source, "url", ""),)
        if any(each and links.canonical(each) == wanted for each in said):
            return key
    return ""


def added(config: str, key: str, source: AnySource) -> str:
    """Return config.toml's text with a ``[sources.KEY]`` block more, every comment and space of it kept.

    Only keys that differ from their defaults are written. The block goes after the last source. Raises
    ``ConfigError`` when the text is no TOML, or the key is taken.
    """
    try:
        document = tomlkit.parse(config)
    except ParseError as error:
        fault = Fault(place="config.toml", line=error.line, text="le fichier n’est pas du TOML.")
        raise ConfigError(_REFUSED, (fault,)) from error
    sources = document.get("sources")
    if sources is not None and key in sources:
        fault = Fault(
            place=f"sources.{key}", text="cette source existe déjà.", remedy="Donnez un autre nom avec --key."
        )
        raise ConfigError(_REFUSED, (fault,))
    told = block(key, source)
    lines = config.splitlines(keepends=True)
    at = _after_sources(lines)
    before, after = "".join(lines[:at]), "".join(lines[at:])
    joint = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    gap = "\n" if after.strip() and not after.startswith("\n") else ""
    text = f"{before}{joint}{told}{gap}{after}"
    if _holds(text, key):
        return text
    return f"{config.rstrip()}\n\n{told}"  # a line that looked like a header stood inside a text


def _holds(text: str, key: str) -> bool:
    try:
        return key in tomlkit.parse(text).get("sources", {})
    except ParseError:
        return False


def block(key: str, source: AnySource) -> str:
    """Return the ``[sources.KEY]`` block of a source, without the keys that have their defaults."""
    table = tomlkit.table()
    table.add("kind", source.kind)
    for name in source.__dataclass_fields__:
        value = getattr(source, name)
        if name != "kind" and value != source.__dataclass_fields__[name].default and value not in ((), {}):
            table.add(name, list(value) if isinstance(value, tuple) else value)
    document = tomlkit.document()
    sources = tomlkit.table(is_super_table=True)
    sources.add(key, table)
    document.add("sources", sources)
    return tomlkit.dumps(document)


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]\s]+)\s*\]\]?")


def _after_sources(lines: list[str]) -> int:
    """Return the line after the last source's last key; comments above the next table stay with that table."""
    last = end = 0
    inside = False
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header:
            inside = header[1].startswith("sources.")
        if inside and line.strip() and not line.lstrip().startswith("#"):
            last = number
        if line.strip():
            end = number
    return last or end
