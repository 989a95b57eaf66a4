"""Which pictures a letter needs, and what is known of them once they are published. It must not fetch or open one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.issue import Entry, Issue, Section
    from publisher.item import Item, Story

Use = Literal["une", "entry", "portrait"]
WIDTHS: dict[Use, int] = {"une": 1152, "entry": 672, "portrait": 256}
"""Pixels that a published picture has at most: twice what is shown, for fine screens and for narrow ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that may be shown: a public ``address`` and its own size in pixels, 0 when unknown."""

    address: str
    alt: str = ""
    width: int = 0
    height: int = 0

    def fitted(self, width: int) -> Picture:
        """Return the picture as shown ``width`` pixels wide, its proportions kept; height 0 when they are unknown."""
        height = round(self.height * width / self.width) if self.width and self.height else 0
        return Picture(address=self.address, alt=self.alt, width=width, height=height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A picture to fetch and publish: ``address`` as the source or the editor wrote it (http or a file of content/)."""

    address: str
    use: Use
    entry: str = ""
    line: int = 0


def plan(issue: Issue, stories: Mapping[str, Story], *, press: frozenset[str], une: str = "une") -> tuple[Wanted, ...]:
    """Return every picture that the issue's letter would show, in its order, each address once, at its widest use.

    ``press`` are the keys of press sources: their pictures are not ours to show, unless the editor chose one.
    """
    wanted: dict[str, Wanted] = {}
    for found in _plan(issue, stories, press, une):
        known = wanted.get(found.address)
        if known is None or WIDTHS[known.use] < WIDTHS[found.use]:
            wanted[found.address] = found
    return tuple(wanted.values())


def chosen(entry: Entry, item: Item, *, press: bool) -> tuple[str, str]:
    """Return the address and the alternative text of an entry's picture, "" when there is none.

    An editor's ``image = ""`` takes the picture off.
    """
    written = entry.overrides
    if written.image is not None:
        return written.image, written.alt or ""
    if press:
        return "", ""
    if not item.images:  # a video's still; the link to the video says what it is
        return next((video.thumbnail for video in item.videos if video.address and video.thumbnail), ""), ""
    first = item.images[0]
    return first.address, first.alt if written.alt is None else written.alt


def _plan(issue: Issue, stories: Mapping[str, Story], press: frozenset[str], une: str) -> Iterator[Wanted]:
    if issue.editorial.portrait:
        yield Wanted(address=issue.editorial.portrait, use="portrait", line=issue.editorial.line)
    for section in issue.sections:
        yield from _of_section(section, stories, press, une)


def _of_section(section: Section, stories: Mapping[str, Story], press: frozenset[str], une: str) -> Iterator[Wanted]:
    for entry in section.entries:
        story = stories.get(entry.item)
        if story is None:
            continue
        item = told(story, entry.item)
        address, _ = chosen(entry, item, press=item.source in press)
        if address:
            use: Use = "une" if section.key == une else "entry"
            yield Wanted(address=address, use=use, entry=entry.item, line=entry.line)


def told(story: Story, id_: str) -> Item:
    """Return the item of the story that the entry names, the main one when it names none of them."""
    return next((item for item in story.items if item.id == id_), story.main)
