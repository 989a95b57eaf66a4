"""Who may speak for a provider, and what becomes of those who may not: nothing changes, and one line says so."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from public_site import world as sample
from public_site.world import NOW, SECRET, TOPIC, Amazon, World

from publisher.errors import ConfigError
from publisher.mailbox.webhooks import secret, sns
from publisher.mailbox.webhooks.settings import Brevo, Mailjet, Postmark
from publisher.message import DeliveryState
from publisher.site.hooks import summary
from publisher.subscriber import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.message import Delivery

BASIC = "Basic " + base64.b64encode(f"lettre:{SECRET}".encode()).decode()


def hard(delivery: Delivery, **changes: Any) -> str:
    """Return a hard bounce of this delivery as Brevo tells it."""
    table = {
        "event": "hard_bounce",
        "email": delivery.address,
        "message-id": delivery.message_id,
        "ts_epoch": 1793692931000,
        "reason": "550 5.1.1 user unknown",
    }
    return json.dumps({**table, **changes})


def ses_bounce(delivery: Delivery) -> str:
    """Return a hard bounce of this delivery as SES publishes it."""
    told = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": delivery.address}],
    }
    headers = [{"name": "Message-ID", "value": delivery.message_id}]
    return json.dumps({"notificationType": "Bounce", "bounce": told, "mail": {"source": "", "headers": headers}})


@pytest.mark.parametrize(
    ("provider", "headers"),
    [
        ("brevo", {}),
        ("brevo", {"Authorization": f"Bearer {SECRET[:-1]}"}),
        ("brevo", {"Authorization": f"Bearer {SECRET}x"}),
        ("brevo", {"Authorization": SECRET}),
        ("brevo", {"Authorization": BASIC}),
        ("brevo", {"X-Publisher": SECRET}),
        ("mailjet", {}),
        ("mailjet", {"Authorization": f"Bearer {SECRET}"}),
        ("mailjet", {"Authorization": f"Basic lettre:{SECRET}"}),
        ("mailjet", {"Authorization": "Basic " + base64.b64encode(f"autre:{SECRET}".encode()).decode()}),
        ("mailjet", {"Authorization": "Basic ===="}),
        ("postmark", {}),
        ("postmark", {"X-Publisher": ""}),
        ("postmark", {"X-Publisher": "é" * 40}),
        ("postmark", {"Authorization": f"Bearer {SECRET}"}),
    ],
)
def test_without_the_secret_nothing_is_heard(provider: str, headers: Mapping[str, str], world: World) -> None:
    """A request that does not bear the secret is refused with 403 and one line that does not hold it."""
    delivery = world.somebody()
    before = len(world.told)
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    answer = world.tell(provider, hard(delivery), sent)
    assert answer.status == 403
    assert world.state(delivery) is SubscriberState.ACTIVE
    (line,) = world.told[before:]
    assert line.startswith(f"Refusé\u00a0: une demande au nom de {provider}")
    assert SECRET not in line


@pytest.mark.parametrize("scheme", ["BEARER", "bearer"])
def test_the_schemes_name_has_no_case(scheme: str, world: World) -> None:
    """RFC 9110, 11.1: the scheme is compared without regard to case; the secret is not."""
    delivery = world.somebody()
    assert world.tell("brevo", hard(delivery), {"Authorization": f"{scheme} {SECRET}"}).status == 200
    assert world.tell("brevo", hard(delivery), {"Authorization": f"{scheme} {SECRET.upper()}"}).status == 403
    assert world.state(delivery) is SubscriberState.BOUNCED


def forged(amazon: Amazon, text: str, how: str) -> bytes:
    """Return a message of SNS that is wrong in one way."""
    if how == "altered":
        return amazon.signed("{}").replace(b'"{}"', json.dumps(text).encode())
    if how == "unsigned":
        return json.dumps({**json.loads(amazon.signed(text)), "Signature": ""}).encode()
    if how == "no base64":
        return json.dumps({**json.loads(amazon.signed(text)), "Signature": "à peu près"}).encode()
    if how == "another key":
        return Amazon().signed(text)
    if how == "raw":
        return text.encode()
    changes: dict[str, dict[str, str]] = {
        "another topic": {"TopicArn": TOPIC.replace("123456789012", "210987654321")},
        "version 3": {"version": "3"},
        "own certificate": {"SigningCertURL": "https://sns.eu-west-3.amazonaws.com.pirate.example/x.pem"},
        "clear text": {"SigningCertURL": "http://sns.eu-west-3.amazonaws.com/x.pem"},
        "a bucket": {"SigningCertURL": "https://seau.s3.amazonaws.com/x.pem"},
        "a user": {"SigningCertURL": "https://sns.eu-west-3.amazonaws.com@pirate.example/x.pem"},
        "a port": {"SigningCertURL": "https://sns.eu-west-3.amazonaws.com:8443/x.pem"},
        "no certificate": {"SigningCertURL": "https://sns.eu-west-3.amazonaws.com/?Action=x"},
        "no address": {"SigningCertURL": "https://[sns/x.pem"},
    }
    return amazon.signed(text, **changes[how])


@pytest.mark.parametrize(
    "how",
    [
        "altered",
        "unsigned",
        "no base64",
        "another key",
        "raw",
        "another topic",
        "version 3",
        "own certificate",
        "clear text",
        "a bucket",
        "a user",
        "a port",
        "no certificate",
        "no address",
    ],
)
def test_what_sns_did_not_sign_is_refused(how: str, world: World) -> None:
    """Each way of passing for SNS is refused with one line; no address but SNS's own is ever asked."""
    delivery = world.somebody()
    before, asked = len(world.told), len(world.amazon.asked)
    answer = world.tell("ses", forged(world.amazon, ses_bounce(delivery), how))
    assert answer.status == 403
    assert world.state(delivery) is SubscriberState.ACTIVE
    assert len(world.told) == before + 1
    assert set(world.amazon.asked[asked:]) <= {sample.CERTIFICATE}


