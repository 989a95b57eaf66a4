"""One item, from the HTML of its site to ``ItemData``. It decides nothing about the letter and fetches nothing.

A dialect (``spip``, ``drupal``) first takes its own parts out of the tree; what is common to all sites follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING

from publisher import clean, links
from publisher.clean import LineKind
from publisher.item import Citation, Document, Event, Image, ItemData, Kind, Theme, Video
from publisher.sources import drupal, fragment, kinds, localtis, spip
from publisher.sources.remarks import remarks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, tzinfo

    from lxml.html import HtmlElement

    from publisher.item import Remark
    from publisher.sources.entries import Enclosure
    from publisher.sources.fields import Fields
    from publisher.sources.settings import Cms

SUMMARY = 500
"""Characters of a summary: what fits beside an image in the letter, some three sentences."""

_DIALECTS = {"spip": spip.take, "drupal": drupal.take, "localtis": drupal.take}
_ENOUGH = 4000  # characters of HTML that hold a summary's text, markup and long addresses included
_LONGEST_LINE = 500  # characters: what a site's software leaves is shorter
_CUT = re.compile(r"\s*(?:\(\.\.\.\)|\[(?:…|\.\.\.)\]|\(…\))\s*$")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # feedparser keeps them
_YES = frozenset({"oui", "yes", "1"})
_ANSWERS = _YES | {"non", "no", "0"}


@dataclass(slots=True, kw_only=True)
class Parts:
    """An article taken apart, which its reader may still complete.

    ``lead`` and ``body`` are safe fragments; ``labels`` say what the site files it under.
    """

    lead: str = ""
    body: str = ""
    themes: tuple[Theme, ...] = ()
    labels: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    documents: tuple[Document, ...] = ()
    videos: tuple[Video, ...] = ()
    citations: tuple[Citation, ...] = ()
    event: Event | None = None
    deadline: date | None = None
    members_only: bool = False


def take_apart(html: str, *, base: str, cms: Cms, zone: tzinfo) -> Parts:
    """Return the parts of an article's HTML. Relative addresses are joined to ``base``; ``zone`` is for bare times."""
    if not html:
        return Parts()
    html = clean.unescaped(clean.mend(_without_controls(html)))
    if "<" not in html:
        return Parts(body=_paragraph(clean.safe(html)))
    if cms == "spip":
        html = clean.without_shortcuts(html)
    return take_tree(fragment.parse(html), base=base, cms=cms, zone=zone)


def _without_controls(text: str) -> str:
    return _CONTROLS.sub(" ", text) if clean.has_controls(text) else text


def take_tree(root: HtmlElement, *, base: str, cms: Cms, zone: tzinfo) -> Parts:
    """Return the parts of an article's tree, which is used up."""
    fields: Fields | None = _DIALECTS[cms](root, base, zone) if cms in _DIALECTS else None
    videos = list(fragment.take_videos(root, base))
    credits: list[str] = []  # noqa: A001 - the noun of the field
    members_only = _lines(root, videos, credits) or (fields is not None and fields.members_only)
    images = fragment.take_images(root, base)
    found = fragment.documents(root, base)
    cited = fragment.citations(root, base)
    lead_root = fields.lead if fields else None
    lead = ""
    if lead_root is not None:
        if len(lead_root) or lead_root.tag in {"a", "img"}:
            images += tuple(each for each in fragment.take_images(lead_root, base) if each not in images)
            cited += tuple(each for each in fragment.citations(lead_root, base) if each not in cited)
        lead = _paragraph(fragment.readable(lead_root))
        _without_repeated_lead(root, fragment.words(lead_root))
    body = _paragraph(fragment.readable(root))
    if fields is None:
        return Parts(
            body=body,
            credits=tuple(dict.fromkeys(credits)),
            images=images,
            documents=found,
            videos=tuple(videos),
            citations=cited,
            members_only=members_only,
        )
    logos = tuple(each for each in fields.images if each.address not in {image.address for image in images})
    files = {each.address: each for each in (*fields.documents, *found)}
    return Parts(
        lead=lead,
        body=body,
        themes=fields.themes,
        labels=fields.labels,
        credits=tuple(dict.fromkeys((*fields.credits, *credits))),
        images=(*logos, *images),
        documents=tuple(files.values()),
        videos=tuple(videos),
        citations=cited,
        event=fields.event,
        deadline=fields.deadline,
        members_only=members_only,
    )


def _lines(root: HtmlElement, videos: list[Video], credits: list[str]) -> bool:  # noqa: A002 - the noun of the field
    """Take out the lines that a site's software left; return whether one says members only."""
    members_only = asked = False
    for element, said in fragment.lines(root):
        if len(said) > _LONGEST_LINE:
            continue
        answer = said.casefold() if asked else ""
        asked = False
        if answer in _ANSWERS:
            members_only = members_only or answer in _YES
            fragment.drop(element)
            continue
        met = clean.sort_line(said)
        if met is None:
            continue
        if met.rule.kind is LineKind.MEMBERS:
            asked = not met.said
            members_only = members_only or met.said.casefold() in _YES
        elif met.rule.kind is LineKind.VIDEO and not any(video.address for video in videos):
            videos.append(Video(title=met.said))
        elif met.rule.kind is LineKind.CREDITS:
            credits.extend(clean.credits(said))
        fragment.drop(element)
    return members_only


def _paragraph(fragment_: str) -> str:
    """Return the fragment as a paragraph when it is bare text."""
    return f"<p>{fragment_}</p>" if fragment_ and not fragment_.startswith("<") else fragment_


