"""An issue and its stories become the view that templates print. It must not know of HTML, nor of a template."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from publisher import clean, french, links
from publisher.edition import Also, EditionEntry
from publisher.errors import RenderError
from publisher.item import Event, Kind
from publisher.render import images, plain, prose
from publisher.render.anchors import Place, followed
from publisher.render.images import Picture
from publisher.render.view import Attachment, EditorialView, EntryView, LetterView, SectionView, SourceName, When

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from publisher.issue import Entry, Issue, Section
    from publisher.item import Document, Item, Story
    from publisher.render.anchors import Anchor, Register
    from publisher.render.settings import Settings
    from publisher.render.view import Layout

_PHOTO = re.compile(r"(?:©|photo|crédit)", re.IGNORECASE)
_LAYOUTS: dict[Kind, Layout] = {Kind.EVENT: "event", Kind.CALL: "call", Kind.RESOURCE: "resource", Kind.JOB: "job"}
_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/msword": "DOC",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
    "application/zip": "ZIP",
}
_EXTENSION = re.compile(r"\.([A-Za-z]{3,4})(?:[?#]|$)")
_OPENED = 3  # attachments, and names in a credit, shown of one entry
_THEMES = 12
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_WORD = re.compile(r"\w+")
_GENERAL = frozenset({"actualité", "actualités", "article", "articles", "brève", "brèves", "à", "la", "une"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What all parts of one letter share while it is composed.

    ``pictures`` maps an address as the source wrote it to the published picture; ``None`` shows pictures where
    they are, for a look before anything was fetched.
    """

    issue: Issue
    stories: Mapping[str, Story]
    settings: Settings
    register: Register
    sources: Mapping[str, SourceName]
    say: Callable[[str], str]
    date: datetime
    pictures: Mapping[str, Picture] | None = None

    def letter(self) -> LetterView:
        """Return the view. Raises ``RenderError`` naming every line that cannot be told."""
        self._refuse()
        publication = self.settings.publication
        web = self._own(f"{self.issue.key}.html", self.say("Lire cette lettre en ligne"))
        editorial = self._editorial()
        sections = tuple(self._section(section) for section in self.issue.sections if section.entries)
        about = Place()
        site = self.register.add(publication.site, publication.organisation, about)
        privacy = self.register.add(self.settings.legal.privacy, self.say("Données personnelles"), about)
        archives = self._own("index.html", self.say("Tous les numéros"))
        rss = self._own("rss.xml", self.say("Flux RSS"))
        told = tuple(pair for _, pairs in sections for pair in pairs)
        return LetterView(
            issue=self.issue.key,
            date=self.date,
            subject=self._prose(self.issue.subject, self.settings.limits.title),
            preheader=self._prose(self.issue.preheader, self.settings.limits.title),
            editorial=editorial,
            sections=tuple(section for section, _ in sections),
            web=web,
            archives=archives,
            rss=rss,
            site=site,
            privacy=privacy,
            notes=self.register.notes(),
            entries=tuple(record for _, record in told),
        )

    def _refuse(self) -> None:
        """Refuse an issue that names items we do not have, or that only members may read."""
        said: list[str] = []
        first = 0
        for section in self.issue.sections:
            for entry in section.entries:
                story = self.stories.get(entry.item)
                if story is None:
                    fault = f"l’article « {entry.item} » n’existe pas (ligne {entry.line})"
                elif images.told(story, entry.item).members_only:
                    fault = f"l’article « {entry.item} » est réservé aux adhérents (ligne {entry.line})"
                else:
                    continue
                first = first or entry.line
                said.append(fault)
        if said:
            place = f"{self.issue.file}:{first}" if self.issue.file else self.issue.key
            raise RenderError(
                f"{' ; '.join(said)}.".replace(" ;", "\u00a0;"),
                place=place,
                remedy="Retirez ces lignes du numéro : rien de tel ne peut partir dans une lettre publique.",
            )

    def _own(self, name: str, text: str) -> Anchor:
        """Return an address of our own, which is never tagged nor numbered."""
        address = f"{self.settings.publication.base}{name}"
        return self.register.own(address, text)

    def _prose(self, text: str, limit: int) -> str:
        return french.curled(french.typeset(plain.cut(plain.line(text), limit)))

    def _editorial(self) -> EditorialView:
        written = self.issue.editorial
        place = Place(line=written.line)
        body = prose.read(written.text, self.register, place)
        return EditorialView(
            title=self._prose(written.title, self.settings.limits.title),
            prose=body,
            author=self._prose(written.author, self.settings.limits.name),
            role=self._prose(written.role, self.settings.limits.name),
            portrait=self._picture(written.portrait, written.portrait_alt, None),
            notes=self.register.notes(),
        )

    def _section(self, section: Section) -> tuple[SectionView, tuple[tuple[EntryView, EditionEntry], ...]]:
        intro = prose.read(section.intro, self.register, Place(section=section.key, line=section.line))
        told = tuple(self._entry(entry, section) for entry in section.entries)
        view = SectionView(
            key=section.key,
            title=self._prose(section.title, self.settings.limits.title),
            intro=intro,
            entries=tuple(view for view, _ in told),
            notes=self.register.notes(),
        )
        return view, told

    def _entry(self, entry: Entry, section: Section) -> tuple[EntryView, EditionEntry]:
        story = self.stories[entry.item]
        item = images.told(story, entry.item)
        source = self.sources.get(item.source, SourceName(name=item.source))
        written, limits = entry.overrides, self.settings.limits
        place = Place(section=section.key, entry=entry.item, line=entry.line)
        title = self._prose(item.title, limits.title)
        if written.title is not None:
            title = self._prose(written.title, limits.override)
        event = _moved(item.event, written.start)
        when = self._when(event)
        deadline = written.deadline or item.deadline
        layout = self._layout(section, item, dated=when is not None, closing=deadline is not None)
        if layout == "article" and written.start:
            layout = "event"
        summary = self._summary(entry, item, source)
        address = item.link or item.address if written.link is None else written.link
        picture = self._picture(*images.chosen(entry, item, press=source.press), item)
        names, photo = self._credit(entry, item, source)
        where = written.place if written.place is not None else (event.place if event else "")
        text = plain.line(written.link_text or "") or self._label(layout)
        # in the order of reading, which is the order of their numbers
        attachments = () if source.press else tuple(self._attachments(item.documents, place, title))
        videos = () if source.press else tuple(self._videos(item, place))
        registration = self._registration(event, address, place, title)
        link = self.register.add(address, text, place, about=title)
        view = EntryView(
            id=entry.item,
            anchor=re.sub(r"[^a-z0-9]+", "-", entry.item.lower()).strip("-"),
            layout=layout,
            title=title,
            summary=summary,
            kicker=self._kicker(item.rubric, section.title),
            language=self._language(item) if written.title is None else "",
            link=link,
            registration=registration,
            attachments=attachments,
            videos=videos,
            also=self._also(story, item, place),
            picture=picture,
            picture_credit=photo,
            credit=names,
            partner=source.partner or source.press,
            when=when,
            place=self._prose(where, limits.name),
            deadline=deadline,
        )
        return view, self._record(view, item, section, source)

    def _record(self, view: EntryView, item: Item, section: Section, source: SourceName) -> EditionEntry:
        return EditionEntry(
            id=view.id,
            section=section.key,
            title=view.title,
            summary="\n\n".join(view.summary),
            address=links.without_tracking(view.link.address) if view.link else "",
            source=item.source,
            source_name=view.credit or source.name,
            partner=view.partner,
            published=item.published,
            updated=item.updated,
            start=view.when.start if view.when else None,  # in the publication's zone, as feeds and pages tell it
            end=view.when.end if view.when else None,
            all_day=bool(view.when and view.when.all_day),
            place=view.place,
            deadline=view.deadline,
            image=view.picture.address if view.picture else "",
            image_alt=view.picture.alt if view.picture else "",
            video=view.videos[0].address if view.videos else "",
            themes=tuple(
                plain.cut(plain.line(theme.name), self.settings.limits.name) for theme in item.themes[:_THEMES]
            ),
            also=tuple(Also(name=also.text, address=also.address) for also in view.also),
        )

    def _layout(self, section: Section, item: Item, *, dated: bool, closing: bool) -> Layout:
        if section.key == self.settings.theme.une:
            return "une"
        layout = _LAYOUTS.get(item.kind, "article")
        if layout == "event" and not dated:
            return "article"  # a date block without a date would be empty
        if layout == "article" and closing:
            return "call"
        return layout

    def _label(self, layout: Layout) -> str:
        match layout:
            case "event":
                return self.say("En savoir plus")
            case "call":
                return self.say("Voir l’appel")
            case "resource":
                return self.say("Consulter")
            case "job":
                return self.say("Voir l’offre")
            case _:
                return self.say("Lire la suite")

    def _language(self, item: Item) -> str:
        """Return the language of an item that is not told in the letter's own (WCAG 2.2, 3.1.2), else ""."""
        own = self.settings.publication.language.partition("-")[0].casefold()
        spoken = item.language.strip()
        if not _LANGUAGE.fullmatch(spoken) or spoken.partition("-")[0].casefold() == own:
            return ""
        return spoken

    def _kicker(self, rubric: str, section: str) -> str:
        """Return the rubric, unless it says no more than the section's title does (« Actualités », « Agenda »)."""
        shown = self._prose(rubric, self.settings.limits.name)
        words = frozenset(_WORD.findall(shown.casefold()))
        return "" if words <= {*_WORD.findall(section.casefold()), *_GENERAL} else shown

    def _summary(self, entry: Entry, item: Item, source: SourceName) -> tuple[str, ...]:
        limits = self.settings.limits
        if entry.overrides.summary is not None:
            found = plain.paragraphs(plain.cut(entry.overrides.summary, limits.override))
            return tuple(french.curled(french.typeset(paragraph)) for paragraph in found)
        limit = limits.press if source.press else limits.summary
        said = item.summary
        if not said.strip() and not source.press:  # a press work's text is never a lead
            said = clean.text(item.html[: 20 * limit])
        told = plain.cut(" ".join(plain.paragraphs(said[: 20 * limit])), limit)
        return (french.curled(french.typeset(told)),) if told else ()

    def _credit(self, entry: Entry, item: Item, source: SourceName) -> tuple[str, str]:
        """Return who is named as the source, and who made the picture.

        An override that opens with « Photo », « Crédit » or « © » speaks of the picture.
        """
        limit = self.settings.limits.name
        written = self._prose(entry.overrides.credit or "", limit)
        photo = written if _PHOTO.match(written) else ""
        if written and not photo:
            return written, ""
        others = [plain.cut(plain.line(name), limit) for name in item.credits[:_OPENED]]
        names = [source.name, *others] if source.partner or source.press else others
        unique: dict[str, str] = {}
        for name in names:
            unique.setdefault(name.casefold(), name)
        return self._joined(list(unique.values())), photo

    def _joined(self, names: list[str]) -> str:
        if len(names) < 2:  # noqa: PLR2004 - a list of one has no last
            return "".join(names)
        both = self.say("et")
        return f"{', '.join(names[:-1])} {both} {names[-1]}"

    def _when(self, event: Event | None) -> When | None:
        if event is None:
            return None
        zone = ZoneInfo(self.settings.publication.timezone)
        end = event.end.astimezone(zone) if event.end else None
        return When(start=event.start.astimezone(zone), end=end, all_day=event.all_day)

    def _registration(self, event: Event | None, address: str, place: Place, title: str) -> Anchor | None:
        if event is None or not event.registration or followed(event.registration) == followed(address):
            return None
        return self.register.add(event.registration, self.say("S’inscrire"), place, about=title)

    def _attachments(self, documents: Iterable[Document], place: Place, title: str) -> Iterable[Attachment]:
        for document in tuple(documents)[:_OPENED]:
            named = plain.cut(plain.line(document.title), self.settings.limits.name)
            anchor = self.register.add(
                document.address,
                french.curled(french.typeset(named)) or self.say("Télécharger"),
                place,
                about="" if named else title,
            )
            if anchor is not None:
                found = _EXTENSION.search(document.address)
                kind = _KINDS.get(document.media_type, found[1].upper() if found else "")
                yield Attachment(link=anchor, kind=kind, size=document.size)

    def _videos(self, item: Item, place: Place) -> Iterable[Anchor]:
        for video in item.videos[:_OPENED]:
            title = self._prose(video.title, self.settings.limits.name)
            label = self.say("Voir la vidéo")
            named = f"{label}\u00a0: {title}" if title else label
            anchor = self.register.add(video.address, named, place)
            if anchor is not None:
                yield anchor

    def _also(self, story: Story, item: Item, place: Place) -> tuple[Anchor, ...]:
        """Return where else the same news is told: other sources' public items, each source once."""
        found: dict[str, Anchor] = {}
        for other in story.items:
            if other.source in {item.source, *found} or other.members_only:
                continue
            name = self.sources.get(other.source, SourceName(name=other.source)).name
            anchor = self.register.add(other.link or other.address, name, place)
            if anchor is not None:
                found[other.source] = anchor
        return tuple(found.values())

    def _picture(self, address: str, alt: str, item: Item | None) -> Picture | None:
        if not address:
            return None
        said = plain.cut(plain.line(alt), self.settings.limits.name)
        if self.pictures is not None:
            found = self.pictures.get(address)
            return replace(found, alt=said) if found else None
        shown = followed(address)
        if not shown.startswith("http"):
            return None
        known = next((image for image in item.images if image.address == address), None) if item else None
        size = (known.width, known.height) if known else (0, 0)
        return Picture(address=shown, alt=said, width=size[0], height=size[1])


def _moved(event: Event | None, start: datetime | None) -> Event | None:
    """Return the event at the editor's time, as long as it was; a new one when the item had none."""
    if start is None:
        return event
    if event is None:
        return Event(start=start)
    end = event.end and start + (event.end - event.start)
    whole = event.all_day and not (start.hour or start.minute)
    return replace(event, start=start, end=end, all_day=whole)
