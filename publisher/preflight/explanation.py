"""Explanation: a rule in words, for ``publisher check --explain`` and for ``docs/preflight.md``. It checks nothing."""

from __future__ import annotations

import difflib
import html
from typing import TYPE_CHECKING

from publisher.errors import PublisherError
from publisher.preflight.table import GROUPS, RULES

if TYPE_CHECKING:
    from publisher.preflight.rule import Rule

LEVELS = {
    "error": "erreur : le numéro ne peut pas être approuvé",
    "warning": "attention : à regarder avant d’envoyer",
    "note": "à savoir",
}
_HEAD = """\
# Le contrôle avant envoi

<!-- Écrit d’après la table des règles (publisher/preflight/table.py) ; un test les compare. -->

`publisher check NUMÉRO` contrôle le message tel qu’il partira : codé, avec ses en-têtes et ses liens personnels.
Une **erreur** empêche l’approbation ; **attention** demande un regard ; **à savoir** ne demande rien.

Une règle peut être abaissée pour un numéro, avec sa raison, dans le fichier du numéro :

```toml
[waive]
alt-empty = "Photos d’ambiance, décrites dans le texte."
```

Le constat reste visible, avec la raison. Quelques règles ne se lèvent pas ; leur texte le dit.
`publisher check --explain CODE` montre une règle dans le terminal.
"""


def explain(code: str) -> str:
    """Return what a rule checks, why, and what to do. Raises ``PublisherError`` for a code that is none."""
    rule = RULES.get(code)
    if rule is None:
        near = difflib.get_close_matches(code, RULES, n=1, cutoff=0.5)
        raise PublisherError(
            f"aucune règle ne s’appelle « {code} ».",
            remedy=f"Vouliez-vous dire « {near[0]} » ?" if near else "docs/preflight.md les montre toutes.",
        )
    return "\n".join(
        (
            f"{rule.code} – {rule.title}",
            f"Niveau : {LEVELS[rule.level]}.",
            f"Pourquoi : {rule.why}",
            f"Que faire : {rule.remedy}",
            _waiver(rule),
        )
    )


def page() -> str:
    """Return ``docs/preflight.md``: every rule by group, as Markdown."""
    parts = [_HEAD.replace(" :", "\u00a0:").replace(" ;", "\u00a0;")]
    for title, rules in GROUPS:
        parts.append(f"\n## {title}\n")
        parts.extend(map(_paragraph, rules))
    return "".join(parts)


def _paragraph(rule: Rule) -> str:
    level = LEVELS[rule.level].partition("\u00a0")[0]
    never = "" if rule.waivable else f" **{_waiver(rule)}**"
    return (
        f"\n### `{rule.code}`\n\n**{_plain(rule.title)}** ({level}).\n"
        f"{_plain(rule.why)}\n\n*Que faire\u00a0:* {_plain(rule.remedy)}{never}\n"
    )


def _plain(text: str) -> str:
    """Return a sentence whose marks Markdown will not take for HTML."""
    return html.escape(text, quote=False)


def _waiver(rule: Rule) -> str:
    if not rule.waivable:
        return "Cette règle ne se lève pas."
    return f'Pour ce numéro seulement : {rule.code} = "la raison" dans [waive].'
