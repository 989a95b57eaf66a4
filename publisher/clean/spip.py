"""SPIP's own shortcuts, left raw in a text when a plugin vanished from the site. Anything else is untouched."""

from __future__ import annotations

import re

# (a sign without which the rule cannot hold, the shortcut, what is left of it)
_TABLE: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # <doc12|left>, <emb3>, <img4|center>: the document is gone with the plugin that placed it.
    (
        "",
        re.compile(r"(?:<|&lt;)(?:doc|emb|img|modele|formulaire|video|audio)\d{1,7}(?:\|[\w=#|. -]{0,80})?(?:>|&gt;)"),
        "",
    ),
    # [->12], [texte->art12]: an internal number is no address; the words stay.
    ("[", re.compile(r"\[([^\[\]\n]{0,300}?)-(?:>|&gt;)(?:art|rub|br|mot|doc|aut|site)?\d{0,7}\]"), r"\1"),
    # [texte->https://…] in plain text: words, then the address.
    ("[", re.compile(r"\[([^\[\]\n]{1,300}?)-(?:>|&gt;)(https?://[^\s\[\]<>\"]+)\]"), r"\1 (\2)"),
    # {{{intertitre}}}, {{gras}}, {italique}: the marks go, the words stay.
    ("{", re.compile(r"\{\{\{([^{}]{1,300})\}\}\}"), r"\1"),
    ("{", re.compile(r"\{\{([^{}]{1,300})\}\}"), r"\1"),
    ("{", re.compile(r"(?<![\w${])\{([^{}\n]{1,300})\}(?!\})"), r"\1"),
)


def without_shortcuts(text: str) -> str:
    """Return text or HTML without SPIP's raw shortcuts (SPIP 3 manual, « raccourcis typographiques »)."""
    for sign, pattern, instead in _TABLE:
        if sign in text:
            text = pattern.sub(instead, text)
    return text
