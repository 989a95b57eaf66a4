"""The letter's side of the wiring: rendered, checked and shown as it will leave. It decides nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import jinja2

from publisher import edits, links, preflight
from publisher.errors import ApprovalError, ConfigError, Fault
from publisher.folders.outlet import Folder
from publisher.message import Delivery, DeliveryState, Message
from publisher.render import archive, environment, feeds, images, letter
from publisher.render.settings import Settings
from publisher.render.view import SourceName
from publisher.stages.compose import Composed, compose
from publisher.stages.draft import DRAFTED
from publisher.wiring.bundle import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from publisher.edition import Edition
    from publisher.folders.images import Gathered, Pictures
    from publisher.folders.tried import TriedLinks
    from publisher.issue import Issue
    from publisher.item import Story
    from publisher.preview import Preview
    from publisher.wiring.foundation import Foundation

_MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


class Press:
    """One publication's letter, from the issue file to the edition and everything made of it."""

    def __init__(self, publication: Foundation, *, unreachable: dict[str, Fault]) -> None:
        self._publication = publication
        self._config = publication.config
        self._unreachable = unreachable
        """Pictures that did not answer since this process began: a preview does not wait for them at each save."""

    @cached_property
    def settings(self) -> Settings:
        """Return what rendering needs to know."""
        return Settings(
            publication=self._config.publication,
            legal=self._config.legal,
            theme=self._config.theme,
            preferences=bool(self._config.letter.preferences),
        )

    @cached_property
    def environment(self) -> jinja2.Environment:
        """Return the templates: the publication's own where it has them, the programme's otherwise."""
        return environment.make(jinja2.FileSystemLoader([str(folder) for folder in self._template_folders]))

    @cached_property
    def source_names(self) -> Mapping[str, SourceName]:
        """Return how each source is called in the letter."""
        return {
            key: SourceName(name=source.name, partner=source.partner, press=source.press)
            for key, source in self._config.sources.items()
        }

    @cached_property
    def campaign(self) -> links.Settings:
        """Return the campaign settings with our own addresses, which are never tagged."""
        letter_settings = self._config.letter
        own = (letter_settings.unsubscribe, letter_settings.preferences, self._config.publication.base)
        return replace(self._config.campaign, own=(*self._config.campaign.own, *filter(None, own)))

    def freeze(self, issue: Issue, stories: Mapping[str, Story]) -> Edition:
        """Return the issue's edition."""
        return letter.freeze(
            issue,
            stories,
            settings=self.settings,
            tagger=links.Tagger.for_issue(self.campaign, issue.key),
            environment=self.environment,
            sources=self.source_names,
            date=self._publication.nominal(issue.key),
            pictures=self.gathered(issue, stories).pictures,
        )

    @cached_property
    def pictures(self) -> Pictures:
        """Return the pictures that were fetched and made small."""
        from publisher.folders.images import Pictures  # noqa: PLC0415 - Pillow, only where a letter is composed

        return Pictures(
            self._publication.path(self._config.paths.var, "pictures"),
            root=self._publication.path(self._config.paths.content),
        )

    def gathered(self, issue: Issue, stories: Mapping[str, Story]) -> Gathered:
        """Return the issue's pictures as they will be published; those not yet known are fetched."""
        press = frozenset(key for key, source in self._config.sources.items() if source.press)
        wanted = images.plan(issue, stories, press=press, une=self._config.theme.une)
        return self.pictures.gather(wanted, self._config.publication.base, self._fetched)

    def _fetched(self, addresses: tuple[str, ...]) -> Mapping[str, bytes | Fault]:
        from publisher.sources import trial  # noqa: PLC0415 - aiohttp, only for pictures that are not known yet

        unknown = [address for address in addresses if address not in self._unreachable]
        answers = trial.pictures(unknown, self._config.http, self._publication.now())
        self._unreachable |= {address: said for address, said in answers.items() if isinstance(said, Fault)}
        return {**{address: self._unreachable[address] for address in addresses if address not in answers}, **answers}

    def compose(self, key: str) -> Composed:
        """Return an issue as its file stands now, rendered."""
        return compose(
            key,
            items=self._publication.items,
            shelf=self._publication.shelf,
            freeze=self.freeze,
            decisions=self._publication.decisions.all(),
        )

    def published_files(self, editions: Sequence[Edition]) -> Mapping[str, bytes]:
        """Return feeds and archive pages of these editions."""
        tagger = links.feed_tagger(self.campaign)
        return {
            **feeds.build(editions, self.settings, tagger),
            **archive.build(editions, self.settings, self.environment),
            **self.pictures.published(editions, self._config.publication.base),
        }

    def findings(
        self,
        composed: Composed,
        *,
        now: datetime | None = None,
        statuses: Mapping[str, preflight.LinkStatus] | None = None,
    ) -> tuple[preflight.Finding, ...]:
        """Return what preflight says of the message as one recipient would get it.

        Links are judged by ``statuses``; without them by what they answered when they were last tried, if all were.
        """
        if statuses is None:
            known = self.tried.known(
                _addresses(composed.edition, self._config.publication.base), self._publication.now()
            )
            statuses = known or None
        return preflight.check(
            composed.edition,
            composed.issue,
            self.specimen(composed.edition).data,
            stories=composed.stories,
            now=now or self._publication.now(),
            settings=self._config.preflight,
            statuses=statuses,
            support=self.support,
            tagger=links.Tagger.for_issue(self.campaign, composed.issue.key),
            sent=self.carried(composed.issue.key),
            edited=self.edited(composed),
            pictures=self.gathered(composed.issue, composed.stories).faults,
        )

    def edited(self, composed: Composed) -> Mapping[str, str]:
        """Return what the sources of an issue's items changed in them since it was drafted, in French, by item."""
        marks = self._publication.diary.marks()
        key = composed.issue.key
        drafted = max((mark.at for mark in marks if (mark.issue, mark.action) == (key, DRAFTED)), default=None)
        if drafted is None:  # written by hand: nobody knows what its author read
            return {}
        found = {}
        for story in composed.stories.values():
            if story.main.changed is None or story.main.changed <= drafted:
                continue
            history = self._publication.items.history(story.main.id)
            before = [version for version in history if version.seen <= drafted]
            if before:
                found[story.main.id] = edits.told(edits.edits(before[-1].data, story.main, self._config.zone))
        return found

    @cached_property
    def support(self) -> preflight.Support | None:
        """Return the tables of what mail clients show, ``None`` where they were not fetched (``make caniemail``)."""
        file = self._publication.path(self._config.preflight.caniemail)
        if not file.is_file():
            return None
        try:
            return preflight.read_support(file.read_bytes())
        except ValueError as error:
            fault = Fault(
                place="preflight.caniemail",
                text=f"{file} n’est pas la table de caniemail ({error}).",
                remedy="Refaites-la : « make caniemail », ou effacez ce fichier.",
            )
            raise ConfigError("Les messageries ne peuvent pas être contrôlées.", (fault,)) from error

    @cached_property
    def tried(self) -> TriedLinks:
        """Return the memory of what links answered."""
        from publisher.folders.tried import TriedLinks  # noqa: PLC0415 - only where a letter is checked

        return TriedLinks(self._publication.path(self._config.paths.var, "links.json"))

    def try_links(self, edition: Edition) -> Mapping[str, preflight.LinkStatus]:
        """Return what each web link answers: asked now, one at a time a host, unless that was done not long ago."""
        from publisher.sources import trial  # noqa: PLC0415 - aiohttp, only for this

        now = self._publication.now()
        addresses = _addresses(edition, self._config.publication.base)
        known = self.tried.known(addresses, now)
        fresh = trial.links([each for each in addresses if each not in known], self._config.http, now)
        self.tried.keep(fresh, now)
        return {**known, **fresh}

    def keep_approved(self, key: str) -> None:
        """Keep the issue file as it was approved, so that a later change of it is noticed."""
        Folder(self._approved).put({f"{key}.md": self._publication.shelf.text(key).encode()})

    def changed_since_approval(self, key: str) -> bool:
        """Say whether the issue file is another than the one that was approved; no when that is not known."""
        kept = self._approved / f"{key}.md"
        shelf = self._publication.shelf
        return kept.is_file() and shelf.exists(key) and shelf.text(key).encode() != kept.read_bytes()

    def refuse_changed(self, key: str) -> None:
        """Raise ``ApprovalError`` while the issue file is another than the one that was approved."""
        if self.changed_since_approval(key):
            raise ApprovalError(
                f"Le fichier du numéro {key} a changé depuis son approbation ; rien n’a été envoyé.",
                remedy=f"« publisher approve {key} » approuve ce qu’il dit maintenant.",
            )

    @property
    def _approved(self) -> Path:
        return self._publication.path(self._config.paths.var, "approved")

    def unchecked(self, statuses: Mapping[str, preflight.LinkStatus] | None) -> tuple[str, ...]:
        """Return in French what the findings do not speak of."""
        return preflight.unchecked(
            message=b"", tagger=links.feed_tagger(self.campaign), statuses=statuses, support=self.support
        )

    def specimen(self, edition: Edition) -> Message:
        """Return the message of an invented subscriber, for preflight."""
        nobody = Delivery(
            id=0,
            issue=edition.issue,
            subscriber=0,
            address=f"specimen@{self._config.letter.domain}",
            name="",
            token="0" * 32,
            state=DeliveryState.PLANNED,
            message_id="",
        )
        return self._publication.encoded(edition).message(nobody)

    def carried(self, key: str) -> Mapping[str, str]:
        """Return the items that approved editions of earlier issues carried, each with that issue's key."""
        return {
            entry.id: approval.issue
            for approval in self._publication.editions.approvals()
            if approval.issue < key
            for entry in approval.edition.entries
        }

    def preview(self, key: str) -> Preview:
        """Return one issue as it stands now, with its findings and the feeds that it would give."""
        from publisher.preview import Picture, Preview, Source  # noqa: PLC0415 - only the preview needs it

        composed = self.compose(key)
        approval = self._publication.editions.approved(key)
        earlier = [approval.edition for approval in self._publication.editions.approvals() if approval.issue < key]
        files = self.published_files([*earlier, composed.edition])
        shown = {name: data for name, data in files.items() if name.startswith("images/")}
        # what links answered when they were tried last; the preview itself asks nobody
        addresses = _addresses(composed.edition, self._config.publication.base)
        tried = self.tried.known(addresses, self._publication.now()) or None
        return Preview(
            issue=key,
            file=composed.issue.file,
            edition=composed.edition,
            # what was approved is judged as of then: its events may have passed since it left
            findings=self.findings(composed, now=approval.approved if approval else None, statuses=tried),
            unchecked=self.unchecked(tried),
            feeds={name: data for name, data in files.items() if name.endswith((".xml", ".json"))},
            pictures={
                f"{self._config.publication.base}{name}": Picture(data=data, media_type=_MEDIA_TYPES[name[-3:]])
                for name, data in shown.items()
            },
            sources=tuple(
                Source(
                    name=self._config.sources[key].name,
                    level=each.level,
                    text=each.text,
                    remedy=each.remedy,
                )
                for key, each in self._publication.health().items()
            ),
        )

    @property
    def watched(self) -> tuple[Path, ...]:
        """Return what the preview depends on: configuration, content and templates."""
        paths = self._config.paths
        return (self._config.file, self._publication.path(paths.content), *self._template_folders)

    @property
    def _template_folders(self) -> tuple[Path, ...]:
        return tuple(
            folder
            for folder in (self._publication.path(self._config.paths.templates), bundled("templates"))
            if folder.is_dir()
        )


def _addresses(edition: Edition, base: str) -> tuple[str, ...]:
    """Return the letter's web addresses without our tags, each once; what lies below ``base`` is not public yet."""
    web = (link.address for link in edition.links if link.address.startswith(("http://", "https://")))
    return tuple(dict.fromkeys(address for address in web if not address.startswith(base)))
