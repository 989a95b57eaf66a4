"""Several relays and limits: shares by weight, a relay that dies or pauses, rates kept by whoever sends."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transports.scripted import ALL, PIPELINED, CloseError, Scripted, Step

from publisher.errors import StoreError, TransportError
from publisher.message import Outcome
from publisher.protocols import Permits
from publisher.transports.pace import LocalPace, Rate, rate
from publisher.transports.relay import Relay
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from publisher.message import Message
    from publisher.protocols import Pace

    Messages = Callable[[int], tuple[Message, ...]]


def relay(server: Scripted, **changes: object) -> Relay:
    """Return one relay's settings; ``changes`` replace them."""
    given: dict[str, object] = {"host": "127.0.0.1", "port": server.port, "security": "none", "connections": 2}
    patience = {"timeout": 1.0, "data_timeout": 1.0, "retry_wait": 0.01, "tries": 2}
    return Relay(**{**given, **patience, **changes})  # type: ignore[arg-type]


def smtp(*relays: Relay, pace: Pace | None = None, told: list[str] | None = None, **limits: str) -> Smtp:
    """Return a transport over relays; ``limits`` are per domain, written with ``_`` for the dot."""
    first = {key: getattr(relays[0], key) for key in Relay.__slots__}
    domains = {key.replace("_", "."): limit for key, limit in limits.items()}
    settings = Settings(**first, relays=relays[1:], limits=domains)
    return Smtp(settings, environ={}, pace=pace, told=(told if told is not None else []).append)


@pytest.mark.parametrize("offers", [ALL, PIPELINED], ids=["chunking", "pipelining"])
def test_relays_share_by_weight(offers: tuple[str, ...], messages: Messages) -> None:
    """Weights 3 and 1 carry about three quarters and one quarter, and everybody gets one copy."""
    with Scripted(offers=offers) as one, Scripted(offers=offers) as other:
        transport = smtp(relay(one, weight=3, in_flight=4), relay(other, in_flight=4))
        results = [result.outcome for _, result in transport.deliver(messages(400))]
    assert results == [Outcome.SENT] * 400
    assert 260 <= len(one.taken) <= 340
    assert len({taken.sender for server in (one, other) for taken in server.taken}) == 400


@pytest.mark.parametrize("fault", ["refuses", "dies", "pauses", "is not there"])
def test_a_relay_that_fails_is_left_to_the_others(fault: str, messages: Messages) -> None:
    """When one relay of two refuses, dies or asks for a pause, the other carries the rest and a person is told."""

    def answer(step: Step) -> str | None:
        if fault == "refuses":
            return "554 5.7.1 no" if step.verb == "GREETING" else None
        if step.verb != "MAIL" or sum(past.verb == "MAIL" for past in bad.log) < 10:
            return None
        if fault == "pauses":
            return "452 4.5.3 quota"
        raise CloseError

    told: list[str] = []
    with ExitStack() as stack:
        bad, good = stack.enter_context(Scripted(answer, offers=PIPELINED)), stack.enter_context(Scripted())
        first = relay(bad, port=1) if fault == "is not there" else relay(bad)
        results = [result.outcome for _, result in smtp(first, relay(good), told=told).deliver(messages(200))]
    assert results.count(Outcome.SENT) + results.count(Outcome.DEFERRED) == 200
    assert results.count(Outcome.DEFERRED) <= 4
    assert len(bad.taken) + len(good.taken) == results.count(Outcome.SENT)
    assert len(told) == 1
    assert first.place in told[0]


def test_all_relays_fail(messages: Messages) -> None:
    """When the last relay is gone the session ends with a sentence; what was not accepted stays not tried."""

    def die(step: Step) -> None:
        if step.number > 30:
            raise CloseError

    outcomes = []
    with Scripted(die, offers=PIPELINED) as one, Scripted(die, offers=PIPELINED) as other:
        deliveries = smtp(relay(one), relay(other)).deliver(messages(200))
        with pytest.raises(TransportError, match="la connexion") as caught:  # noqa: PT012 - the loop raises
            for _, result in deliveries:
                outcomes.append(result.outcome)
    assert caught.value.remedy
    sent, unsure = outcomes.count(Outcome.SENT), outcomes.count(Outcome.UNCERTAIN)
    assert 0 < sent <= len(one.taken) + len(other.taken) <= sent + unsure
    assert Outcome.FAILED not in outcomes


def test_all_relays_pause(messages: Messages) -> None:
    """When every relay asks for a pause, one result says so and nothing more is pulled."""
    pulled = []

    def supply() -> object:
        for message in messages(300):
            pulled.append(message)
            yield message

    def quota(step: Step) -> str | None:
        return "452 4.5.3 quota" if step.verb == "RCPT" else None

    with Scripted(quota) as one, Scripted(quota) as other:
        results = [result for _, result in smtp(relay(one), relay(other)).deliver(supply())]  # type: ignore[arg-type]
    assert len(results) == len(pulled) < 120
    assert any(result.pause for result in results)
    assert {result.outcome for result in results} <= {Outcome.DEFERRED, Outcome.NOT_TRIED}


