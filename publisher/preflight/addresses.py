"""Links: can they be followed, do they answer, do they bear our tags. Answers are data; nothing is fetched here."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher import links
from publisher.edition import SLOTS, slot
from publisher.preflight.finding import Found
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.edition import Link
    from publisher.preflight.document import Element
    from publisher.preflight.letter import Letter, LinkStatus

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FOLLOWED = frozenset({"http", "https", "mailto", "tel"})
_HOST = re.compile(r"[\w.-]+|[0-9a-f:]+")
_LOCAL_ENDS = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid")
_SLOTS = frozenset(map(slot, SLOTS))


def _hrefs(letter: Letter) -> Iterator[tuple[Element, str]]:
    for element in letter.document.all("a", "area"):
        if (href := element.get("href")) is not None and href not in _SLOTS:
            yield element, href.strip()


def _at(letter: Letter, element: Element, text: str) -> Found:
    place = letter.place(element)
    shown = f" (texte du lien : « {element.text} »)" if element.text else ""
    return Found(text=f"{text}{shown}.", section=place.section, entry=place.entry, line=place.line)


def _empty(letter: Letter) -> Iterator[Found]:
    for element in letter.document.all("a"):
        href = (element.get("href") or "").strip()
        if href in {"", "#"}:
            yield _at(letter, element, "un lien ne mène nulle part")
        elif href.startswith("#") and not _target(letter, href[1:]):
            yield _at(letter, element, f"le lien « {href} » mène à une ancre qui n’existe pas")


def _target(letter: Letter, name: str) -> bool:
    return any(name in {element.get("id"), element.get("name")} for element in letter.document.elements)


def _relative(letter: Letter) -> Iterator[Found]:
    for element, href in _hrefs(letter):
        if href and not href.startswith("#") and (not _SCHEME.match(href) or href.startswith("//")):
            yield _at(letter, element, f"le lien « {href} » est relatif")
    for element in letter.document.all("img"):
        source = (element.get("src") or "").strip()
        if source and (not _SCHEME.match(source) or source.startswith("//")):
            yield _at(letter, element, f"l’image « {source} » a une adresse relative")


def _scheme(letter: Letter) -> Iterator[Found]:
    for element, href in _hrefs(letter):
        found = _SCHEME.match(href)
        if found and found[1].lower() not in _FOLLOWED:
            yield _at(letter, element, f"le lien « {href[:80]} » commence par « {found[1]}: »")


def _malformed(letter: Letter) -> Iterator[Found]:
    for element, href in _hrefs(letter):
        if _SCHEME.match(href) and href.lower().startswith(("http:", "https:")) and not host(href):
            yield _at(letter, element, f"l’adresse «\u00a0{href[:80]}\u00a0» n’a pas de nom de site valable")


def host(address: str) -> str:
    """Return the host of a web address in lower case, "" when it has none that can be (RFC 3986, 3.2.2)."""
    try:
        parts = urlsplit(address)
        name = (parts.hostname or "").rstrip(".").lower()
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return ""
    return name if _HOST.fullmatch(name) else ""


def _insecure(letter: Letter) -> Iterator[Found]:
    for element, href in _hrefs(letter):
        if href.lower().startswith("http://") and not _is_local(href):
            yield _at(letter, element, f"le lien {href} est en http")
    for element in letter.document.all("img"):
        source = (element.get("src") or "").strip()
        if source.lower().startswith("http://") and not _is_local(source):
            yield _at(letter, element, f"l’image {source} est en http")


def _local(letter: Letter) -> Iterator[Found]:
    for element, href in _hrefs(letter):
        if _is_local(href):
            yield _at(letter, element, f"le lien {href} mène à une machine locale")
    for element in letter.document.all("img"):
        if _is_local(element.get("src") or ""):
            yield _at(letter, element, f"l’image {element.get('src')} est sur une machine locale")


def _is_local(address: str) -> bool:
    name = host(address) if address.lower().startswith(("http:", "https:")) else ""
    if not name:
        return False
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name == "localhost" or name.endswith(_LOCAL_ENDS) or "." not in name


def _tried(letter: Letter) -> Iterator[tuple[Link, LinkStatus]]:
    for link in letter.edition.links:
        statuses = letter.statuses or {}
        status = statuses.get(link.address) or statuses.get(link.tagged)
        if status is not None:
            yield link, status


def _said(link: Link, text: str) -> Found:
    if not (link.section or link.entry or link.line):  # the footer's own
        text = f"{text} Cette adresse vient de config.toml\u00a0: c’est là qu’elle se corrige."
    return Found(text=text, section=link.section, entry=link.entry, line=link.line)


def _broken(letter: Letter) -> Iterator[Found]:
    for link, status in _tried(letter):
        if not status.status:
            yield _said(link, f"{link.address} ne répond pas : {(status.error or 'aucune réponse').rstrip('.')}.")
        elif status.status >= 400 and status.status not in {401, 403, 429}:  # noqa: PLR2004 - RFC 9110, 15.5 and 15.6
            yield _said(link, f"{link.address} répond {status.status}.")


def _closed(letter: Letter) -> Iterator[Found]:
    for link, status in _tried(letter):
        if status.status in {401, 403, 429}:
            yield _said(link, f"{link.address} refuse de répondre au contrôle ({status.status}).")


def _redirects(letter: Letter) -> Iterator[Found]:
    for link, status in _tried(letter):
        if status.final and links.canonical(status.final) != links.canonical(link.address):
            yield _said(link, f"{link.address} renvoie vers {status.final}.")


def _slow(letter: Letter) -> Iterator[Found]:
    for link, status in _tried(letter):
        if status.status and status.seconds > letter.settings.slow:
            seconds = f"{status.seconds:.1f}".replace(".", ",")
            yield _said(link, f"{link.address} met {seconds} secondes à répondre.")


def _tags(letter: Letter) -> Iterator[Found]:
    if letter.tagger is None:
        return
    for link in letter.edition.links:
        wanted = letter.tagger.tag(link.address, link.text)
        if link.tagged != wanted:
            yield _said(link, f"le lien {link.tagged} devrait être {wanted}.")
    known = {link.tagged for link in letter.edition.links}
    for element, href in _hrefs(letter):
        if (
            href.startswith(("http://", "https://"))
            and host(href)
            and href not in known
            and letter.tagger.tag(href, element.text) != href
        ):
            yield _at(letter, element, f"le lien {href} ne porte pas les étiquettes de campagne")


def _identity(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        for address in (entry.address, *(also.address for also in entry.also)):
            if names := links.tracked(address):
                place = letter.at_entry(entry)
                yield Found(
                    text=f"l’identité {address} porte des étiquettes ({', '.join(names)}).",
                    section=place.section,
                    entry=place.entry,
                    line=place.line,
                )


def _personal(letter: Letter) -> Iterator[Found]:
    for link in letter.edition.links:
        if names := links.personal(link.tagged):
            yield _said(link, f"le lien {link.tagged} désigne un lecteur précis ({', '.join(names)}).")


RULES = (
    Rule(
        code="link-empty",
        level="error",
        title="Un lien ne mène nulle part",
        remedy='Donnez une adresse au lien (link = "…" dans [entry."…"]), ou retirez-le.',
        why="Un lien vide ouvre une page blanche ou la messagerie elle-même.",
        check=_empty,
    ),
    Rule(
        code="link-relative",
        level="error",
        title="Une adresse est relative",
        remedy="Écrivez l’adresse entière, avec https://.",
        why="Un courriel n’a pas d’adresse à lui : une adresse relative n’y mène nulle part.",
        check=_relative,
    ),
    Rule(
        code="link-scheme",
        level="error",
        title="Un lien n’est ni web, ni courriel, ni téléphone",
        remedy="Remplacez ce lien par une adresse « https:// », « mailto: » ou « tel: ».",
        why="Les messageries suppriment les liens « javascript: », « data: » et « file: », et certaines "
        "rejettent le message entier.",
        check=_scheme,
    ),
    Rule(
        code="link-malformed",
        level="error",
        title="Une adresse est mal écrite",
        remedy="Reprenez l’adresse depuis la barre du navigateur.",
        why="Une espace, une barre oubliée ou un crochet de trop dans le nom du site\u00a0: aucun navigateur n’y va.",
        check=_malformed,
    ),
    Rule(
        code="link-http",
        level="warning",
        title="Une adresse n’est pas chiffrée",
        remedy="Essayez la même adresse en https://.",
        why="Les navigateurs avertissent devant une page en http, et les messageries n’affichent pas les images en "
        "http.",
        check=_insecure,
    ),
    Rule(
        code="link-local",
        level="error",
        title="Une adresse mène à une machine locale",
        remedy="Remplacez-la par l’adresse publique de la page.",
        why="localhost, une adresse privée ou un nom de réseau interne n’existent pas chez les lecteurs.",
        check=_local,
    ),
    Rule(
        code="link-broken",
        level="error",
        title="Un lien est cassé",
        remedy='Corrigez l’adresse (link = "…" dans [entry."…"]), ou retirez l’article.',
        why="Les adresses de la lettre sont essayées poliment avant l’envoi ; celle-ci n’existe pas ou ne répond pas.",
        check=_broken,
    ),
    Rule(
        code="link-refused",
        level="note",
        title="Un site refuse de répondre au contrôle",
        remedy="Ouvrez le lien dans un navigateur pour vous en assurer.",
        why="Certains sites refusent tout programme (401, 403, 429). Le lien est peut-être bon : seul un lecteur le "
        "verra.",
        check=_closed,
    ),
    Rule(
        code="link-redirects",
        level="note",
        title="Un lien renvoie ailleurs",
        remedy="Remplacez-le par l’adresse d’arrivée.",
        why="Un renvoi ralentit, peut perdre les étiquettes de campagne, et finit souvent par disparaître.",
        check=_redirects,
    ),
    Rule(
        code="link-slow",
        level="warning",
        title="Un lien est lent",
        remedy="Réessayez plus tard ; si la lenteur dure, prévenez le site ou choisissez une autre page.",
        why="Au moment de l’envoi, beaucoup de lecteurs suivent le lien en même temps.",
        check=_slow,
    ),
    Rule(
        code="tag-wrong",
        level="error",
        title="Les étiquettes de campagne d’un lien sont fausses",
        remedy="Vérifiez [campaign] dans config.toml, et que le gabarit écrit l’adresse étiquetée.",
        why="Les statistiques de la lettre reposent sur ces étiquettes seules : aucun suivi individuel n’est fait.",
        check=_tags,
    ),
    Rule(
        code="tag-identity",
        level="error",
        title="L’identité d’un article porte des étiquettes",
        remedy='Donnez l’adresse sans étiquettes (link = "…" dans [entry."…"]).',
        why="L’identité sert aux flux : avec des étiquettes, un lecteur de flux montrerait l’article comme nouveau à "
        "chaque changement de campagne.",
        check=_identity,
    ),
    Rule(
        code="link-personal",
        level="error",
        title="Un lien désigne un lecteur précis",
        remedy="Reprenez l’adresse depuis le site lui-même, pas depuis une lettre reçue.",
        why="Une adresse copiée depuis une lettre reçue peut contenir l’identifiant de qui l’a reçue : l’envoyer à "
        "tous "
        "divulgue une donnée personnelle.",
        check=_personal,
        waivable=False,
    ),
)
