"""Clients: HTML and CSS of this letter that a mail client does not show. What support exists is data passed in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.preflight.finding import Found
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.preflight.document import Element
    from publisher.preflight.letter import Letter

GRACEFUL = {
    "css-at-media": "la lettre se plie sans elle",
    "css-at-media-prefers-color-scheme": "les couleurs claires restent",
    "css-at-media-hover": "seul un survol change",
    "css-at-media-prefers-reduced-motion": "rien ne bouge de toute façon",
    "css-color-scheme": "les couleurs claires restent",
    "html-meta-color-scheme": "les couleurs claires restent",
    "css-border-radius": "les coins sont droits",
    "css-box-shadow": "l’ombre manque",
    "css-border-spacing": "les tableaux ont aussi border-collapse",
    "css-height": "les bandes de couleur sont moins hautes",
    "css-white-space": "ne sert que dans un texte caché",
    "css-letter-spacing": "les lettres sont moins espacées",
    "css-max-width": "la largeur vient des tableaux écrits pour Outlook",
    "css-max-height": "ne sert qu’à cacher la ligne d’aperçu",
    "css-overflow": "ne sert qu’à cacher la ligne d’aperçu",
    "css-overflow-wrap": "un mot très long dépasse",
    "css-word-break": "un mot très long dépasse",
    "css-word-wrap": "un mot très long dépasse",
    "css-text-decoration-thickness": "le soulignement est plus épais",
    "css-text-underline-offset": "le soulignement est plus proche",
    "css-text-decoration-color": "le soulignement a la couleur du texte",
    "css-important": "ne sert que dans les requêtes média",
    "css-selector-attribute": "ne sert qu’à Outlook.com",
    "css-selector-descendant": "les styles sont aussi dans chaque élément",
    "css-selector-class": "les styles sont aussi dans chaque élément",
    "css-selector-type": "les styles sont aussi dans chaque élément",
    "css-selector-grouping": "les styles sont aussi dans chaque élément",
    "css-selector-chaining": "les styles sont aussi dans chaque élément",
    "css-pseudo-class-hover": "seul un survol change",
    "css-pseudo-class-link": "les styles sont aussi dans chaque élément",
    "html-style": "les styles sont aussi dans chaque élément",
    "html-aria-label": "la lettre a aussi un titre",
    "html-role": "les tableaux restent lisibles",
    "html-lang": "redit sur un élément intérieur",
    "html-dir": "le sens de lecture est celui du français",
    "html-doctype": "la messagerie met le sien",
    "html-body": "les couleurs de fond sont aussi sur un élément intérieur",
    "html-comments": "ne sert qu’à Outlook",
    "css-comments": "rien ne se voit",
}
"""Features that the delivered templates use knowing that some clients drop them, with what a reader then sees."""

_DECLARATION = re.compile(r"(?:^|[;{])\s*([a-z-]+)\s*:\s*([^;{}]+)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_PROPERTIES = {
    **dict.fromkeys(("row-gap", "column-gap", "grid-gap"), "css-gap"),
    **dict.fromkeys(("left", "right", "top", "bottom"), "css-left-right-top-bottom"),
    **dict.fromkeys(("grid-template-columns", "grid-template-rows", "grid-template-areas"), "css-grid-template"),
}
_VALUES = (
    ("css-display-flex", "display", r"\b(?:inline-)?flex\b"),
    ("css-display-grid", "display", r"\b(?:inline-)?grid\b"),
    ("css-unit-rem", "", r"\d(?:rem)\b"),
    ("css-unit-em", "", r"\d(?:em)\b"),
    ("css-unit-vw", "", r"\d(?:vw)\b"),
    ("css-unit-vh", "", r"\d(?:vh)\b"),
    ("css-unit-ch", "", r"\d(?:ch)\b"),
    ("css-unit-calc", "", r"\bcalc\("),
    ("css-function-clamp", "", r"\bclamp\("),
    ("css-function-min", "", r"\bmin\("),
    ("css-function-max", "", r"\bmax\("),
    ("css-variables", "", r"\bvar\("),
    ("css-linear-gradient", "", r"\blinear-gradient\("),
    ("css-radial-gradient", "", r"\bradial-gradient\("),
    ("css-rgba", "", r"\brgba\("),
    ("css-modern-color", "", r"\b(?:oklch|oklab|lab|lch|color)\("),
)
_RULES = (
    ("css-at-import", r"@import\b"),
    ("css-at-font-face", r"@font-face\b"),
    ("css-at-keyframes", r"@keyframes\b"),
    ("css-at-supports", r"@supports\b"),
    ("css-at-media-prefers-color-scheme", r"prefers-color-scheme"),
    ("css-at-media-orientation", r"\(\s*orientation"),
    ("css-at-media", r"@media\b"),
    ("css-selector-attribute", r"\[[\w-]+[^\]]*\][^{};]*\{"),
    ("css-selector-child", r">[^{};]*\{"),
    ("css-selector-adjacent-sibling", r"\w\s*\+\s*[\w.][^{};]*\{"),
    ("css-selector-general-sibling", r"\w\s*~\s*[\w.][^{};]*\{"),
    ("css-pseudo-class-has", r":has\("),
    ("css-pseudo-class-not", r":not\("),
    ("css-pseudo-class-nth-child", r":nth-child\("),
    ("css-pseudo-class-checked", r":checked\b"),
    ("css-pseudo-class-hover", r":hover\b"),
    ("css-pseudo-element-before", r"::?before\b"),
    ("css-pseudo-element-after", r"::?after\b"),
)
_ELEMENTS = {
    **{
        tag: f"html-{tag}"
        for tag in ("video", "audio", "picture", "svg", "form", "object", "dialog", "marquee", "base")
    },
    **{tag: f"html-{tag}" for tag in ("meter", "progress", "ruby", "select", "textarea", "wbr", "abbr", "code", "pre")},
    **{
        tag: f"html-{tag}" for tag in ("address", "bdi", "blockquote", "body", "del", "div", "dfn", "hr", "img", "link")
    },
    **{tag: f"html-{tag}" for tag in ("p", "small", "span", "strong", "style", "table")},
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("ul", "ol", "dl"), "html-lists"),
    **dict.fromkeys(("map", "area"), "html-image-maps"),
    **dict.fromkeys(
        (
            *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav"),
            *("section", "summary", "time"),
        ),
        "html-semantics",
    ),
}
_ATTRIBUTES = {
    **{name: f"html-{name}" for name in ("align", "background", "cellpadding", "cellspacing", "dir", "hidden", "lang")},
    **{name: f"html-{name}" for name in ("popover", "required", "role", "srcset", "target", "valign")},
    **{f"aria-{name}": f"html-aria-{name}" for name in ("describedby", "hidden", "label", "labelledby", "live")},
    "loading": "html-loading-attribute",
}
_LINKS = {"#": "html-anchor-links", "mailto:": "html-mailto-links"}
_IMAGES = {
    "svg": "image-svg", "webp": "image-webp", "avif": "image-avif", "bmp": "image-bmp", "tif": "image-tiff",
    "tiff": "image-tiff", "heic": "image-heif", "heif": "image-heif", "ico": "image-ico", "apng": "image-apng",
    "mp4": "image-mp4", "hdr": "image-hdr",
}  # fmt: skip


def used(letter: Letter) -> dict[str, str]:
    """Return the features that the letter uses, by caniemail's slug, each with the first place it is used at."""
    found: dict[str, str] = {}
    for element in letter.document.elements:
        for slug, where in _named(element):
            found.setdefault(slug, where)
        _declared(element.get("style") or "", f"style de <{element.tag}>", found)
    for sheet in letter.document.sheets:
        bare = _COMMENT.sub("", sheet)
        for slug, pattern in _RULES:
            if re.search(pattern, bare):
                found.setdefault(slug, "feuille de style")
        _declared(bare, "feuille de style", found)
    return found


