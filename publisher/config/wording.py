"""Faults of config.toml as sentences: pydantic's and the parser's, in French, at the key as the file writes it.

It reads nothing and decides nothing: what is wrong was found before.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from publisher import french
from publisher.errors import Fault

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Mapping
    from pathlib import Path


_SECRET = re.compile(r"password|secret|://[^/\s]*@")  # the last: a database's address with its account


def syntax(error: tomllib.TOMLDecodeError, text: str, path: Path) -> Fault:
    """Return the fault of a text that is no TOML, with its line."""
    clause, line, _ = french.toml(str(error))
    lines = text.split("\n")
    line = line or len(text.rstrip().split("\n"))
    shown = lines[line - 1].strip()
    return Fault(
        place=str(path),
        line=line,
        text=f"{clause}." + (f" Ligne lue : « {shown} »." if shown and not _SECRET.search(shown) else ""),
        remedy="Corrigez-la ; les autres fautes, s’il y en a, seront dites ensuite.",
    )


_SENTENCES = {
    "missing": "cette clé manque.",
    "missing_argument": "cette clé manque.",
    "missing_keyword_only_argument": "cette clé manque.",
    "string_type": "il faut un texte entre guillemets.",
    "int_type": "il faut un nombre entier.",
    "int_parsing": "il faut un nombre entier.",
    "int_from_float": "il faut un nombre entier.",
    "float_type": "il faut un nombre.",
    "float_parsing": "il faut un nombre.",
    "bool_type": "il faut true ou false, sans guillemets.",
    "bool_parsing": "il faut true ou false, sans guillemets.",
    "tuple_type": "il faut une liste entre crochets.",
    "dict_type": "il faut une table.",
    "dataclass_type": "il faut une table.",
    "union_tag_not_found": "la clé « kind » manque.",
}
_UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}


def fault(detail: Any, raw: Mapping[str, Any], tables: Mapping[str, Any]) -> Fault:
    """Return one of pydantic’s faults in French, at its key; ``tables`` are the settings classes."""
    location = [part for part in detail["loc"] if not _is_tag(part, detail["loc"], raw)]
    place = _dotted(location)
    kind = detail["type"]
    if kind in _UNKNOWN:
        known = _known_keys(detail["loc"], tables)
        remedy = suggestion(str(detail["loc"][-1]), known) or (f"Clés possibles : {', '.join(known)}." if known else "")
        return Fault(place=place, text="cette clé n’existe pas.", remedy=remedy)
    if kind in {"literal_error", "union_tag_invalid"}:
        allowed = detail["ctx"].get("expected") or detail["ctx"].get("expected_tags", "")
        if kind == "union_tag_invalid":
            place = f"{place}.kind"
        return Fault(place=place, text=f"valeur inconnue ; il faut {_quoted(allowed)}.")
    if kind == "value_error":
        return Fault(place=place, text=str(detail["ctx"]["error"]))
    said = _SENTENCES.get(kind, f"valeur refusée (« {detail['msg']} »).")
    value = detail["input"]
    shown = "" if isinstance(value, dict) or "manque" in said or "password" in place else f" On lit : {_shown(value)}."
    return Fault(place=place, text=f"{said}{shown}")


def _quoted(values: str) -> str:
    """Return pydantic's list of allowed values as French prints it."""
    return re.sub(r"'([^']*)'", r"« \1 »", values).replace(" or ", " ou ")


def _shown(value: Any) -> str:
    """Return a value as the file holds it, nearly: a text in quotation marks, true and false as TOML writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"« {value} »" if isinstance(value, str) else str(value)


def _is_tag(part: int | str, location: tuple[int | str, ...], raw: Mapping[str, Any]) -> bool:
    """Say whether a part of pydantic's location is a union's tag (``sources.rtes.feed.url``), which no file holds."""
    here: Any = raw
    for step in location:
        if step is part:
            return isinstance(here, dict) and part not in here and here.get("kind") == part
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            if not (isinstance(here, dict) and here.get("kind") == step):
                return False
    return False


def _dotted(location: list[int | str]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _known_keys(location: tuple[int | str, ...], tables: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that exist beside an unknown one, by walking the settings classes."""
    here: Any = None
    for part in location[:-1]:
        if here is None:
            here = tables.get(str(part), (None,))[0]
        elif is_dataclass(here):
            here = get_type_hints(here).get(str(part))
        else:
            here = _inside(here, str(part))
    if here is None:
        return tuple(tables)
    if type(None) in get_args(here):  # a table that may be left out
        here = next(filter(is_dataclass, get_args(here)), None)
    return tuple(spec.name for spec in fields(here)) if is_dataclass(here) else ()


def _inside(annotation: Any, part: str) -> Any:
    """Return what lies one step inside a generic: the member of a union tagged ``part``, else its last argument."""
    arguments = [inner for inner in get_args(annotation) if not isinstance(inner, (str, type(...)))]
    for member in (nested for inner in arguments for nested in (inner, *get_args(inner))):
        if is_dataclass(member) and part in get_args(get_type_hints(member).get("kind")):
            return member
    candidates = [inner for inner in arguments if is_dataclass(inner) or get_args(inner)]
    return candidates[-1] if candidates else None


def suggestion(name: str, known: Any) -> str:
    """Return « Vouliez-vous dire … ? » for the nearest of the known names, "" when none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Vouliez-vous dire « {near[0]} » ?" if near else ""
