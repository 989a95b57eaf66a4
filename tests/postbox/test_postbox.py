"""The mailboxes that are read: Maildir on disk, IMAP and POP3 from real servers on loopback."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from postbox.servers import LETTERS, ImapServer, Mailbox, PopServer, Server

from publisher.errors import SourceError
from publisher.mailbox.boxes import Settings
from publisher.mailbox.opening import open_box
from publisher.postbox.account import Account
from publisher.postbox.box import LARGEST, Box, Wish
from publisher.postbox.imap import Imap
from publisher.postbox.maildir import Maildir
from publisher.postbox.pop import Pop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from publisher.postbox.box import Letter

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
WISH = Wish(since=SINCE)
BOXED = {str(uid): octets for uid, octets in LETTERS.items()}


def through(box: Box, *, deal_with: set[str] | None = None) -> dict[str, bytes]:
    """Go through a box once; mark the messages ``deal_with`` (all of them when None)."""
    found = {}
    for key, octets in box.messages():
        found[key] = octets
        if deal_with is None or key in deal_with:
            box.done(key)
    return found


def account(server: Server, **changes: object) -> Account:
    """Return the account of a server on loopback."""
    given: dict[str, object] = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "retours"}
    named = {"timeout": 2.0, "what": "la boîte des retours", "table": "bounces"}
    return Account(**{**given, **named, **changes})  # type: ignore[arg-type]


def imap(server: Server, folder: str = "INBOX", **changes: object) -> Imap:
    """Return an IMAP box on the server."""
    return Imap(account(server, **changes), "secret", folder=folder, tls=ssl.create_default_context())


def pop(server: Server, *, delete: bool = False, **changes: object) -> Pop:
    """Return a POP box on the server."""
    return Pop(account(server, **changes), "secret", delete=delete, tls=ssl.create_default_context())


def either(kind: str, mailbox: Mailbox) -> Server:
    """Return a server of a kind."""
    return ImapServer(mailbox) if kind == "imap" else PopServer(mailbox)


def of(server: Server, **changes: object) -> Imap | Pop:
    """Return the box that fits the server."""
    return imap(server, **changes) if isinstance(server, ImapServer) else pop(server, **changes)  # type: ignore[arg-type]


def test_imap_gives_each_unseen_message_once() -> None:
    """What was dealt with is marked as seen and not read again; the rest comes again."""
    with ImapServer() as server:
        assert through(imap(server), deal_with={"1", "3"}) == BOXED
        assert server.mailbox.seen == {1, 3}
        assert through(imap(server)) == {"2": LETTERS[2]}
        assert through(imap(server)) == {}


def test_pop_deletes_only_when_told_to() -> None:
    """POP3 messages come back whole, dots and bytes kept, and stay unless ``delete`` says otherwise."""
    with PopServer() as server:
        assert through(pop(server)) == BOXED
        assert not server.mailbox.deleted
        assert through(pop(server, delete=True), deal_with={"2"}) == BOXED
        assert server.mailbox.deleted == {2}


def test_a_maildir_moves_what_was_dealt_with(tmp_path: Path) -> None:
    """A message stays in ``new`` until it was dealt with, then stands in ``cur``, seen."""
    (tmp_path / "new").mkdir()
    for key, octets in BOXED.items():
        (tmp_path / "new" / key).write_bytes(octets)
    assert through(Maildir(tmp_path), deal_with={"2"}) == BOXED
    assert {file.name for file in (tmp_path / "new").iterdir()} == {"1", "3"}
    assert {file.name for file in (tmp_path / "cur").iterdir()} == {"2:2,S"}
    assert through(Maildir(tmp_path)) == {"1": LETTERS[1], "3": LETTERS[3]}


def test_a_mail_client_beside_us_disturbs_nothing(tmp_path: Path) -> None:
    """A message that somebody opens and moves meanwhile is left out, before or after it was read."""
    (tmp_path / "new").mkdir()
    for key, octets in BOXED.items():
        (tmp_path / "new" / key).write_bytes(octets)
    box = Maildir(tmp_path)
    found = []
    for key, _ in box.messages():
        found.append(key)
        for moved in ("1", "2"):
            (tmp_path / "new" / moved).unlink(missing_ok=True)
        box.done(key)
    assert found == ["1", "3"]
    assert {file.name for file in (tmp_path / "cur").iterdir()} == {"3:2,S"}


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_a_wrong_password_is_one_sentence(kind: str) -> None:
    """A refused login names host and keys, and not the password."""
    with either(kind, Mailbox(password="autre")) as server:
        box = of(server)
        with pytest.raises(SourceError, match="boîte des retours ne se lit pas") as caught:
            through(box)
    assert "bounces.username" in caught.value.remedy
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value) + repr(box)


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_a_cut_connection_loses_nothing(kind: str) -> None:
    """A server that hangs up in the middle: one sentence, and the messages are there the next time."""
    found = {}
    with either(kind, Mailbox(faults={"FETCH 2": None, "RETR 2": None})) as server:
        box = of(server)
        with pytest.raises(SourceError, match="coupé la connexion"):  # noqa: PT012 - the loop is what raises
            for key, octets in box.messages():
                found[key] = octets
                box.done(key)
    assert found == {"1": LETTERS[1]}


def test_no_server_and_no_folder(tmp_path: Path) -> None:
    """Nobody listening, an unknown folder, a Maildir that is not there: each is one sentence with a remedy."""
    with ImapServer() as server, pytest.raises(SourceError, match="dossier Retours est introuvable"):
        through(imap(server, folder="Retours"))
    for box in (imap(server), pop(server), Maildir(tmp_path / "absent")):
        with pytest.raises(SourceError) as caught:
            through(box)
        assert caught.value.remedy


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_letters_are_read_once_and_left_as_they_are(kind: str) -> None:
    """With the mark of the last one read only newer ones come; nothing is marked or deleted."""
    with either(kind, Mailbox()) as server:
        first = list(of(server).letters(WISH))
        assert [each.octets for each in first] == list(LETTERS.values())
        mark = first[-1].mark
        assert list(of(server).letters(Wish(since=SINCE, mark=mark))) == []
        server.mailbox.letters[9] = b"Subject: neuf\r\n\r\nn\r\n"
        (new,) = of(server).letters(Wish(since=SINCE, mark=mark))
        assert new.octets == server.mailbox.letters[9]
        assert not server.mailbox.seen
        assert not server.mailbox.deleted
        if kind == "imap":
            assert not any("SELECT" in each or "STORE" in each or "BODY[" in each for each in server.mailbox.said)


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_more_letters_than_one_run_takes_come_next_time(kind: str) -> None:
    """The oldest come first, and the mark goes on where the run ended."""
    with either(kind, Mailbox()) as server:
        first = list(of(server).letters(Wish(since=SINCE, most=2)))
        rest = list(of(server).letters(Wish(since=SINCE, most=2, mark=first[-1].mark)))
    assert [each.octets for each in (*first, *rest)] == list(LETTERS.values())


def test_a_server_that_numbers_anew_gives_all_again() -> None:
    """Another UIDVALIDITY makes the mark void: the store knows the letters by their Message-ID."""
    with ImapServer() as server:
        mark = list(imap(server).letters(WISH))[-1].mark
        server.mailbox.validity += 1
        assert len(list(imap(server).letters(Wish(since=SINCE, mark=mark)))) == 3


def test_other_peoples_mail_is_not_fetched() -> None:
    """Of a message whose sender is not wished for only the From field is read, and the mark goes past it."""
    letters = {uid: b"From: Avise <%d@a.example>\r\n\r\nx\r\n" % uid for uid in (1, 2, 3)}
    with ImapServer(Mailbox(letters=letters)) as server:
        wish = Wish(since=SINCE, most=1, wanted=lambda sender: "<2@" in sender)
        found = list(imap(server).letters(wish))
        assert [each.octets for each in found] == [b"", letters[2], b""]
        assert sum("BODY.PEEK[]" in each for each in server.mailbox.said) == 1
        assert found[-1].mark == "7.3"


def test_letters_are_marked_as_seen_only_when_asked_for() -> None:
    """``mark_seen`` opens the folder for writing and marks what was read."""
    with ImapServer() as server:
        assert len(list(imap(server).letters(WISH, mark_seen=True))) == 3
        assert server.mailbox.seen == {1, 2, 3}


def test_a_folder_is_named_as_imap_writes_it() -> None:
    """Accents go in modified UTF-7, spaces and quotes in quotes."""
    with ImapServer(Mailbox(folder='"Lettres re&AOc-ues \\"A&-B\\""')) as server:
        assert len(list(imap(server, folder='Lettres reçues "A&B"').letters(WISH))) == 3


BIG = b"Subject: gros\r\n\r\n" + b"x" * LARGEST


@pytest.mark.parametrize("kind", ["imap", "pop"])
def test_a_message_too_large_is_left_and_told(kind: str) -> None:
    """A message over the limit is not fetched, and those after it are read."""
    with either(kind, Mailbox(letters={1: BIG, 2: LETTERS[2]})) as server:
        found = list(of(server).letters(WISH))
        assert [(each.too_large, each.octets) for each in found] == [(True, b""), (False, LETTERS[2])]
        assert not any("PEEK[]" in each or "RETR" in each for each in server.mailbox.said if " 1" in each)


WAITED = {"fini", "n’a pas répondu"}
"""What is only said after a time, which the test shortens."""
IMAP_FAULTS: Mapping[str, tuple[str, bytes | None, str]] = {
    "hangs up at once": ("GREETING", None, "coupé la connexion"),
    "is something else": ("GREETING", b"HTTP/1.1 400 Bad Request\r\n\r\n", "coupé la connexion"),
    "dribbles its greeting": ("GREETING", b"DRIBBLE LINE", "fini"),
    "dribbles a message": ("PEEK[]", b"DRIBBLE", "fini"),
    "never ends an answer": ("SEARCH", b"FLOOD", "sans fin"),
    "promises gigabytes": ("PEEK[]", b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nabc", "sans fin"),
    "says nonsense": ("SEARCH", b"\xff\xfe\x00\r\n", "coupé la connexion"),
    "refuses a command": ("SEARCH", b"TAG NO over quota\r\n", "over quota"),
    "refuses the senders": ("HEADER.FIELDS", b"TAG NO [UNAVAILABLE] try later\r\n", "try later"),
    "refuses a message": ("PEEK[]", b"TAG NO [UNAVAILABLE] try later\r\n", "try later"),
    "says goodbye": ("SEARCH", b"* BYE maintenance\r\n", "coupé la connexion"),
    "is silent": ("SEARCH", b"", "n’a pas répondu"),
}


@pytest.mark.parametrize("name", IMAP_FAULTS)
def test_a_bad_imap_server_is_one_sentence(name: str) -> None:
    """Whatever a server does, it costs some seconds, some megabytes and one sentence with what to do."""
    word, fault, said = IMAP_FAULTS[name]
    with ImapServer(Mailbox(faults={word: fault})) as server:
        with pytest.raises(SourceError) as caught:
            list(imap(server, timeout=0.3 if said in WAITED else 5.0).letters(WISH))
        assert said in caught.value.text
        assert caught.value.text.startswith("la boîte des retours ne se lit pas")
        assert "bounces." in caught.value.remedy
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "fault", "said"),
    [
        ("GREETING", None, "coupé la connexion"),
        ("UIDL", b"-ERR not here\r\n", "not here"),
        ("RETR", b"+OK\r\n" + b"x" * 200_000 + b"\r\n", "coupé la connexion"),
        ("RETR", b"DRIBBLE", "fini"),
        ("LIST", b"", "n’a pas répondu"),
    ],
)
def test_a_bad_pop_server_is_one_sentence(word: str, fault: bytes | None, said: str) -> None:
    """The same for POP3."""
    with PopServer(Mailbox(faults={word: fault})) as server, pytest.raises(SourceError) as caught:
        list(pop(server, timeout=0.3 if said in WAITED else 5.0).letters(WISH))
    assert said in caught.value.text
    assert caught.value.remedy


def test_a_message_on_one_long_line_is_read_by_pop() -> None:
    """A letter whose HTML stands on one line of 50,000 octets comes whole."""
    letters = {1: b"Subject: long\r\n\r\n" + b"x" * 50_000 + b"\r\n"}
    with PopServer(Mailbox(letters=letters)) as server:
        assert [each.octets for each in pop(server).letters(WISH)] == [letters[1]]


def marks(folder: Path, wish: Wish) -> list[Letter]:
    """Return the letters of a Maildir."""
    return list(Maildir(folder).letters(wish))


def test_a_maildir_is_read_on_from_its_mark(tmp_path: Path) -> None:
    """Files come in the order they arrived in, ``most`` at once, and only the very last is given again."""
    for number in range(5):
        folder = tmp_path / ("new" if number % 2 else "cur")
        folder.mkdir(exist_ok=True)
        (folder / f"{9 - number}").write_bytes(b"%d" % number)
    first = marks(tmp_path, Wish(since=SINCE, most=3))
    rest = marks(tmp_path, Wish(since=SINCE, most=3, mark=first[-1].mark))
    assert len(first) == 3
    assert sorted({each.octets for each in (*first, *rest)}) == [b"0", b"1", b"2", b"3", b"4"]
    assert {each.octets for each in rest} - {each.octets for each in first}


def test_a_letter_that_is_gone_costs_no_other(tmp_path: Path) -> None:
    """What lies in the folder and is no longer there when it is looked at is left out; so is a folder never made."""
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "1").symlink_to(tmp_path / "moved")
    (tmp_path / "cur" / "2").write_bytes(LETTERS[2])
    assert [each.octets for each in marks(tmp_path, WISH)] == [LETTERS[2]]
    assert list(Maildir(tmp_path).messages()) == []


def settings(**changes: object) -> Settings:
    """Return the settings of a mailbox of returned messages."""
    return Settings(**{"kind": "imap", "host": "mail.example", "username": "r", **changes})  # type: ignore[arg-type]


def test_the_password_is_read_from_where_it_stands(tmp_path: Path) -> None:
    """A variable, or a file beside config.toml; where there is none, the sentence says how to give one."""
    (tmp_path / "secret").write_text("dans le fichier\n", encoding="utf-8")
    by_file = settings(password_file="secret")
    by_variable = settings(password_env="SECRET")
    assert "dans" not in repr(open_box(by_file, tmp_path, {}))
    assert open_box(by_variable, tmp_path, {"SECRET": "x"})
    with pytest.raises(SourceError, match="introuvable") as caught:
        open_box(by_variable, tmp_path, {})
    assert "password_env" in caught.value.remedy


def test_a_password_never_crosses_the_network_in_clear(tmp_path: Path) -> None:
    """``security = "none"`` is for this machine: another host is refused before anything is sent."""
    with pytest.raises(SourceError, match="en clair"):
        open_box(settings(security="none", password_env="P"), tmp_path, {"P": "x"})
    assert open_box(settings(security="none", password_env="P", host="localhost"), tmp_path, {"P": "x"})


def test_a_file_without_certificate_is_told(tmp_path: Path) -> None:
    """A ``ca_file`` that holds none is a sentence, not a traceback."""
    (tmp_path / "ca.pem").write_text("rien", encoding="utf-8")
    with pytest.raises(SourceError, match="certificat"):
        open_box(settings(ca_file="ca.pem", password_env="P"), tmp_path, {"P": "x"})
