"""Wording: subject, preheader, and what was left in the text by accident. It corrects nothing and judges no style."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from publisher.preflight.finding import Found
from publisher.preflight.letter import squeezed
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.edition import EditionEntry
    from publisher.preflight.letter import Letter

_PLACEHOLDERS = re.compile(
    r"\bTK\b|\blorem\b|\bipsum\b|\bX{3,}\b|\bTODO\b|\bFIXME\b|\{\{|\}\}|\{%|\[\[|\]\]|\*\|[A-Z_:]+\|\*|%%\w+%%|\[titre\](?!\()|\[lien\](?!\()"
)
_LOREM = re.compile(r"\blorem\b|\bipsum\b", re.IGNORECASE)
_TO_COMPLETE = re.compile(r"[àa] compl[ée]ter\b|[àa] d[ée]finir\b|[àa] renseigner\b", re.IGNORECASE)
_MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf©¨ªŽ]|â€[™œ\u009d\u0153\u0099]|Â[«»°\u00a0]|\ufffd|[ĂĹ][©¨Ş]")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
_QUIET = frozenset("\n\t\r\u00ad\u200b\u200c\u200d\u2060\ufe0f\u034f")  # invisible on purpose: soft hyphens, joiners
_MARKUP = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]{0,200})?/?>|&(?:amp|lt|gt|quot|nbsp|[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,5});"
)
_READ = 10_000
"""Characters of a source's summary that are looked at; no summary is that long."""

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f]")


def _texts(letter: Letter) -> Iterator[tuple[str, str, int]]:
    """Yield (where, text, line) of all that editors and sources wrote."""
    yield "l’objet", letter.edition.subject, 0
    yield "la ligne d’aperçu", letter.edition.preheader, 0
    yield "l’édito", letter.issue.editorial.text, letter.issue.editorial.line
    for section in letter.issue.sections:
        yield f"la rubrique « {section.title} »", f"{section.title}\n{section.intro}", section.line


def _left(letter: Letter, pattern: re.Pattern[str]) -> Iterator[Found]:
    said: set[str] = set()
    for where, text, line in _texts(letter):
        for found in dict.fromkeys(pattern.findall(text)):
            said.add(found.casefold())
            yield Found(text=f"« {found} » est resté dans {where}.", line=line)
    for entry in letter.edition.entries:
        place = letter.at_entry(entry)
        for found in dict.fromkeys(
            pattern.findall(f"{entry.title}\n{entry.summary}\n{entry.place}\n{entry.image_alt}")
        ):
            said.add(found.casefold())
            yield Found(
                text=f"« {found} » est resté dans « {entry.title} ».",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )
    for found in dict.fromkeys(pattern.findall(f"{letter.visible}\n{letter.text}")):
        if found.casefold() not in said:
            said.add(found.casefold())
            yield Found(text=f"« {found} » est resté dans la lettre, hors des articles.")


def _placeholder(letter: Letter) -> Iterator[Found]:
    yield from _left(letter, re.compile(f"{_PLACEHOLDERS.pattern}|(?i:{_LOREM.pattern})"))


def _to_complete(letter: Letter) -> Iterator[Found]:
    yield from _left(letter, _TO_COMPLETE)


def _subject_empty(letter: Letter) -> Iterator[Found]:
    if not letter.edition.subject.strip():
        yield Found(text="l’objet est vide.")


def _subject_long(letter: Letter) -> Iterator[Found]:
    length, most = len(letter.edition.subject), letter.settings.subject_long
    if length > most:
        yield Found(text=f"l’objet a {length} signes, pour {most} au plus.")


def _preheader_empty(letter: Letter) -> Iterator[Found]:
    if not letter.edition.preheader.strip():
        yield Found(text="la ligne d’aperçu (preheader) est vide.")


