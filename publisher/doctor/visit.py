"""The whole round over one publication, in the order in which things are mended. It decides nothing itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from publisher import mime
from publisher.doctor import domain, machine, providers
from publisher.doctor.checkup import Checkup, bad, doubtful, good
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
    faults = mime.faults(config.letter)
    for fault in faults:
        yield bad("config", f"{fault.place} : {fault.text}", fault.remedy)
    if not faults:
        yield good("config", f"{config.file} se lit sans faute")
    yield _database(publication)
    yield machine.clock(publication.now(), _marks(publication))
    yield machine.disk(publication.path(config.paths.var))
    yield machine.writable("feeds", publication.feeds_path)
    relays = config.transport.all_relays if config.transport.kind == "smtp" else ()
    for relay in relays:
        yield _relay(relay, publication)
    if not relays:
        yield doubtful(
            "relay",
            "aucun relais n’est configuré : la lettre s’écrit dans un dossier et ne part chez personne.",
            'Donnez un relais à [transport] (kind = "smtp", host, port…) ; le README en montre un.',
        )
    yield _returns(publication)
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
        relays=[relay.host for relay in relays],
    )
    if config.letter.unsubscribe:
        yield _one_click(publication)
    yield from providers.listen(config)


def _database(publication: Publication) -> Checkup:
    from publisher.store.description import describe  # noqa: PLC0415 - as for the database itself

    try:
        found = describe(publication.engine)
        counts = publication.roster.counts()
    except PublisherError as error:
        return bad("database", error.text, error.remedy)
    return machine.database(found.name, counts.get("active", 0), found.forgetful)


def _returns(publication: Publication) -> Checkup:
    """Return whether the mailbox of returned messages can be read; nothing in it is touched."""
    try:
        box = publication.returned_mail
        if box is None:
            return doubtful(
                "bounces",
                "aucune boîte de retours n’est configurée : les adresses mortes restent sur la liste.",
                "Ajoutez [bounces], avec l’accès à la boîte de letter.bounce_address.",
            )
        with contextlib.closing(iter(box.messages())) as messages:  # type: ignore[type-var]  # boxes are generators
            next(messages, None)
    except PublisherError as error:
        return bad("bounces", str(error), "")
    return good("bounces", "la boîte des retours se lit")


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
