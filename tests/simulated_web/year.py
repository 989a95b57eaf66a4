"""The simulated web collected for as long as one likes under its own clock, and what was lost or doubled."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from simulated_web.serving import serve
from simulated_web.world import World

from publisher import curate, stories
from publisher.folders.issues import IssueFolder
from publisher.sources.collector import Collector
from publisher.sources.settings import FeedSource, HttpSettings
from publisher.stages.collect import collect
from publisher.stages.draft import Draft, draft
from publisher.store.database import open_engine
from publisher.store.diary import Diary
from publisher.store.items import Items

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.item import Item

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 1, 5, 6, 0, tzinfo=PARIS)
CALM = timedelta(days=4)
"""Without a failure at the end, so that what was published during the last one can still be seen."""


RULES = curate.Rules(
    sections=(curate.SectionRule(key="une", title="À la une"), curate.SectionRule(key="news", title="Actualités")),
    default="news",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run gave, against the truth of the world.

    ``lost`` are pieces that a site sent whole and that are no item; ``unseen`` were gone from their feed before an
    answer came through; ``doubled`` pieces with several; ``strangers`` items that are no piece;
    ``sent_twice`` are items that stand in two issues, ``never_sent`` those in none, nor ``beside`` a story of one.
    ``latest`` is the longest time from publication to first seen.
    """

    pieces: int
    items: int
    versions: int
    runs: int
    requests: int
    failures: Counter[str]
    acts: Counter[str]
    unseen: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    strangers: tuple[str, ...]
    issues: int
    beside: int
    sent_twice: tuple[str, ...]
    never_sent: tuple[str, ...]
    latest: timedelta
    seconds: float

    @property
    def wrong(self) -> dict[str, tuple[str, ...]]:
        """Return every case that should not be, by what is wrong."""
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "strangers": self.strangers,
            "sent twice": self.sent_twice,
            "never sent": self.never_sent,
        }

    def __str__(self) -> str:
        """Return the figures in a few lines, and each case that went wrong."""
        lines = [
            f"{self.pieces} articles published, {self.items} items in {self.versions} versions",
            f"{self.runs} runs, {self.requests} requests, {sum(self.failures.values())} failed readings",
            f"at most {self.latest} from publication to first seen; {self.unseen} gone before an answer came through",
            ", ".join(f"{name} {count}" for name, count in sorted(self.acts.items())),
        ]
        lines.append(f"{self.issues} issues drafted, {self.beside} items told beside another of the same news")
        for title, cases in self.wrong.items():
            lines += [f"{title}: {len(cases)}", *(f"  {case}" for case in cases)]
        return "\n".join(lines)


def live(  # noqa: PLR0913 - each is a measure of the world
    folder: Path, *, days: int, sites: int, seed: int, every: int = 1, hurry: float = 1.0, issue_days: int = 28
) -> Outcome:
    """Collect ``sites`` for ``days``, each ``every`` hours, and draft an issue each ``issue_days``.

    ``hurry`` makes mishaps so many times more frequent.
    """
    began = time.perf_counter()
    world = World(seed, START, sites=sites, hurry=hurry)
    engine = open_engine(f"sqlite:///{folder / 'year.db'}")
    items = Items(engine)
    shelf, diary = IssueFolder(folder / "issues", timezone=PARIS), Diary(engine)
    failures: Counter[str] = Counter()
    runs = 0
    drafts: list[Draft] = []
    with serve(world.answer) as port:
        hosts = [f"{place.key}{suffix}.example" for place in world.places for suffix in ("", *_generations())]
        collector = Collector(
            {place.key: FeedSource(name=place.key, url=f"https://{place.host}/flux") for place in world.places},
            HttpSettings(contact="essai@lettre.example", delay=0.0, timeout=1.0, resolve=dict.fromkeys(hosts, port)),
            folder,
            PARIS,
        )
        end = START + timedelta(days=days)
        now = START.astimezone(UTC)  # hours are counted in UTC: a night of 23 hours has 23 runs
        while now < end:
            world.hurry = 0.0 if now >= end - CALM else hurry
            report = collect(collector, items, now=now)
            runs += 1
            failures.update(type(each.error).__name__ for each in report.failed)
            if runs * every % (24 * issue_days) == 0:
                drafts.append(_draft(len(drafts), items, shelf, diary, now))
            now += timedelta(hours=every)
            world.advance(now.astimezone(PARIS))
        collect(collector, items, now=now)
    drafts.append(_draft(len(drafts), items, shelf, diary, now))
    found = items.items()
    engine.dispose()
    return _judged(world, found, drafts, runs=runs, failures=failures, seconds=time.perf_counter() - began)


def _draft(number: int, items: Items, shelf: IssueFolder, diary: Diary, now: datetime) -> Draft:
    """Draft the next issue as an editor finds it, who changes nothing: keys are months, whatever the days between."""
    key = f"{2026 + number // 12}-{number % 12 + 1:02}"
    return draft(key, items=items, shelf=shelf, diary=diary, rules=RULES, sent=now, now=now)


def _judged(  # noqa: PLR0913 - each is something that was measured
    world: World, found: tuple[Item, ...], drafts: list[Draft], *, runs: int, failures: Counter[str], seconds: float
) -> Outcome:
    owners: defaultdict[int, list[Item]] = defaultdict(list)
    strangers = []
    for item in found:
        number = world.truth.get((item.source, urlsplit(item.link).path))
        if number is None:
            strangers.append(f"{item.id} {item.link} {item.title}")
        else:
            owners[number].append(item)
    published = world.published()
    homes = {piece.number: place for place in world.places for piece in place.pieces}
    lost = [
        f"{number} {homes[number].key} ({homes[number].kind}) {published[number].slug}, {published[number].date}"
        for number in sorted(world.delivered - set(owners))
    ]
    doubled = [
        f"{number} {', '.join(f'{each.id} {each.link} {each.published}' for each in items)}"
        for number, items in sorted(owners.items())
        if len(items) > 1
    ]
    sent = Counter(item for made in drafts for item in made.proposal.issue.item_ids)
    beside = {item.id for story in stories.group(found) for item in story.others}
    waits = [min(each.first_seen for each in items) - published[number].shown for number, items in owners.items()]
    return Outcome(
        pieces=len(published),
        items=len(found),
        versions=sum(each.version for each in found),
        runs=runs,
        requests=world.requests,
        failures=failures,
        acts=world.acts,
        unseen=len(set(published) - world.delivered),
        lost=tuple(lost),
        doubled=tuple(doubled),
        strangers=tuple(strangers),
        issues=len(drafts),
        beside=len(beside - set(sent)),
        sent_twice=tuple(item for item, count in sorted(sent.items()) if count > 1),
        never_sent=tuple(sorted({item.id for item in found} - set(sent) - beside)),
        latest=max(waits),
        seconds=seconds,
    )


def _generations() -> list[str]:
    return [f"-{number}" for number in range(1, 60)]
