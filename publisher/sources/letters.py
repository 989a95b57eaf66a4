"""Newsletters of others, received in a mailbox: one message, one item. It deletes none, and marks none by itself.

What singles out the address that received the letter (unsubscribe and preference links, personal web versions,
counters) must not survive: our readers would unsubscribe us.
"""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.utils import parseaddr
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher import links
from publisher.errors import Fault, ReadError, SourceError
from publisher.item import Remark
from publisher.postbox.account import Account
from publisher.postbox.box import Letter, Wish
from publisher.postbox.field import field
from publisher.postbox.imap import Imap
from publisher.postbox.maildir import Maildir
from publisher.postbox.pop import Pop
from publisher.sources import article, fragment, plain
from publisher.sources.charset import decode
from publisher.sources.dates import machine_date
from publisher.sources.reading import Origin, Reading
from publisher.sources.remarks import LETTER_ARCHIVE, RECEIVED_LETTER
from publisher.sources.settings import ImapSource, LetterSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from lxml.html import HtmlElement

    from publisher.item import ItemData
    from publisher.sources.settings import AnyLetters

_LONGEST = 2_000_000  # characters of a letter's HTML: mailbox providers cut it long before
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
_RECEIVED = Remark(
    code=RECEIVED_LETTER,
    text="C’est une lettre reçue, entière\u00a0: le lien d’une de ses nouvelles vaut souvent mieux.",
)
_ALONE = 200  # characters: a block this short around such a link says nothing else
_BLOCKS = frozenset({"p", "td", "div", "li", "span", "center"})


def read(source: AnyLetters, *, root: Path, origin: Origin, mark: str = "") -> tuple[Reading, str]:
    """Return the letters that came after ``mark`` and are no older than ``source.days``, and the new mark.

    Paths of the source are relative to ``root``. What was read before a mailbox failed is kept, with a fault. Raises
    ``SourceError`` when nothing could be read.
    """
    since = origin.now - timedelta(days=source.days)
    wish = Wish(since=since, mark=mark, wanted=partial(_of, source.senders))
    items: dict[str, ItemData] = {}
    faults: list[Fault] = []
    begun = False
    try:
        for each in _letters(source, wish, root, origin.key):
            place = f"{origin.address}{each.place}"
            if each.too_large:
                text = f"le message pèse {each.size / 1e6:.0f}\u00a0Mo, plus que les 10 admis\u00a0; il est laissé."
                faults.append(Fault(place=place, text=text))
            try:
                there = replace(origin, address=place)
                item = letter(each.octets, there, senders=source.senders) if each.octets else None
            except ReadError as error:
                item = None
                faults.append(Fault(place=place, text=error.text))
            if item is not None and (item.published is None or item.published >= since):
                items[item.guid or place] = item
            mark, begun = each.mark, True
    except SourceError as error:
        if not begun:
            raise
        faults.append(Fault(place=error.place, text=error.text, remedy="Le reste sera lu à la prochaine collecte."))
    return Reading(items=tuple(items.values()), faults=tuple(faults)), mark


def place(source: AnyLetters) -> str:
    """Return where the letters are, as a path or as an address without any password (RFC 5092, RFC 2384)."""
    if isinstance(source, LetterSource):
        return source.path
    port = f":{source.port}" if source.port else ""
    folder = f"/{source.folder}" if isinstance(source, ImapSource) else ""
    return f"{source.kind}://{quote(source.username)}@{source.host}{port}{folder}"


def _letters(source: AnyLetters, wish: Wish, root: Path, key: str) -> Iterator[Letter]:
    if isinstance(source, LetterSource):
        return Maildir(root / source.path, key=f"sources.{key}.path").letters(wish)
    account = Account(
        host=source.host,
        port=source.port,
        security=source.security,
        username=source.username,
        password_env=source.password_env,
        password_file=source.password_file,
        ca_file=source.ca_file,
        timeout=source.timeout,
        what="la boîte aux lettres",
        table=f"sources.{key}",
    )
    password, tls = account.login(root), account.tls(root)
    if isinstance(source, ImapSource):
        return Imap(account, password, folder=source.folder, tls=tls).letters(wish, mark_seen=source.mark_seen)
    return Pop(account, password, tls=tls).letters(wish)


def _of(senders: tuple[str, ...], said: str) -> bool:
    """Say whether a From field is that of one of these addresses or domains; none takes all."""
    sender = parseaddr(said)[1].lower()
    return not senders or any(sender == each.lower() or sender.endswith(f"@{each.lower()}") for each in senders)


def letter(message: bytes, origin: Origin, *, senders: tuple[str, ...] = ()) -> ItemData | None:
    """Return the item that a received letter makes, ``None`` for another sender's or one without any text.

    Raises ``ReadError`` for octets that are no message.
    """
    try:
        parsed = email.message_from_bytes(message, policy=policy.default)
    except Exception as error:  # the library reads Content-Type at once, and raises what it likes at a damaged one
        raise ReadError("le message est trop abîmé pour être lu.", source=origin.key, place=origin.address) from error
    if not _of(senders, field(parsed, "From")):
        return None
    root = fragment.parse(_markup(parsed)[:_LONGEST])
    link = _without_personal(root)
    parts = article.take_tree(root, base="", cms="", zone=origin.zone)
    kept = tuple(each for each in parts.citations if not links.personal(each.address))
    if not (parts.body or parts.lead):
        return None
    item = article.compose(
        replace(parts, citations=kept),
        source=origin.key,
        place=origin.address,
        guid=field(parsed, "Message-ID").strip(" <>"),
        link=link,
        title=field(parsed, "Subject"),
        cms="",
        published=machine_date(field(parsed, "Date"), origin.zone),
        now=origin.now,
    )
    if item is None:
        return None
    # Somebody else's letter is what was asked for; only a letter met among articles is one that republishes itself.
    others = tuple(each for each in item.remarks if each.code != LETTER_ARCHIVE)
    return replace(item, remarks=(*others, _RECEIVED))


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
    return text if part.get_content_subtype() == "html" else plain.paragraphs(text[:_LONGEST], wrapped=True)


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
