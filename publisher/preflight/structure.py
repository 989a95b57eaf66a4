"""Structure: language, headings, tables, pictures and sound HTML, as a screen reader meets them. No style is judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.edition import SLOTS, slot
from publisher.preflight.finding import Found
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.preflight.document import Element
    from publisher.preflight.letter import Letter

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|bmp|tiff?|avif)$|^(?:img|dsc|image|photo|capture)[\s_-]*\d*$", re.IGNORECASE
)
_MASHED = re.compile(r"[b-df-hj-np-tv-xz]{5}|[b-df-hj-np-tv-z]{6}", re.IGNORECASE)
"""More consonants in a row than French has; « rythme » has five with its y."""
_ACTIVE = frozenset(
    {"script", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "base", "audio"}
)
_TOKEN = 6
"""Characters below which a piece of an address says nothing of a reader."""

_VAGUE = frozenset(
    {
        "lire la suite",
        "en savoir plus",
        "cliquez ici",
        "ici",
        "lire",
        "suite",
        "voir",
        "plus",
        "lien",
        "consulter",
        "voir l’appel",
        "voir l'appel",
        "voir l’offre",
        "voir l'offre",
        "s’inscrire",
        "s'inscrire",
        "télécharger",
        "voir la vidéo",
    }
)


def _found(letter: Letter, element: Element, text: str) -> Found:
    place = letter.place(element)
    return Found(text=text, section=place.section, entry=place.entry, line=place.line)


def _lang(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip():
        return
    root = next(iter(letter.document.all("html")), None)
    lang = root.get("lang") if root else None
    if not lang:
        yield Found(text="<html> n’a pas d’attribut lang.")
    elif lang.split("-")[0].lower() != letter.edition.language.split("-")[0].lower():
        yield Found(text=f'<html lang="{lang}"> alors que la lettre est en « {letter.edition.language} ».')


def _wrapper(letter: Letter) -> Iterator[Found]:
    inside = [element for element in letter.document.elements if element.tag in {"div", "table", "td", "center"}]
    if letter.document.all("html") and not any(element.get("lang") for element in inside):
        yield Found(text="aucun élément sous <body> ne porte lang.")


def _title(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip() or not letter.edition.subject.strip():
        return  # no letter, or no subject to make a title of: another rule's
    titles = letter.document.all("title")
    if not titles or not titles[0].text:
        yield Found(text="<title> manque ou est vide.")


def _one_h1(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip():
        return
    count = len(letter.document.all("h1"))
    if count != 1:
        yield Found(text=f"la lettre a {count} titres de niveau 1 au lieu d’un.")


def _nested(letter: Letter) -> Iterator[Found]:
    before = 0
    for element in letter.document.all("h1", "h2", "h3", "h4", "h5", "h6"):
        level = int(element.tag[1])
        if before and level > before + 1:
            yield _found(letter, element, f"le titre « {element.text} » saute du niveau {before} au niveau {level}.")
        before = level


def _heading_empty(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("h1", "h2", "h3", "h4", "h5", "h6"):
        if not element.text:
            yield _found(letter, element, f"un titre <{element.tag}> est vide.")


def _roles(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("table"):
        data = any(element in letter.document.ancestors(cell) for cell in letter.document.all("th", "caption"))
        if not data and element.get("role") not in {"presentation", "none"}:
            yield _found(letter, element, f"un tableau de mise en page (ligne {element.line} du HTML) n’a pas de rôle.")


def _alt_missing(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("img"):
        if element.get("alt") is None:
            yield _found(letter, element, f"l’image {element.get('src') or ''} n’a pas d’attribut alt.")


def _alt_meaningless(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("img"):
        alt = (element.get("alt") or "").strip()
        if alt and is_meaningless(alt):
            yield _found(letter, element, f"le texte de remplacement « {alt} » ne dit rien de l’image.")


def is_meaningless(alt: str) -> bool:
    """Say whether an alternative text is a file name, or letters typed at random (« rftgyhu »)."""
    return bool(_FILE.search(alt) or (len(alt.split()) == 1 and _MASHED.search(alt)))


def _alt_empty(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        placed = letter.entries.get(entry.id)
        if entry.image and not entry.image_alt.strip() and not (placed and placed.overrides.alt is not None):
            place = letter.at_entry(entry)
            yield Found(
                text=f"l’image de « {entry.title} » n’est pas décrite.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def _unsized(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("img"):
        if not (element.get("width") or "").strip():
            yield _found(letter, element, f"l’image {element.get('src') or ''} n’a pas de largeur.")


def _tracker(letter: Letter) -> Iterator[Found]:
    personal = {way.get("href") or "" for way in letter.ways_out} | {slot(key) for key in SLOTS}
    tokens = {address.rstrip("/").rpartition("/")[2].partition("?")[0] for address in personal} - {""}
    for element in letter.document.all("img"):
        source = element.get("src") or ""
        sizes = {(element.get(name) or element.style(name)).removesuffix("px").strip() for name in ("width", "height")}
        if any(len(token) >= _TOKEN and token in source for token in tokens):
            yield _found(letter, element, f"l’adresse de l’image {source} change d’un destinataire à l’autre.")
        elif sizes <= {"0", "1"}:
            yield _found(letter, element, f"l’image {source} ne mesure qu’un pixel : c’est un mouchard.")


def _vague(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("a"):
        said = (element.get("aria-label") or element.text).strip().casefold().rstrip(" .…")
        if said in _VAGUE:
            yield _found(letter, element, f"le lien « {element.text} » ne dit pas où il mène.")


def _silent(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("a"):
        if element.get("href") and not element.text and not element.get("aria-label"):
            yield _found(letter, element, f"le lien {element.get('href')} n’a pas de texte.")


def _invalid(letter: Letter) -> Iterator[Found]:
    for line, text in letter.document.broken:
        yield Found(text=f"{text} (ligne {line} du HTML).")
    if letter.document.elements and not letter.document.doctype.lower().startswith("doctype html"):
        yield Found(text="<!DOCTYPE html> manque.")
    seen: dict[str, int] = {}
    for element in letter.document.elements:
        name = element.get("id")
        if name is not None and name in seen:
            yield Found(text=f'id="{name}" est donné deux fois (lignes {seen[name]} et {element.line} du HTML).')
        elif name is not None:
            seen[name] = element.line


def _active_content(letter: Letter) -> Iterator[Found]:
    for element in letter.document.elements:
        if element.tag in _ACTIVE or (element.tag == "link" and "stylesheet" in (element.get("rel") or "").lower()):
            yield _found(letter, element, f"un élément <{element.tag}> est resté dans la lettre.")
        for name, _ in element.attributes:
            if name.startswith("on"):
                yield _found(letter, element, f"<{element.tag}> porte l’attribut « {name} ».")


RULES = (
    Rule(
        code="lang-missing",
        level="error",
        title="La langue de la lettre n’est pas dite",
        remedy='Remettez lang="fr" sur <html> dans templates/letter.html.',
        why="Sans langue, une synthèse vocale lit le français avec une prononciation anglaise (WCAG 3.1.1).",
        check=_lang,
    ),
    Rule(
        code="lang-wrapper",
        level="warning",
        title="La langue n’est pas répétée sous <body>",
        remedy="Mettez lang et dir sur l’élément qui enveloppe la lettre.",
        why="Beaucoup de messageries suppriment <html> et <body>, et avec eux leur langue.",
        check=_wrapper,
    ),
    Rule(
        code="title-missing",
        level="warning",
        title="La lettre n’a pas de <title>",
        remedy="Remettez <title> dans l’en-tête de templates/letter.html.",
        why="Certaines messageries et les lecteurs d’écran annoncent ce titre en ouvrant la lettre (WCAG 2.4.2).",
        check=_title,
    ),
    Rule(
        code="heading-h1",
        level="error",
        title="La lettre n’a pas un et un seul titre principal",
        remedy="Gardez un seul <h1> : dans l’édito, commencez à « ## ».",
        why="On parcourt une lettre par ses titres ; le premier niveau est celui de la lettre entière.",
        check=_one_h1,
    ),
    Rule(
        code="heading-skip",
        level="warning",
        title="Un titre saute un niveau",
        remedy="Descendez d’un seul niveau à la fois (« ## » puis « ### »).",
        why="Un saut fait croire à une partie manquante à qui navigue par titres (WCAG 1.3.1).",
        check=_nested,
    ),
    Rule(
        code="heading-empty",
        level="error",
        title="Un titre est vide",
        remedy='Donnez-lui un texte (title = "…"), ou retirez-le.',
        why="Un titre vide est annoncé comme un titre sans nom.",
        check=_heading_empty,
    ),
    Rule(
        code="table-role",
        level="warning",
        title="Un tableau de mise en page se présente comme un tableau de données",
        remedy='Ajoutez role="presentation" à ce tableau dans le gabarit.',
        why="Sans ce rôle, une synthèse vocale annonce lignes et colonnes à chaque bloc.",
        check=_roles,
    ),
    Rule(
        code="alt-missing",
        level="error",
        title="Une image n’a pas d’attribut alt",
        remedy="Ajoutez alt au gabarit, vide si l’image est décorative.",
        why="Sans alt, une synthèse vocale lit l’adresse de l’image (WCAG 1.1.1).",
        check=_alt_missing,
    ),
    Rule(
        code="alt-meaningless",
        level="warning",
        title="Le texte de remplacement d’une image ne dit rien",
        remedy='Décrivez l’image en une phrase : alt = "…" dans [entry."…"].',
        why="Un nom de fichier ou des lettres au hasard sont pires que rien : ils sont lus à voix haute.",
        check=_alt_meaningless,
    ),
    Rule(
        code="alt-empty",
        level="warning",
        title="L’image d’un article n’est pas décrite",
        remedy='Décrivez-la : alt = "…" dans [entry."…"], ou écrivez alt = "" si elle est décorative.',
        why='Beaucoup de lecteurs ne voient pas les images, par choix ou par handicap. alt = "" écrit par vous dit que '
        "l’image n’apporte rien et fait taire cette règle.",
        check=_alt_empty,
    ),
    Rule(
        code="image-unsized",
        level="warning",
        title="Une image n’a pas de largeur",
        remedy="Ajoutez width à l’image dans le gabarit.",
        why="Outlook pour Windows ignore les tailles données par les styles et montre l’image à sa taille entière.",
        check=_unsized,
    ),
    Rule(
        code="image-tracker",
        level="error",
        title="Une image sert à suivre les lecteurs",
        remedy="Retirez cette image.",
        why="La lettre ne suit personne : ni image d’un pixel, ni adresse d’image propre à un destinataire. La mesure "
        "individuelle des ouvertures demande un consentement à part (CNIL, délibération 2026-042).",
        check=_tracker,
        waivable=False,
    ),
    Rule(
        code="link-vague",
        level="warning",
        title="Un lien ne se comprend pas seul",
        remedy="Ajoutez le titre au lien, visible ou non : « Lire la suite : <titre> ».",
        why="Une synthèse vocale sait lister les liens : dix « Lire la suite » n’y disent rien (WCAG 2.4.4).",
        check=_vague,
    ),
    Rule(
        code="link-silent",
        level="error",
        title="Un lien n’a pas de texte",
        remedy="Donnez un texte au lien, ou décrivez l’image qu’il contient.",
        why="Un lien sans texte est annoncé par son adresse, ou pas du tout.",
        check=_silent,
    ),
    Rule(
        code="html-invalid",
        level="error",
        title="Le HTML est faux",
        remedy="Corrigez le gabarit, ou le texte qui porte ces balises.",
        why="Chaque messagerie répare à sa façon un élément mal refermé : la suite de la lettre peut disparaître.",
        check=_invalid,
    ),
    Rule(
        code="html-active",
        level="error",
        title="La lettre contient du code ou un formulaire",
        remedy="Retirez cet élément : un lien vers une page fait mieux.",
        why="Les messageries suppriment scripts, cadres et formulaires ; beaucoup rejettent le message.",
        check=_active_content,
        waivable=False,
    ),
)