def _preheader_length(letter: Letter) -> Iterator[Found]:
    length = len(letter.edition.preheader.strip())
    least, most = letter.settings.preheader_short, letter.settings.preheader_long
    if length > most:
        yield Found(text=f"la ligne d’aperçu a {length} signes, pour {most} au plus.")
    elif 0 < length < least:
        yield Found(text=f"la ligne d’aperçu n’a que {length} signes, pour {least} au moins.")


def _preheader_repeats(letter: Letter) -> Iterator[Found]:
    preheader = squeezed(letter.edition.preheader)
    if preheader and preheader == squeezed(letter.edition.subject):
        yield Found(text="la ligne d’aperçu répète l’objet.")


def _emoji(letter: Letter) -> Iterator[Found]:
    for where, text in (("l’objet", letter.edition.subject), ("la ligne d’aperçu", letter.edition.preheader)):
        if found := _EMOJI.search(text):
            yield Found(text=f"{where} contient l’émoji « {found[0]} ».")


def _capitals(letter: Letter) -> Iterator[Found]:
    letters = [character for character in letter.edition.subject if character.isalpha()]
    if len(letters) > 12 and sum(map(str.isupper, letters)) > 0.7 * len(letters):  # noqa: PLR2004 - acronyms are short
        yield Found(text=f"l’objet « {letter.edition.subject} » est en capitales.")


