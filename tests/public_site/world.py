"""A publication that has sent a letter to many people, and its public pages served on loopback. Everything is real."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from publisher import site
from publisher.config import parse
from publisher.demo import publication as sample
from publisher.edition import Edition
from publisher.mailbox.webhooks import sns
from publisher.mime.addresses import mark, return_path
from publisher.stages.send import send
from publisher.subscriber import Subscriber, SubscriberState
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from publisher.message import Delivery

ISSUE = "2026-11"
SUBJECT = "Lettre du réseau – Novembre 2026"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
SECRET = "un-secret-assez-long-pour-les-essais"
GONE = "partie@mairie.example"
"""Somebody who had left before the letter, and whom the ledger therefore excluded."""
TOPIC = "arn:aws:sns:eu-west-3:123456789012:retours"
CERTIFICATE = "https://sns.eu-west-3.amazonaws.com/SimpleNotificationService-essai.pem"
SUBSCRIBE = "https://sns.eu-west-3.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"
WEBHOOKS = f"""
[webhooks.brevo]
secret_env = "ESSAI_SECRET"

[webhooks.mailjet]
username = "lettre"
secret_env = "ESSAI_SECRET"

[webhooks.postmark]
scheme = "header"
header = "X-Publisher"
secret_env = "ESSAI_SECRET"

[webhooks.ses]
topics = ["{TOPIC}"]
"""
ENVIRONMENT = {"PUBLISHER_NOW": NOW.isoformat(), "ESSAI_SECRET": SECRET}
BASIC = base64.b64encode(f"lettre:{SECRET}".encode()).decode()
AUTHORISED = {
    "brevo": {"Authorization": f"Bearer {SECRET}"},
    "mailjet": {"Authorization": f"Basic {BASIC}"},
    "postmark": {"X-Publisher": SECRET},
    "ses": {},
}
"""What each provider sends along when it is who it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


class Amazon:
    """The side of SNS: it signs messages, and answers for its certificate and its confirmations."""

    def __init__(self, name: str = "sns.amazonaws.com", *, until: datetime = NOW + timedelta(days=90)) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(7)
        dated = builder.not_valid_before(NOW - timedelta(days=90)).not_valid_after(until)
        signed = dated.public_key(self._key.public_key()).sign(self._key, hashes.SHA256())
        self.pem = signed.public_bytes(serialization.Encoding.PEM)
        self.asked: list[str] = []

    def fetch(self, address: str) -> bytes:
        """Answer as SNS does."""
        self.asked.append(address)
        return self.pem if address.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"

    def signed(self, message: str, *, version: str = "2", kind: str = sns.NOTIFICATION, **changes: Any) -> bytes:
        """Return a message as SNS posts it; ``changes`` replace fields before it is signed, None takes one away."""
        table = {
            "Type": kind,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": message,
            "Timestamp": "2026-11-03T08:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
        }
        if kind != sns.NOTIFICATION:
            table |= {"Token": "2336412f37", "SubscribeURL": SUBSCRIBE}
        table = {name: value for name, value in {**table, **changes}.items() if value is not None}
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self._key.sign(sns.signed_text(kind, table), padding.PKCS1v15(), algorithm)
        return json.dumps({**table, "Signature": base64.b64encode(signature).decode()}).encode()


@dataclass(slots=True, kw_only=True)
class World:
    """The publication, its pages' port, what they told, and the other side of SNS."""

    publication: Publication
    amazon: Amazon
    port: int = 0
    told: list[str] = field(default_factory=list)
    used: int = 0

    def somebody(self) -> Delivery:
        """Return the delivery of somebody whom no other test has had."""
        self.used += 1
        person = self.publication.roster.find(address(self.used))
        assert person is not None, "more people are needed"
        found = self.publication.returns.delivery_to(person.address, ISSUE)
        assert found is not None
        return found

    def state(self, delivery: Delivery) -> SubscriberState:
        """Return how this person stands."""
        found = self.publication.roster.find(delivery.address)
        assert found is not None
        return found.state

    def ask(self, method: str, path: str, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = body.encode() if isinstance(body, str) else body
            with suppress(BrokenPipeError):  # an answer may come before all of a large body has left
                connection.request(method, path, body=sent or None, headers=dict(headers or {}))
            response = connection.getresponse()
            given = {name.lower(): value for name, value in response.getheaders()}
            return Answer(status=response.status, headers=given, body=response.read())
        finally:
            connection.close()

    def tell(self, provider: str, body: bytes | str, headers: Mapping[str, str] | None = None) -> Answer:
        """Post an event as a provider does, with its secret unless ``headers`` say otherwise."""
        return self.ask("POST", f"/webhooks/{provider}", body, AUTHORISED[provider] if headers is None else headers)

    def filled(self, text: str, delivery: Delivery) -> str:
        """Return a text of the corpus with what belongs to this delivery in its places."""
        values = {
            "message_id": delivery.message_id,
            "mark": mark(delivery),
            "envelope": return_path(self.publication.config.letter.bounce_address, delivery),
            "address": delivery.address,
            "subject": SUBJECT,
            "secret": SECRET,
            "basic": BASIC,
        }
        for name, value in values.items():
            text = text.replace(f"@@{name}@@", value)
        return text


def address(number: int) -> str:
    """Return the address of one of the people."""
    return f"personne-{number}@mairie.example"


def made(folder: Path, *, people: int = 80, extra: str = WEBHOOKS) -> Publication:
    """Return a publication in ``folder`` that has sent one letter to ``people``; ``extra`` ends its config.toml."""
    file = sample.prepare(folder, bundled("config.toml").read_text(encoding="utf-8"))
    publication = Publication(parse(file.read_text(encoding="utf-8") + extra, file))
    everybody = [
        Subscriber(id=0, address=address(number), token="", state=SubscriberState.ACTIVE)
        for number in range(1, people + 1)
    ]
    gone = Subscriber(id=0, address=GONE, token="", state=SubscriberState.UNSUBSCRIBED)
    publication.roster.add([*everybody, gone], NOW)
    edition = Edition(
        issue=ISSUE,
        date=NOW,
        subject=SUBJECT,
        preheader="",
        language="fr",
        html="<p>x</p>",
        text="x\n",
        page="<p>x</p>",
    )
    publication.editions.approve(edition, by="Zoé", now=NOW)
    send(ISSUE, publication.ports())
    return publication


@contextmanager
def served(publication: Publication, amazon: Amazon | None = None) -> Iterator[World]:
    """Serve a publication's pages on a free port of loopback, in a thread, until the block ends."""
    world = World(publication=publication, amazon=amazon or Amazon())
    ready = threading.Event()

    def told(where: str) -> None:
        world.port = int(where.rstrip("/").rpartition(":")[2])
        ready.set()

    app = site.application(publication, tell=world.told.append, fetch=world.amazon.fetch)
    server = site.Server(app, told, address="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(60), "the pages do not answer"
        yield world
    finally:
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive(), "the server does not stop"
