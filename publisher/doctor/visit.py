"""The whole round over one publication, in the order in which things are mended. It decides nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import french, mime
from publisher.doctor import domain, machine
from publisher.doctor.checkup import Checkup, bad, good
from publisher.errors import PublisherError, TransportError
from publisher.mime.addresses import domain_of
from publisher.mime.letter import with_token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.doctor.dns import Names
    from publisher.transports.relay import Relay
    from publisher.wiring import Publication

_NOBODY = "0" * 22
"""A token that no subscriber has."""


def visit(publication: Publication, names: Names) -> Iterator[Checkup]:
    """Yield every checkup as soon as it is made; one that fails never stops the others."""
    config = publication.config
    yield good("config", f"{config.file} se lit sans faute")
    for fault in mime.faults(config.letter):
        yield bad("config", str(fault), "")
    yield _database(publication)
    yield machine.clock(publication.now(), _marks(publication))
    yield machine.disk(publication.path(config.paths.var))
    yield machine.writable("feeds", publication.feeds_path)
    relays = config.transport.all_relays if config.transport.kind == "smtp" else ()
    for relay in relays:
        yield _relay(relay, publication)
    signers = _signers(publication)
    if isinstance(signers, Checkup):
        yield signers
        signers = ()
    yield from domain.examine(
        names,
        sender=config.letter.domain,
        bounces=domain_of(config.letter.bounce_address or config.letter.from_address),
        signatures={f"{one.selector}._domainkey.{one.domain}": one.record for one in signers},
        signers=[one.domain for one in signers],
        relay=relays[0].host if relays else "",
    )
    if config.letter.unsubscribe:
        yield _one_click(publication)


def _database(publication: Publication) -> Checkup:
    try:
        counts = publication.roster.counts()
    except PublisherError as error:
        return bad("database", error.text, error.remedy)
    return good("database", f"base ouverte et à jour ; {french.counted(counts.get('active', 0), 'abonné actif')}")


def _marks(publication: Publication) -> list[datetime]:
    try:
        return [mark.at for mark in publication.diary.marks()]
    except PublisherError:
        return []


def _relay(relay: Relay, publication: Publication) -> Checkup:
    from publisher.transports.greeting import greet  # noqa: PLC0415 - only where there is a relay

    try:
        offers = greet(relay, publication.config.root)
    except TransportError as error:
        return bad("relay", f"{relay.place} : {error.text}", error.remedy)
    return good("relay", f"{relay.place} prend la connexion ({', '.join(sorted(offers)) or 'sans extension'})")


def _signers(publication: Publication) -> tuple[mime.Signer, ...] | Checkup:
    try:
        return publication.signers
    except PublisherError as error:
        return bad("dkim", str(error), "Vérifiez letter.dkim.key_file.")


def _one_click(publication: Publication) -> Checkup:
    from publisher.doctor.one_click import ask  # noqa: PLC0415 - aiohttp, only here

    letter = publication.config.letter
    return machine.one_click(letter.unsubscribe, ask(with_token(letter.unsubscribe, _NOBODY), publication.config.http))
