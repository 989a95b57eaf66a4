"""A site that moves, renames, re-dates, edits, doubles and repeats itself: nothing is lost, nothing is double."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import identity
from publisher.item import ItemData

if TYPE_CHECKING:
    from random import Random

START = datetime(2026, 1, 6, 9, tzinfo=UTC)
TITLES = (
    "La halle aux grains rouvre ses portes à Valbrune",
    "Appel à projets pour les régies de quartier",
    "Un fonds de garantie pour les étals des débutants",
    "Agenda",
)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Article:
    """What the site knows of an article; ``number`` is the truth."""

    number: int
    title: str
    slug: str
    text: str
    published: datetime


@dataclass(slots=True)
class Site:
    """The site as it stands."""

    random: Random
    host: str = "reseau.example"
    scheme: str = "http"
    guids: str = "node"
    dated: bool = True
    day: datetime = START
    articles: list[Article] = field(default_factory=list)
    doubled: int = 0
    used: set[str] = field(default_factory=set)

    def step(self, name: str) -> None:
        """Let one thing happen to the site."""
        self.doubled = 0
        self.day += timedelta(days=1)
        getattr(self, name)()

    def publish(self) -> None:
        """Publish an article, sometimes under a title used before, with Drupal's -0 behind its slug."""
        number = len(self.articles) + 1
        title = self.random.choice(TITLES)
        slug = title.lower().replace(" ", "-")
        if title in self.used:
            self.day += timedelta(days=200)
        self.used.add(title)
        slug = next(each for each in (slug, *(f"{slug}-{n}" for n in range(99))) if each not in self.used)
        self.used |= {slug, f"{slug}-0"}  # -0 is the double's
        self.articles.append(Article(number, title, slug, self._text(number), self.day))

    def edit(self) -> None:
        """Write one article anew."""
        self._change(text=self._text(0))

    def retitle(self) -> None:
        """Retitle one article."""
        self._change(title=f"Mise au point sur le sujet {self.random.randrange(10**6)} du réseau")

    def redate(self) -> None:
        """Date one article anew."""
        self._change(published=self.day)

    def rename(self) -> None:
        """Give one article another alias, which no other has or had."""
        slug = f"autre-adresse-{len(self.used)}-{self.random.randrange(10**6)}"
        self.used.add(slug)
        self._change(slug=slug)

    def move(self) -> None:
        """Move the whole site to another host: Drupal's guids and every address change."""
        self.host = "nouveau.example" if self.host == "reseau.example" else "reseau.example"

    def secure(self) -> None:
        """Change the scheme of the whole site."""
        self.scheme = "https" if self.scheme == "http" else "http"

    def undate(self) -> None:
        """Lose the dates of the feed, or find them again."""
        self.dated = not self.dated

    def identify(self) -> None:
        """Change what the feed writes into its guids."""
        self.guids = "link" if self.guids == "node" else "node"

    def double(self) -> None:
        """List the newest article twice."""
        self.doubled = len(self.articles)

    def reading(self) -> list[ItemData]:
        """Return the feed as it is now; the truth stands in ``authors``, which no name is made of."""
        shown = [self._data(each) for each in self.articles[-SHOWN:]]
        if self.doubled:
            last = shown[-1]
            shown.append(replace(last, guid=f"{last.guid}-copie", address=f"{last.address}-0"))
        return shown

    def _data(self, each: Article) -> ItemData:
        address = f"{self.scheme}://{self.host}/actualites/{each.slug}"
        return ItemData(
            source="reseau",
            title=each.title,
            guid=f"{each.number} at http://{self.host}" if self.guids == "node" else address,
            address=address,
            html=each.text,
            published=each.published if self.dated else None,
            authors=(str(each.number),),
        )

    def _change(self, **values: object) -> None:
        if self.articles:
            place = self.random.randrange(max(len(self.articles) - SHOWN, 0), len(self.articles))
            self.articles[place] = replace(self.articles[place], **values)  # type: ignore[arg-type]

    def _text(self, number: int) -> str:
        return f"<p>{number} " + " ".join(f"mot{self.random.randrange(10**6)}" for _ in range(30)) + "</p>"


@dataclass(slots=True)
class Shelf:
    """What the store does with names, in memory: a name is that of the item last seen under it."""

    names: dict[tuple[str, str], str] = field(default_factory=dict)
    said: dict[str, ItemData] = field(default_factory=dict)

    def take(self, batch: list[ItemData]) -> list[tuple[str, str]]:
        """Return for each item of the reading its truth and the id it was given."""
        shared = identity.shared(batch)
        given: list[tuple[str, str]] = []
        for data in batch:
            known = identity.recognise(data, self.names, self.said.__getitem__, shared)
            found = known.item if known else f"reseau:{len(self.said) + 1}"
            self.said[found] = data
            for name in identity.names(data, shared):
                self.names[name.key] = found
            given.append((data.authors[0], found))
        return given


STEPS = ("publish", "edit", "retitle", "redate", "rename", "move", "secure", "undate", "identify", "double")


@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(STEPS), max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_year(random: Random, steps: list[str]) -> None:
    """Each article of the site has one id from first to last, whatever happens to it, and no two share one."""
    site, shelf = Site(random), Shelf()
    ids: dict[str, str] = {}
    truths: dict[str, str] = {}
    for step in ("publish", "publish", *steps):
        if step == "double" and not site.articles:
            continue
        site.step(step)
        for truth, found in shelf.take(site.reading()):
            assert ids.setdefault(truth, found) == found, f"{step}: one article became two"
            assert truths.setdefault(found, truth) == truth, f"{step}: two articles became one"
