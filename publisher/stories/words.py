"""French words as evidence: stems, figures, names, days. It compares nothing and knows no item."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields

from publisher.french import MONTHS

STEM = 7
"""Letters kept of a word: « coopérative » and « coopératif » meet, « commune » and « commerce » do not."""

_TOKEN = re.compile(
    r"\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?!\d)|\d+(?:,\d+)?|[^\W\d_]+(?:[-’'][^\W\d_]+)*|[.!?«»\n]", re.UNICODE
)
_SENTENCE = frozenset(".!?«\n")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
_DAY = re.compile(rf"\b(\d{{1,2}}|1er)\s+({'|'.join(MONTHS)})\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")

# grammar: words that tell nothing
_GRAMMAR = """
    a afin ai ainsi alors apres au aucun aussi autre autres aux avant avec avoir bien c ca car ce cela celle
    celles celui ces cet cette ceux chaque chez ci comme comment contre d dans de deja depuis des desormais
    dernier derniere deux dont du durant elle elles en encore enfin entre es est et etaient etait ete etre eu
    eux fait faire fera font grace hors il ils j jusqu jusque juste l la laquelle le lequel les leur leurs lors
    lui m ma mais meme memes mes moins mon n ne ni nos notre nous on ont ou par parce parmi pas pendant peu peut
    peuvent plus plusieurs pour pourquoi pourra pourront pres puis qu quand que quel quelle quelles quels qui
    quoi s sa sans se selon sera seront ses si soit son sont sous sur t ta tes ton tous tout toute toutes tres
    trop trois un une vers via voir voici vos votre vous y
"""
# what every letter of this milieu is made of: it tells little
_MILIEU = """
    accompagner acteur action activite adopter agence agir aide an annee annonce annoncer appel article
    associatif association attribuer aujourd beneficier candidat candidature centre chambre cinq citoyen
    collectif collectivite commun communaute commune consacrer conseil contrat convention cooperation creation
    creer date decret departement deuxieme developpement dispositif dossier economie economique edition elu
    emploi engager ensemble entreprise equipe etat euro existe federation fiche financer fonds  france
    general grand gratuit guide habitant huit ici initiative innovation intercommunalite investir jour journee
    lancer lieu ligne liste local locaux loi maire membre mettre milliard million ministre mission mobiliser
    mois municipal national nouveau nouveaux nouvel nouvelle objectif obtenir organiser ouvert ouvrir pays petit
    plan politique porter premier premiere presenter president presidente prochain programme projet proposer
    public publie publier quartier quatre quatrieme question rapport recruter region regional rencontre repondre
    reponse reseau reunir rural scene semaine semestre service session signer six social societe solidaire
    solidarite soutenir soutien structure territoire territorial texte travail trimestre troisieme ville
"""
_UNITS = "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
_EMPTY = frozenset(_GRAMMAR.split())


def _base(char: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))


# Latin letters and their marks; a table is ten times as fast as normalising each text
_BASES = {code: _base(chr(code)) for code in range(0x80, 0x250)} | dict.fromkeys(range(0x300, 0x370), "")
_BASES |= {ord("œ"): "oe", ord("æ"): "ae", ord("’"): "'"}


def bare(text: str) -> str:
    """Return the text in small letters without accents."""
    return text.casefold().translate(_BASES)


def stem(word: str) -> str:
    """Return what inflected forms of a bare word share, more or less: no plural, seven letters."""
    return (word[:-1] if len(word) > 3 and word[-1] in "sx" else word)[:STEM]  # noqa: PLR2004 - « bus » and « pas » stay


COMMON = frozenset(stem(word) for word in _MILIEU.split()) | frozenset(stem(bare(month)) for month in MONTHS)

_NUMBERS = {word: value for value, word in enumerate(_UNITS.split())} | {
    "une": 1, "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
_SCALES = {"cent": 100, "cents": 100, "mille": 1000}
_LARGE = {"million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9, "md": 10**9}
_ORDINALS = {
    "premier": 1, "premiere": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4,
    "cinquieme": 5, "sixieme": 6, "septieme": 7, "huitieme": 8, "neuvieme": 9, "dixieme": 10, "onzieme": 11,
    "douzieme": 12,
}  # fmt: skip
_Set = frozenset[str]
_ORDINAL = re.compile(rf"\b(?:(\d+)\s?(?:e|er|ere|eme|ieme|nd|nde)|({'|'.join(_ORDINALS)}))\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one text is made of.

    ``stems`` of words that tell something, in order; ``figures`` as written or spelled out, years and days of months
    left out; ``names`` are parts of proper names inside sentences, ``compounds`` those that hyphens join, ``sigles``
    those in capitals, ``starts`` what opens a sentence with a capital and may be a name; ``days`` are (month, day);
    ``ordinals`` « septième » and « 7e » alike.
    """

    stems: tuple[str, ...]
    figures: frozenset[float]
    names: frozenset[str]
    compounds: frozenset[str]
    sigles: frozenset[str]
    starts: frozenset[str]
    days: frozenset[tuple[int, int]]
    years: frozenset[int]
    ordinals: frozenset[int]


