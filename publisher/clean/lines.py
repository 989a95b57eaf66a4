"""Lines that a site's software leaves in a document, as a table of rules. It decides; the reader acts.

A rule names the site where the line was met and the reason it goes, since a rule without a reason is never removed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class LineKind(StrEnum):
    """What a line is, and so what becomes of it."""

    CHROME = "chrome"
    """Nothing of the article: it goes."""
    SITE = "site"
    """The site's own name: it goes, and says whose document this is."""
    ARCHIVED = "archived"
    """A banner that says the page is old: it goes."""
    VIDEO = "video"
    """What is left of a video whose frame was dropped."""
    MEMBERS = "members"
    """A resource for members only: the item never reaches a public letter."""
    LABEL = "label"
    """A field's label of the site's software: it goes, with the value it labels."""
    CREDITS = "credits"
    """Who wrote it first: it goes to the credits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRule:
    """A whole line that ``pattern`` matches is of ``kind``. ``origin`` is the key that a SITE line points to."""

    kind: LineKind
    pattern: re.Pattern[str]
    site: str
    reason: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The rule that a line met and what it holds: a video's title, a label's value."""

    rule: LineRule
    said: str = ""


def _rule(kind: LineKind, pattern: str, site: str, reason: str, origin: str = "") -> LineRule:
    return LineRule(kind=kind, pattern=re.compile(pattern, re.IGNORECASE), site=site, reason=reason, origin=origin)


RULES: tuple[LineRule, ...] = (
    # rtes.fr, both wordings the site has used: its name stands at the top of every saved page.
    _rule(
        LineKind.SITE,
        r"R[ée]seau des collectivit[ée]s territoriales pour une [ÉE]conomie (?:Sociale et )?Solidaire",
        "rtes.fr",
        "site-name line",
        "rtes",
    ),
    # rtes.fr embeds Dailymotion; without the frame one line is left: the title cut near 45 characters, then the login.
    _rule(
        LineKind.VIDEO,
        r"(?P<said>.{27,60}\S(?:\.\.\.|…)) par (?!exemple\b|ailleurs\b)[\w.-]{3,40}",
        "rtes.fr",
        "Dailymotion caption",
    ),
    _rule(LineKind.VIDEO, r"(?P<said>.{3,80}?)\s+par\s+reseauRTES", "rtes.fr", "Dailymotion caption, short title"),
    # banquedesterritoires.fr puts this banner above articles of the former Localtis.
    _rule(LineKind.ARCHIVED, r"Archives", "banquedesterritoires.fr", "banner of an old article"),
    # rtes.fr on Drupal: labels of fields that leak into saved text; « Oui » after the private one shuts the item out.
    _rule(LineKind.MEMBERS, r"Ressource priv[ée]e\s*:?\s*(?P<said>Oui|Non)?", "rtes.fr", "members-only flag"),
    _rule(LineKind.LABEL, r"(?:Cat[ée]gorie|Type de ressource)\s*:?", "rtes.fr", "label of a Drupal field"),
    _rule(LineKind.CHROME, r"(?:Ressources RTES|R[ée]sum[ée])\s*:?", "rtes.fr", "label of a Drupal field"),
    # irev.fr on Drupal 7: navigation around the node.
    _rule(
        LineKind.CHROME,
        r"(?:Vous [êe]tes ici|Pr[ée]c[ée]dent|Suivant|Accueil|Favoris|Imprimer|Version PDF)\s*:?",
        "irev.fr",
        "navigation",
    ),
    _rule(LineKind.CHROME, r"Accueil\s*[>›»].{0,200}", "irev.fr", "breadcrumb of a print export"),
    # Every Drupal print module begins with it; the address's host says whose document this is (the reader looks).
    _rule(LineKind.CHROME, r"Publi[ée] sur .{1,120}\(https?://[^\s)]+\)", "irev.fr", "print export's first line"),
    # Sharing bars, saved as words.
    _rule(
        LineKind.CHROME,
        r"(?:Partager|Partagez)(?: (?:cet article|cette page|sur))?(?: (?:Facebook|Twitter|X|LinkedIn|par mail))*\s*:?",
        "any",
        "sharing bar",
    ),
    _rule(LineKind.CHROME, r"(?:Facebook|Twitter|LinkedIn|Mastodon|Bluesky|WhatsApp)", "any", "sharing bar"),
    # WordPress adds it to each feed entry.
    _rule(
        LineKind.CHROME,
        r"(?:L[’']article|The post) .{1,300} (?:est apparu en premier sur|appeared first on) .{1,120}",
        "WordPress",
        "feed footer",
    ),
    # Partners that publish again what Localtis and the network wrote.
    _rule(LineKind.CREDITS, r"Sources?\s*:\s*(?P<said>[^:]{2,160})", "any", "credit line"),
)

