"""Plain text shortened, and a title proposed from an address. It invents no word that the source did not write."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

# The end of a sentence: its sign, what closes with it, then a space and something that begins a sentence. It begins
# with one sign, not with several at once: only then does ``re`` skip what cannot begin it.
_SENTENCE_END = re.compile(
    r"[.!?…][.!?…]*(?:[\s\u00a0\u202f]*[»\u201d\")\]])*(?=\s+[«\u201c\"(\[–—-]*[^\W\d_a-zà-ÿœ]|\s+\d|$)"
)
# A full stop that ends no sentence: French abbreviations of this field, and initials.
_ABBREVIATION = re.compile(
    r"(?:\b(?:M|MM|Mme|Mlle|Dr|Pr|Me|St|Ste|art|al|cf|Cf|ex|env|etc|fig|hab|n|p|pp|vol|tél|Tél|[A-ZÀ-Ý])\.)$",
)
_LONGEST_ABBREVIATION = 8  # characters, with the full stop and what stands in front
_LIST_MARK = re.compile(r"\n(?:- |\d{1,3}\. )")  # behind a line end: a plain character is soon found
_LOOKED_AT = 20  # characters behind the limit that a summary depends on, and some more
_SHORTEST = 0.4  # of the limit: a first sentence shorter than that says too little alone
_DANGLING = " \u00a0\u202f,;:–—-«(["


def summary(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of plain text on one line.

    The cut falls at the last sentence that fits, and otherwise at a word, followed by « … ». A text that fits
    comes back whole. No-break spaces of French typography are kept.
    """
    line = _line(text[: limit + 10 * _LOOKED_AT])  # a long article: what follows cannot be in its summary
    if len(line) <= limit + _LOOKED_AT:
        line = _line(text)
    if len(line) <= limit:
        return line
    best = 0
    for found in _SENTENCE_END.finditer(line, 0, min(len(line), limit + 2)):
        if found.end() <= limit and not _abbreviated(line, found.start() + 1):
            best = found.end()
    if best >= limit * _SHORTEST:
        return line[:best]
    cut = line[: max(limit - 1, 0)]
    if line[len(cut) : len(cut) + 1].strip():  # in the middle of a word, unless it is the only one
        whole = cut.rsplit(" ", 1)[0]
        cut = whole if " " in cut else cut
    return cut.rstrip(_DANGLING + ".") + "…" if limit > 0 else ""


def _abbreviated(line: str, end: int) -> bool:
    """Say whether the full stop in front of ``end`` belongs to an abbreviation."""
    return _ABBREVIATION.search(line[max(end - _LONGEST_ABBREVIATION, 0) : end]) is not None


def _line(text: str) -> str:
    text = (
        _LIST_MARK.sub(" ", f"\n{text}")
        .replace("\n", " ")
        .replace("\t", " ")
        .replace("\r", " ")
        .replace("\f", " ")
        .replace("\v", " ")
    )
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip()


# Words that a slug writes without accent or apostrophe and that have one reading only. Ambiguous ones
# (marche, passe, forme…) are left as they are: the editor sees the title is a proposal.
_WORDS = {
    "acces": "accès",
    "activite": "activité",
    "activites": "activités",
    "annee": "année",
    "annees": "années",
    "apres": "après",
    "assemblee": "assemblée",
    "citoyennete": "citoyenneté",
    "collectivite": "collectivité",
    "collectivites": "collectivités",
    "cooperation": "coopération",
    "cooperations": "coopérations",
    "cooperative": "coopérative",
    "cooperatives": "coopératives",
    "deja": "déjà",
    "departement": "département",
    "departements": "départements",
    "departementales": "départementales",
    "developpement": "développement",
    "economie": "économie",
    "economies": "économies",
    "economique": "économique",
    "economiques": "économiques",
    "ecologique": "écologique",
    "education": "éducation",
    "elu": "élu",
    "elue": "élue",
    "elues": "élues",
    "elus": "élus",
    "energie": "énergie",
    "energetique": "énergétique",
    "etat": "État",
    "etude": "étude",
    "europe": "Europe",
    "europeen": "européen",
    "europeenne": "européenne",
    "experience": "expérience",
    "financiere": "financière",
    "france": "France",
    "generale": "générale",
    "journee": "journée",
    "journees": "journées",
    "mobilite": "mobilité",
    "metropole": "métropole",
    "metropoles": "métropoles",
    "numerique": "numérique",
    "prevention": "prévention",
    "precarite": "précarité",
    "president": "président",
    "presidente": "présidente",
    "region": "région",
    "regions": "régions",
    "regionales": "régionales",
    "regie": "régie",
    "regies": "régies",
    "reseau": "réseau",
    "reseaux": "réseaux",
    "ruralite": "ruralité",
    "solidarite": "solidarité",
    "solidarites": "solidarités",
    "societe": "société",
    "strategie": "stratégie",
}
_ACRONYMS = frozenset(
    [
        "ess",
        "rtes",
        "irev",
        "anct",
        "ptce",
        "scic",
        "cae",
        "siae",
        "qpv",
        "cress",
        "brs",
        "ofs",
        "fse",
        "avise",
        "tzcld",
        "cnsa",
        "amrf",
        "amf",
    ]
)
# « l’ESS » is written « less » by Drupal's and Localtis' slugs, which drop the apostrophe.
_ELIDED = {"less": "l’ESS", "dess": "d’ESS", "leurope": "l’Europe", "letat": "l’État", "leconomie": "l’économie"}
_NO_TITLE = re.compile(r"^(?:\d+|index|node|term|article\d*|spip|page|actualites?|rss)$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:x?html?|php\d?|aspx?|pdf|txt|md)$", re.IGNORECASE)
_COLLISION = re.compile(r"-\d{1,2}$")  # Drupal adds -0, -1 to a slug that is taken
_ORDINAL = re.compile(r"^(\d+)(?:eme|ieme)$")


def title_from_address(address: str) -> str:
    """Return the title that an address's slug lets one guess, "" when it holds no words (``/node/12``).

    It is a proposal: accents and apostrophes come back only in words that have one reading. The caller marks it.
    """
    try:
        path = urlsplit(address).path
    except ValueError:  # a bracket that is no IPv6 address
        return ""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return ""
    slug = _COLLISION.sub("", _EXTENSION.sub("", unquote(parts[-1])))
    words = [word for word in re.split(r"[-_+\s]+", slug) if word]
    if not words or _NO_TITLE.match(slug) or not any(len(word) > 2 and word.isalpha() for word in words):  # noqa: PLR2004
        return ""
    title = " ".join(_worded(word) for word in words)
    return title[:1].upper() + title[1:]


def _worded(word: str) -> str:
    low = word.lower()
    if low in _ACRONYMS:
        return word.upper()
    ordinal = _ORDINAL.match(low)
    if ordinal:
        return f"{ordinal[1]}e"
    known = _ELIDED.get(low) or _WORDS.get(low)
    if known is None:
        return word
    return known[:1].upper() + known[1:] if word[:1].isupper() else known
