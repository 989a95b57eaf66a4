"""Curate: which stories an issue is proposed with, in which section and order, and why others are left out.

It decides and does nothing else: it reads no store and writes no file, and the editor has the last word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from publisher import french
from publisher.errors import PublisherError
from publisher.issue import Entry, Issue, Section
from publisher.item import Kind, Story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from publisher.item import Event, Item

ARCHIVED = (
    r"^(?:la\s+)?newsletter\b.*(?:\b(?:19|20)\d\d\b|\bn\s*°\s*\d+)",
    r"^lettre\s+(?:d.information|d.actualités?|du\s+réseau|électronique|mensuelle)\b.*(?:\b(?:19|20)\d\d\b|\bn\s*°\s*\d+)",
    r"^(?:les\s+)?infos\s+(?:du|de\s+la|des)\b.*\b\d{1,2}/(?:19|20)\d\d\b",
)
"""Titles under which sites archive the letter itself, e.g. « Newsletter RTES - Mars 2021 » or « … n° 42 »."""

SLACK = timedelta(days=1)
"""How far in the future a publication date may lie before it is remarked: clocks and zones of sources differ."""

_QUIET = frozenset({"image-without-alt"})
"""Remarks of sources that the preflight makes about pictures that are really shown."""

_KEY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRule:
    """A section and what is proposed for it: items of these ``sources`` and of these ``kinds``; empty means any.

    A section without either gets nothing by rule, unless it is ``Rules.lead`` or ``Rules.default``.
    """

    key: str
    title: str
    sources: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How an issue is proposed.

    ``subject`` and ``preheader`` may hold ``{month}`` (« novembre »), ``{Month}`` (« Novembre »), ``{number}``
    (« 11 ») and ``{year}``. ``lead`` is the section of the story of the month, ``default`` the one for sources
    that no section names: the partners. ``archived`` are patterns of titles that are letters put online.
    """

    sections: tuple[SectionRule, ...]
    subject: str = "Newsletter – {Month} {year}"
    preheader: str = ""
    lead: str = "une"
    default: str = "partenaires"
    archived: tuple[str, ...] = ARCHIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An issue to start from.

    ``titles`` are notes by item id, the title first and then a line for each remark; ``left_out`` and ``remarks`` are
    (item id, sentence in French) in a stable order.
    """

    issue: Issue
    titles: Mapping[str, str]
    left_out: tuple[tuple[str, str], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()


def propose(  # noqa: PLR0913 - each is a fact the decision rests on
    key: str,
    stories: Iterable[Story],
    rules: Rules,
    *,
    carried: Mapping[str, str],
    now: datetime,
    seen_before: datetime | None = None,
    later: Collection[str] = (),
    released: Collection[str] = (),
    sent: datetime | None = None,
) -> Proposal:
    """Return the proposed issue of ``key`` (``YYYY-MM``): one entry a story, newest first, the agenda by date.

    ``carried`` maps ids that stand in earlier issues to the issue's key. What was first seen at ``seen_before`` or
    earlier was already proposed and is left out, except dates still to come, the ids an editor kept for ``later`` and
    those ``released``.
    ``sent`` is when the letter will leave; without it the past ends where the issue's month starts, or now within
    that month.
    """
    arrival = sent or _arrival(key, now)
    placed: dict[str, list[Item]] = {rule.key: [] for rule in rules.sections}
    left_out: list[tuple[str, str]] = []
    remarks: list[tuple[str, str]] = []
    for story in sorted(stories, key=lambda story: _newest_first(story.main, now)):
        told = public(story)
        section = _section(told.main, rules) if told else ""
        again = frozenset((*later, *released))
        reason = _against(story, told, rules, carried=carried, seen_before=seen_before, again=again, arrival=arrival)
        if told is None or reason:
            left_out.append((story.main.id, reason))
        elif not section:
            left_out.append((told.main.id, "aucune rubrique de config.toml ne l’accueille"))
        else:
            placed[section].append(told.main)
            remarks.extend((told.main.id, text) for text in _remarks(told.main, now, seen_before))
            if any(item.id in released for item in story.items):
                remarks.append((told.main.id, "séparé d’une nouvelle déjà parue, que l’on croyait la même"))
    left_out.extend(_other_dates(placed, now))
    remarks.extend(_lead(placed, rules))
    sections = tuple(
        Section(key=rule.key, title=rule.title, entries=tuple(Entry(item=item.id) for item in _order(placed, rule)))
        for rule in rules.sections
    )
    issue = Issue(key=key, subject=_fill(rules.subject, key), preheader=_fill(rules.preheader, key), sections=sections)
    titles = {
        item.id: "\n".join([_note(item, now), *(text for name, text in remarks if name == item.id)])
        for items in placed.values()
        for item in items
    }
    return Proposal(issue=issue, titles=titles, left_out=tuple(left_out), remarks=tuple(remarks))


def public(story: Story) -> Story | None:
    """Return the story without its members-only items, ``None`` when nothing is left that a public letter may tell."""
    items = [item for item in story.items if not item.members_only]
    if len(items) == len(story.items):
        return story
    if not items:
        return None
    kept = {item.id for item in items}
    merges = tuple(merge for merge in story.merges if merge.left in kept and merge.right in kept)
    return Story(main=items[0], others=tuple(items[1:]), merges=merges)


def released(then: Iterable[Story], today: Iterable[Story], carried: Collection[str]) -> frozenset[str]:
    """Return what was left out because its story had been carried, and is in no such story today.

    ``then`` are the stories as the last draft saw them: a person has parted two items since, or one of them changed.
    """
    held, free = (
        frozenset(
            item.id
            for story in stories
            if any(item.id in carried for item in story.items) is told
            for item in story.items
            if item.id not in carried
        )
        for stories, told in ((then, True), (today, False))
    )
    return held & free


def is_archived_letter(item: Item, rules: Rules) -> bool:
    """Say whether the item is a letter put online, which would otherwise be news of itself.

    A partner's letter that was received in a mailbox is what that source is for.
    """
    if any(remark.code == "received-letter" for remark in item.remarks):
        return False
    return any(remark.code == "letter-archive" for remark in item.remarks) or any(
        re.search(pattern, item.title.strip(), re.IGNORECASE) for pattern in rules.archived
    )


def _against(  # noqa: PLR0913 - each is a fact the decision rests on
    story: Story,
    told: Story | None,
    rules: Rules,
    *,
    carried: Mapping[str, str],
    seen_before: datetime | None,
    again: Collection[str],
    arrival: datetime,
) -> str:
    """Return the reason to leave the story out, "" when nothing speaks against it."""
    if told is None:
        return "réservé aux adhérents"
    item = told.main
    before = sorted({carried[other.id] for other in story.items if other.id in carried})
    waits = any(other.id in again for other in story.items)
    reasons = (
        (before, f"déjà dans le numéro {', '.join(before)}"),
        (is_archived_letter(item, rules), "c’est une lettre mise en ligne"),
        (_is_past(item, arrival), f"l’événement est passé ({_day(_start(item), arrival)})"),
        (_is_closed(item, arrival), f"la date limite est passée ({item.deadline:%d/%m/%Y})" if item.deadline else ""),
        (
            _is_old(story, seen_before) and not waits and not _is_coming(item),
            "déjà proposé pour un numéro précédent",
        ),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _section(item: Item, rules: Rules) -> str:
    """Return the section that names most of what the item is: kind and source, then kind, then source, then default."""
    best, key = 0, ""
    for rule in rules.sections:
        if (rule.sources and item.source not in rule.sources) or (rule.kinds and item.kind not in rule.kinds):
            continue
        weight = 2 * bool(rule.kinds) + bool(rule.sources)
        if weight > best:
            best, key = weight, rule.key
    default = rules.default if any(rule.key == rules.default for rule in rules.sections) else ""
    return key or default


def _other_dates(placed: dict[str, list[Item]], now: datetime) -> list[tuple[str, str]]:
    """Take the later dates of what comes back (same source, same title) out of every section; its next one stays."""
    left_out = []
    for items in placed.values():
        coming: dict[tuple[str, str], Item] = {}
        for item in sorted((item for item in items if _is_coming(item)), key=_start):
            first = coming.setdefault((item.source, item.title.casefold()), item)
            if first is not item:
                items.remove(item)
                left_out.append((item.id, f"autre date de {first.id}, proposé pour le {_day(_start(first), now)}"))
    return left_out


def _lead(placed: dict[str, list[Item]], rules: Rules) -> list[tuple[str, str]]:
    """Move the newest article of ours that has an image and a summary to the lead; a section's only one stays."""
    lead = next((rule for rule in rules.sections if rule.key == rules.lead), None)
    if lead is None or placed[lead.key]:
        return []
    for rule in rules.sections:
        fit = [item for item in placed[rule.key] if item.kind is Kind.ARTICLE and item.images and item.summary]
        if rule.sources and fit and len(placed[rule.key]) > 1:
            placed[rule.key].remove(fit[0])
            placed[lead.key].append(fit[0])
            reason = f"proposé pour «\u00a0{lead.title}\u00a0»\u00a0: le plus récent de «\u00a0{rule.title}\u00a0»"
            return [(fit[0].id, f"{reason} qui ait une image et un résumé")]
    return []