def _named(element: Element) -> Iterator[tuple[str, str]]:
    """Yield what an element uses by its name, its attributes, its link and its picture."""
    if slug := _ELEMENTS.get(element.tag):
        yield slug, f"<{element.tag}>"
    for name, value in element.attributes:
        if slug := _ATTRIBUTES.get(name):
            yield slug, f"{name} de <{element.tag}>"
        if name == "href" and (
            slug := next((_LINKS[start] for start in _LINKS if (value or "").startswith(start)), "")
        ):
            yield slug, f"lien {value}"
    if element.tag == "img":
        source = element.get("src") or ""
        ending = source.partition("?")[0].rpartition(".")[2].lower()
        if source.startswith("data:"):
            yield "image-base64", "une image en base64"
        elif slug := _IMAGES.get(ending):
            yield slug, source


def _declared(css: str, where: str, found: dict[str, str]) -> None:
    for name, value in _DECLARATION.findall(css):
        key = name.lower()
        found.setdefault(_PROPERTIES.get(key, f"css-{key}"), f"{where} : {key}")
        for slug, only, pattern in _VALUES:
            if (not only or only == key) and re.search(pattern, value.lower()):
                found.setdefault(slug, f"{where} : {key}: {value.strip()}")


def _unsupported(letter: Letter) -> Iterator[Found]:
    if letter.support is None:
        return
    borne = {*GRACEFUL, *letter.settings.graceful}
    clients = letter.settings.clients
    for slug, where in used(letter).items():
        lacking = letter.support.lacking(slug, tuple(clients)) if slug not in borne else ()
        if lacking:
            feature = letter.support.features[slug]
            share = sum(clients[client] for client in lacking)
            names = ", ".join(letter.support.name(client) for client in lacking)
            counted = f", soit {_comma(share)} % des lecteurs" if share else ""
            yield Found(
                text=f"« {feature.title} » ({where}) n’est pas montré par {names} : {len(lacking)} "
                f"messagerie{'s' if len(lacking) > 1 else ''} "
                f"sur {len(clients)}{counted} ({feature.address})."
            )


def _comma(share: float) -> str:
    return f"{share:.1f}".removesuffix(".0").replace(".", ",")


RULES = (
    Rule(
        code="client-unsupported",
        level="warning",
        title="Une messagerie ne montre pas ce dont la lettre se sert",
        remedy="Remplacez-le dans le gabarit, ou ajoutez son nom à « preflight.graceful » s’il peut manquer.",
        why="Le tableau vient de caniemail.com, qui essaie chaque élément et propriété dans les messageries. Ce que la "
        "mise en page supporte de perdre n’est pas signalé.",
        check=_unsupported,
    ),
)
