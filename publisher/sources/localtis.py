"""Localtis (banquedesterritoires.fr): the rubric that stands before a title. It must not touch other sites' titles."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qs, urlsplit

# « Economie sociale et solidaire - Titre » until about 2019, then « Commande publique : titre ». A title of their own
# may hold either sign, so the words before it must be a rubric: one of the link's pk_kwd, or one of these.
_RUBRICS = frozenset(
    """
    action sociale|agriculture|alimentation|aménagement|aménagement du territoire|aménagement numérique
    biodiversité|citoyenneté|climat|cohésion des territoires|cohésion sociale|collectivités|commande publique
    commerce|culture|décentralisation|développement durable|développement économique|eau
    economie sociale et solidaire|ess|education|emploi|energie|enseignement supérieur|environnement|europe
    finances|finances locales|fiscalité|foncier|fonction publique|fonds européens|foncier solidaire|formation
    formation professionnelle|habitat|handicap|industrie|innovation|insertion|intercommunalité|jeunesse
    logement|logement social|mobilité|mobilités|montagne|numérique|outre-mer|patrimoine|petite enfance
    politique de la ville|ruralité|santé|sécurité|services publics|sport|tiers-lieux|tourisme
    transition écologique|transports|urbanisme|vie associative|ville|économie circulaire|démocratie locale
    """.replace("\n", "|").split("|")
)
_BEFORE = re.compile(r"^(?P<rubric>[^:]{3,60}?)(?:\s+-|[\s\u00a0\u202f]*:)[\s\u00a0\u202f]+(?P<title>\S.*)$", re.DOTALL)


def rubric_and_title(title: str, address: str = "") -> tuple[str, str]:
    """Return the rubric ("" when there is none) and the title without it; ``address`` may name the rubric (pk_kwd)."""
    found = _BEFORE.match(title)
    if not found:
        return "", title
    rubric = found["rubric"].strip()
    if _plain(rubric) not in _KNOWN and _slug(rubric) not in _keywords(address):
        return "", title
    rest = found["title"].strip()
    return rubric, rest[:1].upper() + rest[1:]


def _plain(text: str) -> str:
    """Return the text without accents and case, since Localtis writes Economie and Économie."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _plain(text)).strip("-")


def _keywords(address: str) -> list[str]:
    try:
        return parse_qs(urlsplit(address).query).get("pk_kwd", [])
    except ValueError:
        return []


_KNOWN = frozenset(_plain(rubric) for rubric in _RUBRICS if rubric.strip())