def _order(placed: Mapping[str, Sequence[Item]], rule: SectionRule) -> list[Item]:
    """Return the items of a section as they stay (newest first), or by date of event where it takes events."""
    items = list(placed[rule.key])
    if Kind.EVENT not in rule.kinds:
        return items
    dated = [(item.event.start, _number(item), item) for item in items if item.event]
    coming = [item for *_, item in sorted(dated, key=lambda one: one[:2])]
    return [*coming, *(item for item in items if not item.event)]


def _remarks(item: Item, now: datetime, seen_before: datetime | None) -> list[str]:
    told = {remark.code for remark in item.remarks}
    texts = [remark.text for remark in item.remarks if remark.code not in _QUIET]
    if item.published is None and item.event is None and "no-date" not in told:
        texts.append(f"sans date\u00a0: classé au jour où il a été relevé ({_day(item.first_seen, now)})")
    elif item.published is not None and item.published > now + SLACK and "future-date" not in told:
        texts.append(f"daté dans le futur ({_day(item.published, now)})\u00a0: classé au jour où il a été relevé")
    if item.kind is Kind.EVENT and item.event is None:
        texts.append("événement sans date\u00a0: placé à la fin de l’agenda")
    if _is_coming(item) and seen_before is not None and item.first_seen <= seen_before:
        texts.append("déjà proposé, mais encore à venir et dans aucun numéro")
    return texts


