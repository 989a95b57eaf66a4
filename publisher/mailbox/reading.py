"""Reads one message: DSN (RFC 3464, RFC 6533), ARF (RFC 5965), automatic answers (RFC 3834), older bounces, wishes.

Only the message itself speaks: a report that somebody attaches to a letter of theirs is that letter's content.
It opens no mailbox and believes nobody: whether a report is about a letter of ours is decided in ``judging``.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.policy
import logging
import re
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import TYPE_CHECKING

from publisher.delivery import meaning
from publisher.mailbox.report import Failure, Kind, Report
from publisher.message import Outcome, Result
from publisher.mime.addresses import read_return_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.mime.addresses import ReturnPath

LONGEST = 500
"""Characters kept of a piece of evidence."""
_LONGEST_FIELD = 20_000
"""Characters read of a field: what the library needs to decode one grows with the square of its length."""

_OUR_SIDE = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Cc")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"(?:^|[^\d.])([245]\d\d)(?:[ -]|$)")
_ADDRESS = re.compile(r"(?<![^\s<>;,:\"()])[^\s<>;,:\"()]+@[^\s<>;,:\"()]+")  # tried at the start of a word alone
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{3,300}>)", re.IGNORECASE | re.MULTILINE)
_FULL = re.compile(r"quota|mailbox (?:is )?full|insufficient (?:disk|storage)|boîte .{0,20}pleine", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9A-Za-z_-]{16,128}")
_MACHINES = re.compile(r"^(mailer-?daemon|postmaster|mail-?system|mdaemon|mail[._ -]?delivery)", re.IGNORECASE)
_RETURNED = re.compile(
    r"undeliver|non remis|non distribu|delivery (?:status|fail|has fail|notification|problem|report)|returned mail"
    r"|mail delivery|failure notice|mail non|non-delivery|message status|delivery unsuccessful|could not be delivered"
    r"|warning: (?:could not|message)|échec de (?:la )?(?:remise|distribution)|rejected|mail system error",
    re.IGNORECASE,
)
_PASSED_ON = re.compile(r"^(?:(?:re|fwd?|tr|rép|aw|wg)\s*:\s*)+(?=" + _RETURNED.pattern + ")", re.IGNORECASE)
"""How the subject begins of a bounce that a person answers or passes on."""
_AWAY = re.compile(
    r"^(?:re\s*:\s*)?(?:réponse automatique|absence|absent|automatic reply|auto(?:matic)?[ -]?(?:reply|response)"
    r"|out of (?:the )?office|hors du bureau|en congés?|abwesen|fuera de la oficina)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Our own addresses: what bounces return to (with VERP's separator), and where wishes to leave are written."""

    bounce_address: str
    unsubscribe: str = ""
    verp: str = "+"


def read(octets: bytes, own: Own) -> Report:
    """Return what a message says. Any bytes give a report; what is recognised by no rule is ``PERSONAL``."""
    try:
        message = email.message_from_bytes(octets, policy=email.policy.compat32)
        return _read(message, octets, own)
    except RecursionError:  # a thousand parts, each within the other: no server writes that
        head = BytesHeaderParser(policy=email.policy.compat32).parsebytes(octets)
        return _headed(Report(kind=Kind.PERSONAL, how="trop de parties"), head)


def _read(message: Message, octets: bytes, own: Own) -> Report:
    found = (
        _complaint(message)
        or _status_report(message)
        or _wish(message, own)
        or _answer(message)
        or _older_bounce(message, octets)
        or _automatic(message)
        or Report(kind=Kind.PERSONAL, how="aucune règle")
    )
    returned = _returned_ids(message)
    path = _return_path(message, own)
    return _headed(replace(found, return_path=path, message_ids=tuple(returned)), message)


def _headed(report: Report, message: Message) -> Report:
    """Return the report with the subject and the sender of its message."""
    subject, sender = _text(message.get("Subject")), _text(message.get("From"))
    return replace(report, subject=subject[:LONGEST], sender=sender[:LONGEST])


def _status_report(message: Message) -> Report | None:
    """Read the fields of a delivery status notification."""
    if message.get_content_type() != "multipart/report" and _automatic(message):
        return None
    failures: list[Failure] = []
    delayed: list[Failure] = []
    for part in _parts(message):
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        for group in _groups(part):
            action = group.get("action", "").split(" ")[0].lower()
            if action in {"failed", "delayed"}:
                (failures if action == "failed" else delayed).append(_failure(group))
    if failures:
        return Report(kind=Kind.BOUNCE, how="RFC 3464", failures=tuple(failures))
    return Report(kind=Kind.DELAY, how="RFC 3464", failures=tuple(delayed)) if delayed else None


