"""One event of a provider, in the words of ``report``: it is judged as a message that came back would be."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.delivery import meaning
from publisher.mailbox.report import Failure, Kind, Report
from publisher.message import Outcome, Result
from publisher.mime.addresses import read_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from publisher.mime.addresses import ReturnPath

LONGEST = 500
"""Characters kept of a piece of evidence."""
MOST = 1000
"""Events of one request that are read; Brevo groups 500 at most, the others fewer."""

_STATUS = re.compile(r"\b([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_CODE = re.compile(r"(?:^|[^0-9.])([245][0-9]{2})(?:[ -]|$)")
_ELSEWHERE = frozenset({"full", "size", "content", "policy", "route"})
"""Meanings that are not about the address being good."""


class UnreadableError(ValueError):
    """The body is no event of this provider. ``str()`` says in French what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``key`` makes it this one and no other, so that a repeat is known by it.

    ``report`` is what it says of a letter, None where nothing follows from it (delivered, opened, unknown).
    """

    key: str
    name: str
    report: Report | None = None


def tables(payload: object) -> Iterator[Mapping[str, object]]:
    """Yield the events of a request, alone or grouped in a list. Raises ``UnreadableError`` for anything else."""
    given = payload if isinstance(payload, list) else [payload]
    found = [one for one in given if isinstance(one, dict)]
    if len(found) < len(given) or len(found) > MOST:
        raise UnreadableError("il faut un événement, ou une liste d’événements.")
    yield from found


def said(table: Mapping[str, object], *names: str) -> str:
    """Return the first of these fields that holds something, as text on one line; "" when none does."""
    for name in names:
        value = table.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).encode(errors="replace").decode().replace("\x00", " ").split())
    return ""


def inner(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a table within a table, an empty one when it is not there."""
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def each(table: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    """Yield the tables of a list within a table."""
    value = table.get(name)
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def key(provider: str, *parts: str) -> str:
    """Return a name that is the same for the same event: a digest, since the parts hold addresses."""
    digest = hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()
    return f"{provider}:{digest[:40]}"


def bounced(address: str, words: str, *, permanent: bool, status: str = "") -> Failure:
    """Return a bounce that the provider calls permanent or not.

    Its word stands unless the server's own code (RFC 3463) says that the refusal is not about the address: what a
    server calls policy, or full, is no dead address. A bounce that the provider calls passing is never hard.
    """
    found = _STATUS.search(status) or _STATUS.search(words)
    enhanced = found[1] if found and not found[1].endswith(".0.0") else ""
    code = _CODE.search(words)
    number = int(code[1]) if code else int(enhanced[0]) * 100 if enhanced else 0
    kind = meaning(Result(outcome=Outcome.FAILED, code=number, enhanced=enhanced)) if number else ""
    if permanent:
        kind = kind if kind in _ELSEWHERE else "hard"
    elif kind in {"", "hard"}:
        kind = "soft"
    return Failure(address=address, meaning=kind, status=enhanced, evidence=words[:LONGEST])


def report(  # noqa: PLR0913 - each is a fact about the same event
    kind: Kind,
    provider: str,
    name: str,
    failure: Failure,
    *,
    subject: str = "",
    marks: Iterable[str] = (),
    message_ids: Iterable[str] = (),
    path: ReturnPath | None = None,
) -> Report:
    """Return what an event says; ``marks`` are texts of which one may be the delivery's mark."""
    evidence = f"{provider} : {name}" + (f" | {failure.evidence}" if failure.evidence else "")
    about = Failure(
        address=failure.address, meaning=failure.meaning, status=failure.status, evidence=evidence[:LONGEST]
    )
    found = path or next(filter(None, map(read_mark, marks)), None)
    ids = tuple(one if one.startswith("<") else f"<{one}>" for one in message_ids if one)
    return Report(kind=kind, how=provider, subject=subject, failures=(about,), return_path=found, message_ids=ids)
