"""One sender in one process, for ``send.py`` to measure: ours with its ledger, ours without, and the pieces."""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from publisher import mime
from publisher.edition import Edition
from publisher.message import Delivery, DeliveryState
from publisher.subscriber import Subscriber, SubscriberState
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from publisher.message import Message

LETTER = mime.Settings(
    from_name="Réseau des tiers-lieux",
    from_address="lettre@reseau.example",
    reply_to="equipe@reseau.example",
    bounce_address="retours@reseau.example",
    unsubscribe="https://lettre.reseau.example/desinscription/",
    unsubscribe_mailto="desinscription@reseau.example",
)
WHEN = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
ISSUE = "2026-11"


def edition() -> Edition:
    """Return a letter of about 70 kB on the wire, with its personal parts."""
    story = (
        '<table role="presentation" width="100%"><tr><td style="padding:16px 24px;font-family:Georgia,serif">'
        '<h3 style="margin:0 0 8px;font-size:18px;line-height:1.3">Une régie de quartier reprend l’épicerie</h3>'
        '<p style="margin:0;font-size:16px;line-height:1.5">Les habitantes et habitants ont réuni les parts sociales '
        "nécessaires&nbsp;; la commune loue le local pour dix ans et l’ouverture est prévue au printemps.</p>"
        '<a href="https://quartier.example/epicerie?utm_source=lettre&amp;utm_medium=email">Lire la suite</a>'
        "</td></tr></table>\n"
    )
    html = (
        f'<!DOCTYPE html>\n<html lang="fr"><body>\n<p>Bonjour @@name@@,</p>\n{story * 92}'
        '<p><a href="@@unsubscribe@@">Se désinscrire</a> <a href="@@preferences@@">Préférences</a></p></body></html>\n'
    )
    text = (
        "Bonjour @@name@@,\n\n"
        + "Une régie de quartier reprend l’épicerie\nhttps://quartier.example/epicerie\n\n" * 60
        + "Se désinscrire : @@unsubscribe@@\n"
    )
    return Edition(
        issue=ISSUE,
        date=WHEN,
        subject="Lettre du réseau – Novembre 2026",
        preheader="",
        language="fr",
        html=html,
        text=text,
        page="",
    )


def key(path: Path) -> bytes:
    """Return the key of this run, made when it is first asked for: RSA-2048, or Ed25519 by the file's name."""
    if not path.exists():
        made = Ed25519PrivateKey.generate() if path.stem == "ed25519" else generate_private_key(65537, 2048)
        octets = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(octets)
    return path.read_bytes()


def encoded(folder: Path, signature: str = "rsa") -> mime.Encoded:
    """Return the letter encoded and ready to be signed: ``rsa``, ``ed25519`` or ``none``."""
    if signature == "none":
        return mime.encode(edition(), LETTER)
    file = folder / ("dkim.pem" if signature == "rsa" else f"{signature}.pem")
    return mime.encode(edition(), LETTER, signers=(mime.load(key(file), selector="bench", domain="reseau.example"),))


def messages(folder: Path, count: int) -> Iterator[Message]:
    """Yield messages without any ledger."""
    made = encoded(folder)
    for number in range(count):
        yield made.message(
            Delivery(
                id=number,
                issue=ISSUE,
                subscriber=number,
                address=f"abonne{number}@mairie{number % 97}.example",
                name=f"Zoé Lefèvre {number}",
                token=hashlib.sha256(str(number).encode()).hexdigest()[:32],
                state=DeliveryState.CLAIMED,
                message_id="",
            )
        )


def prepare(args: argparse.Namespace) -> dict[str, float]:
    """Make the database of ``ledger``: subscribers and the approved edition."""
    from publisher.store.database import open_engine  # noqa: PLC0415 - only two of the clients need a database
    from publisher.store.editions import Editions  # noqa: PLC0415 - as above
    from publisher.store.roster import Roster  # noqa: PLC0415 - as above

    key(args.folder / "dkim.pem")
    engine = open_engine(f"sqlite:///{args.folder / 'bench.db'}")
    people = (
        Subscriber(
            id=0,
            address=f"abonne{number}@mairie{number % 97}.example",
            token=hashlib.sha256(str(number).encode()).hexdigest()[:32],
            name=f"Zoé Lefèvre {number}",
            state=SubscriberState.ACTIVE,
        )
        for number in range(args.count)
    )
    Roster(engine).add(people, WHEN)
    Editions(engine).approve(edition(), by="banc d’essai", now=WHEN)
    engine.dispose()
    return {}