@pytest.mark.parametrize(
    "name", ["sns.amazonaws.com", "sns-signing.eu-south-2.amazonaws.com", "sns-cn-north-1.amazonaws.com.cn"]
)
def test_the_names_that_sns_signs_under(name: str) -> None:
    """The certificate's name depends on the region; each of AWS's forms is accepted."""
    amazon = Amazon(name)
    notice = sns.Verifier((TOPIC,), amazon.fetch).verified(json.loads(amazon.signed("x")), NOW)
    assert notice.message == "x"


@pytest.mark.parametrize(
    ("amazon", "why"),
    [
        (Amazon("sns.amazonaws.com.pirate.example"), "au nom de SNS"),
        (Amazon("www.amazonaws.com"), "au nom de SNS"),
        (Amazon(until=NOW - timedelta(days=1)), "en vigueur"),
    ],
)
def test_a_certificate_of_somebody_else_or_of_another_time(amazon: Amazon, why: str) -> None:
    """A right signature under a certificate that is not SNS's, or no longer in force, proves nothing."""
    with pytest.raises(sns.ForgedError, match=why):
        sns.Verifier((TOPIC,), amazon.fetch).verified(json.loads(amazon.signed("x")), NOW)


def test_the_certificate_is_asked_for_once() -> None:
    """A second message under the same certificate asks nobody; what was no certificate is asked for again."""
    amazon = Amazon()
    verifier = sns.Verifier((TOPIC,), amazon.fetch)
    for _ in range(3):
        verifier.verified(json.loads(amazon.signed("x")), NOW)
    assert len(amazon.asked) == 1
    broken = sns.Verifier((TOPIC,), lambda _: b"<html>")
    with pytest.raises(sns.ForgedError, match="illisible"):
        broken.verified(json.loads(amazon.signed("x")), NOW)


