"""Our campaign tags: the letter's and the feeds'. Existing bytes of an address are never decoded and written anew."""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

from publisher.links.address import canonical
from publisher.links.parts import cut, host_of, name_of, pieces, web
from publisher.links.tracking import names_campaign, signed, tracked, without_tracking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
TERM_LIMIT = 100
"""Characters of a link text that go into ``utm_term``, before encoding."""

_FILLED = frozenset({"year", "month", "month_name", "Month_name"})
_LINK_TEXT = "{text}"
_KEY = re.compile(r"(\d{4})-(\d{2})")
_TOKEN = re.compile(r"@@\w+@@|\{\{|\}\}|\{%|\*\||\[\[|%%\w+%%")  # a slot of ours, or another system's merge mark
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?)$", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})


def _holding(known: frozenset[str], *, alone: str = "") -> Callable[[str], None]:
    """Return a check of the placeholders in a value; ``alone`` is a value that is right as a whole."""

    def check(value: str) -> None:
        if value == alone:
            return
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(value) if name is not None]
        except ValueError:
            raise ValueError(
                f"une accolade est seule dans « {value} ». Fermez-la, ou doublez-la pour l’écrire telle quelle."
            ) from None
        for name in names:
            if name not in known:
                options = (
                    ", ".join(f"{{{option}}}" for option in sorted(known)) or "aucune ici, la valeur est constante"
                )
                raise ValueError(f"« {{{name}}} » n’est pas reconnu. Valeurs possibles\u00a0: {options}.")

    return check


_CONSTANT = _holding(frozenset())  # constant over time, or statistics fall apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[campaign]``: what our tags say.

    ``name``, ``content`` and ``term`` may hold ``{year}``, ``{month}``, ``{month_name}`` and ``{Month_name}``.

    ``plain`` writes utm_source, utm_medium, utm_campaign, then content and term when they are given, all in lower
    case (statistics tools count two cases as two campaigns); ``term = "{text}"`` takes the link's text.
    ``campaign-monitor`` writes the five tags of that service in its order, with the case kept; ``campaign_id`` is its
    32 hexadecimal digits, derived from the name when empty.
    ``existing`` is for a link that somebody else has tagged: ``keep`` leaves it alone, ``complete`` adds what is
    missing, ``replace`` takes the foreign tags off and puts ours.
    ``deny_hosts`` are never tagged, ``allow_hosts`` (when there are any) alone are, subdomains included; ``own`` are
    addresses that are never tagged, with all that lies below: unsubscribe, preferences, web version.
    Raises ``ValueError`` in French for a placeholder that does not exist.
    """

    profile: Literal["plain", "campaign-monitor"] = "plain"
    source: str = "newsletter"
    medium: str = "email"
    name: str = "newsletter-{year}-{month}"
    content: str = ""
    term: str = ""
    campaign_id: str = ""
    existing: Literal["keep", "complete", "replace"] = "keep"
    feed_medium: str = "rss"
    feed_name: str = "flux"
    deny_hosts: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    CHECKS: ClassVar[Mapping[str, Callable[[Any], object]]] = {
        "name": _holding(_FILLED),
        "content": _holding(_FILLED),
        "term": _holding(_FILLED, alone=_LINK_TEXT),
        "source": _CONSTANT,
        "medium": _CONSTANT,
        "feed_medium": _CONSTANT,
        "feed_name": _CONSTANT,
    }
    """What no type says, by key: each raises ``ValueError`` in French. The configuration runs all of them."""

    def __post_init__(self) -> None:
        """Run the checks, so that a typo is told with the configuration and not at the first issue."""
        for key, check in self.CHECKS.items():
            try:
                check(getattr(self, key))
            except ValueError as error:
                raise ValueError(f"« {key} »\u00a0: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagger:
    """Tags that are ready to be written. ``tags`` are (name, encoded value) in order; ``term`` adds the link's text."""

    tags: tuple[tuple[str, str], ...]
    term: Literal["", "as written", "lower case"] = ""
    existing: Literal["keep", "complete", "replace"] = "keep"
    deny_hosts: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @classmethod
    def for_issue(cls, settings: Settings, issue_key: str) -> Tagger:
        """Return the tagger of the letter of ``issue_key`` (``YYYY-MM``). Raises ``ValueError`` for another form."""
        words = _words(issue_key)
        name, content = (value.format(**words) for value in (settings.name, settings.content))
        source, medium = settings.source, settings.medium
        if settings.profile == "campaign-monitor":
            shown = encode(name)
            number = settings.campaign_id or hashlib.sha256(f"{source}\n{name}\n{issue_key}".encode()).hexdigest()[:32]
            # the "+" before CID_ is literal in that service's links: it is no encoded space
            tags = (
                ("utm_medium", encode(medium)),
                ("utm_campaign", shown),
                ("utm_content", f"{shown}+CID_{number}"),
                ("utm_source", encode(source)),
            )
            return cls._with(settings, tags, "as written")
        term = "" if settings.term == _LINK_TEXT else settings.term.format(**words)
        values = (
            ("utm_source", source),
            ("utm_medium", medium),
            ("utm_campaign", name),
            ("utm_content", content),
            ("utm_term", term),
        )
        return cls._plain(settings, values, "lower case" if settings.term == _LINK_TEXT else "")

    @classmethod
    def _plain(cls, settings: Settings, values: tuple[tuple[str, str], ...], term: Literal["", "lower case"]) -> Tagger:
        return cls._with(settings, tuple((key, encode(value.lower())) for key, value in values if value), term)

    @classmethod
    def _with(
        cls, settings: Settings, tags: tuple[tuple[str, str], ...], term: Literal["", "as written", "lower case"]
    ) -> Tagger:
        return cls(
            tags=tags,
            term=term,
            existing=settings.existing,
            deny_hosts=settings.deny_hosts,
            allow_hosts=settings.allow_hosts,
            own=settings.own,
        )

    def tag(self, address: str, text: str = "") -> str:
        """Return the address with our tags before its fragment, or as it is when it must be left alone.

        ``text`` is the link's text, for ``utm_term``. Tagging twice with the same text equals tagging once.
        """
        if self.leaves(address.strip()):
            return address
        address = address.strip()  # blanks around an address are no part of it
        ours = self._ours(text)
        if self.existing == "replace":
            address = address if _ends_with(address, ours) else without_tracking(address)
        present = frozenset(tracked(address))
        if self.existing == "keep" and names_campaign(present):
            return address
        return _append(address, [pair for pair in ours if pair[0] not in present])

    def leaves(self, address: str) -> bool:
        """Say whether this address is never tagged: no web page, ours, an image, signed, denied, or not allowed."""
        parts = cut(address)
        front = web(parts.before)
        if front is None or _TOKEN.search(address) or _IMAGE.search(front.path) or signed(address):
            return True
        host = host_of(address)
        if _within(host, self.deny_hosts) or (self.allow_hosts and not _within(host, self.allow_hosts)):
            return True
        identity = canonical(address)
        return any(_below(identity, canonical(own)) for own in self.own if own)

    def _ours(self, text: str) -> tuple[tuple[str, str], ...]:
        term = encode(text if self.term == "as written" else text.lower(), limit=TERM_LIMIT) if self.term else ""
        return (*self.tags, ("utm_term", term)) if term else self.tags