class Turnstile:
    """Permits counted by the test: each key gets so many in all."""

    def __init__(self, **counts: int) -> None:
        self.counts = {key.replace("_", "."): count for key, count in counts.items()}
        self.asked: list[str] = []

    def take(self, key: str, *, interval: float, burst: int, most: int) -> Permits:
        """Give what is left of the key's permits, one at a time, with a short wait in between."""
        self.asked.append(key)
        name = key.partition(":")[2]
        if len(self.asked) % 2 == 0 and self.counts.get(name, 1):
            self.counts[name] = self.counts.get(name, 1) - 1
            return Permits(count=1)
        return Permits(wait=0.001)


def test_a_domain_limit_holds_back_only_its_domain(message: Callable[..., Message]) -> None:
    """While a domain waits for its permits the others go on; in the end everybody is served."""
    slow = [message(number, recipient=f"a{number}@lente.example") for number in range(20)]
    fast = [message(number, recipient=f"a{number}@mairie.example") for number in range(20, 120)]
    pace = Turnstile(lente_example=1000)
    with Scripted() as server:
        transport = smtp(relay(server, connections=1, in_flight=2), pace=pace, lente_example="10/s")
        delivered = [sent.delivery for sent, _ in transport.deliver([*slow, *fast])]
    assert sorted(delivered) == list(range(120))
    assert max(delivered.index(number) for number in range(20)) > 60
    assert set(pace.asked) == {"domain:lente.example"}
    assert 1000 - pace.counts["lente.example"] == 20


def test_a_relay_limit_is_asked_of_the_shared_pace(messages: Messages) -> None:
    """A relay with a limit sends no more than the permits it was given."""
    with Scripted() as server:
        place = relay(server).place
        pace = Turnstile(**{place.replace(".", "_"): 25})
        deliveries = smtp(relay(server, limit="5/s"), pace=pace).deliver(messages(25))
        assert len(list(deliveries)) == 25
    assert pace.counts[place] == 0


def test_a_rate_is_kept_in_time(messages: Messages) -> None:
    """At 100 messages a second, 150 of them need half a second at least: what the burst does not cover."""
    begun = time.monotonic()
    with Scripted() as server:
        assert len(list(smtp(relay(server, limit="100/s")).deliver(messages(150)))) == 150
    assert time.monotonic() - begun >= 0.49


class Broken(Turnstile):
    """Gives ten permits, then the database is gone."""

    def take(self, key: str, *, interval: float, burst: int, most: int) -> Permits:
        """Give one permit, or raise."""
        self.asked.append(key)
        if len(self.asked) > 10:
            raise StoreError("la base ne répond plus")
        return Permits(count=1)


@pytest.mark.parametrize("offers", [ALL, PIPELINED], ids=["chunking", "pipelining"])
def test_a_pace_that_fails_loses_no_result(offers: tuple[str, ...], messages: Messages) -> None:
    """When the shared permits cannot be had any more, what left has its answer, then it is said."""
    outcomes = []
    with Scripted(offers=offers) as server:
        deliveries = smtp(relay(server), pace=Broken(), mairie_example="5/s").deliver(messages(40))
        with pytest.raises(StoreError):  # noqa: PT012 - the loop is what raises
            for _, result in deliveries:
                outcomes.append(result.outcome)
    assert outcomes.count(Outcome.SENT) == 10 == len(server.taken)
    assert set(outcomes) == {Outcome.SENT, Outcome.NOT_TRIED}


def test_a_stop_is_heard_while_a_limit_waits(messages: Messages) -> None:
    """Somebody asks to stop while messages wait an hour for their limit: they come back at once as not tried."""
    heard: list[int] = []

    def stop() -> bool:
        heard.append(1)
        return len(heard) > 2

    with Scripted() as server:
        settings = Settings(
            host="127.0.0.1", port=server.port, security="none", timeout=1.0, limits={"mairie.example": "1/h"}
        )
        results = [result.outcome for _, result in Smtp(settings, stop=stop).deliver(messages(20))]
    assert results.count(Outcome.SENT) == 1 == len(server.taken)
    assert results.count(Outcome.NOT_TRIED) == 19


def test_who_left_while_waiting_for_a_limit_gets_nothing(messages: Messages) -> None:
    """A message may wait for minutes for its domain's limit: that its person left meanwhile is asked before it goes."""
    asked: list[int] = []

    def gone(deliveries: Sequence[int]) -> tuple[int, ...]:
        asked.extend(deliveries)
        return tuple(number for number in deliveries if number % 2)

    with Scripted() as server:
        settings = Settings(host="127.0.0.1", port=server.port, security="none", limits={"mairie.example": "20/s"})
        results = list(Smtp(settings, gone=gone).deliver(messages(30)))
    untried = {message.delivery for message, result in results if result.outcome is Outcome.NOT_TRIED}
    assert untried == {number for number in asked if number % 2}
    assert 1 <= len(untried) <= 15  # how many wait depends on the machine; that some do, on the limit
    assert len(server.taken) == 30 - len(untried)