def _without_repeated_lead(root: HtmlElement, lead: str) -> None:
    """Drop the body's first paragraph when it only says the lead again (irev.fr)."""
    first = fragment.first_line(root)
    if first is not None and first[1] == lead:
        fragment.drop(first[0])


def with_enclosures(parts: Parts, enclosures: Iterable[Enclosure], base: str) -> Parts:
    """Complete the parts by files that the text does not show, and by what a feed says of those it shows."""
    files = {each.address: each for each in parts.documents}
    images = {each.address: each for each in parts.images}
    videos = {each.address: each for each in parts.videos}
    for each in enclosures:
        address = fragment.absolute(each.address, base)
        if not address:
            continue
        if each.media_type.startswith("image/"):
            images.setdefault(address, Image(address=address, alt=clean.meaningful_alt(each.title)))
        elif each.media_type.startswith("video/"):
            videos.setdefault(address, Video(title=each.title, address=address))
        else:
            known = files.get(address, Document(address=address))
            files[address] = Document(
                address=address,
                title=known.title or each.title or fragment.file_title(address),
                media_type=each.media_type or known.media_type or fragment.document_type(address),
                size=each.size or known.size,
            )
    parts.documents, parts.images, parts.videos = tuple(files.values()), tuple(images.values()), tuple(videos.values())
    return parts


def plain_title(text: str, cms: Cms) -> str:
    """Return a title as plain text on one line, mended, without the numbers that SPIP 2 puts in front."""
    title = clean.inline_text(clean.unescaped(clean.mend(_without_controls(text))))
    return spip.without_number(title) if cms == "spip" else title


def compose(  # noqa: PLR0913 - each is a fact that the reader found apart from the HTML
    parts: Parts,
    *,
    source: str,
    place: str,
    link: str,
    title: str,
    cms: Cms,
    now: datetime,
    guid: str = "",
    rubric: str = "",
    description: str = "",
    published: datetime | None = None,
    updated: datetime | None = None,
    authors: tuple[str, ...] = (),
    language: str = "fr",
) -> ItemData | None:
    """Return the item, ``None`` when neither title nor text nor address says anything.

    ``description`` is the source's own summary as HTML; a lead comes before it, the body after it.
    """
    if cms == "localtis" and not rubric:
        rubric, title = localtis.rubric_and_title(title, link)
    followed = links.without_tracking(link)
    said = _said(parts, description)
    if cms == "spip":
        said = spip.without_footnotes(said)
    summary = clean.summary(said[: 2 * SUMMARY], SUMMARY)
    proposed = not title
    title = title or clean.title_from_address(followed) or clean.summary(summary, 80)
    if not title:
        return None
    labels = (rubric, *parts.labels, *(theme.name for theme in parts.themes))
    what = kinds.kind(title, labels, parts.event, published)
    closes = parts.deadline or (
        kinds.deadline(f"{said}\n{clean.text(parts.body, cleaned=True)}") if what is Kind.CALL else None
    )
    item = ItemData(
        source=source,
        via=source,
        place=place,
        guid=guid,
        address=links.canonical(followed) if followed else "",
        link=followed,
        title=title,
        title_proposed=proposed,
        rubric=rubric,
        summary=summary,
        html="\n".join(part for part in (parts.lead, parts.body) if part),
        kind=what,
        published=published,
        updated=updated if updated != published else None,
        event=parts.event,
        deadline=closes,
        themes=parts.themes,
        credits=parts.credits,
        authors=authors,
        images=parts.images,
        documents=parts.documents,
        videos=tuple(video if video.title else replace(video, title=title) for video in parts.videos),
        citations=tuple(each for each in parts.citations if each.address != followed),
        language=language,
        members_only=parts.members_only,
    )
    found = remarks(item, now)
    return _remarked(item, found) if found else item


_NAMES = tuple(spec.name for spec in fields(ItemData))
_VALUES = attrgetter(*_NAMES)


def _remarked(item: ItemData, found: tuple[Remark, ...]) -> ItemData:
    """Return the item with these remarks; ``replace`` takes four times as long, and every other item comes by here."""
    return ItemData(**{**dict(zip(_NAMES, _VALUES(item), strict=True)), "remarks": found})


def _said(parts: Parts, description: str) -> str:
    """Return the plain text to summarise: the lead, else a summary that the site did not cut, else the body.

    Each is worked out only when it is needed, since plain text costs as much as all the rest.
    """
    lead = clean.text(parts.lead, cleaned=True)
    if lead:
        return lead
    short, cut = "", False
    if description:
        own = take_apart(description, base="", cms="", zone=UTC)  # without the lines that the software adds
        short, cut = _uncut(clean.text(own.body, cleaned=True))
        if short and not cut:
            return short
    return _uncut(clean.text(_beginning(parts.body), cleaned=True))[0] or short


def _beginning(body: str) -> str:
    """Return enough of a fragment to summarise it, cut in front of an element."""
    cut = body.rfind("<", 0, _ENOUGH) if len(body) > _ENOUGH else -1
    return body[:cut] if cut > 0 else body


def _uncut(description: str) -> tuple[str, bool]:
    """Return a summary without the mark that says where the site cut it, and whether it had one."""
    if not description.rstrip().endswith((")", "]")):  # the pattern would be tried at every character
        return description, False
    shorter = _CUT.sub("…", description)
    return shorter, shorter != description
