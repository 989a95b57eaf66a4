"""A small web that does to a collector, by chance and by plan, what real sites do. It knows the truth about itself.

Every article is one ``Piece``, whatever addresses, ids, dates and texts it is given in its life; ``World.truth`` says
of an address which piece it ever led to. What no reader could know is left out: an article that changes id, address
and text within one failure of its site is another article for everybody.
"""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulated_web import shapes
from simulated_web.texts import Author, Words

from publisher.demo.posts import Post

WINDOW = 15
"""Items that a feed shows."""
REST = timedelta(hours=110)
"""Between two changes of one piece: longer than the longest failure and the wait after it, so that each is seen."""
EPISODES = timedelta(days=7)
"""Between two articles of one title on one site: nobody publishes two minutes of one meeting in one week."""
LONGEST_FAILURE = 60
SITE_ACTS = ("move", "renumber", "rebuild", "flip")
PIECE_ACTS = ("edit", "redate", "rename", "double", "withdraw", "date ahead")
REBUILT = ("spip", "drupal7", "wordpress", "atom")
"""Kinds whose feeds tell dates and whole texts: by less, nobody knows an article again after everything changed."""
WEATHERS = ("500", "503 with Retry-After", "HTML", "cut", "empty", "slow", "404", "reset")


@dataclass(slots=True, eq=False)
class Piece:
    """One article and its present looks; ``touched`` is when they last changed."""

    number: int
    words: Words
    date: datetime
    slug: str
    node: int
    shown: datetime
    touched: datetime
    online: bool = True
    twice: str = ""


@dataclass(slots=True, eq=False)
class Place:
    """One site: its kind, its present host and the hosts that now redirect to it."""

    key: str
    kind: str
    host: str
    secure: bool = True
    validators: bool = True
    former: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    slugs: set[str] = field(default_factory=set)
    weather: str = ""
    clears: datetime | None = None
    changed: datetime | None = None
    wanted: bool = False
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the web answers to one request; ``cut`` breaks off in the middle, ``wait`` seconds come first."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    wait: float = 0.0


