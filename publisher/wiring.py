"""Configuration becomes live objects; the only module that knows every adapter. It decides nothing."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

import publisher
from publisher import curate, health, links, mime, preflight, timetable
from publisher.errors import ConfigError, ContentError, Fault
from publisher.folders.issues import IssueFolder
from publisher.folders.outlet import Folder
from publisher.message import Delivery, DeliveryState, Message
from publisher.render import archive, environment, feeds, images, letter
from publisher.render.settings import Settings
from publisher.render.view import SourceName
from publisher.stages.compose import Composed, compose
from publisher.stages.send import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Engine

    from publisher.config import Config
    from publisher.edition import Edition
    from publisher.folders.images import Gathered, Pictures
    from publisher.issue import Issue
    from publisher.item import Story
    from publisher.preview import Preview
    from publisher.protocols import Transport
    from publisher.sources.collector import Collector
    from publisher.store.diary import Diary
    from publisher.store.editions import Editions
    from publisher.store.items import Items
    from publisher.store.ledger import Ledger
    from publisher.store.roster import Roster

_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
CLOCK_VARIABLE = "PUBLISHER_NOW"
"""An RFC 3339 time that stands in for the clock: the demo and whoever reproduces a run set it."""

_RHYTHM = timedelta(days=400)
_RHYTHMIC = frozenset({"feed", "page"})
"""Kinds of sources whose silence means something: an agenda is filled and a folder is put to use when it is."""


def bundled(name: str) -> Path:
    """Return what comes with the programme: ``templates`` or ``config.toml``, from the wheel or from the checkout."""
    package = Path(publisher.__file__).parent
    carried = {"templates": package / "_templates", "config.toml": package / "_publication" / "config.toml"}[name]
    return carried if carried.exists() else package.parent / name


class Publication:
    """One publication's live objects, each made when it is first asked for."""

    def __init__(self, config: Config, *, unreachable: dict[str, Fault] | None = None) -> None:
        self.config = config
        self._unreachable = {} if unreachable is None else unreachable
        """Pictures that did not answer since this process began: a preview does not wait for them at each save."""

    def now(self) -> datetime:
        """Return the time, aware, in the publication's zone."""
        told = os.environ.get(CLOCK_VARIABLE)
        try:
            return datetime.fromisoformat(told).astimezone(self.config.zone) if told else datetime.now(self.config.zone)
        except ValueError as error:
            raise ConfigError(f"{CLOCK_VARIABLE} n’est pas une date : « {told} ».", ()) from error

    def path(self, *parts: str) -> Path:
        """Return a path below the folder of config.toml."""
        return self.config.root.joinpath(*parts)

    # the database

    @cached_property
    def engine(self) -> Engine:
        """Return the database, migrated."""
        from publisher.store.database import open_engine  # noqa: PLC0415 - 240 ms that rendering need not pay

        return open_engine(self.config.database_url)

    @cached_property
    def items(self) -> Items:
        """Return the items."""
        from publisher.store.items import Items  # noqa: PLC0415 - as above

        return Items(self.engine)

    @cached_property
    def editions(self) -> Editions:
        """Return the approved editions."""
        from publisher.store.editions import Editions  # noqa: PLC0415 - as above

        return Editions(self.engine)

    @cached_property
    def diary(self) -> Diary:
        """Return what was done when."""
        from publisher.store.diary import Diary  # noqa: PLC0415 - as above

        return Diary(self.engine)

    @cached_property
    def roster(self) -> Roster:
        """Return the subscribers."""
        from publisher.store.roster import Roster  # noqa: PLC0415 - as above

        return Roster(self.engine)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the deliveries."""
        from publisher.store.ledger import Ledger  # noqa: PLC0415 - as above

        domain = self.config.letter.domain
        return Ledger(
            self.engine,
            identity=lambda issue, subscriber: mime.message_id(issue, subscriber, domain),
            settings=self.config.sending,
        )

    # the folders

    @cached_property
    def shelf(self) -> IssueFolder:
        """Return the issue files."""
        return IssueFolder(self.path(self.config.paths.content, "issues"), timezone=self.config.zone)

    @property
    def feeds_path(self) -> Path:
        """Return the published folder."""
        return self.path(self.config.paths.feeds)

    @cached_property
    def outlet(self) -> Folder:
        """Return the published folder, written whole file by whole file."""
        return Folder(self.feeds_path)

    def latest_issue(self) -> str:
        """Return the key of the youngest issue file. Raises ``ContentError`` when there is none."""
        keys = self.shelf.keys()
        if not keys:
            fault = Fault(
                place=f"{self.config.paths.content}/issues",
                text="il n’y a encore aucun numéro.",
                remedy="« publisher draft AAAA-MM » en prépare un.",
            )
            raise ContentError("Rien à montrer.", (fault,))
        return keys[-1]

    # collecting and drafting

    def collector(self, only: Sequence[str] = ()) -> Collector:
        """Return the collector of the enabled sources, or of those named. Raises ``ConfigError`` for an unknown one."""
        from publisher.sources.collector import Collector  # noqa: PLC0415 - aiohttp and feedparser, 300 ms

        known = self.config.sources
        faults = tuple(
            Fault(place=name, text="cette source n’existe pas.", remedy=f"Il y a : {', '.join(known)}.")
            for name in only
            if name not in known
        )
        if faults:
            raise ConfigError("Rien n’a été relevé.", faults)
        chosen = {key: source for key, source in known.items() if (key in only if only else source.enabled)}
        return Collector(chosen, self.config.http, self.config.root, self.config.zone, known=known)

    @cached_property
    def rules(self) -> curate.Rules:
        """Return the rules that drafts are proposed by."""
        draft = self.config.draft
        return curate.Rules(
            sections=self.config.sections,
            subject=draft.subject,
            preheader=draft.preheader,
            lead=draft.lead,
            default=draft.default,
        )

    # the letter

    @cached_property
    def settings(self) -> Settings:
        """Return what rendering needs to know."""
        return Settings(publication=self.config.publication, legal=self.config.legal, theme=self.config.theme)

    @cached_property
    def environment(self) -> jinja2.Environment:
        """Return the templates: the publication's own where it has them, the programme's otherwise."""
        return environment.make(jinja2.FileSystemLoader([str(folder) for folder in self._template_folders]))

    @cached_property
    def source_names(self) -> Mapping[str, SourceName]:
        """Return how each source is called in the letter."""
        return {
            key: SourceName(name=source.name, partner=source.partner, press=source.press)
            for key, source in self.config.sources.items()
        }

    @cached_property
    def campaign(self) -> links.Settings:
        """Return the campaign settings with our own addresses, which are never tagged."""
        letter_settings = self.config.letter
        own = (letter_settings.unsubscribe, letter_settings.preferences, self.config.publication.base)
        return replace(self.config.campaign, own=(*self.config.campaign.own, *filter(None, own)))

    def nominal(self, key: str) -> datetime:
        """Return when the issue is due to leave: the date that edition and messages bear."""
        return timetable.occurrence(self.config.schedule, self.config.zone, key).send_at

    def freeze(self, issue: Issue, stories: Mapping[str, Story]) -> Edition:
        """Return the issue's edition."""
        return letter.freeze(
            issue,
            stories,
            settings=self.settings,
            tagger=links.Tagger.for_issue(self.campaign, issue.key),
            environment=self.environment,
            sources=self.source_names,
            date=self.nominal(issue.key),
            pictures=self.gathered(issue, stories).pictures,
        )

    @cached_property
    def pictures(self) -> Pictures:
        """Return the pictures that were fetched and made small."""
        from publisher.folders.images import Pictures  # noqa: PLC0415 - Pillow, only where a letter is composed

        return Pictures(self.path(self.config.paths.var, "pictures"), root=self.path(self.config.paths.content))

    def gathered(self, issue: Issue, stories: Mapping[str, Story]) -> Gathered:
        """Return the issue's pictures as they will be published; those not yet known are fetched."""
        press = frozenset(key for key, source in self.config.sources.items() if source.press)
        wanted = images.plan(issue, stories, press=press, une=self.config.theme.une)
        return self.pictures.gather(wanted, self.config.publication.base, self._fetched)

    def _fetched(self, address: str) -> bytes | Fault:
        from publisher.sources import trial  # noqa: PLC0415 - aiohttp, only for a picture that is not known yet

        if address in self._unreachable:
            return self._unreachable[address]
        answer = trial.pictures([address], self.config.http, self.now())[address]
        if isinstance(answer, Fault):
            self._unreachable[address] = answer
        return answer

    def compose(self, key: str) -> Composed:
        """Return an issue as its file stands now, rendered."""
        return compose(key, items=self.items, shelf=self.shelf, freeze=self.freeze)

    def encoded(self, edition: Edition) -> mime.Encoded:
        """Return the edition as bytes ready to be addressed."""
        return mime.encode(edition, self.config.letter, signers=self.signers)

    @cached_property
    def signers(self) -> tuple[mime.Signer, ...]:
        """Return the DKIM keys of the configuration. Raises ``ConfigError`` for one that cannot be read."""
        found = []
        for number, key in enumerate(self.config.letter.dkim):
            file = self.path(key.key_file)
            try:
                pem = file.read_bytes()
            except OSError as error:
                fault = Fault(place=f"letter.dkim[{number}].key_file", text=f"{file} : {error.strerror}.")
                raise ConfigError("La clé DKIM ne peut pas être lue.", (fault,)) from error
            found.append(mime.load(pem, selector=key.selector, domain=key.domain or self.config.letter.domain))
        return tuple(found)

    def published_files(self, editions: Sequence[Edition]) -> Mapping[str, bytes]:
        """Return feeds and archive pages of these editions."""
        tagger = links.feed_tagger(self.campaign)
        return {
            **feeds.build(editions, self.settings, tagger),
            **archive.build(editions, self.settings, self.environment),
            **self.pictures.published(editions, self.config.publication.base),
        }

    # sending

    @cached_property
    def transport(self) -> Transport:
        """Return the way out that the configuration names."""
        settings = self.config.transport
        if settings.kind == "maildir":
            from publisher.transports.maildir import Maildir  # noqa: PLC0415 - only what is used is loaded

            return Maildir(self.path(settings.path))
        from publisher.transports.smtp import Smtp  # noqa: PLC0415 - as above

        return Smtp(settings, root=self.config.root)

    def ports(self, clock: Callable[[], datetime] | None = None) -> Ports:
        """Return what a sending needs; each call is another sender."""
        return Ports(
            editions=self.editions,
            ledger=self.ledger,
            transport=self.transport,
            encode=self.encoded,
            clock=clock or self.now,
            owner=secrets.token_hex(16),
            settings=self.config.sending,
        )

    # the findings

    def findings(self, composed: Composed, *, now: datetime | None = None) -> tuple[preflight.Finding, ...]:
        """Return what preflight says of the message as one recipient would get it."""
        return preflight.check(
            composed.edition,
            composed.issue,
            self.specimen(composed.edition).data,
            stories=composed.stories,
            now=now or self.now(),
            settings=self.config.preflight,
            tagger=links.Tagger.for_issue(self.campaign, composed.issue.key),
            sent=self.carried(composed.issue.key),
        )

    def specimen(self, edition: Edition) -> Message:
        """Return the message of an invented subscriber, for preflight."""
        nobody = Delivery(
            id=0,
            issue=edition.issue,
            subscriber=0,
            address=f"specimen@{self.config.letter.domain}",
            name="",
            token="0" * 32,
            state=DeliveryState.PLANNED,
            message_id="",
        )
        return self.encoded(edition).message(nobody)

    def carried(self, key: str) -> Mapping[str, str]:
        """Return the items that approved editions of earlier issues carried, each with that issue's key."""
        return {
            entry.id: approval.issue
            for approval in self.editions.approvals()
            if approval.issue < key
            for entry in approval.edition.entries
        }

    # the preview

    @property
    def watched(self) -> tuple[Path, ...]:
        """Return what the preview depends on: configuration, content and templates."""
        paths = self.config.paths
        return (self.config.file, self.path(paths.content), *self._template_folders)

    @property
    def _template_folders(self) -> tuple[Path, ...]:
        return tuple(
            folder for folder in (self.path(self.config.paths.templates), bundled("templates")) if folder.is_dir()
        )

    def preview(self, key: str) -> Preview:
        """Return one issue as it stands now, with its findings and the feeds that it would give."""
        from publisher.preview import Picture, Preview, Source  # noqa: PLC0415 - only the preview needs it

        composed = self.compose(key)
        approval = self.editions.approved(key)
        earlier = [approval.edition for approval in self.editions.approvals() if approval.issue < key]
        files = self.published_files([*earlier, composed.edition])
        shown = {name: data for name, data in files.items() if name.startswith("images/")}
        return Preview(
            issue=key,
            file=composed.issue.file,
            edition=composed.edition,
            # what was approved is judged as of then: its events may have passed since it left
            findings=self.findings(composed, now=approval.approved if approval else None),
            feeds={name: data for name, data in files.items() if name.endswith((".xml", ".json"))},
            pictures={
                f"{self.config.publication.base}{name}": Picture(data=data, media_type=_MEDIA_TYPES[name[-3:]])
                for name, data in shown.items()
            },
            sources=tuple(
                Source(name=self.config.sources[key].name, level=each.level, text=each.text, remedy=each.remedy)
                for key, each in self.health().items()
            ),
        )

    def health(self) -> Mapping[str, health.Health]:
        """Return how each enabled source is, by its key, from what is remembered and the items of the last year."""
        now = self.now()
        memories = self.items.memories()
        news: dict[str, list[datetime]] = {}
        for item in self.items.items(since=now - _RHYTHM):
            news.setdefault(item.via or item.source, []).append(item.dated)
        return {
            key: health.examine(memories.get(key), key, news.get(key, ()), now, rhythmic=source.kind in _RHYTHMIC)
            for key, source in self.config.sources.items()
            if source.enabled
        }
