"""DKIM: what we sign is accepted by verifiers that others wrote, and by none once a byte has changed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from publisher import mime
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.edition import Edition
    from publisher.message import Delivery

    Editions = Callable[..., Edition]
    Deliveries = Callable[..., Delivery]

PERL = r"""
use strict; no warnings; use Mail::DKIM::Verifier; use Net::DNS;
my ($name, $record) = @ARGV;
*Mail::DKIM::DNS::query = sub {
    return $_[0] eq $name ? (Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => $record)) : ();
};
*Mail::DKIM::DNS::query_async = sub {
    my ($domain, $type, %how) = @_;
    my @found = Mail::DKIM::DNS::query($domain, $type);
    my $done = $how{Callbacks}{Success} || sub { @_ };
    return sub { $done->(@found) };
};
my $verifier = Mail::DKIM::Verifier->new;
binmode STDIN;
$verifier->PRINT($_) while <STDIN>;
$verifier->CLOSE;
print $verifier->result, "\n";
"""


def pem(key: RSAPrivateKey | Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    """Return the private key in PEM."""
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


@pytest.fixture(scope="module")
def rsa() -> mime.Signer:
    """Return an RSA-2048 signer."""
    return mime.load(pem(generate_private_key(65537, 2048)), selector="r1", domain="reseau.example")


@pytest.fixture(scope="module")
def edwards() -> mime.Signer:
    """Return an Ed25519 signer."""
    return mime.load(pem(Ed25519PrivateKey.generate()), selector="e1", domain="reseau.example")


def accepted(data: bytes, *signers: mime.Signer, index: int = 0) -> bool:
    """Say whether dkimpy accepts the signature number ``index`` of a message."""
    records = {f"{s.selector}._domainkey.{s.domain}.".encode(): s.record.encode() for s in signers}
    try:
        return bool(dkim.DKIM(data).verify(idx=index, dnsfunc=lambda name, timeout=5: records.get(name)))
    except dkim.ValidationError:  # how it says that the body has changed
        return False


def test_dkimpy_accepts_both_signatures(
    rsa: mime.Signer, edwards: mime.Signer, letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries
) -> None:
    """A message signed with RSA-2048 and Ed25519 passes twice, for usual and for odd recipients."""
    encoded = mime.encode(edition_of(), letter, signers=(rsa, edwards))
    for changes in ({}, {"name": "x " * 300}, {"name": "é" * 400, "token": "a" * 400}, {"name": ""}):
        data = encoded.message(delivery_of(**changes)).data
        assert accepted(data, rsa, edwards, index=0)
        assert accepted(data, rsa, edwards, index=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Bonjour", b"Bonsoir"),
        (b"/desinscription/jeton-7>", b"/desinscription/jeton-8>"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"Subject: ", b"Subject: x"),
        (b"\r\nTo: ", b"\r\nSubject: autre\r\nTo: "),
        (b"\r\nTo: ", b"\r\nFrom: autre@autre.example\r\nTo: "),
        (b"--\r\n", b"--\r\nsuite ajoutee\r\n"),
    ],
)
def test_a_changed_message_is_refused(  # noqa: PLR0913, PLR0917 - fixtures
    before: bytes,
    after: bytes,
    rsa: mime.Signer,
    letter: mime.Settings,
    edition_of: Editions,
    delivery_of: Deliveries,
) -> None:
    """Any change of body, of unsubscribe fields, an added Subject or From, a suffix: the signature fails."""
    data = mime.encode(edition_of(), letter, signers=(rsa,)).message(delivery_of()).data
    changed = after.join(data.rsplit(before, 1)) if before == b"--\r\n" else data.replace(before, after, 1)
    assert changed != data
    assert not accepted(changed, rsa)


def test_what_is_signed(rsa: mime.Signer, letter: mime.Settings, edition_of: Editions, delivery_of: Deliveries) -> None:
    """Every field is signed, the unsubscribe fields among them, and there is no ``l=``."""
    data = mime.encode(edition_of(), letter, signers=(rsa,)).message(delivery_of()).data
    head = data.partition(b"\r\n\r\n")[0].decode()
    field, _, others = head.partition("\r\nFrom:")
    tags = dict(tag.split("=", 1) for tag in "".join(field.partition(":")[2].split()).split(";"))
    signed = tags["h"].split(":")
    present = [line.partition(":")[0].lower() for line in ("From:" + others).split("\r\n") if line[0] != " "]
    assert set(present) <= set(signed)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(signed)
    assert "l" not in tags
    assert tags["c"] == "relaxed/relaxed"
    assert all(len(line) <= 78 for line in field.split("\r\n"))


@pytest.mark.parametrize("name", ["Zoé Lefèvre", "", "x " * 300])
def test_mail_dkim_accepts_it(  # noqa: PLR0913, PLR0917 - fixtures
    name: str,
    rsa: mime.Signer,
    letter: mime.Settings,
    edition_of: Editions,
    delivery_of: Deliveries,
    tmp_path: Path,
) -> None:
    """Perl's Mail::DKIM, written by others, accepts the RSA signature and refuses a changed body."""
    perl = shutil.which("perl")
    known = [perl or "", "-MMail::DKIM::Verifier", "-e", "1"]
    if perl is None or subprocess.run(known, capture_output=True, check=False).returncode:
        pytest.skip("Mail::DKIM is not installed (Debian: libmail-dkim-perl): only dkimpy has verified the signatures")
    script = tmp_path / "verify.pl"
    script.write_text(PERL, encoding="utf-8")
    data = mime.encode(edition_of(), letter, signers=(rsa,)).message(delivery_of(name=name)).data
    where = f"{rsa.selector}._domainkey.{rsa.domain}"
    for octets, expected in ((data, b"pass\n"), (data.replace(b"Bonjour", b"Bonsoir"), b"fail\n")):
        said = subprocess.run([perl, str(script), where, rsa.record], input=octets, capture_output=True, check=True)
        assert said.stdout == expected


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (b"-----BEGIN RIEN-----", "n’est pas une clé privée"),
        (b"", "n’est pas une clé privée"),
        (pem(generate_private_key(65537, 1024)), "1024 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "ni RSA ni Ed25519"),
        (pem(Ed25519PrivateKey.generate(), b"secret"), "phrase secrète"),
    ],
)
def test_a_wrong_key_is_one_sentence(key: bytes, sentence: str) -> None:
    """What is no usable key is refused with its place, what is wrong and what to do."""
    with pytest.raises(ConfigError, match=sentence) as caught:
        mime.load(key, selector="s1", domain="reseau.example", place="letter.dkim.0.key_file")
    assert "letter.dkim.0.key_file" in str(caught.value)
    assert "openssl" in str(caught.value)
