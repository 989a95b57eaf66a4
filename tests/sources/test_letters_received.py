"""Newsletters in a mailbox on a server become items, each once, by the real protocols."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from postbox.dovecot import PASSWORD, USER, Dovecot, dovecot
from postbox.servers import ImapServer, Mailbox, PopServer
from sources.loopback import settings

from publisher.sources.collector import Collector
from publisher.sources.settings import ImapSource, PopSource
from publisher.store.database import open_engine
from publisher.store.items import Items

if TYPE_CHECKING:
    import pytest

    from publisher.protocols import Collected, Memory
    from publisher.sources.settings import AnySource

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime.now(tz=PARIS)
"""A real server dates what it receives by the real clock, and so does the search for recent letters."""


def letter(number: int, *, sender: str = "lettre@partenaire.example", days: int = 1) -> bytes:
    """Return a newsletter."""
    made = EmailMessage()
    made["From"], made["Subject"] = f"Réseau <{sender}>", f"Lettre nº {number}"
    made["Date"] = format_datetime(NOW - timedelta(days=days))
    made["Message-ID"] = f"<{number}@partenaire.example>"
    made.set_content("Un tiers-lieu.")
    made.add_alternative(f"<h1>Lettre nº {number}</h1><p>Un tiers-lieu ouvre à Castelmarin.</p>", subtype="html")
    return made.as_bytes().replace(b"\n", b"\r\n")


def imap(port: int, monkeypatch: pytest.MonkeyPatch, password: str = "secret", **changes: Any) -> ImapSource:
    """Return a source on a server of this machine; its password stands in the environment."""
    monkeypatch.setenv("LETTRES", password)
    given: dict[str, Any] = {"name": "Lettres", "host": "127.0.0.1", "port": port, "username": USER, "timeout": 5.0}
    return ImapSource(**{"security": "none", "password_env": "LETTRES", **given, **changes})


def collected(source: AnySource, memory: Memory | None = None, root: Path = Path()) -> Collected:
    """Collect once."""
    (done,) = Collector({"lettres": source}, settings(), root, PARIS).collect(
        {"lettres": memory} if memory else {}, NOW
    )
    return done


def titles(done: Collected) -> list[str]:
    """Return the titles of what was read; an error is none."""
    assert done.error is None, done.error
    return [item.title for item in done.items]


def test_each_letter_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory holds where reading goes on; an unchanged mailbox is called unchanged."""
    box = Mailbox(letters={1: letter(1), 2: letter(2, sender="pub@ailleurs.example"), 3: letter(3, days=90)})
    with ImapServer(box) as server:
        source = imap(server.port, monkeypatch, senders=("partenaire.example",))
        first = collected(source)
        assert titles(first) == ["Lettre nº 1"]
        assert first.items[0].place == f"imap://{USER}@127.0.0.1:{server.port}/INBOX;UID=1"
        again = collected(source, first.memory)
        assert again.unchanged
        box.letters[4] = letter(4)
        assert titles(collected(source, again.memory)) == ["Lettre nº 4"]


def test_other_senders_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender added to config.toml has its earlier letters read."""
    with ImapServer(Mailbox(letters={1: letter(1), 2: letter(2, sender="autre@ailleurs.example")})) as server:
        first = collected(imap(server.port, monkeypatch, senders=("partenaire.example",)))
        both = imap(server.port, monkeypatch, senders=("partenaire.example", "ailleurs.example"))
        assert titles(collected(both, first.memory)) == ["Lettre nº 1", "Lettre nº 2"]


def test_numbering_anew_makes_nothing_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After another UIDVALIDITY the store knows every letter again by its Message-ID."""
    box = Mailbox(letters={1: letter(1), 2: letter(2)})
    items = Items(open_engine(f"sqlite:///{tmp_path / 'p.db'}"))
    with ImapServer(box) as server:
        source = imap(server.port, monkeypatch)
        assert len(items.save(collected(source), NOW).new) == 2
        box.validity, box.letters = 8, {11: letter(1), 12: letter(2), 13: letter(3)}
        saved = items.save(collected(source, items.memories()["lettres"]), NOW)
    assert len(saved.new) == 1
    assert (saved.changed, saved.same) == ((), 2)


