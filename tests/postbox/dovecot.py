"""A real IMAP and POP3 server on loopback: Debian's Dovecot, with a configuration and mailboxes of its own."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """protocols = {protocols}
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
mail_location = maildir:{root}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
first_valid_uid = 0
first_valid_gid = 0
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
{pop}
"""
POP = """service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {pops}
    ssl = yes
  }}
}}
"""
PASSWORD = "clé-à-accents"  # AUTH PLAIN carries UTF-8
USER = "lettres"
PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dovecot:
    """A server that runs: its ports on loopback (``pops`` 0 without POP3), its Maildir and its own certificate."""

    imap: int
    imaps: int
    pops: int
    mail: Path
    authority: Path

    def deliver(self, name: str, octets: bytes, folder: str = "") -> None:
        """Put a message into a folder as a delivery agent does."""
        place = self.mail / folder if folder else self.mail
        for each in ("tmp", "new", "cur"):
            (place / each).mkdir(parents=True, exist_ok=True)
        (place / "tmp" / name).write_bytes(octets)
        (place / "tmp" / name).rename(place / "new" / name)
        _give(self.mail)


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run Dovecot with one account. Skip without it."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if program is None or not Path("/usr/lib/dovecot/imap").is_file():
        pytest.skip("Dovecot is not installed (apt install dovecot-imapd): no letters from a real IMAP server")
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        made = _prepared(root, pop=Path("/usr/lib/dovecot/pop3").is_file())
        process = subprocess.Popen([program, "-F", "-c", str(root / "dovecot.conf")])
        try:
            _wait(made.imaps, process, root)
            yield made
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _owner() -> pwd.struct_passwd:
    """Return who the server runs as: we, or nobody when we are root, as whom Dovecot serves no mail."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())


def _give(folder: Path) -> None:
    for each in (folder, *folder.rglob("*")):
        os.chown(each, _owner().pw_uid, _owner().pw_gid)


def _prepared(root: Path, *, pop: bool) -> Dovecot:
    owner = _owner()
    root.chmod(0o755)
    (root / "mail" / USER).mkdir(parents=True)
    _give(root / "mail")
    _certify(root)
    made = Dovecot(
        imap=_free(),
        imaps=_free(),
        pops=_free() if pop else 0,
        mail=root / "mail" / USER,
        authority=root / "cert.pem",
    )
    facts = {
        "protocols": "imap pop3" if pop else "imap",
        "root": root,
        "user": owner.pw_name,
        "group": grp.getgrgid(owner.pw_gid).gr_name,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "password": PASSWORD,
        "imap": made.imap,
        "imaps": made.imaps,
        "pop": POP.format(pops=made.pops) if pop else "",
    }
    (root / "dovecot.conf").write_text(CONFIG.format(**facts), encoding="utf-8")
    return made


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait(port: int, process: subprocess.Popen[bytes], root: Path) -> None:
    for _ in range(int(PATIENCE * 10)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    log = (root / "log").read_text(encoding="utf-8") if (root / "log").is_file() else ""
    pytest.fail(f"Dovecot did not start to listen: {log}")


def _certify(root: Path) -> None:
    """Write a key and a certificate for 127.0.0.1 that vouches for itself."""
    now = datetime.now(tz=UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (root / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    (root / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
