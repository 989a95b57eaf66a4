"""Too much, too slow, or a database that does not answer: short answers that make the other side try again."""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from public_site.loopback import answering
from public_site.world import AUTHORISED, ENVIRONMENT, NOW
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from publisher.errors import FetchError, StoreError
from publisher.mailbox.reading import Own
from publisher.mailbox.webhooks.settings import Brevo, Ses, Webhooks
from publisher.site import guard
from publisher.site.hooks import Hooks
from publisher.site.leaving import Leaving
from publisher.site.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from starlette.requests import Request

    from publisher.correspondence import Heard
    from publisher.mailbox.webhooks.event import Event

PAGES = Pages(leave=b"<p>page</p>", left=b"<p>fait</p>", missing=b"")


def asked(
    port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Return status, Retry-After and text of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body.encode() or None, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers.get("Retry-After", ""), response.read().decode()
    finally:
        connection.close()


def hooks(tmp_path: Path, told: list[str], fault: Exception) -> Hooks:
    """Return providers' addresses over a publication that fails in one way."""

    def hear(events: Iterable[Event]) -> Heard:
        raise fault

    def fetch(address: str) -> bytes:
        raise fault

    topics = Ses(topics=("arn:aws:sns:eu-west-3:123456789012:retours",))
    return Hooks(
        Webhooks(brevo=Brevo(secret_env="ESSAI_SECRET"), ses=topics),
        root=tmp_path,
        own=Own(bounce_address="retours@reseau.example"),
        hear=hear,
        fetch=fetch,
        clock=lambda: NOW,
        tell=told.append,
        most=100_000,
    )


def test_as_many_at_once_as_may_be() -> None:
    """With two requests under way a third gets 503 and is told when to come back; then there is room again."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def work() -> None:
        entered.release()
        leave.wait(20)

    async def slow(_: Request) -> Response:
        await run_in_threadpool(work)
        return PlainTextResponse("fait")

    with answering([Route("/", slow)], [], most=2) as port, ThreadPoolExecutor(2) as pool:
        held = [pool.submit(asked, port, "GET", "/") for _ in range(2)]
        assert entered.acquire(timeout=60)
        assert entered.acquire(timeout=60)
        status, wait, _ = asked(port, "GET", "/")
        leave.set()
        assert (status, wait) == (503, "5")
        assert [one.result(20)[0] for one in held] == [200, 200]
        assert asked(port, "GET", "/")[0] == 200


def test_an_error_nobody_thought_of_shows_no_traceback() -> None:
    """The stranger reads one sentence, the installer one line with what it was, and the server goes on."""

    async def broken(_: Request) -> Response:
        raise KeyError("un secret")

    told: list[str] = []
    with answering([Route("/", broken)], told) as port:
        status, _, text = asked(port, "GET", "/")
        assert status == 500
        assert "un secret" not in text
        assert "Traceback" not in text
        assert [line for line in told if "KeyError" in line and "imprévue" in line] == told[:1]
        assert asked(port, "GET", "/")[0] == 500


def test_a_database_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers and mailbox programs get 503 and come again; nothing is said to be kept that is not."""
    monkeypatch.setenv("ESSAI_SECRET", ENVIRONMENT["ESSAI_SECRET"])
    told: list[str] = []

    def leave(token: str, way: str) -> bool:
        raise StoreError("la base de données est occupée.")

    leaving = Leaving(leave, PAGES, parameter="", tell=told.append)
    made = hooks(tmp_path, told, StoreError("la base de données est occupée."))
    routes = [
        Route("/d/{token:path}", leaving.act, methods=["POST"]),
        Route("/webhooks/brevo", made.post, methods=["POST"]),
    ]
    with answering(routes, told) as port:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert asked(port, "POST", "/d/x", "List-Unsubscribe=One-Click", form)[:2] == (503, "60")
        assert asked(port, "POST", "/webhooks/brevo", "[]", AUTHORISED["brevo"])[:2] == (503, "60")
    assert len(told) == 2
    assert all("occupée" in line for line in told)


def test_a_certificate_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SNS repeats what got 503, so a network that fails for a moment loses no event."""
    monkeypatch.setenv("ESSAI_SECRET", ENVIRONMENT["ESSAI_SECRET"])
    told: list[str] = []
    made = hooks(tmp_path, told, FetchError("le site refuse la connexion."))
    body = (
        '{"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-3:123456789012:retours", "SignatureVersion": "1",'
        ' "Signature": "AAAA", "SigningCertURL": "https://sns.eu-west-3.amazonaws.com/x.pem"}'
    )
    with answering([Route("/webhooks/ses", made.post, methods=["POST"])], told) as port:
        assert asked(port, "POST", "/webhooks/ses", body)[:2] == (503, "60")
    assert "refuse la connexion" in told[0]


@pytest.mark.parametrize("ending", ["stalls", "breaks off"])
def test_a_body_that_does_not_come(ending: str) -> None:
    """A body that stalls gets 408 after a while; one that breaks off holds nothing and nobody."""

    async def take(request: Request) -> Response:
        patience = 0.3 if request.headers["content-length"] == "50" else 60.0
        try:
            return PlainTextResponse(str(len(await guard.body(request, 100, patience=patience))))
        except guard.BodyError as error:
            return PlainTextResponse(str(error), error.status)

    told: list[str] = []
    with (
        answering([Route("/", take, methods=["POST"])], told) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
    ):
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nList-Uns")
        if ending == "breaks off":
            connection.close()
        else:
            assert b"408" in connection.recv(100)
        assert asked(port, "POST", "/", "page=oui")[::2] == (200, "8")
    assert told == []
