"""A small letter that preflight has nothing to say about, and ways to spoil it in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from publisher import links, mime, preflight
from publisher.edition import Edition, EditionEntry, Link
from publisher.issue import Editorial, Entry, Issue, Section
from publisher.item import Item, Kind, Story
from publisher.message import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from publisher.errors import Fault
    from publisher.preflight import Finding, LinkStatus, Settings, Support

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
SENDING = datetime(2026, 11, 3, 9, 0, tzinfo=PARIS)

TAGGER = links.Tagger.for_issue(links.Settings(source="lettre", own=("https://lettre.reseau.example/",)), "2026-11")
LETTER = mime.Settings(
    from_address="lettre@reseau.example",
    from_name="Réseau",
    unsubscribe="https://lettre.reseau.example/sortie/",
    unsubscribe_mailto="sortie@reseau.example",
)
DELIVERY = Delivery(
    id=1,
    issue="2026-11",
    subscriber=7,
    address="lectrice@ville.example",
    name="Ana",
    token="jeton-de-lectrice",
    state=DeliveryState.PLANNED,
    message_id="<2026-11.7@reseau.example>",
)

ARTICLE = "https://reseau.example/cantine"
PARTNER = "https://partenaire.example/tiers-lieu"
EVENT = "https://reseau.example/atelier"

ISSUE = Issue(
    key="2026-11",
    subject="La lettre du réseau – novembre 2026",
    preheader="Une cantine en coopérative, un tiers-lieu et un atelier",
    editorial=Editorial(text="Chères lectrices, chers lecteurs, bonne lecture.", line=40),
    sections=(
        Section(key="reseau", title="Les actualités du réseau", entries=(Entry(item="rtes:1", line=12),), line=8),
        Section(key="partenaires", title="Les partenaires", entries=(Entry(item="irev:2", line=20),), line=16),
        Section(key="agenda", title="Agenda", entries=(Entry(item="rtes:3", line=28),), line=24),
    ),
    file="content/issues/2026-11.md",
)

ENTRIES = (
    EditionEntry(
        id="rtes:1",
        section="reseau",
        title="Une cantine reprise en coopérative",
        summary="Les salariées ont gardé leur outil de travail.",
        address=ARTICLE,
        source="rtes",
        source_name="RTES",
        published=datetime(2026, 10, 20, 9, 0, tzinfo=PARIS),
        image="https://lettre.reseau.example/images/cantine.jpg",
        image_alt="Trois cuisinières devant leur four",
    ),
    EditionEntry(
        id="irev:2",
        section="partenaires",
        title="Un tiers-lieu ouvre dans l’ancienne poste",
        summary="Le quartier y trouve une cuisine et un atelier.",
        address=PARTNER,
        source="irev",
        source_name="IREV",
        partner=True,
        published=datetime(2026, 10, 12, 9, 0, tzinfo=PARIS),
    ),
    EditionEntry(
        id="rtes:3",
        section="agenda",
        title="Atelier : lire un bilan",
        summary="Une matinée pour les élues et les élus.",
        address=EVENT,
        source="rtes",
        source_name="RTES",
        published=datetime(2026, 10, 1, 9, 0, tzinfo=PARIS),
        start=datetime(2026, 11, 19, 9, 30, tzinfo=PARIS),
        place="Lille",
        deadline=date(2026, 11, 12),
    ),
)


def _link(entry: EditionEntry, line: int, text: str = "Lire la suite") -> Link:
    return Link(
        address=entry.address,
        tagged=TAGGER.tag(entry.address, text),
        text=text,
        section=entry.section,
        entry=entry.id,
        line=line,
    )


LINKS = tuple(_link(entry, line) for entry, line in zip(ENTRIES, (12, 20, 28), strict=True))

_A = 'style="color: #0b5a4c"'


def _told(entry: EditionEntry, link: Link) -> str:
    image = f'<img src="{entry.image}" width="200" height="120" alt="{entry.image_alt}">' if entry.image else ""
    credit = f'<p style="color: #55605c">Source : {entry.source_name}</p>' if entry.partner else ""
    href = link.tagged.replace("&", "&amp;")
    return (
        f'<tr><td>{image}<h3 style="color: #1d2928">{entry.title}</h3>\n<p>{entry.summary}</p>{credit}\n'
        f'<p><a {_A} href="{href}">Lire la suite : {entry.title}</a></p></td></tr>\n'
    )


def _html() -> str:
    rows = "".join(
        f'<tr><td><h2 style="color: #14483f">{section.title}</h2></td></tr>\n{_told(entry, link)}'
        for section, entry, link in zip(ISSUE.sections, ENTRIES, LINKS, strict=True)
    )
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head><meta charset="utf-8">'
        f"<title>{ISSUE.subject}</title>\n<style>@media (max-width: 600px) {{ .s {{ width: 100%; }} }}</style></head>\n"
        '<body style="background-color: #ffffff"><div class="tout" lang="fr" dir="ltr">\n'
        f'<div style="display: none">{ISSUE.preheader}</div>\n'
        '<table role="presentation"><tr><td style="background-color: #14483f">'
        '<h1 style="color: #fff9ec">La lettre du réseau</h1></td></tr></table>\n'
        f"<p>{ISSUE.editorial.text}</p>\n"
        f'<table role="presentation">\n{rows}</table>\n'
        f'<p>Réseau, 1 rue de la Paix</p>\n<p><a {_A} href="@@unsubscribe@@">Se désinscrire</a> '
        f'<a {_A} href="@@preferences@@">Gérer mes préférences</a></p>\n</div></body>\n</html>\n'
    )


def _text() -> str:
    told = "\n\n".join(
        f"{entry.title}\n{entry.summary}\n[{number}] {link.tagged}"
        for number, (entry, link) in enumerate(zip(ENTRIES, LINKS, strict=True), start=1)
    )
    return f"La lettre du réseau\n\n{told}\n\nSe désinscrire : @@unsubscribe@@\nPréférences : @@preferences@@\n"


EDITION = Edition(
    issue="2026-11",
    date=SENDING,
    subject=ISSUE.subject,
    preheader=ISSUE.preheader,
    language="fr",
    html=_html(),
    text=_text(),
    page="<!DOCTYPE html><html lang='fr'><title>La lettre</title></html>",
    links=LINKS,
    entries=ENTRIES,
)


def item(name: str, **said: Any) -> Item:
    """Return the item of an entry."""
    source = name.partition(":")[0]
    first_seen = datetime(2026, 10, 2, tzinfo=UTC)
    return Item(**{"id": name, "source": source, "title": f"Titre {name}", "first_seen": first_seen, **said})


STORIES = {
    "rtes:1": Story(main=item("rtes:1", address=ARTICLE)),
    "irev:2": Story(main=item("irev:2", address=PARTNER)),
    "rtes:3": Story(main=item("rtes:3", address=EVENT, kind=Kind.EVENT)),
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Everything that one check is given; the defaults trip no rule."""

    edition: Edition = EDITION
    issue: Issue = ISSUE
    stories: Mapping[str, Story] = field(default_factory=lambda: dict(STORIES))
    letter: mime.Settings = LETTER
    settings: Settings = field(default_factory=preflight.Settings)
    spoilt: Callable[[bytes], bytes] = bytes
    encoded: bool = True
    statuses: Mapping[str, LinkStatus] | None = None
    support: Support | None = None
    sent: Mapping[str, str] | None = None
    edited: Mapping[str, str] | None = None
    pictures: tuple[Fault, ...] = ()

    def check(self, now: datetime = NOW) -> tuple[Finding, ...]:
        """Return what preflight finds, on the message that a subscriber would get."""
        data = self.spoilt(mime.encode(self.edition, self.letter).message(DELIVERY).data) if self.encoded else None
        return preflight.check(
            self.edition,
            self.issue,
            data,
            stories=self.stories,
            now=now,
            settings=self.settings,
            tagger=TAGGER,
            statuses=self.statuses,
            support=self.support,
            sent=self.sent,
            edited=self.edited,
            pictures=self.pictures,
        )

    def html(self, old: str, new: str) -> Sample:
        """Return the sample with one passage of the HTML replaced; it must stand there."""
        assert old in self.edition.html, old
        return replace(self, edition=replace(self.edition, html=self.edition.html.replace(old, new, 1)))

    def text(self, old: str, new: str) -> Sample:
        """Return the sample with one passage of the text part replaced."""
        assert old in self.edition.text, old
        return replace(self, edition=replace(self.edition, text=self.edition.text.replace(old, new, 1)))

    def said(self, **fields: Any) -> Sample:
        """Return the sample with fields of the edition replaced."""
        return replace(self, edition=replace(self.edition, **fields))

    def entry(self, index: int, **fields: Any) -> Sample:
        """Return the sample with fields of one entry replaced, its words in both parts replaced with them."""
        old = self.edition.entries[index]
        new = replace(old, **fields)
        html, text = self.edition.html, self.edition.text
        for name in ("title", "summary"):
            html = html.replace(getattr(old, name), getattr(new, name))
            text = text.replace(getattr(old, name), getattr(new, name))
        entries = (*self.edition.entries[:index], new, *self.edition.entries[index + 1 :])
        return self.said(entries=entries, html=html, text=text)

    def linked(self, index: int, address: str, tagged: str = "") -> Sample:
        """Return the sample with one link's address replaced everywhere, tagged as it should be."""
        old = self.edition.links[index]
        tagged = tagged or TAGGER.tag(address, old.text)
        made = tuple(
            replace(link, address=address, tagged=tagged) if link == old else link for link in self.edition.links
        )
        html = self.edition.html.replace(old.tagged.replace("&", "&amp;"), tagged.replace("&", "&amp;"))
        return self.said(links=made, html=html, text=self.edition.text.replace(old.tagged, tagged))


def past(days: int) -> datetime:
    """Return a time before the sending."""
    return SENDING - timedelta(days=days)