def _odd(letter: Letter) -> Iterator[Found]:
    for where, text, line in _texts(letter):
        if odd := oddities(text):
            yield Found(text=f"{where[0].upper()}{where[1:]} contient {odd}.", line=line)
    for entry in letter.edition.entries:
        if odd := oddities(f"{entry.title}\n{entry.summary}\n{entry.place}") or oddities(_source(letter, entry)):
            place = letter.at_entry(entry)
            yield Found(
                text=f"« {entry.title} » contient {odd}.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def _source(letter: Letter, entry: EditionEntry) -> str:
    """Return what the source itself wrote, where the editor wrote nothing over it: rendering mends some of it."""
    story, placed = letter.stories.get(entry.id), letter.entries.get(entry.id)
    item = next((item for item in story.items if item.id == entry.id), None) if story else None
    if item is None:
        return ""
    over = placed.overrides if placed else None
    title = item.title if over is None or over.title is None else ""
    summary = item.summary[:_READ] if over is None or over.summary is None else ""
    return f"{title}\n{summary}"


def _markup(letter: Letter) -> Iterator[Found]:
    for where, text, line in _texts(letter):
        if found := where != "l’édito" and _MARKUP.search(text):
            yield Found(text=f"« {found[0]} » se lira tel quel dans {where}.", line=line)
    for entry in letter.edition.entries:
        if found := _MARKUP.search(f"{entry.title}\n{entry.summary}\n{entry.place}"):
            place = letter.at_entry(entry)
            yield Found(
                text=f"« {found[0]} » se lira tel quel dans « {entry.title[:80]} ».",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def _long(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        title, _, summary = _source(letter, entry).partition("\n")
        place = letter.at_entry(entry)
        title = max(title, entry.title, key=len)
        if len(title) > letter.settings.title_long:
            yield Found(
                text=f"le titre « {title[:60]}… » a {len(title)} signes, pour {letter.settings.title_long} au plus.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )
        elif len(summary) >= _READ:
            yield Found(
                text=f"la source donne à « {entry.title[:60]} » un résumé de plusieurs pages.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def oddities(text: str) -> str:
    """Return in French what no reader should meet in a text, "" when there is nothing."""
    if found := _MOJIBAKE.search(text):
        return f"des caractères mal décodés (« {found[0]} »)"
    for character in text:
        category = unicodedata.category(character)
        if character in _BIDI:
            return f"une marque de sens d’écriture (U+{ord(character):04X})"
        if category in {"Cc", "Co", "Cn", "Cs"} and character not in _QUIET:
            return f"un caractère qui ne s’affiche pas (U+{ord(character):04X})"
    return ""


RULES = (
    Rule(
        code="placeholder",
        level="error",
        title="Un texte provisoire est resté",
        remedy="Écrivez le texte définitif, ou retirez la marque.",
        why="« TK », « lorem », « XXX », « TODO », « {{ », « [[ » et les marques "
        "d’autres outils d’envoi sont des restes de brouillon ou de gabarit.",
        check=_placeholder,
    ),
    Rule(
        code="to-complete",
        level="warning",
        title="Une mention reste à compléter",
        remedy="Complétez-la, souvent dans [legal] de config.toml.",
        why="« à compléter » dans les mentions légales partirait tel quel chez tous les lecteurs.",
        check=_to_complete,
    ),
    Rule(
        code="subject-empty",
        level="error",
        title="L’objet est vide",
        remedy='Écrivez subject = "…" en haut du numéro.',
        why="Une lettre sans objet n’est pas ouverte et passe pour un indésirable.",
        check=_subject_empty,
    ),
    Rule(
        code="subject-long",
        level="warning",
        title="L’objet est trop long",
        remedy="Raccourcissez subject : l’essentiel dans les 40 premiers signes.",
        why="Les boîtes de réception coupent l’objet, sur un téléphone dès 40 signes environ.",
        check=_subject_long,
    ),
    Rule(
        code="subject-capitals",
        level="warning",
        title="L’objet est en capitales",
        remedy="Écrivez-le en minuscules avec une capitale au début.",
        why="Un objet en capitales se lit mal et ressemble à un indésirable.",
        check=_capitals,
    ),
    Rule(
        code="preheader-empty",
        level="warning",
        title="La ligne d’aperçu est vide",
        remedy='Écrivez preheader = "…" en haut du numéro : une phrase qui complète l’objet.',
        why="Sans elle, la boîte de réception montre à côté de l’objet « Lire cette lettre en ligne ».",
        check=_preheader_empty,
    ),
    Rule(
        code="preheader-length",
        level="warning",
        title="La ligne d’aperçu est trop courte ou trop longue",
        remedy="Visez une phrase de 40 à 110 signes.",
        why="Trop courte, elle est suivie des premiers mots de la lettre ; trop longue, elle est coupée.",
        check=_preheader_length,
    ),
    Rule(
        code="preheader-repeats",
        level="warning",
        title="La ligne d’aperçu répète l’objet",
        remedy="Dites-y ce que l’objet ne dit pas : l’article principal, une date.",
        why="Les deux se lisent côte à côte.",
        check=_preheader_repeats,
    ),
    Rule(
        code="emoji",
        level="note",
        title="L’objet ou l’aperçu contient un émoji",
        remedy="Gardez-le s’il est voulu ; sinon retirez-le.",
        why="Un émoji change de dessin d’un appareil à l’autre et une synthèse vocale le lit par son nom.",
        check=_emoji,
    ),
    Rule(
        code="odd-characters",
        level="warning",
        title="Un texte contient des caractères abîmés ou invisibles",
        remedy='Retapez le passage : title = "…" ou summary = "…" dans [entry."…"].',
        why="« Ã© » à la place de « é » vient d’un mauvais décodage à la source ; les marques de sens d’écriture "
        "peuvent retourner la suite de la ligne.",
        check=_odd,
    ),
    Rule(
        code="markup-shown",
        level="warning",
        title="Un texte montre des balises ou des codes",
        remedy='Récrivez le passage : title = "…" ou summary = "…" dans [entry."…"].',
        why="La lettre n’exécute rien de ce que les sources écrivent : une balise ou un « &amp; » oublié par un site "
        "s’y lit tel quel.",
        check=_markup,
    ),
    Rule(
        code="text-long",
        level="warning",
        title="Un titre ou un résumé est démesuré",
        remedy='Écrivez-en un plus court : title = "…" ou summary = "…" dans [entry."…"].',
        why="La lettre coupe ce qui est trop long ; un titre d’une ligne ou deux se lit, un titre coupé se devine.",
        check=_long,
    ),
)
