"""An ordinary relay on loopback: Debian's Postfix with a configuration, a queue and mailboxes of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAIN = """compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.recette.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:nothing leaves this machine
"""
SERVICES = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postfix:
    """A relay that runs: ``port`` on loopback, and the folder of its Maildirs, one an address."""

    port: int
    mail: Path

    def letters(self, address: str) -> list[Path]:
        """Return what was delivered to an address."""
        folder = self.mail / address / "new"
        return sorted(folder.iterdir()) if folder.is_dir() else []


@contextmanager
def postfix(addresses: Iterable[str], domains: Iterable[str]) -> Iterator[Postfix]:
    """Run Postfix for ``domains``, with a Maildir for each of ``addresses``; others bounce. Skip without it."""
    if not shutil.which("postfix") or os.geteuid() != 0:
        pytest.skip("Postfix is not installed (apt install postfix) or this is not root: no full circle")
    root = Path(tempfile.mkdtemp(prefix="postfix-"))
    try:
        port = _prepared(root, tuple(addresses), tuple(domains))
        subprocess.run(["postfix", "-c", str(root / "etc"), "start"], check=True, capture_output=True)
        try:
            _wait(port)
            yield Postfix(port=port, mail=root / "mail")
        finally:
            subprocess.run(["postfix", "-c", str(root / "etc"), "stop"], check=False, capture_output=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _prepared(root: Path, addresses: tuple[str, ...], domains: tuple[str, ...]) -> int:
    root.chmod(0o755)
    owner = pwd.getpwnam("postfix")
    nobody = pwd.getpwnam("nobody")
    for name in ("etc", "queue", "data", "mail", "log"):
        (root / name).mkdir()
    os.chown(root / "data", owner.pw_uid, owner.pw_gid)
    os.chown(root / "mail", nobody.pw_uid, nobody.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    daemons = next(path for path in ("/usr/lib/postfix/sbin", "/usr/libexec/postfix") if Path(path).is_dir())
    facts = {
        "root": root,
        "daemons": daemons,
        "domains": ", ".join(domains),
        "uid": nobody.pw_uid,
        "gid": nobody.pw_gid,
    }
    (root / "etc" / "main.cf").write_text(MAIN.format(**facts))
    (root / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    (root / "mailboxes").write_text("".join(f"{address} {address}/\n" for address in addresses))
    return port


def _wait(port: int) -> None:
    for _ in range(int(PATIENCE * 10)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("Postfix did not start to listen")