def test_a_subscription_is_confirmed_for_our_topic_alone(world: World) -> None:
    """SNS asks first whether we want the topic: ours is confirmed at its own address, another's is refused."""
    body = world.amazon.signed("Vous avez choisi de vous abonner.", kind=sns.SUBSCRIPTION)
    assert world.tell("ses", body).status == 200
    assert world.amazon.asked[-1] == sample.SUBSCRIBE
    asked = len(world.amazon.asked)
    for changes in ({"TopicArn": f"{TOPIC}-autre"}, {"SubscribeURL": "https://pirate.example/?Action=Confirm"}):
        assert world.tell("ses", world.amazon.signed("x", kind=sns.SUBSCRIPTION, **changes)).status == 403
    assert len(world.amazon.asked) == asked
    ended = world.amazon.signed("x", kind=sns.UNSUBSCRIPTION)
    assert world.tell("ses", ended).status == 200
    assert world.amazon.asked[asked:] == []
    assert "a été retiré" in world.told[-1]


def test_a_signed_subject_counts(world: World) -> None:
    """The optional Subject is among the signed fields: with it the signature holds, changed it does not."""
    delivery = world.somebody()
    body = world.amazon.signed(ses_bounce(delivery), Subject="Amazon SES Email Event Notification")
    assert world.tell("ses", body.replace(b"Email Event", b"Other Event")).status == 403
    assert world.tell("ses", body).status == 200
    assert world.state(delivery) is SubscriberState.BOUNCED


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"3", b"null", b"[[]]", b"[" * 200_000, b"1" * 9_000])
@pytest.mark.parametrize("provider", ["brevo", "mailjet", "postmark", "ses"])
def test_what_is_no_event_is_answered_in_a_sentence(provider: str, body: bytes, world: World) -> None:
    """Bodies that are no JSON, or no events, get 400 and say what was expected."""
    answer = world.tell(provider, body)
    assert answer.status == 400
    assert "il faut" in answer.text


def test_a_body_that_is_too_large_is_not_read(world: World) -> None:
    """More octets than site.max_body get 413, whoever sends them."""
    most = world.publication.config.site.max_body
    assert world.tell("brevo", b" " * (most + 1)).status == 413
    assert world.tell("brevo", b"[]" + b" " * (most - 2)).status == 200


def test_addresses_that_are_none(world: World) -> None:
    """A provider that is not configured has no address; events are posted and not read."""
    assert world.ask("POST", "/webhooks/sendgrid", b"{}").status == 405  # as any file's address
    assert world.ask("GET", "/webhooks/brevo").status == 404
    assert world.ask("GET", "/webhooks/").status == 404


def test_a_repeat_does_not_send_away_who_came_back(world: World) -> None:
    """The same event again, after the person was let in again, changes nothing."""
    delivery = world.somebody()
    left = hard(delivery, event="unsubscribed")
    world.tell("brevo", left)
    assert world.state(delivery) is SubscriberState.UNSUBSCRIBED
    world.publication.roster.change(delivery.address, SubscriberState.ACTIVE, NOW)
    assert "déjà connus\u00a0: 1" in world.tell("brevo", left).text
    assert world.state(delivery) is SubscriberState.ACTIVE


def test_a_letter_that_did_not_leave_did_not_bounce(world: World) -> None:
    """Our subject and somebody whom the ledger excluded prove nothing: the event is shown, nobody is struck."""
    found = world.publication.returns.delivery_to(sample.GONE, sample.ISSUE)
    assert found is not None
    assert found.state is DeliveryState.EXCLUDED
    table = {"event": "hard_bounce", "email": sample.GONE, "subject": sample.SUBJECT, "reason": "550 5.1.1 parti"}
    assert world.tell("brevo", json.dumps(table)).status == 200
    told = next(one for one in world.publication.returns.latest(1000) if "parti" in one.evidence)
    assert (told.action, told.address) == ("show", "")
    assert not world.publication.roster.suppressed(sample.GONE)


