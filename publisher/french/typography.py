"""No-break spaces and apostrophes as French print wants them. It moves no word and changes no letter.

Follows the Imprimerie nationale: no-break space before : and », after «; narrow no-break space before ; ! ?; no line
break between a figure and its unit.
"""

from __future__ import annotations

import re

_WIDE = "\u00a0"
_NARROW = "\u202f"
_SPACE = "[ \\t\u00a0\u2009\u202f]"

_KEPT = (
    r"(?<![\w.+-])(?:"  # starting only where a word starts keeps long words linear
    r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s«»]+"  # addresses
    r"|(?:mailto|tel|sms|urn|tag|cid|data):[^\s«»]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|[\w-]+(?:\.[\w-]+)+/[^\s«»]*"  # rtes.fr/spip.php?article12
    r")"
    r"|@@\w+@@|\{\{.*?\}\}"  # slots and template marks
    r"|&(?:\#\w+|\w+);"  # a reference that was never decoded: its semicolon is no punctuation
)
_AFTER = r"(?=[\s)\]}»”’\"'.,…]|$)"  # what may follow a mark that ends a phrase
_WORD = r"[\w)\]}»…%°²³€†*]"

_RULES = re.compile(
    rf"(?P<kept>{_KEPT})"
    rf"|(?<=«){_SPACE}*(?=[^\s])(?P<open>)"
    rf"|(?<=[^\s«]){_SPACE}*(?P<close>»)"
    # a spaced ratio (2 : 1) and a smile are no punctuation
    rf"|(?:(?<=\d){_SPACE}+:(?={_SPACE}*\d)|{_SPACE}+:-?[()])(?P<leave>)"
    rf"|(?:(?<=[^\s]){_SPACE}+|(?<={_WORD}))(?P<wide>:){_AFTER}"
    rf"|(?:(?<=[^\s]){_SPACE}+|(?<={_WORD}))(?P<narrow>[;!?])(?=[;!?]*(?:[\s)\]}}»”’\"'.,…]|$))"
    # a figure and what it counts; figures in groups of three; n° 12
    rf"|(?<=\d)(?P<hour>{_SPACE}h){_SPACE}(?=[0-5]\d(?!\d))"
    rf"|(?<=\d){_SPACE}(?P<unit>%|‰|€|°|(?:h|min|s|ko|Mo|Go|mm|cm|km|m²|m|ha|kg|g|t|kWh|MWh|k€|M€|Md€)(?![\w’'-]))"
    rf"|(?<=\d){_SPACE}(?P<group>(?<=(?<!\d)\d.)(?=\d{{3}}(?!\d))|(?<=(?<!\d)\d\d.)(?=\d{{3}}(?!\d))"
    rf"|(?<=(?<!\d)\d\d\d.)(?=\d{{3}}(?!\d)))"
    rf"|(?<=\bn°){_SPACE}(?P<number>)(?=\d)",
    re.IGNORECASE,
)


def typeset(text: str) -> str:
    """Return plain text with French no-break spaces; only spaces differ from what was given.

    A missing space is added before ``: ; ! ?`` at the end of a phrase and inside « ». Web and mail addresses, hours
    (16:30), ratios (2:1) and our slots stay as they are. Not for HTML. Doing it twice changes nothing more.
    """
    return _RULES.sub(_spaced, text)


_TIED = re.compile(r" (?=:(?!\S)|»)|(?<=«) | (?=[;!?](?!\S))")


def tied(text: str) -> str:
    """Return a text with its spaces before : ; ! ? » and after « made no-break ones.

    None is added, so that what is to be copied (« v=DMARC1; p=none ») stays as it is.
    """
    return _TIED.sub(lambda found: _NARROW if text[found.end() : found.end() + 1] in ";!?" else _WIDE, text)


_APOSTROPHES = re.compile(rf"(?P<kept>{_KEPT})|(?<=[^\W\d_])'(?=[\w«])", re.IGNORECASE)


def curled(text: str) -> str:
    """Return plain text with « ’ » for a straight apostrophe inside a word, as in « l'eau »; addresses stay."""
    return _APOSTROPHES.sub(lambda found: found["kept"] or "’", text)


def _spaced(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "open" | "number":
            return _WIDE
        case "close" | "wide" | "unit":
            return _WIDE + found[str(found.lastgroup)]
        case "narrow":
            return _NARROW + found["narrow"]
        case "hour":
            return f"{_WIDE}{found['hour'].lstrip()}{_WIDE}"
        case "group":
            return _NARROW
        case _:
            return found[0]
