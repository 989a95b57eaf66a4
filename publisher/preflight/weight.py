"""Weight: the HTML part after encoding against Gmail's limit. It measures what goes on the wire, not the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import french
from publisher.edition import slot
from publisher.preflight.finding import Found
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.preflight.letter import Letter

_LINE = 75  # octets of a quoted-printable line before its soft break (RFC 2045, 6.7)
_BREAK = 3
_PLAIN = frozenset(range(0x20, 0x7F)) - {ord("=")} | {ord("\t")}


def encoded(text: str) -> int:
    """Return the octets of a text in quoted-printable: ``=XX`` for what is not plain ASCII, soft breaks, CRLF."""
    octets = text.encode(errors="surrogatepass")
    plain = sum(octet in _PLAIN for octet in octets)
    lines = octets.count(b"\n")
    written = plain + 3 * (len(octets) - plain - lines) + 2 * lines
    return written + _BREAK * (written // _LINE)


def heaviest(letter: Letter) -> tuple[int, int]:
    """Return the octets of the HTML part with the longest personal parts, and how many of them these parts add."""
    way = next((link.get("href") or "" for link in letter.ways_out), "")
    written = 0 if letter.message is None else len(way)  # what this recipient's addresses already weigh
    personal = sum(
        letter.edition.html.count(slot(key)) * max(0, longest - reckoned)
        for key, longest, reckoned in (
            ("unsubscribe", letter.settings.personal_link, written),
            ("preferences", letter.settings.personal_link, written),
            ("name", 6 * letter.settings.personal_name, 0),  # two octets of UTF-8 a letter, three signs each
        )
    )
    return _part(letter) + personal, personal


def _part(letter: Letter) -> int:
    if letter.message is not None:
        for part in letter.message.walk():
            if part.get_content_type() == "text/html":
                written = str(part.get_payload()).encode("ascii", "surrogateescape")
                return len(written) + written.count(b"\n") - written.count(b"\r\n")
    return encoded(letter.html)


def _clipped(letter: Letter) -> Iterator[Found]:
    octets, _ = heaviest(letter)
    if octets > letter.settings.clip:
        yield _said(letter, octets, "Gmail coupera la lettre")


def _near(letter: Letter) -> Iterator[Found]:
    octets, _ = heaviest(letter)
    if letter.settings.clip >= octets > letter.settings.clip * letter.settings.near:
        yield _said(letter, octets, "la lettre approche de la taille où Gmail la coupe")


def _said(letter: Letter, octets: int, what: str) -> Found:
    limit = french.size(letter.settings.clip)
    said = f"{what} : la partie HTML pèse {french.size(octets)} une fois codée, pour {limit} au plus."
    weights = [(encoded(letter.html[start:end]), place) for place, start, end in letter.sections()]
    if not weights:
        return Found(text=said)
    most, place = max(weights, key=lambda one: one[0])
    title = next(section.title for section in letter.issue.sections if section.key == place.section)
    return Found(
        text=f"{said} La rubrique la plus lourde est « {title} » ({french.size(most)}).",
        section=place.section,
        line=place.line,
    )


def _style(letter: Letter) -> Iterator[Found]:
    octets = sum(len(sheet.encode(errors="surrogatepass")) for sheet in letter.document.sheets)
    if octets > letter.settings.style:
        yield Found(
            text=f"les feuilles de style pèsent {french.size(octets)} : au-delà de "
            f"{french.size(letter.settings.style)} Gmail les ignore toutes."
        )


RULES = (
    Rule(
        code="size-clipped",
        level="error",
        title="La lettre est trop lourde pour Gmail",
        remedy="Retirez des articles de la rubrique la plus lourde, ou raccourcissez leurs résumés.",
        why="Gmail n’affiche que les 102 premiers kilo-octets de la partie HTML et remplace la suite, pied de page et "
        "lien de désinscription compris, par « Message tronqué ». On compte la partie telle qu’elle part : "
        "codée, avec les liens personnels les plus longs.",
        check=_clipped,
    ),
    Rule(
        code="size-near",
        level="warning",
        title="La lettre approche de la limite de Gmail",
        remedy="Évitez d’ajouter des articles ; raccourcissez la rubrique la plus lourde.",
        why="À plus de 90 % de la limite, un ajout de dernière minute suffit à faire couper la lettre.",
        check=_near,
    ),
    Rule(
        code="style-large",
        level="warning",
        title="Les feuilles de style sont trop lourdes pour Gmail",
        remedy="Allégez les feuilles de style de templates/style/.",
        why="Gmail ignore les styles de l’en-tête quand ils sont trop gros : la lettre reste lisible grâce aux styles "
        "mis dans chaque élément, mais perd le mode sombre et l’adaptation aux petits écrans.",
        check=_style,
    ),
)
