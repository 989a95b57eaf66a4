"""Faults of an edition as values, found on the final message. It fetches nothing, sends nothing and mends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.preflight import waivers
from publisher.preflight.explanation import explain, page
from publisher.preflight.finding import Finding, Found, Level
from publisher.preflight.letter import Letter, LinkStatus
from publisher.preflight.rule import Rule
from publisher.preflight.settings import Settings
from publisher.preflight.support import Support
from publisher.preflight.support import read as read_support
from publisher.preflight.table import GROUPS, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from publisher.edition import Edition
    from publisher.errors import Fault
    from publisher.issue import Issue
    from publisher.item import Story
    from publisher.links import Tagger

__all__ = [
    "GROUPS",
    "RULES",
    "Finding",
    "Found",
    "Letter",
    "Level",
    "LinkStatus",
    "Rule",
    "Settings",
    "Support",
    "check",
    "explain",
    "page",
    "read_support",
    "unchecked",
]

_ORDER = ("error", "warning", "note")


def check(  # noqa: PLR0913 - each is a different thing that rules look at
    edition: Edition,
    issue: Issue,
    message: bytes | None,
    *,
    stories: Mapping[str, Story],
    now: datetime,
    settings: Settings,
    tagger: Tagger | None = None,
    statuses: Mapping[str, LinkStatus] | None = None,
    support: Support | None = None,
    sent: Mapping[str, str] | None = None,
    edited: Mapping[str, str] | None = None,
    pictures: Sequence[Fault] = (),
) -> tuple[Finding, ...]:
    """Return every finding, gravest first, then in the order of the issue file.

    ``message`` is one recipient's message as it goes on the wire (``None``: the edition alone is checked);
    ``statuses`` what addresses answered; ``support`` the caniemail data; ``sent`` the earlier issue of each item,
    ``edited`` what each item's source changed since the draft, ``pictures`` why a wanted picture is not shown.
    What is not given is not checked: ``unchecked`` says so.
    """
    letter = Letter(
        edition=edition,
        issue=issue,
        data=message,
        stories=stories,
        now=now,
        settings=settings,
        tagger=tagger,
        statuses=statuses,
        support=support,
        sent=sent or {},
        edited=edited or {},
        pictures=tuple(pictures),
    )
    findings = tuple(_finding(rule, found, issue) for rule in RULES.values() for found in rule.check(letter))
    places = tuple(RULES)
    return tuple(
        sorted(
            waivers.lowered(findings, issue, RULES),
            key=lambda one: (_ORDER.index(one.level), one.line, places.index(one.code), one.text),
        )
    )


def unchecked(
    *,
    message: bytes | None,
    tagger: Tagger | None,
    statuses: Mapping[str, LinkStatus] | None,
    support: Support | None,
) -> tuple[str, ...]:
    """Return what ``check`` cannot look at with these arguments, in French: silence must not pass for health."""
    reasons = (
        (message is None, "les en-têtes et le message codé (il n’y a pas encore de message)."),
        (tagger is None, "les étiquettes de campagne (la campagne n’est pas connue)."),
        (statuses is None, "les réponses des sites (les liens n’ont pas été essayés)."),
        (support is None, "les messageries (les données de caniemail manquent)."),
    )
    return tuple(text for absent, text in reasons if absent)


def _finding(rule: Rule, found: Found, issue: Issue) -> Finding:
    return Finding(
        code=rule.code,
        level=rule.level,
        text=found.text,
        remedy=rule.remedy,
        file=issue.file,
        line=found.line,
        section=found.section,
        entry=found.entry,
    )
