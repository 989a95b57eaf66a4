"""Newsletters of others, received in a Maildir: one message, one item. It only reads; no message is moved or marked.

What singles out the address that received the letter (unsubscribe and preference links, personal web versions,
counters) must not survive: our readers would unsubscribe us.
"""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.utils import parseaddr, parsedate_to_datetime
from html import escape
from typing import TYPE_CHECKING

from publisher import links
from publisher.errors import Fault, ReadError
from publisher.sources import article, fragment
from publisher.sources.charset import decode
from publisher.sources.reading import Origin, Reading

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage
    from pathlib import Path

    from lxml.html import HtmlElement

    from publisher.item import ItemData
    from publisher.sources.settings import LetterSource

_LARGEST = 10_000_000  # octets of one message
_MOST = 200  # messages of one run, the newest first
# Links that speak to the one who received the letter (French and English, as Brevo, Mailchimp and Campaign Monitor
# write them); the block around them goes too.
_PERSONAL = re.compile(
    r"\bd[ée]s(?:inscri|abonn)|\bunsubscribe|(?:mes|vos|tes) pr[ée]f[ée]rences|\bmon (?:profil|abonnement)"
    r"|update (?:your )?(?:profile|preferences)|transf[ée]rer (?:[àa] un|ce)|forward (?:to|this)"
    r"|signaler (?:ce|un) (?:message|courriel|spam|abus)|report (?:abuse|spam)",
    re.IGNORECASE,
)
_WEB_VERSION = re.compile(
    r"version (?:web|en ligne|internet)|(?:dans|avec) (?:votre|un) navigateur|view (?:it )?(?:in|online)|web version",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)  # the preheader
_ALONE = 200  # characters: a block this short around such a link says nothing else
_BLOCKS = frozenset({"p", "td", "div", "li", "span", "center"})


def read(source: LetterSource, *, root: Path, origin: Origin) -> Reading:
    """Return the letters of a Maildir no older than ``source.days``, newest first. Raises ``ReadError``.

    ``source.path`` is relative to ``root``; with ``source.senders`` only their letters are read.
    """
    top = root / source.path
    folders = [folder for name in ("new", "cur") if (folder := top / name).is_dir()]
    if not folders:
        raise ReadError(
            "il n’y a pas de boîte Maildir à cet endroit.",
            source=origin.key,
            place=source.path,
            remedy="Vérifiez path dans config.toml\u00a0: le dossier contient «\u00a0new\u00a0» et «\u00a0cur\u00a0».",
        )
    files = sorted(
        (file for folder in folders for file in folder.iterdir() if file.is_file()),
        key=lambda file: (file.stat().st_mtime, file.name),
        reverse=True,
    )
    items: list[ItemData] = []
    faults: list[Fault] = []
    for file in files[:_MOST]:
        place = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
        if file.stat().st_size > _LARGEST:
            faults.append(Fault(place=place, text="le message dépasse 10\u00a0Mo\u00a0; il est laissé."))
            continue
        item = letter(file.read_bytes(), replace(origin, address=place), senders=source.senders)
        if item is not None and (item.published is None or item.published >= origin.now - timedelta(days=source.days)):
            items.append(item)
    return Reading(items=tuple({item.guid or item.place: item for item in items}.values()), faults=tuple(faults))


def letter(message: bytes, origin: Origin, *, senders: tuple[str, ...] = ()) -> ItemData | None:
    """Return the item that a received letter makes, ``None`` for another sender's or one without any text."""
    parsed = email.message_from_bytes(message, policy=policy.default)
    sender = parseaddr(str(parsed.get("From", "")))[1].lower()
    if senders and not any(sender == each.lower() or sender.endswith(f"@{each.lower()}") for each in senders):
        return None
    root = fragment.parse(_markup(parsed))
    link = _without_personal(root)
    parts = article.take_tree(root, base="", cms="", zone=origin.zone)
    kept = tuple(each for each in parts.citations if not links.personal(each.address))
    if not (parts.body or parts.lead):
        return None
    return article.compose(
        replace(parts, citations=kept),
        source=origin.key,
        place=origin.address,
        guid=str(parsed.get("Message-ID", "")).strip(" <>"),
        link=link,
        title=" ".join(str(parsed.get("Subject", "")).split()),
        cms="",
        published=_date(str(parsed.get("Date", "")), origin),
        now=origin.now,
    )


def _date(text: str, origin: Origin) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found.astimezone(origin.zone) if found.tzinfo is not None else found.replace(tzinfo=origin.zone)


def _markup(message: EmailMessage) -> str:
    """Return the letter's HTML part, or its text part as paragraphs."""
    try:
        part = message.get_body(("html", "plain"))
        if part is None:
            return ""
        data = part.get_payload(decode=True)
        text = decode(data, part.get_content_charset() or "") if isinstance(data, bytes) else str(part.get_payload())
    except (LookupError, ValueError, AttributeError, KeyError):  # damaged structure: the library raises what it likes
        return ""
    if part.get_content_subtype() == "html":
        return text
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{escape(block)}</p>" for block in blocks if block)


def _without_personal(root: HtmlElement) -> str:
    """Take out what speaks to the one who received the letter; return the address of its web version."""
    web = ""
    for element in list(root.iter("style", "title", "script", "head")):
        fragment.drop(element)
    for element in [each for each in root.iter("div", "span", "p") if _HIDDEN.search(each.get("style") or "")]:
        fragment.drop(element)
    for element in list(root.iter("a")):
        said = f"{fragment.words(element)} {element.get('title') or ''}"
        if _WEB_VERSION.search(said):
            address = links.without_tracking(fragment.absolute(element.get("href") or "", ""))
            web = web or ("" if links.personal(address) else address)
        elif len(said) > _ALONE or not _PERSONAL.search(said):
            continue
        fragment.drop(_holder(element, root))
    return web


def _holder(element: HtmlElement, root: HtmlElement) -> HtmlElement:
    """Return the block around a link when it says nothing else, or the link."""
    around = element.getparent()
    if around is None or around is root or around.tag not in _BLOCKS or len(fragment.words(around)) > _ALONE:
        return element
    return around
