"""Articles made of words: no two alike but for those that come back under one title, as real series do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

TOWNS = (
    "Valbrune", "Port-Sérin", "Lysandre", "Castelmarin", "Rivelaine", "Montclar", "Saint-Aubrac", "Trois-Gués",
    "Haut-Verdier", "Orsée", "Brissac-le-Vieux", "Combe-Noire", "Les Aulnes", "Pont-d’Arde", "Roquevive", "Estrelle",
    "Mareuil-les-Prés", "Vaux-sur-Lyse", "Chantegrive", "Belle-Fontaine",
)  # fmt: skip
SUBJECTS = (
    "une épicerie coopérative", "la régie de quartier", "un tiers-lieu", "l’office foncier solidaire", "la cantine",
    "un atelier vélo", "la monnaie locale", "une recyclerie", "le conseil citoyen", "un jardin partagé",
    "la maison de santé", "une ferme communale", "le café associatif", "un garage solidaire", "la laverie du quartier",
    "une coopérative d’énergie", "le marché du samedi", "une crèche parentale", "la ressourcerie", "un fablab",
)  # fmt: skip
DEEDS = (
    "ouvre ses portes", "cherche des sociétaires", "fête ses dix ans", "change de statut", "double sa surface",
    "lance une souscription", "recrute trois personnes", "publie son bilan", "déménage au centre", "reçoit un prix",
    "s’associe à la ville", "renonce à son projet", "passe au solaire", "forme ses bénévoles", "ouvre une antenne",
    "signe une convention", "accueille des stagiaires", "rachète ses murs", "attend une réponse", "prend la route",
)  # fmt: skip
DETAILS = (
    "Le conseil municipal a voté une garantie d’emprunt.", "Quarante habitants ont souscrit des parts sociales.",
    "La convention court sur trois ans.", "Le loyer a été fixé à un prix modéré.", "Deux emplois sont créés.",
    "Les travaux ont duré tout l’hiver.", "La communauté de communes finance l’ingénierie.",
    "Une première réunion avait rassemblé cent personnes.", "Le département regarde l’expérience de près.",
    "Les bénévoles se relaient le samedi.", "La clause d’insertion porte sur dix pour cent des heures.",
    "Le bâtiment était vide depuis vingt ans.", "La préfecture a donné son accord.",
    "Un comité d’usagers se réunit chaque mois.", "Le projet avait été présenté aux Rencontres de Lysandre.",
    "La toiture reste à refaire.", "Le bail a été signé devant notaire.", "Une seconde tranche est à l’étude.",
)  # fmt: skip
SERIES = (
    "Le rendez-vous mensuel des élues et des élus de {town}",
    "Compte rendu du conseil d’administration de {town}",
    "Agenda",
)
"""Titles that come back on one site with another text: an item of the same title is not the same item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an article says."""

    title: str
    lead: str
    body: str


class Author:
    """Writes articles that differ; the same chance writes the same ones."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._titles: set[str] = set()

    def article(self) -> Words:
        """Return an article with a title of its own."""
        while True:
            subject = self._chance.choice(SUBJECTS)
            title = f"À {self._chance.choice(TOWNS)}, {subject} {self._chance.choice(DEEDS)}"
            if title not in self._titles:
                self._titles.add(title)
                return self._words(title)

    def episode(self, home: int) -> Words:
        """Return an article of a series of one site: the title has been there before, the text has not."""
        return self._words(self._chance.choice(SERIES).format(town=TOWNS[home % len(TOWNS)]))

    def mended(self, words: Words) -> Words:
        """Return the article with one more sentence, as after a correction."""
        return Words(title=words.title, lead=words.lead, body=f"{words.body}<p>{self._sentences(1)}</p>")

    def _words(self, title: str) -> Words:
        # figures as local news has them: they also keep two episodes of a series from saying the same by chance
        figures = f"{self._chance.randint(11, 999)} foyers et {self._chance.randint(2, 60)} communes sont concernés."
        return Words(
            title=title,
            lead=f"{figures} {self._sentences(3)}",
            body=f"<p>{self._sentences(4)}</p><p>{self._sentences(3)}</p>",
        )

    def _sentences(self, count: int) -> str:
        """Return sentences that say where and how much, as news does: a few words alone would make all news alike."""
        return " ".join(
            f"{detail[:-1]}, à {self._chance.choice(TOWNS)}, pour {self._chance.randint(101, 99_999)} euros."
            for detail in self._chance.sample(DETAILS, count)
        )