def _failure(group: dict[str, str]) -> Failure:
    """Return one recipient of a DSN. The diagnostic's code counts where Status only says 5.0.0."""
    final = _recipient(group.get("final-recipient", ""))
    address = _recipient(group.get("original-recipient", "")) or final
    diagnostic = group.get("diagnostic-code", "")
    statuses = _STATUS.findall(group.get("status", "")) + _STATUS.findall(diagnostic)
    told = [status for status in statuses if not status.endswith(".0.0")]
    status = told[0] if told else statuses[0] if statuses else ""
    code = _CODE.search(diagnostic)
    keys = ("final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code")
    evidence = " | ".join(f"{key}: {group[key]}" for key in keys if key in group)
    number = int(code[1]) if code else int(status[0]) * 100 if status else 500
    return Failure(
        address=address,
        meaning=_meaning(number, status, diagnostic),
        status=status,
        evidence=evidence[:LONGEST],
        final=final if final.lower() != address.lower() else "",
    )


def _recipient(field: str) -> str:
    """Return the address of a recipient field, whose type (``rfc822;``) stands before it."""
    found = _ADDRESS.search(field.partition(";")[2] or field)
    return found[0] if found else ""


def _parts(message: Message) -> Iterator[Message]:
    """Yield the message and its parts, but nothing of the messages that are attached to it."""
    yield message
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                yield from _parts(part)


def _meaning(code: int, status: str, text: str) -> str:
    known = "" if status.endswith(".0.0") else status
    return meaning(Result(outcome=Outcome.FAILED, code=code, enhanced=known, text=text))


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """Yield the groups of fields of a status part, the first (about the whole message) among them."""
    payload = part.get_payload()
    blocks = [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
    if isinstance(payload, str):
        blocks = [email.message_from_string(text) for text in re.split(r"\r?\n\r?\n", _payload(part))]
    for block in blocks:
        inner = _payload(block)  # some servers put several groups in one block, and so does the parser for RFC 6533
        yield {name.lower(): _text(value) for name, value in block.items()}
        if "final-recipient" in inner.lower():
            for text in re.split(r"\r?\n\r?\n", inner):
                yield {name.lower(): _text(value) for name, value in email.message_from_string(text.lstrip()).items()}


def _complaint(message: Message) -> Report | None:
    """Read a feedback report: a recipient called the letter unwanted."""
    for part in _parts(message):
        if part.get_content_type() != "message/feedback-report":
            continue
        for group in _groups(part):
            kind = group.get("feedback-type", "").lower()
            if not kind:
                continue
            if kind not in {"abuse", "fraud", "opt-out", "opt-out-list"}:
                return Report(kind=Kind.AUTOMATIC, how=f"RFC 5965, {kind}")
            named = _ADDRESS.search(group.get("original-rcpt-to", ""))
            evidence = " | ".join(f"{key}: {value}" for key, value in group.items())[:LONGEST]
            failure = Failure(address=named[0] if named else "", meaning="complaint", evidence=evidence)
            return Report(kind=Kind.COMPLAINT, how=f"RFC 5965, {kind}", failures=(failure,))
    return None


def _wish(message: Message, own: Own) -> Report | None:
    """Read a letter to the unsubscribe address: the token stands in the subject (List-Unsubscribe's mailto)."""
    if not own.unsubscribe or own.unsubscribe.lower() not in _all(message, _OUR_SIDE).lower():
        return None
    token = _TOKEN.search(_text(message.get("Subject")))
    return Report(kind=Kind.UNSUBSCRIBE, how="adresse de désinscription", token=token[0] if token else "")


def _automatic(message: Message) -> Report | None:
    """Recognise an automatic answer that is no bounce, by its fields and then by its subject."""
    submitted = _text(message.get("Auto-Submitted")).lower()
    if submitted.startswith("auto-replied"):
        return Report(kind=Kind.AUTOMATIC, how="RFC 3834, Auto-Submitted")
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response", "X-Vacation"):
        if message.get(name) is not None:
            return Report(kind=Kind.AUTOMATIC, how=name)
    if _text(message.get("Precedence")).lower() == "auto_reply":
        return Report(kind=Kind.AUTOMATIC, how="Precedence")
    subject = _text(message.get("Subject"))
    if _AWAY.search(subject):
        return Report(kind=Kind.AUTOMATIC, how=f"objet « {subject[:60]} »")
    return None


def _answer(message: Message) -> Report | None:
    """Recognise an automatic answer that may look like an older bounce: no mail server signs it, none names failures.

    Many mail servers call their bounces auto-replied, as RFC 3834 asks; so do holiday notices with a null return path.
    """
    names = _text(message.get("From")), *_ADDRESS.findall(_text(message.get("From")))
    served = any(_MACHINES.search(name.strip('"< ')) for name in names)
    if served or message.get("X-Failed-Recipients") is not None or message.get_content_type() == "multipart/report":
        return None
    return _automatic(message)


def _older_bounce(message: Message, octets: bytes) -> Report | None:
    """Read what servers wrote before RFC 3464, by flufl.bounce; only where a machine speaks, never in a person's."""
    subject = _text(message.get("Subject"))
    returned = _RETURNED.search(subject) and not _PASSED_ON.search(subject)
    if _AWAY.search(subject) or not (_machine(message) or returned):
        return None
    from flufl.bounce import all_failures  # noqa: PLC0415 - a hundred patterns that only this rule needs

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it prints a traceback before it raises
    copy = email.message_from_string(octets.decode("utf-8", "replace"))  # whose headers are text, whatever they hold
    if not getaddresses([_text(copy.get("From"))])[:1]:  # one of its detectors stumbles over a missing sender
        del copy["From"]
        copy["From"] = "mailer-daemon@inconnu.invalid"
    try:
        temporary, permanent = all_failures(copy)
    except Exception:  # noqa: BLE001 - any bytes give a report; a detector that stumbles has found nothing
        return None
    text = _plain(message)
    if permanent:
        failures = tuple(_by_words(address, text) for address in _addresses(permanent))
        return Report(kind=Kind.BOUNCE, how="flufl.bounce", failures=failures)
    if temporary:
        waiting = tuple(Failure(address=one, meaning="soft", evidence=text[:LONGEST]) for one in _addresses(temporary))
        return Report(kind=Kind.DELAY, how="flufl.bounce", failures=waiting)
    return None


def _machine(message: Message) -> bool:
    """Say whether a mail server wrote this: by its name, the null return path, or the form of a report."""
    if message.get_content_type() == "multipart/report" or _text(message.get("Return-Path")) == "<>":
        return True
    senders = [_text(message.get(name)).strip('"< ') for name in ("From", "Return-Path", "Sender")]
    senders += [address for sender in senders for address in _ADDRESS.findall(sender)]
    return any(_MACHINES.search(sender) for sender in senders)


def _addresses(found: Iterable[bytes | str]) -> list[str]:
    return sorted((one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)) for one in found)


