"""Configuration becomes live objects; the only module that knows every adapter. It decides nothing."""

from __future__ import annotations

import os
import secrets
import weakref
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import curate, french, health, mime, timetable
from publisher.errors import ConfigError, ContentError, Fault
from publisher.folders.issues import IssueFolder
from publisher.folders.outlet import Folder
from publisher.stages.draft import Draft, draft
from publisher.stages.send import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Engine

    from publisher.config import Config
    from publisher.edition import Edition
    from publisher.item import Item
    from publisher.message import Result
    from publisher.postbox.box import Box
    from publisher.protocols import Transport
    from publisher.sources.collector import Collector
    from publisher.store.campaigns import Campaigns
    from publisher.store.decisions import Decisions
    from publisher.store.diary import Diary
    from publisher.store.editions import Editions
    from publisher.store.items import Items
    from publisher.store.journal import Journals
    from publisher.store.ledger import Ledger
    from publisher.store.returns import Returns
    from publisher.store.roster import Roster

CLOCK_VARIABLE = "PUBLISHER_NOW"
"""An RFC 3339 time that stands in for the clock: the demo and whoever reproduces a run set it."""

_RHYTHM = timedelta(days=400)
_RHYTHMIC = frozenset({"feed", "listing", "sitemap", "letters", "imap", "pop"})
"""Kinds of sources whose silence means something: agendas and folders fill as it comes, pages are what they are."""


