"""The full circle with Postfix as an ordinary relay: letters go out, genuine bounces come back and are read."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import mime
from publisher.edition import Edition
from publisher.mailbox.judging import Action
from publisher.mailbox.reading import Own
from publisher.mailbox.rounds import go_round
from publisher.message import Delivery, DeliveryState, Outcome
from publisher.postbox.maildir import Maildir
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
myhostname = mx.mairie.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
virtual_mailbox_domains = mairie.example, reseau.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/conf/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
default_transport = error:nowhere
alias_maps =
alias_database =
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
LETTER = mime.Settings(
    from_name="Réseau",
    from_address="lettre@reseau.example",
    bounce_address="retours@reseau.example",
    unsubscribe="https://lettre.reseau.example/d/",
)
GONE = {7, 17, 27, 37, 47}


class Ledger:
    """The deliveries of this test."""

    def __init__(self) -> None:
        self.rows = {
            number: Delivery(
                id=number,
                issue="2026-11",
                subscriber=number,
                address=f"abonne{number}@mairie.example",
                name=f"Zoé {number}",
                token=f"jeton-{number}",
                state=DeliveryState.SENT,
                message_id=mime.message_id("2026-11", f"jeton-{number}", "reseau.example"),
            )
            for number in range(1, 51)
        }

    def delivery(self, identity: int) -> Delivery | None:
        """Return a delivery."""
        return self.rows.get(identity)

    def delivery_of(self, message_id: str) -> Delivery | None:
        """Return a delivery by its Message-ID."""
        return next((row for row in self.rows.values() if row.message_id == message_id), None)

    def soft_bounces(self, subscriber: int, since: datetime, *, besides: int = 0) -> int:
        """Return none."""
        return 0


def until(said: str, happened: object, seconds: float = 30.0) -> None:
    """Wait for something that Postfix does in its own time."""
    deadline = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        if time.monotonic() > deadline:
            pytest.fail(f"Postfix: {said} did not happen in {seconds:g} s")
        time.sleep(0.05)


@pytest.fixture
def postfix() -> Iterator[tuple[Path, int]]:
    """Run Postfix with its own configuration and queue; give the folder of its mailboxes and its port."""
    tool = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if tool is None or not Path("/usr/lib/postfix/sbin/virtual").exists():
        pytest.skip("Postfix is not installed (Debian: postfix): the full circle is not gone through")
    if os.geteuid() != 0:
        pytest.skip("Postfix needs root to start: the full circle is not gone through")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    folder = Path(tempfile.mkdtemp(prefix="circle"))
    folder.chmod(0o755)
    for name in ("conf", "queue", "data", "mail"):
        (folder / name).mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    (folder / "mail").chmod(0o777)
    (folder / "conf" / "main.cf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    (folder / "conf" / "master.cf").write_text(MASTER.format(port=port), encoding="utf-8")
    boxes = "".join(f"abonne{number}@mairie.example abonne{number}/\n" for number in range(1, 51) if number not in GONE)
    (folder / "conf" / "mailboxes").write_text(boxes + "retours@reseau.example retours/\n", encoding="utf-8")
    command = [tool, "-c", str(folder / "conf")]
    try:
        started = subprocess.run([*command, "start"], check=False, capture_output=True)
        if started.returncode:
            pytest.fail(f"Postfix did not start: {(folder / 'log').read_text(encoding='utf-8')[-500:]}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
        yield folder / "mail", port
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_the_full_circle(postfix: tuple[Path, int]) -> None:
    """Of 50 letters 45 arrive; 5 genuine bounces come back by VERP and strike exactly the 5 who are gone."""
    mail, port = postfix
    ledger = Ledger()
    edition = Edition(
        issue="2026-11",
        date=datetime(2026, 11, 3, 8, 0, tzinfo=UTC),
        subject="Lettre du réseau",
        preheader="",
        language="fr",
        html='<p>Bonjour @@name@@, <a href="@@unsubscribe@@">partir</a></p>\n',
        text="Bonjour @@name@@, partir : @@unsubscribe@@\n",
        page="",
    )
    encoded = mime.encode(edition, LETTER)
    relay = Smtp(Settings(host="127.0.0.1", port=port, security="none", connections=3))
    results = list(relay.deliver(encoded.message(row) for row in ledger.rows.values()))
    assert {result.outcome for _, result in results} == {Outcome.SENT}
    assert len(results) == 50
    until("45 letters delivered", lambda: len(list(mail.glob("abonne*/new/*"))) == 45)
    until("5 bounces returned", lambda: len(list(mail.glob("retours/new/*"))) == 5)
    own = Own(bounce_address=LETTER.bounce_address)
    decisions = [
        decision
        for _, _, decision in go_round(Maildir(mail / "retours"), own, ledger, now=datetime(2026, 11, 4, tzinfo=UTC))
    ]
    assert {decision.action for decision in decisions} == {Action.STRIKE}
    assert {decision.subscriber for decision in decisions} == GONE
    assert all("5.1.1" in decision.evidence for decision in decisions)
    letter = next(mail.glob("abonne1/new/*")).read_bytes()
    assert b"Return-Path: <retours+2026-11.1." in letter
