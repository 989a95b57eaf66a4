"""Where providers tell what became of letters: who speaks is proven first, then the events are heard, then answered.

An answer of 200 means that everything in the request is kept; a provider that gets another one tries again.
"""

from __future__ import annotations

import json
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from publisher.errors import ConfigError, Fault, PublisherError
from publisher.mailbox.webhooks import brevo, mailjet, postmark, secret, ses, sns
from publisher.mailbox.webhooks.event import UnreadableError
from publisher.site import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from starlette.requests import Request

    from publisher.correspondence import Heard
    from publisher.mailbox.reading import Own
    from publisher.mailbox.webhooks.event import Event
    from publisher.mailbox.webhooks.settings import Webhooks

    Hear = Callable[[Iterable[Event]], Heard]

_READERS = {"brevo": brevo.read, "mailjet": mailjet.read, "postmark": postmark.read}
_TOPIC = "arn:aws"


class Hooks:
    """The configured providers. ``hear`` acts on events, ``fetch`` asks SNS; both may take their time."""

    def __init__(  # noqa: PLR0913 - what it hears with, and what it judges by
        self,
        settings: Webhooks,
        *,
        root: Path,
        own: Own,
        hear: Hear,
        fetch: Callable[[str], bytes],
        clock: Callable[[], datetime],
        tell: Callable[[str], None],
        most: int,
    ) -> None:
        """Raise ``ConfigError`` when a secret is missing or too short, or a topic is none."""
        given = {name: getattr(settings, name) for name in _READERS}
        self._gates = {name: secret.gate(name, one, root) for name, one in given.items() if one is not None}
        self._verifier = sns.Verifier(_topics(settings.ses.topics), fetch) if settings.ses else None
        self._own = own
        self._hear = hear
        self._fetch = fetch
        self._clock = clock
        self._tell = tell
        self._most = most
        self._turn = Lock()
        self.counts: Counter[str] = Counter()
        """How many events were ``retenus``, ``déjà connus``, ``sans suite``; how many requests were ``refusés``."""

    @property
    def providers(self) -> tuple[str, ...]:
        """Return the names of those that are listened to."""
        return (*self._gates, *(("ses",) if self._verifier else ()))

    async def post(self, request: Request) -> Response:
        """Hear one request. The provider is the last step of the path."""
        provider = request.url.path.rpartition("/")[2]
        gate = self._gates.get(provider)
        if gate is not None and not gate.lets_in(request.headers):
            return self._refused(provider, "le secret manque ou n’est pas le bon")
        try:
            octets = await guard.body(request, self._most)
            payload = _json(octets)
            return await run_in_threadpool(self._heard, provider, payload)
        except guard.BodyError as error:
            return self._answer(provider, error.status, str(error))
        except UnreadableError as error:
            return self._answer(provider, 400, f"Ce n’est pas lisible\u00a0: {error}")
        except sns.ForgedError as error:
            return self._refused(provider, str(error))
        except PublisherError as error:
            self._tell(f"Événements de {provider} à recevoir plus tard\u00a0: {error}")
            return PlainTextResponse("Rien n’a été retenu\u00a0; réessayez.\n", 503, {"Retry-After": "60"})

    def _heard(self, provider: str, payload: object) -> Response:
        events = _READERS[provider](payload) if provider in _READERS else self._published(payload)
        listed = list(events)  # everything is readable before anything is acted on
        with self._turn:  # one request after the other: a repeat that comes at the same time finds the first one noted
            heard = self._hear(listed)
        for one in heard.decided:
            self._tell(f"{provider} – {one.address or 'inconnu'}\u00a0: {one.reason}")
        found = {"retenus": len(heard.decided), "déjà connus": heard.repeated, "sans suite": heard.without}
        self.counts.update(found)
        return PlainTextResponse(", ".join(f"{name}\u00a0: {count}" for name, count in found.items()) + "\n")

    def _published(self, payload: object) -> Iterator[Event]:
        """Return the events of a message of SNS; a subscription to a topic of ours is confirmed."""
        if self._verifier is None or not isinstance(payload, dict):
            raise UnreadableError("il faut un message de SNS.")
        notice = self._verifier.verified(payload, self._clock())
        if notice.kind == sns.NOTIFICATION:
            return ses.read(notice.message, self._own, notice.number)
        if notice.kind == sns.SUBSCRIPTION:
            self._fetch(notice.subscribe)
            self._tell(f"Abonnement au sujet SNS {notice.topic} confirmé.")
        else:
            self._tell(f"L’abonnement au sujet SNS {notice.topic} a été retiré\u00a0: plus rien n’en arrivera.")
        return iter(())

    def _refused(self, provider: str, why: str) -> Response:
        self.counts["refusés"] += 1
        self._tell(f"Refusé\u00a0: une demande au nom de {provider}, {why}.")
        return PlainTextResponse("Refusé.\n", 403)

    def _answer(self, provider: str, status: int, text: str) -> Response:
        self._tell(f"Une demande de {provider} n’a pas été retenue ({status})\u00a0: {text}")
        return PlainTextResponse(f"{text}\n", status)


def _json(octets: bytes) -> object:
    try:
        found: object = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("il faut du JSON.") from error
    return found


def _topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in topics if not one.startswith(_TOPIC) or ":sns:" not in one]
    if wrong or not topics:
        fault = Fault(
            place="webhooks.ses.topics",
            text=f"« {wrong[0]} » n’est pas l’ARN d’un sujet SNS." if wrong else "aucun sujet SNS n’est nommé.",
            remedy="Il ressemble à « arn:aws:sns:eu-west-3:123456789012:retours ».",
        )
        raise ConfigError("Les événements de SES ne peuvent pas être reçus.", (fault,))
    return topics


def summary(counts: Mapping[str, int]) -> str:
    """Return what was heard since the start, in a sentence; "" when nothing was."""
    told = ", ".join(f"{name}\u00a0: {count}" for name, count in counts.items() if count)
    return f"Événements reçus – {told}." if told else ""