class Foundation:
    """What one publication stands on: clock, database, folders, sources, way out; each made when first asked for."""

    def __init__(self, config: Config) -> None:
        self.config = config

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
        """Return the database, migrated; its connections are closed when these live objects are no longer used."""
        from publisher.store.database import open_engine  # noqa: PLC0415 - 240 ms that rendering need not pay

        made = open_engine(self.config.database_url)
        weakref.finalize(self, made.dispose)
        return made

    @cached_property
    def items(self) -> Items:
        """Return the items."""
        from publisher.store.items import Items  # noqa: PLC0415 - as above

        return Items(self.engine)

    @cached_property
    def decisions(self) -> Decisions:
        """Return what people said of stories."""
        from publisher.store.decisions import Decisions  # noqa: PLC0415 - as above

        return Decisions(self.engine)

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

        return Roster(self.engine, journals=self.journals)

    @cached_property
    def journals(self) -> Journals:
        """Return the files beside the database; what they know and the database does not is taken up at once."""
        from publisher.store import replay  # noqa: PLC0415 - as above
        from publisher.store.journal import Journals  # noqa: PLC0415 - as above

        made = Journals(self.path(self.config.paths.var, "journals"))
        replay.at_start(self.engine, made, self._message_id)
        return made

    @cached_property
    def campaigns(self) -> Campaigns:
        """Return what a person may decide about a sending."""
        from publisher.store.campaigns import Campaigns  # noqa: PLC0415 - as above

        return Campaigns(self.engine)

    @cached_property
    def ledger(self) -> Ledger:
        """Return the deliveries."""
        from publisher.store.ledger import Ledger  # noqa: PLC0415 - as above

        return Ledger(
            self.engine,
            identity=self._message_id,
            settings=self.config.sending,
            journals=self.journals,
            notes=self._notes,
        )

    @property
    def _notes(self) -> Path:
        """Return where the senders of this machine keep what they heard and have not stored."""
        return self.path(self.config.paths.var, "notes")

    def _message_id(self, issue: str, token: str) -> str:
        return mime.message_id(issue, token, self.config.letter.domain)

    @cached_property
    def returns(self) -> Returns:
        """Return what came back."""
        from publisher.store.returns import Returns  # noqa: PLC0415 - as above

        return Returns(self.engine)

    @property
    def returned_mail(self) -> Box | None:
        """Return the mailbox of returned messages, ``None`` when none is configured."""
        from publisher.mailbox.opening import open_box  # noqa: PLC0415 - only where bounces are read

        settings = self.config.bounces
        return open_box(settings, self.config.root) if settings else None

    # the folders

    @cached_property
    def shelf(self) -> IssueFolder:
        """Return the issue files."""
        return IssueFolder(near(self.path(self.config.paths.content, "issues")), timezone=self.config.zone)

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

    def replace_config(self, text: str) -> None:
        """Write config.toml anew, whole or not at all. Raises ``ConfigError`` for a text that cannot be loaded."""
        from publisher.config import parse  # noqa: PLC0415 - only where the file is changed

        parse(text, self.config.file)
        Folder(self.config.root).put({self.config.file.name: text.encode()})

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

    def draft(self, key: str, now: datetime) -> Draft:
        """Write the file of an issue from what is new. Raises ``ContentError`` when it exists already."""
        return draft(
            key,
            items=self.items,
            decisions=self.decisions.all(),
            shelf=self.shelf,
            diary=self.diary,
            rules=self.rules,
            sent=self.nominal(key),
            now=now,
        )

    # the letter

    def nominal(self, key: str) -> datetime:
        """Return when the issue is due to leave: the date that edition and messages bear."""
        return timetable.occurrence(self.config.schedule, self.config.zone, key).send_at

    def health(self) -> Mapping[str, health.Health]:
        """Return how each enabled source is, by its key, from what is remembered and the items of the last year."""
        now = self.now()
        memories = self.items.memories()
        news: dict[str, list[Item]] = {key: [] for key in self.config.sources}
        for item in self.items.items(since=now - _RHYTHM):
            news.setdefault(item.via or item.source, []).append(item)
        return {
            key: health.examine(
                memories.get(key),
                key,
                [item.dated for item in news[key]],
                now,
                rhythmic=source.kind in _RHYTHMIC,
                lost=health.losses(news[key]) if source.kind in _RHYTHMIC else (),
            )
            for key, source in self.config.sources.items()
            if source.enabled
        }

    def sick(self) -> tuple[str, ...]:
        """Return what is wrong with the sources that an editor should see to before the letter leaves, a line each."""
        names = {key: source.name for key, source in self.config.sources.items()}
        return tuple(
            f"la source « {names[key]} » ({key}) : {each.text} {each.remedy}".rstrip()
            for key, each in self.health().items()
            if each.level == "bad"
        )

    # sending

    def encoded(self, edition: Edition) -> mime.Encoded:
        """Return the edition as bytes ready to be addressed."""
        letter = self.config.letter
        known = replace(letter, archive=letter.archive or self.config.publication.base)
        return mime.encode(edition, known, signers=self.signers)

    @cached_property
    def signers(self) -> tuple[mime.Signer, ...]:
        """Return the DKIM keys of the configuration. Raises ``ConfigError`` for one that cannot be read."""
        found = []
        for number, key in enumerate(self.config.letter.dkim):
            file = self.path(key.key_file)
            try:
                pem = file.read_bytes()
            except OSError as error:
                fault = Fault(place=f"letter.dkim[{number}].key_file", text=f"{file} : {french.system(error)}.")
                raise ConfigError("La clé DKIM ne peut pas être lue.", (fault,)) from error
            place = f"letter.dkim[{number}].key_file, {file}"
            domain = key.domain or self.config.letter.domain
            found.append(mime.load(pem, selector=key.selector, domain=domain, place=place))
        return tuple(found)

    def transport(
        self,
        *,
        stop: Callable[[], bool] = lambda: False,
        tell: Callable[[str], None] = lambda _: None,
        heard: Callable[[int, Result], None] = lambda _delivery, _result: None,
    ) -> Transport:
        """Return the way out that the configuration names; ``stop`` and ``tell`` as in ``ports``, ``heard`` of SMTP."""
        settings = self.config.transport
        if settings.kind == "maildir":
            from publisher.transports.maildir import Maildir  # noqa: PLC0415 - only what is used is loaded

            return Maildir(self.path(settings.path))
        from publisher.store.pace import SharedPace  # noqa: PLC0415 - as above
        from publisher.transports.smtp import Smtp  # noqa: PLC0415 - as above

        pace = SharedPace(self.engine)
        gone = self.ledger.gone
        return Smtp(settings, root=self.config.root, pace=pace, stop=stop, told=tell, gone=gone, heard=heard)

    def ports(
        self,
        clock: Callable[[], datetime] | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        tell: Callable[[str], None] = lambda _: None,
        segments: tuple[str, ...] = (),
    ) -> Ports:
        """Return what a sending needs; each call is another sender.

        ``stop`` says whether to end soon; ``tell`` is given a sentence when a relay is left or asks for a pause;
        ``segments`` are who it is for, everybody without them.
        """
        from publisher.store.notes import Notes  # noqa: PLC0415 - as above

        owner = secrets.token_hex(16)
        notes = Notes(self._notes, owner)
        return Ports(
            editions=self.editions,
            ledger=self.ledger,
            transport=self.transport(stop=stop, tell=tell, heard=notes.add),
            encode=self.encoded,
            clock=clock or self.now,
            owner=owner,
            settings=self.config.sending,
            notes=notes,
            segments=segments,
            gone=self.ledger.gone,
            ahead=self.ledger.ahead,
        )


def near(path: Path) -> Path:
    """Return the path as a person standing in the current folder would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