def test_who_left_while_a_connection_was_made_anew_gets_nothing(messages: Messages) -> None:
    """A message that comes back from a connection that broke is asked about before another one carries it."""
    asked: list[int] = []

    def gone(deliveries: Sequence[int]) -> Sequence[int]:
        asked.extend(deliveries)
        return deliveries

    def answer(step: Step) -> None:
        if step.verb == "MAIL" and step.connection == 1:
            raise CloseError

    with Scripted(answer, offers=PIPELINED) as server:
        settings = Settings(host="127.0.0.1", port=server.port, security="none", connections=1, retry_wait=0.01)
        results = {
            message.delivery: result.outcome for message, result in Smtp(settings, gone=gone).deliver(messages(5))
        }
    untried = [number for number, outcome in results.items() if outcome is Outcome.NOT_TRIED]
    assert untried == asked
    assert len(untried) == 1
    assert len(results) == 5
    assert len(server.taken) == 4


def test_a_database_that_fails_while_it_is_asked_who_left_loses_nobody(messages: Messages) -> None:
    """Nothing more is handed over, every message has its result, and the failure is told."""

    def gone(_: Sequence[int]) -> tuple[int, ...]:
        raise StoreError("la base est occupée")

    with Scripted() as server:
        settings = Settings(host="127.0.0.1", port=server.port, security="none", limits={"mairie.example": "20/s"})
        told: list[int] = []
        with pytest.raises(StoreError, match="occupée"):
            told.extend(message.delivery for message, _ in Smtp(settings, gone=gone).deliver(messages(30)))
    assert len(server.taken) < 30
    assert len(told) == len(set(told)) == 30


def test_a_stop_does_not_wait_for_a_stalled_relay(messages: Messages) -> None:
    """After ``drain`` seconds what is under way is cut and uncertain, however patient the settings are."""
    with Scripted(lambda step: b"" if step.verb == "TAKEN" else None, offers=PIPELINED) as server:
        settings = Settings(host="127.0.0.1", port=server.port, security="none", timeout=2.0, drain=0.2, connections=1)
        stop = Smtp(settings, stop=lambda: bool(server.taken))
        results = [result for _, result in stop.deliver(messages(5))]
    assert [result.outcome for result in results].count(Outcome.UNCERTAIN) == 1 == len(server.taken)
    assert "quand l’envoi a été arrêté" in next(
        result.text for result in results if result.outcome is Outcome.UNCERTAIN
    )
    assert {result.outcome for result in results} == {Outcome.UNCERTAIN, Outcome.NOT_TRIED}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("20/s", Rate(interval=0.05, burst=20)),
        (" 300 / min", Rate(interval=0.2, burst=5)),
        ("500/h", Rate(interval=7.2, burst=1)),
        ("86400/d", Rate(interval=1.0, burst=1)),
    ],
)
def test_rates_are_read(text: str, expected: Rate | None) -> None:
    """A limit is a number over a second, a minute, an hour or a day."""
    assert rate(text) == expected


@pytest.mark.parametrize("text", ["20", "vite", "0/s", "-1/s", "5/mois"])
def test_a_rate_that_says_nothing_is_refused(text: str) -> None:
    """Anything else is refused where the configuration is read, with an example."""
    with pytest.raises(ValueError, match="n’est pas un débit"):
        Settings(limits={"orange.fr": text})
    with pytest.raises(ValueError, match="n’est pas un débit"):
        Relay(limit=text)


@pytest.mark.parametrize("key", ["connections", "weight", "in_flight", "tries"])
def test_a_relay_without_connections_is_refused(key: str) -> None:
    """A count of zero is said where the configuration is read, not discovered while sending."""
    with pytest.raises(ValueError, match=f"« {key} » doit valoir au moins 1"):
        Settings(**{key: 0})  # type: ignore[arg-type]


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 60)), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_the_rate(per_second: int, asks: list[tuple[float, int]]) -> None:
    """Whenever permits are asked for, any window of length w holds at most rate x w + burst of them."""
    now = 1000.0
    limit = rate(f"{per_second}/s")
    assert limit is not None
    pace = LocalPace(lambda: now)
    given_out: list[tuple[float, int]] = []
    for pause, most in asks:
        now += pause
        permits = pace.take("k", interval=limit.interval, burst=limit.burst, most=most)
        assert permits.count <= most
        assert (permits.count == 0) == (permits.wait > 0)
        given_out.append((now, permits.count))
    for start, _ in given_out:
        for end, _ in given_out:
            window = [count for when, count in given_out if start <= when <= end]
            assert sum(window) <= (end - start) * per_second + limit.burst + 1e-6 or end < start