# « (voir notre article du 9 juillet 2019) » of Localtis is prose that readers use: no rule touches it.


def _any(rules: Iterable[LineRule]) -> re.Pattern[str]:
    """Return one pattern for a line that one of the rules matches: nearly no line does."""
    return re.compile(
        "|".join(f"(?:{rule.pattern.pattern.replace('?P<said>', '?:')})" for rule in rules), re.IGNORECASE
    )


_VIDEOS = _any(rule for rule in RULES if rule.kind is LineKind.VIDEO)
_OTHERS = _any(rule for rule in RULES if rule.kind is not LineKind.VIDEO)
_LONGEST_VIDEO = 120  # characters, white space counted once


def sort_line(line: str) -> Sorted | None:
    """Return the rule that the whole line meets, ``None`` for a line of the article."""
    said = line.strip()
    short = len(said) <= _LONGEST_VIDEO or "  " in said or not said.isprintable()
    if not _OTHERS.fullmatch(said) and not (short and _VIDEOS.fullmatch(said)):
        return None
    for rule in RULES:
        found = rule.pattern.fullmatch(said)
        if found:
            value = (found.groupdict().get("said") or "").strip()
            return Sorted(rule=rule, said=value.replace("...", "…") if rule.kind is LineKind.VIDEO else value)
    return None


_CREDIT = re.compile(
    r"^\s*\(?\s*Sources?\s*:\s*(?P<names>[^:\n]{2,160}?)\s*\)?\s*\.?\s*$", re.IGNORECASE | re.MULTILINE
)
_BETWEEN = re.compile(r"\s*(?:,|;|/|\bet\b|&)\s*")


def credits(text: str) -> tuple[str, ...]:  # noqa: A001 - the noun of the field; nobody wants site's credits()
    """Return the names of « Sources : Localtis et RTES » lines, in their order, each once.

    An address, or words too long to be a name, is no credit.
    """
    names = [name.strip(" .\u00a0") for found in _CREDIT.finditer(text) for name in _BETWEEN.split(found["names"])]
    return tuple(dict.fromkeys(name for name in names if name and len(name) <= _NAME and "://" not in name))


_NAME = 60
_FILE_NAME = re.compile(r"^[\w\s().,%+-]*\.(?:jpe?g|png|gif|webp|svg|bmp|tiff?|pdf|docx?)$", re.IGNORECASE)
_CAMERA = re.compile(
    r"^(?:(?:img|dsc|dscn|dscf|pict?|image|photo|capture|document|sans titre|untitled|logo)[\s_-]*\d*)$", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouyàâäéèêëîïôöùûüÿœæ")
_MASH = 5  # letters: a shorter word may be an acronym in small letters
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)


def meaningful_alt(alt: str) -> str:
    """Return the alternative text when it says something, "" for a file name or keyboard mash.

    Both were met on rtes.fr: ``document.jpg``, and a typed ``rftgyhu``. They count as missing.
    """
    said = " ".join(alt.split())
    if not said or _FILE_NAME.match(said) or _CAMERA.match(said):
        return ""
    words = _WORD.findall(said)
    if not words:
        return ""
    return "" if len(words) == 1 and _mashed(words[0]) else said


def _mashed(word: str) -> bool:
    """Say whether one word alone was typed at random: small letters, long runs without a vowel, or nearly none."""
    if len(word) < _MASH or word.isupper():
        return False
    vowels = sum(letter in _VOWELS for letter in word.lower())
    return bool(_CONSONANTS.search(word)) or vowels * 5 < len(word) or (vowels * 3 < len(word) and "y" in word.lower())
