"""Contrast of text on its ground, in the letter's light and dark colours (WCAG 2.2, 1.4.3). It changes no colour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.preflight.dark import Dark
from publisher.preflight.finding import Found
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from publisher.preflight.document import Element
    from publisher.preflight.letter import Letter

LEAST, LARGE = 4.5, 3.0
"""Least ratios for text, and for text of 24 px or more (18.66 px in bold)."""

_NAMED = {
    "black": "#000000",
    "white": "#ffffff",
    "red": "#ff0000",
    "gray": "#808080",
    "grey": "#808080",
    "blue": "#0000ff",
}
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})(?![0-9a-f])")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([0-9.]+%?)\s*)?\)")
_SIZE = re.compile(r"([0-9.]+)px")
_BIG, _BIG_BOLD = 24.0, 18.66
_NO_TEXT = 4  # pixels: spacers and hidden text are set at 0 or 1

Colour = tuple[int, int, int]


def colour(text: str) -> Colour | None:
    """Return the first opaque colour named in a CSS value, ``None`` when there is none that can be known."""
    value = text.strip().lower()
    if found := _RGB.search(value):
        opaque = found[4] is None or found[4] in {"1", "1.0", "100%"}
        return (int(found[1]), int(found[2]), int(found[3])) if opaque else None
    named = next((code for name, code in _NAMED.items() if re.search(rf"\b{name}\b", value)), "")
    digits = _HEX.search(value)
    written = digits[0][1:] if digits else named[1:]
    if not written:
        return None
    full = written if len(written) == 6 else "".join(2 * digit for digit in written)  # noqa: PLR2004 - #rrggbb
    return (int(full[:2], 16), int(full[2:4], 16), int(full[4:], 16))


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(one: Colour) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - IEC 61966-2-1
        for channel in (part / 255 for part in one)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def _low(letter: Letter) -> Iterator[Found]:
    known: dict[tuple[int, str], str] = {}

    def value(element: Element, name: str) -> str:
        key = (element.start, name)
        if key not in known:
            known[key] = _light(element, name)
        return known[key]

    yield from _judged(letter, value, "")


def _low_in_the_dark(letter: Letter) -> Iterator[Found]:
    rules = Dark.of(letter.document)
    if rules.rules:
        yield from _judged(letter, rules.value, " en mode sombre")


def _light(element: Element, name: str) -> str:
    written = element.style(name)
    if name == "background-color" and not written:
        return element.style("background") or (element.get("bgcolor") or "").lower()
    return written


def _judged(letter: Letter, value: Callable[[Element, str], str], mode: str) -> Iterator[Found]:
    said: set[tuple[Colour, Colour]] = set()
    for element in letter.document.elements:
        if not element.own or element.tag in {"title", "style"}:
            continue
        around = (element, *letter.document.ancestors(element))
        ink, ground, size, bold = _ink(around, value), _ground(around, value), _size(around), _bold(around)
        hidden = size < _NO_TEXT or any(one.style("display") == "none" for one in around)
        if ink is None or ground is None or hidden or (ink, ground) in said:
            continue
        least = LARGE if size >= _BIG or (bold and size >= _BIG_BOLD) else LEAST
        found = ratio(ink, ground)
        if found < least:
            said.add((ink, ground))
            place = letter.place(element)
            shown, wanted = (f"{number:.1f}".replace(".", ",") for number in (found, least))
            yield Found(
                text=f"« {element.text[:60]} » : {_hex(ink)} sur {_hex(ground)} donne{mode} un contraste "
                f"de {shown}, il en faut {wanted}.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def _ink(around: tuple[Element, ...], value: Callable[[Element, str], str]) -> Colour | None:
    for element in around:
        if written := value(element, "color") or (element.get("color") if element.tag == "font" else ""):
            return colour(written)
        if element.tag == "a" and element.get("href"):
            return (0, 0, 238)  # a link without a colour is the reader program's blue
    return (0, 0, 0)


def _ground(around: tuple[Element, ...], value: Callable[[Element, str], str]) -> Colour | None:
    for element in around:
        written = value(element, "background-color")
        if "url(" in written or "gradient" in written:
            return None  # a picture lies there: no figure would be true
        if written and written not in {"transparent", "none", "inherit"}:
            return colour(written)
    return (255, 255, 255)


def _size(around: tuple[Element, ...]) -> float:
    for element in around:
        if found := _SIZE.match(element.style("font-size")):
            return float(found[1])
        if element.tag in {"h1", "h2", "h3"}:
            return {"h1": 32.0, "h2": 24.0, "h3": 18.72}[element.tag]
    return 16.0


def _bold(around: tuple[Element, ...]) -> bool:
    for element in around:
        if weight := element.style("font-weight"):
            return weight in {"bold", "bolder", "600", "700", "800", "900"}
        if element.tag in {"b", "strong", "h1", "h2", "h3", "th"}:
            return True
    return False


def _hex(one: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in one)


RULES = (
    Rule(
        code="contrast-low",
        level="error",
        title="Un texte se lit mal sur son fond",
        remedy="Foncez l’une des deux couleurs ou éclaircissez l’autre ([theme] dans config.toml).",
        why="Il faut un contraste de 4,5 entre texte et fond (3 pour les grands titres) pour que la lettre soit "
        "lisible "
        "par tous, au soleil comme avec une vue basse (WCAG 1.4.3).",
        check=_low,
    ),
    Rule(
        code="contrast-dark",
        level="error",
        title="Un texte se lit mal en mode sombre",
        remedy="Éclaircissez le texte ou foncez le fond dans [theme.dark] de config.toml.",
        why="La lettre a ses propres couleurs pour les écrans sombres ; le même contraste de 4,5 y est demandé. Les "
        "messageries qui inversent elles-mêmes les couleurs ne sont pas jugées.",
        check=_low_in_the_dark,
    ),
)
