"""What the tests of the SMTP transport share: a transport with short patience, and its results."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from transports.scripted import ALL, PIPELINED, PLAIN, Scripted

from publisher.errors import TransportError
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.message import Message, Outcome, Result

MODES = {"chunking": ALL, "pipelining": PIPELINED, "plain": PLAIN}


def smtp(server: Scripted, **changes: object) -> Smtp:
    """Return a transport to the server; ``changes`` replace settings."""
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "connections": 1,
        "timeout": 10.0,
        "data_timeout": 10.0,
        "retry_wait": 0.01,
        **changes,
    }
    return Smtp(Settings(**given))  # type: ignore[arg-type]


def sent(transport: Smtp, messages: Iterable[Message]) -> tuple[dict[int, Result], TransportError | None]:
    """Return the result of each delivery, and the error the session ended with."""
    results: dict[int, Result] = {}
    try:
        for message, result in transport.deliver(messages):
            assert message.delivery not in results
            results[message.delivery] = result
    except TransportError as error:
        return results, error
    return results, None


def outcomes(results: dict[int, Result]) -> Counter[Outcome]:
    """Count outcomes."""
    return Counter(result.outcome for result in results.values())


def noting(messages: Iterable[Message], pulled: list[int]) -> Iterable[Message]:
    """Yield the messages, noting which were pulled."""
    for message in messages:
        pulled.append(message.delivery)
        yield message


SHORT = {"timeout": 1.0, "data_timeout": 1.0}