def ledger(args: argparse.Namespace) -> dict[str, float]:
    """Send as the programme does: claims and outcomes committed as in decision 4, journals and notes beside them."""
    from publisher.stages.send import Ports, send  # noqa: PLC0415 - as above
    from publisher.store.database import open_engine  # noqa: PLC0415 - as above
    from publisher.store.editions import Editions  # noqa: PLC0415 - as above
    from publisher.store.journal import Journals  # noqa: PLC0415 - as above
    from publisher.store.ledger import Ledger  # noqa: PLC0415 - as above
    from publisher.store.notes import Notes  # noqa: PLC0415 - as above

    engine = open_engine(f"sqlite:///{args.folder / 'bench.db'}")
    folder = args.folder / "notes"
    notes = Notes(folder, "banc")
    rows = Ledger(
        engine,
        identity=lambda issue, token: mime.message_id(issue, token, LETTER.domain),
        journals=Journals(args.folder / "journals"),
        notes=folder,
    )
    made = encoded(args.folder, args.signature)
    ports = Ports(
        editions=Editions(engine),
        ledger=rows,
        transport=Smtp(settings(args), heard=notes.add),
        encode=lambda _: made,
        clock=lambda: datetime.now(UTC),
        owner="banc",
        notes=notes,
        gone=rows.gone,
        ahead=rows.ahead,
    )
    rows.plan(ISSUE, edition().digest, datetime.now(UTC))
    return timed(lambda: send(ISSUE, ports, limit=args.limit or None))


def wire(args: argparse.Namespace) -> dict[str, float]:
    """Send without a ledger: what bytes, signature and SMTP cost."""

    def run() -> None:
        outcomes = Counter(
            result.outcome for _, result in Smtp(settings(args)).deliver(messages(args.folder, args.count))
        )
        assert set(outcomes) == {"sent"}, outcomes

    return timed(run)


def smtplib_threads(args: argparse.Namespace) -> dict[str, float]:
    """Send the same bytes by smtplib, one connection a thread."""
    import queue  # noqa: PLC0415 - as above
    import smtplib  # noqa: PLC0415 - as above
    import threading  # noqa: PLC0415 - as above

    waiting: queue.Queue[Message | None] = queue.Queue(maxsize=50)

    def lane() -> None:
        server = smtplib.SMTP(args.host, args.port)
        while (message := waiting.get()) is not None:
            server.sendmail(message.envelope_sender, [message.recipient], message.data)
        server.quit()

    def run() -> None:
        lanes = [threading.Thread(target=lane) for _ in range(args.connections)]
        for one in lanes:
            one.start()
        for message in messages(args.folder, args.count):
            waiting.put(message)
        for _ in lanes:
            waiting.put(None)
        for one in lanes:
            one.join()

    return timed(run)


def pieces(args: argparse.Namespace) -> dict[str, float]:
    """Measure one RSA-2048 signature by OpenSSL and one SHA-256 of a body, CPU seconds each."""
    signer = mime.load(key(args.folder / "dkim.pem"), selector="bench", domain="reseau.example")
    data = next(messages(args.folder, 1)).data
    body = data.partition(b"\r\n\r\n")[2]
    begun = time.process_time()
    for _ in range(1000):
        signer.sign(data[:900])
    signed = time.process_time()
    for _ in range(1000):
        hashlib.sha256(body).digest()
    return {"sign": (signed - begun) / 1000, "hash": (time.process_time() - signed) / 1000, "size": float(len(data))}


def settings(args: argparse.Namespace) -> Settings:
    """Return the transport's settings of this run."""
    return Settings(
        host=args.host, port=args.port, security="none", connections=args.connections, in_flight=args.in_flight
    )


def timed(run: Callable[[], object]) -> dict[str, float]:
    """Return wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


CLIENTS = {
    "prepare": prepare,
    "ledger": ledger,
    "wire": wire,
    "smtplib": smtplib_threads,
    "pieces": pieces,
}


def main() -> None:
    """Run one client and print what it measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--connections", type=int, default=5)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--signature", choices=["rsa", "ed25519", "none"], default="rsa")
    args = parser.parse_args()
    measured = CLIENTS[args.client](args)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({**measured, "peak_mb": peak}, sys.stdout)


if __name__ == "__main__":
    main()