def test_what_was_read_before_a_cut_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection lost in the middle is a fault beside the letters read; the next run goes on there."""
    box = Mailbox(letters={1: letter(1), 2: letter(2)}, faults={"FETCH 2 (BODY": None})
    with ImapServer(box) as server:
        source = imap(server.port, monkeypatch)
        first = collected(source)
        assert titles(first) == ["Lettre nº 1"]
        assert "coupé la connexion" in str(first.faults[0])
        second = collected(source, first.memory)
        assert second.error is not None
        assert second.memory.failures == 1
        assert second.memory.etag == first.memory.etag
        box.faults = {}
        assert titles(collected(source, replace(second.memory, next_try=None))) == ["Lettre nº 2"]


def test_a_letter_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place and size are said; the others are read."""
    big = letter(1) + b"x" * 10_000_000
    with ImapServer(Mailbox(letters={1: big, 2: letter(2)})) as server:
        done = collected(imap(server.port, monkeypatch))
    assert titles(done) == ["Lettre nº 2"]
    assert "10\u00a0Mo" in str(done.faults[0])
    assert ";UID=1" in done.faults[0].place


def test_a_password_that_is_nowhere_names_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the source's own key, and the memory counts the failure."""
    source = imap(1, monkeypatch)
    monkeypatch.delenv("LETTRES")
    done = collected(source)
    assert "sources.lettres.password_env" in str(done.error)
    assert done.memory.failures == 1


def test_letters_come_by_pop_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unique id of the last one read is the mark; nothing is deleted."""
    monkeypatch.setenv("LETTRES", "secret")
    box = Mailbox(letters={1: letter(1), 2: letter(2, sender="pub@ailleurs.example")})
    with PopServer(box) as server:
        source = PopSource(
            name="L",
            host="127.0.0.1",
            port=server.port,
            security="none",
            username=USER,
            password_env="LETTRES",
            senders=("partenaire.example",),
        )
        first = collected(source)
        assert titles(first) == ["Lettre nº 1"]
        assert collected(source, first.memory).unchanged
        assert not box.deleted


def seen(server: Dovecot) -> int:
    """Return how many messages are marked as seen."""
    return sum("S" in file.name.rpartition(":2,")[2] for file in server.mail.glob("*/*:2,*"))


def test_a_real_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dovecot over TLS with a checked certificate: each letter once, unseen, renumbered or not, in any folder."""
    with dovecot() as server:
        server.deliver("1", letter(1))
        server.deliver("2", letter(2, sender="pub@ailleurs.example"))
        over_tls = {"security": "tls", "ca_file": str(server.authority), "senders": ("partenaire.example",)}
        source = imap(server.imaps, monkeypatch, PASSWORD, **over_tls)
        first = collected(source)
        assert titles(first) == ["Lettre nº 1"]
        assert collected(source, first.memory).unchanged
        server.deliver("3", letter(3))
        second = collected(source, first.memory)
        assert titles(second) == ["Lettre nº 3"]
        assert not seen(server)

        for name in server.mail.glob("dovecot*"):
            name.unlink()
        time.sleep(1.1)  # UIDVALIDITY is the second in which the folder was first opened
        assert titles(collected(source, second.memory)) == ["Lettre nº 1", "Lettre nº 3"]

        server.deliver("5", letter(5), folder=".Lettres re&AOc-ues")
        folder = imap(
            server.imap, monkeypatch, PASSWORD, **{**over_tls, "security": "starttls", "folder": "Lettres reçues"}
        )
        assert titles(collected(folder)) == ["Lettre nº 5"]

        marking = imap(server.imaps, monkeypatch, PASSWORD, **over_tls, mark_seen=True)
        assert len(titles(collected(marking))) == 2
        assert seen(server) == 2

        unknown = imap(server.imaps, monkeypatch, PASSWORD, security="tls")
        assert "son certificat n’est signé que par lui-même" in str(collected(unknown).error)
        wrong = imap(server.imaps, monkeypatch, "autre", **over_tls)
        assert "le serveur répond" in str(collected(wrong).error)

        if server.pops:
            given = {"name": "L", "host": "127.0.0.1", "port": server.pops, "username": USER, "password_env": "LETTRES"}
            monkeypatch.setenv("LETTRES", PASSWORD)
            post = PopSource(**given, ca_file=str(server.authority), senders=("partenaire.example",))  # type: ignore[arg-type]
            by_pop = collected(post)
            assert titles(by_pop) == ["Lettre nº 1", "Lettre nº 3"]
            assert collected(post, by_pop.memory).unchanged