class World:
    """All sites, moved by ``advance`` and asked by ``answer``. The same seed and times give the same world."""

    def __init__(self, seed: int, start: datetime, *, sites: int, hurry: float = 1.0) -> None:
        self.now = start
        self.chance = random.Random(seed)
        self.author = Author(self.chance)
        self.hurry = hurry
        self.acts: Counter[str] = Counter()
        self.truth: dict[tuple[str, str], int] = {}
        self.delivered: set[int] = set()
        """Pieces that stood in an answer that was sent whole."""
        self.requests = 0
        self._numbers = 0
        self._decks: dict[tuple[str, ...], list[str]] = {}
        self.places = [self._found(number) for number in range(sites)]
        for place in self.places:
            for days in range(WINDOW, 0, -1):
                self._publish(place, days)

    def advance(self, now: datetime) -> None:
        """Let time pass up to ``now``: articles appear, sites change, failures come and go."""
        hours = (now - self.now) / timedelta(hours=1)
        self.now = now
        for place in self.places:
            if place.clears is not None and place.clears <= now:
                place.weather, place.clears = "", None
            if self._happens(hours / 30):
                self._publish(place)
                if self._happens(0.1):
                    for _ in range(3):
                        self._publish(place)
            if self._happens(self.hurry * hours / 12):
                self._change_piece(place)
            if self._happens(self.hurry * hours / (24 * 30)):
                place.wanted = True
            if place.wanted and not self._restless(place) and not self._fresh(place):
                place.wanted = False
                self._change_site(place)
            if not place.weather and self._happens(self.hurry * hours / (24 * 8)):
                self._fail(place)

    def answer(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """Return what the web says now to a request of the feed of this host."""
        self.requests += 1
        place = next((each for each in self.places if host in (each.host, *each.former)), None)
        if place is None:
            return Reply(status=404)
        bad = self._weather(place)
        if bad is not None and bad.status:
            return bad
        if host != place.host:
            return Reply(status=301, headers=(("Location", f"https://{place.host}{path}"),))
        body, pieces = self.feed(place)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        shown = (("ETag", etag),) if place.validators else ()
        if place.validators and headers.get("if-none-match") == etag:
            return Reply(status=304, headers=shown)
        if bad is not None:  # what is broken and yet says 200
            return Reply(status=200, body=body, headers=shown, cut=bad.cut, wait=bad.wait)
        self.delivered.update(pieces)
        return Reply(status=200, body=body, headers=(*shown, ("Content-Type", "application/rss+xml")))

    def feed(self, place: Place) -> tuple[bytes, tuple[int, ...]]:
        """Return the feed of a site as it stands, and the numbers of its pieces."""
        there = [each for each in place.pieces if each.online and each.shown <= self.now]
        newest = sorted(there, key=lambda each: (each.date, each.number), reverse=True)[:WINDOW]
        posts = []
        for piece in newest:
            posts.append(self._post(place, piece, piece.slug, piece.node))
            if piece.twice:
                posts.append(self._post(place, piece, piece.twice, piece.node + 500_000))
        body = shapes.feed(place.kind, f"Site {place.key}", place.host, posts)
        if not place.secure:
            body = body.replace(f"https://{place.host}".encode(), f"http://{place.host}".encode())
        return body, tuple(piece.number for piece in newest)

    def published(self) -> dict[int, Piece]:
        """Return every piece that has been shown, by its number."""
        return {each.number: each for place in self.places for each in place.pieces if each.shown <= self.now}

    def _post(self, place: Place, piece: Piece, slug: str, node: int) -> Post:
        post = Post(
            slug=slug,
            title=piece.words.title,
            date=piece.date,
            number=node,
            rubric="Actualités",
            authors=("Équipe",),
            lead=piece.words.lead,
            body=piece.words.body,
        )
        self.truth[place.key, shapes.paths(place.kind, post)] = piece.number
        return post

    def _found(self, number: int) -> Place:
        kind = shapes.KINDS[number % len(shapes.KINDS)]
        return Place(key=f"site{number}", kind=kind, host=f"site{number}.example", validators=number % 4 != 3)

    def _publish(self, place: Place, days_ago: int = 0) -> None:
        date = self._moment() - timedelta(days=days_ago)
        words = self._series(place, date) if self._happens(0.2) else None
        words = words or self.author.article()
        self._numbers += 1
        place.pieces.append(
            Piece(
                number=self._numbers,
                words=words,
                date=date,
                slug=self._slug(place, words.title),
                node=1000 + self._numbers * 3,
                shown=self.now,
                touched=self.now,
            )
        )
        self.acts["publish"] += 1

    def _series(self, place: Place, date: datetime) -> Words | None:
        """Return the next episode of a series whose last one on this site is old enough, ``None`` when none is."""
        words = self.author.episode(int(place.key.removeprefix("site")))
        last = max((each.date for each in place.pieces if each.words.title == words.title), default=None)
        return words if last is None or date - last >= EPISODES else None

    def _slug(self, place: Place, title: str) -> str:
        """Return an alias as Drupal makes it: cut, and numbered where it was taken already."""
        folded = unicodedata.normalize("NFD", title.lower().replace("’", "")).encode("ascii", "ignore").decode()
        plain = "-".join("".join(each if each.isalnum() else " " for each in folded).split())[:60].strip("-")
        slug, again = plain, 0
        while slug in place.slugs:  # an alias that redirects is not given away
            slug, again = f"{plain}-{again}", again + 1
        place.slugs.add(slug)
        return slug

    def _change_piece(self, place: Place) -> None:
        if self._restless(place) or place.wanted:
            return
        there = sorted(
            (each for each in place.pieces if each.online), key=lambda each: (each.date, each.number), reverse=True
        )
        gone = [each for each in place.pieces if not each.online and self.now - each.touched >= REST]
        rested = [each for each in there[:WINDOW] if self.now - each.touched >= REST]
        act = "come back" if gone and self._happens(0.5) else self._drawn(PIECE_ACTS)
        if act == "come back":
            rested = gone
        if not rested:
            return
        piece = self.chance.choice(rested)
        if act == "edit":
            piece.words = self.author.mended(piece.words)
        elif act == "redate":
            piece.date = self._moment()
        elif act == "date ahead":
            piece.date = self._moment() + timedelta(days=self.chance.randint(2, 9))
        elif act == "rename":
            piece.slug = self._slug(place, f"{piece.slug} {self.chance.choice(('suite', 'actualise', 'le point'))}")
        elif act == "double":
            piece.twice = "" if piece.twice else self._slug(place, piece.slug)
        else:
            piece.online = act == "come back"
        piece.touched = self.now
        self.acts[act] += 1

    def _change_site(self, place: Place) -> None:
        act = self._drawn(SITE_ACTS)
        if act == "move":
            place.generation += 1
            place.former.append(place.host)
            place.host = f"{place.key}-{place.generation}.example"
        elif act == "renumber":
            for piece in place.pieces:
                piece.node += 100_000
        elif act == "rebuild" and place.kind in REBUILT:
            place.kind = self.chance.choice([kind for kind in REBUILT if kind != place.kind])
        else:
            act = "flip"
            place.secure = not place.secure
        place.changed = self.now
        self.acts[act] += 1

    def _fresh(self, place: Place) -> bool:
        """Say whether a change of a piece may not have been seen yet: then the site itself does not change too."""
        return any(each.touched != each.shown and self.now - each.touched < REST for each in place.pieces)

    def _restless(self, place: Place) -> bool:
        return place.changed is not None and self.now - place.changed < REST

    def _fail(self, place: Place) -> None:
        place.weather = self._drawn(WEATHERS)
        hours = self.chance.choice((1, 1, 2, 5, 12, 30, LONGEST_FAILURE))
        place.clears = self.now + timedelta(hours=hours)
        self.acts[place.weather] += 1

    def _weather(self, place: Place) -> Reply | None:
        """Return the failure in force; one with status 0 spoils a good answer."""
        page = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Maintenance</h1></body></html>"
        empty = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>{place.key}</title>
<link>https://{place.host}</link><description/></channel></rss>""".encode()
        return {
            "": None,
            "500": Reply(status=500),
            "503 with Retry-After": Reply(status=503, headers=(("Retry-After", "7200"),)),
            "HTML": Reply(status=200, body=page, headers=(("Content-Type", "text/html"),)),
            "cut": Reply(status=0, cut=True),
            "empty": Reply(status=200, body=empty),
            "slow": Reply(status=0, wait=2.0),
            "404": Reply(status=404),
            "reset": Reply(status=-1),
        }[place.weather]

    def _moment(self) -> datetime:
        """Return the time as a site stamps it, to the second."""
        return self.now.replace(minute=self.chance.randint(0, 59), second=self.chance.randint(0, 59), microsecond=0)

    def _drawn(self, acts: tuple[str, ...]) -> str:
        """Return one of the acts, each once before any comes again, so that a short life sees them all."""
        deck = self._decks.setdefault(acts, [])
        if not deck:
            deck.extend(self.chance.sample(acts, len(acts)))
        return deck.pop()

    def _happens(self, likelihood: float) -> bool:
        return self.chance.random() < likelihood