def feed_tagger(settings: Settings) -> Tagger:
    """Return the tagger of the feeds: medium and campaign are constant over time, or readers show old items as new."""
    values = (
        ("utm_source", settings.source),
        ("utm_medium", settings.feed_medium),
        ("utm_campaign", settings.feed_name),
    )
    return Tagger._plain(settings, values, "")  # noqa: SLF001 - the same noun's second constructor


def encode(value: str, *, limit: int = 0) -> str:
    """Return a tag's value: NFC, one space for each run of blanks, UTF-8, ``%XX`` in upper case (RFC 3986, 2.1).

    ``limit`` is in characters before encoding, 0 for none; the cut falls between words where one is near.
    """
    shown = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", value)
        if char.isspace() or unicodedata.category(char) not in _INVISIBLE
    )
    shown = unicodedata.normalize("NFC", " ".join(shown.split()))
    if limit and len(shown) > limit:
        head, _, _ = shown[: limit + 1].rpartition(" ")
        shown = head if len(head) > limit // 2 else shown[:limit]
    return quote(shown, safe="")


def _words(issue_key: str) -> dict[str, str]:
    found = _KEY.fullmatch(issue_key)
    if not found or not 1 <= int(found[2]) <= len(MONTHS):
        raise ValueError(f"« {issue_key} » n’est pas une clé de numéro. Attendu : AAAA-MM, par exemple 2026-11.")
    name = MONTHS[int(found[2]) - 1]
    return {"year": found[1], "month": found[2], "month_name": name, "Month_name": name.capitalize()}


def _within(host: str, hosts: tuple[str, ...]) -> bool:
    wanted = (entry.lower().removeprefix("*").strip(".") for entry in hosts)
    return any(host == entry or host.endswith(f".{entry}") for entry in wanted if entry)


def _below(identity: str, own: str) -> bool:
    # canonical() takes the final slash off, so /u covers /u, /u/TOKEN and /u?t=TOKEN but not /une
    return identity == own or identity.startswith((f"{own.rstrip('/')}/", f"{own}?", f"{own}#"))


def _written(tags: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return "&".join(f"{name}={value}" for name, value in tags)


def _ends_with(address: str, ours: tuple[tuple[str, str], ...]) -> bool:
    """Say whether the address carries our very tags at the end of its query and no other tracking."""
    parts = cut(address)
    tail = _written(ours)
    if parts.query is None or not (parts.query == tail or parts.query.endswith(f"&{tail}")):
        return False
    found = [name_of(piece) for _, piece in pieces(parts.query)]
    return len(tracked(address)) == len(ours) and found[-len(ours) :] == [name for name, _ in ours]


def _append(address: str, tags: list[tuple[str, str]]) -> str:
    if not tags:
        return address
    parts = cut(address)
    query = parts.query or ""
    joint = "" if not query or query.endswith("&") else "&"
    return str(type(parts)(before=parts.before, query=f"{query}{joint}{_written(tags)}", fragment=parts.fragment))