def _by_words(address: str, text: str) -> Failure:
    """Return a failure whose meaning is read from the lines around the address."""
    place = text.lower().find(address.lower())
    around = text[max(place - 100, 0) : place + 400] if place >= 0 else text[:LONGEST]
    status, code = _STATUS.search(around), _CODE.search(around)
    if status:
        kind = _meaning(int(status[1][0]) * 100, status[1], "")
    elif _FULL.search(around):
        kind = "full"
    else:
        kind = _meaning(int(code[1]) if code else 550, "", around if code else "")
    return Failure(
        address=address, meaning=kind, status=status[1] if status else "", evidence=" ".join(around.split())[:LONGEST]
    )


def _plain(message: Message) -> str:
    """Return the words of the message's first text part."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""


def _returned_ids(message: Message) -> list[str]:
    """Return the Message-IDs of what came back inside: a whole message, its header, or its text."""
    found: dict[str, None] = {}
    for part in list(message.walk())[1:]:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            if isinstance(first, Message):
                found.update(dict.fromkeys(filter(None, [_text(first.get("Message-ID")).strip()])))
        elif kind == "text/rfc822-headers" or part.get_content_maintype() == "text":
            found.update(dict.fromkeys(_MESSAGE_ID.findall(_payload(part))))
    if not message.is_multipart():
        found.update(dict.fromkeys(_MESSAGE_ID.findall(_payload(message))))
    return list(found)


def _payload(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _return_path(message: Message, own: Own) -> ReturnPath | None:
    """Return our VERP address: where the message was sent to, or what a complaint says it came from."""
    places = [_all(message, _OUR_SIDE)]
    for part in _parts(message):
        if part.get_content_type() == "message/feedback-report":
            places += [group.get("original-mail-from", "") for group in _groups(part)]
    for address in _ADDRESS.findall(" ".join(places)):
        path = read_return_path(address, own.bounce_address, own.verp)
        if path is not None:
            return path
    return None


def _all(message: Message, names: tuple[str, ...]) -> str:
    return " ".join(_text(value) for name in names for value in message.get_all(name, []))


def _text(value: object) -> str:
    """Return a header's words on one line, decoded, "" when it is not there."""
    if value is None:
        return ""
    field = str(value)[:_LONGEST_FIELD]
    try:
        words = str(email.header.make_header(email.header.decode_header(field)))
    except (ValueError, LookupError, email.errors.MessageError):
        words = field
    octets = words.encode("utf-8", "surrogateescape")  # bytes that were never declared: nearly always UTF-8
    return " ".join(octets.decode("utf-8", "replace").split())
