"""The table of rules, in the order in which they are run and documented. A new rule is a line in a module's RULES."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.preflight import addresses, clients, content, contrast, parts, structure, waivers, weight, wording
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.preflight.finding import Found
    from publisher.preflight.letter import Letter


def _nothing(_letter: Letter) -> Iterable[Found]:
    """Find nothing: rules about waivers speak after all others (``waivers.lowered``)."""
    return ()


_WAIVERS = (
    Rule(
        code=waivers.UNKNOWN,
        level="error",
        title="Une dispense ne nomme aucune règle",
        remedy="Corrigez le nom dans [waive] : « publisher check » le montre devant chaque constat.",
        why="Une dispense mal écrite ne dispense de rien, et son auteur croit le contraire.",
        check=_nothing,
        waivable=False,
    ),
    Rule(
        code=waivers.REFUSED,
        level="error",
        title="Une règle ne peut pas être levée",
        remedy="Retirez cette ligne de [waive] et corrigez ce que la règle signale.",
        why="Les règles qui protègent les lecteurs, la loi ou les contenus réservés ne se lèvent pas numéro par "
        "numéro.",
        check=_nothing,
        waivable=False,
    ),
    Rule(
        code=waivers.UNUSED,
        level="note",
        title="Une dispense ne sert à rien",
        remedy="Retirez cette ligne de [waive].",
        why="Une dispense oubliée cacherait une vraie faute le jour où elle reviendrait.",
        check=_nothing,
        waivable=False,
    ),
)

GROUPS = (
    ("Contenu", content.RULES),
    ("Textes", wording.RULES),
    ("Liens et étiquettes", addresses.RULES),
    ("Parties et en-têtes", parts.RULES),
    ("Structure et accessibilité", structure.RULES),
    ("Contraste", contrast.RULES),
    ("Poids", weight.RULES),
    ("Messageries", clients.RULES),
    ("Dispenses", _WAIVERS),
)

RULES: dict[str, Rule] = {rule.code: rule for _, rules in GROUPS for rule in rules}
"""Every rule by its code."""