def _arrival(key: str, now: datetime) -> datetime:
    year, month = _month(key)
    start = datetime(year, month, 1, tzinfo=now.tzinfo)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=now.tzinfo)
    return now if start <= now < following else start


def _month(key: str) -> tuple[int, int]:
    match = _KEY.fullmatch(key)
    if match is None:
        raise PublisherError(
            f"«\u00a0{key}\u00a0» n’est pas un numéro.",
            remedy="Un numéro s’écrit année-mois, par exemple «\u00a02026-11\u00a0».",
        )
    return int(match[1]), int(match[2])


def _fill(pattern: str, key: str) -> str:
    year, month = _month(key)
    name = french.MONTHS[month - 1]
    for mark, said in (
        ("{month}", name),
        ("{Month}", name.capitalize()),
        ("{number}", f"{month:02}"),
        ("{year}", str(year)),
    ):
        pattern = pattern.replace(mark, said)
    return pattern


def _sorting_date(item: Item, now: datetime) -> datetime:
    return item.first_seen if item.dated > now + SLACK else item.dated


def _newest_first(item: Item, now: datetime) -> tuple[float, tuple[str, int]]:
    return (-_sorting_date(item, now).timestamp(), _number(item))


def _number(item: Item) -> tuple[str, int]:
    source, _, number = item.id.rpartition(":")
    return (source, int(number) if number.isdecimal() else 0)


def _start(item: Item) -> datetime:
    return item.event.start if item.event else item.dated


def _end(event: Event) -> datetime:
    if event.end:
        return event.end
    return event.start + timedelta(days=1) if event.all_day else event.start


def _is_coming(item: Item) -> bool:
    return item.kind is Kind.EVENT and item.event is not None


def _is_past(item: Item, arrival: datetime) -> bool:
    return item.kind is Kind.EVENT and item.event is not None and _end(item.event) < arrival


def _is_closed(item: Item, arrival: datetime) -> bool:
    return item.kind is Kind.CALL and item.deadline is not None and item.deadline < arrival.date()


def _is_old(story: Story, seen_before: datetime | None) -> bool:
    return seen_before is not None and all(item.first_seen <= seen_before for item in story.items)


def _note(item: Item, now: datetime) -> str:
    title = " ".join(item.title.split())
    return f"{_day(item.event.start, now)} – {title}" if _is_coming(item) and item.event else title


def _day(moment: datetime, now: datetime) -> str:
    return f"{moment.astimezone(now.tzinfo):%d/%m/%Y}"