def together(one: Words, other: Words) -> Words:
    """Return what two texts are made of, one after the other."""
    return Words(
        stems=one.stems + other.stems,
        **{spec.name: getattr(one, spec.name) | getattr(other, spec.name) for spec in fields(Words)[1:]},
    )


NOTHING = Words(
    stems=(),
    figures=frozenset(),
    names=frozenset(),
    compounds=frozenset(),
    sigles=frozenset(),
    starts=frozenset(),
    days=frozenset(),
    years=frozenset(),
    ordinals=frozenset(),
)
"""What an empty text is made of."""


def words(text: str) -> Words:
    """Return what the text is made of. A title typed in capitals counts as small letters."""
    if text.isupper():
        text = text.lower()
    dateless = _DAY.sub(" ", text)
    days = frozenset(_month_day(found) for found in _DAY.finditer(text))
    years = frozenset(int(year) for year in _YEAR.findall(text))
    ordinals = {_ORDINALS.get(found[2]) or int(found[1]) for found in _ORDINAL.finditer(bare(dateless))}
    tokens = [(token, bare(token)) for token in _TOKEN.findall(_YEAR.sub(" ", dateless))]
    stems, names, compounds, starts, sigles = _letters(tokens)
    return Words(
        stems=stems,
        figures=frozenset(_figures(tokens)),
        names=names,
        compounds=compounds,
        sigles=sigles,
        starts=starts,
        days=days,
        years=years,
        ordinals=frozenset(ordinals),
    )


def _month_day(found: re.Match[str]) -> tuple[int, int]:
    month = [bare(name) for name in MONTHS].index(bare(found[2])) + 1
    return month, 1 if found[1] == "1er" else int(found[1])


def _letters(tokens: list[tuple[str, str]]) -> tuple[tuple[str, ...], _Set, _Set, _Set, _Set]:
    stems: list[str] = []
    names: set[str] = set()
    starts: set[str] = set()
    compounds: set[str] = set()
    sigles: set[str] = set()
    opening = True
    for token, plain in tokens:
        if not token[0].isalpha():
            opening = token[0] in _SENTENCE
            continue
        elision = _ELISION.match(token)
        elided = elision is not None
        cut = elision.end() if elision else 0
        word = token[cut:]
        parts = [part for part in plain[cut:].replace("'", "-").split("-") if part]
        telling = [part for part in parts if part not in _EMPTY and part not in _NUMBERS and part not in _SCALES]
        stems += [stem(part) for part in telling]
        if word[:1].isupper():
            sigles.update(stem(part) for part in telling if word.isupper())
            named = {stem(part) for part in telling if len(part) > 3 or word.isupper()}  # noqa: PLR2004 - sigles aside
            compound = "-" in word and sum(part[:1].isupper() for part in word.split("-")) > 1
            (starts if opening and not compound and not elided else names).update(named)
            if compound:
                compounds.update(named)
        opening = False
    return (
        tuple(stems),
        frozenset(names - COMMON),
        frozenset(compounds - COMMON),
        frozenset(starts - COMMON),
        frozenset(sigles & names),
    )


def _figures(tokens: list[tuple[str, str]]) -> list[float]:
    """Return the figures in order: 4 000, « quatre mille », 4 M€ and « 4 millions »; a lone « un » is an article."""
    found: list[float] = []
    spelled: list[str] = []
    counted = False  # the last word was a figure, so « millions » belongs to it
    for token, plain in [*tokens, (".", ".")]:
        for word in (_cardinal(part) if part.endswith("ieme") else part for part in plain.split("-")):
            if word in _NUMBERS or word in _SCALES or (spelled and word == "et"):
                spelled.append(word)
                continue
            if spelled:
                counted = spelled not in (["un"], ["une"])
                if counted:
                    found.append(_spelled(spelled))
                spelled = []
            if token[:1].isdecimal():
                found.append(float(re.sub(r"[ .\u00a0\u202f]", "", word).replace(",", ".")))
                counted = True
            elif counted and (word in _LARGE or token in {"M", "Md"}):
                found[-1] *= _LARGE.get(word, 10**6)
                counted = False
            else:
                counted = False
    return found


def _cardinal(word: str) -> str:
    """Return « cent » for « centième », « quatre » for « quatrième », and any other word as it is."""
    base = word.removesuffix("ieme")
    return next((each for each in (base, f"{base}e") if each in _NUMBERS or each in _SCALES), word)


def _spelled(words_: list[str]) -> int:
    total = current = last = 0
    for word in words_:
        value = _NUMBERS.get(word)
        if value is not None:
            current = current * 20 if value == 20 and last == 4 else current + value  # noqa: PLR2004 - quatre-vingts
            last = value
        elif word in {"cent", "cents"}:
            current = max(current, 1) * 100
        elif word == "mille":
            total, current = total + max(current, 1) * 1000, 0
    return total + current