def test_the_same_event_many_times_at_once_is_one(world: World) -> None:
    """Eight equal requests at the same time count one soft bounce, not a policy's worth of them."""
    delivery = world.somebody()
    soft = hard(delivery, event="soft_bounce", reason="452 4.2.2 full")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.tell("brevo", soft), range(8)))
    assert {answer.status for answer in answers} == {200}
    assert sum("retenus\u00a0: 1" in answer.text for answer in answers) == 1
    assert world.publication.returns.soft_bounces(delivery.subscriber, NOW - timedelta(days=1)) == 1
    assert world.state(delivery) is SubscriberState.ACTIVE


def test_soft_bounces_of_providers_follow_the_same_policy(world: World) -> None:
    """A provider's soft bounce strikes where it is the policy's last, counted with what came back by mail."""
    delivery = world.somebody()
    for number in range(world.publication.config.bounce_policy.soft_limit - 1):
        world.publication.returns.note(
            f"courriel:{delivery.id}:{number}",
            action="count",
            reason="boîte pleine",
            evidence="452",
            subscriber=delivery.subscriber,
            delivery=0,
            at=NOW - timedelta(days=number + 1),
        )
    world.tell("brevo", hard(delivery, event="soft_bounce", reason="452 4.2.2 full"))
    assert world.state(delivery) is SubscriberState.BOUNCED
    assert world.publication.roster.suppressed(delivery.address)


def test_what_was_heard_is_summed_up() -> None:
    """The sentence at the end names what was heard and how often."""
    assert summary({}) == ""
    assert (
        summary({"retenus": 2, "sans suite": 0, "refusés": 1})
        == "Événements reçus – retenus\u00a0: 2, refusés\u00a0: 1."
    )


@pytest.mark.parametrize(
    ("settings", "value", "place"),
    [
        (Brevo(secret_env="X"), "", "webhooks.brevo.secret_env"),
        (Brevo(), SECRET, "webhooks.brevo.secret_env"),
        (Brevo(secret_env="X"), "court", "webhooks.brevo.secret_env"),
        (Brevo(scheme="header", secret_env="X"), SECRET, "webhooks.brevo.header"),
        (Mailjet(secret_env="X"), SECRET, "webhooks.brevo.username"),
        (Postmark(username="a:b", secret_env="X"), SECRET, "webhooks.brevo.username"),
        (Postmark(username="a", secret_file="nulle-part"), SECRET, "webhooks.brevo.secret_env"),
    ],
)
def test_a_secret_that_cannot_be_used_is_told(
    settings: Brevo | Mailjet | Postmark, value: str, place: str, tmp_path: Path
) -> None:
    """A missing or short secret keeps the pages from starting, and the sentence never holds it."""
    with pytest.raises(ConfigError) as caught:
        secret.gate("brevo", settings, tmp_path, {"X": value})
    assert caught.value.faults[0].place == place
    assert caught.value.faults[0].remedy
    assert value not in str(caught.value) or not value


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """A file alone with the secret does as well as the environment, and no print shows it."""
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    gate = secret.gate("brevo", Brevo(secret_file="secret"), tmp_path, {})
    assert gate.lets_in({"authorization": f"Bearer {SECRET}"})
    assert SECRET not in repr(gate)


@pytest.mark.parametrize("topics", ["[]", '["retours"]'])
def test_a_topic_that_is_none_is_told(topics: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages do not start on a topic that SNS cannot have."""
    monkeypatch.setenv("PUBLISHER_NOW", NOW.isoformat())
    publication = sample.made(tmp_path, people=1, extra=f"\n[webhooks.ses]\ntopics = {topics}\n")
    with pytest.raises(ConfigError, match="SNS"), sample.served(publication):
        pass
