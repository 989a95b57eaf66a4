"""Encryption and passwords: certificates made here, a real TLS server, and what must never leave in clear."""

from __future__ import annotations

import base64
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from transports.scripted import PIPELINED, Scripted, Step

from publisher.errors import TransportError
from publisher.message import Outcome
from publisher.transports.relay import Login
from publisher.transports.smtp import Settings, Smtp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.message import Message

    Messages = Callable[[int], tuple[Message, ...]]


class Authority:
    """A certificate authority for one test."""

    def __init__(self, folder: Path, name: str = "autorite") -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        issued = self._signed(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(issued.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str = "localhost", *, expired: bool = False) -> ssl.SSLContext:
        """Return a server's context with a certificate for ``host``."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        alternative = x509.SubjectAlternativeName([x509.DNSName(host)])
        issued = self._signed(subject, key.public_key(), alternative, expired=expired)
        file = self.folder / f"{host}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + issued.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        extension: x509.ExtensionType,
        *,
        expired: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now - timedelta(days=1) if expired else now + timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .add_extension(authority, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.key, hashes.SHA256())
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return a fresh authority."""
    return Authority(tmp_path)


def transport(server: Scripted, folder: Path, environ: dict[str, str] | None = None, **changes: object) -> Smtp:
    """Return a transport to ``localhost``; ``changes`` replace settings."""
    given: dict[str, object] = {"host": "localhost", "port": server.port, "connections": 2, "timeout": 5.0, "tries": 1}
    return Smtp(Settings(**{**given, **changes}), root=folder, environ=environ or {})  # type: ignore[arg-type]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_a_known_authority(
    security: str, authority: Authority, tmp_path: Path, messages: Messages
) -> None:
    """With ``ca_file`` the letter goes encrypted, by STARTTLS as by TLS from the start."""
    offers = (*PIPELINED, "STARTTLS") if security == "starttls" else PIPELINED
    with Scripted(offers=offers, context=authority.server(), implicit_tls=security == "tls") as server:
        smtp = transport(server, tmp_path, security=security, ca_file=authority.file.name)
        results = [result.outcome for _, result in smtp.deliver(messages(8))]
    assert results == [Outcome.SENT] * 8
    assert sorted(taken.data for taken in server.taken) == sorted(message.data for message in messages(8))
    verbs = [step.verb for step in server.log if step.connection == 1]
    assert verbs[:4] == (["GREETING", "EHLO", "STARTTLS", "EHLO"] if security == "starttls" else verbs[:4])


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("other host", "celui d’un autre nom"),
        ("unknown authority", "aucune autorité connue"),
        ("expired", "a expiré"),
    ],
)
def test_a_certificate_that_is_refused(  # noqa: PLR0913, PLR0917 - fixtures
    security: str, fault: str, sentence: str, authority: Authority, tmp_path: Path, messages: Messages
) -> None:
    """Another name, an unknown authority, a past date: one sentence with a remedy, no message leaves."""
    host = "autre.example" if fault == "other host" else "localhost"
    context = authority.server(host, expired=fault == "expired")
    ca_file = Authority(tmp_path, "autre").file if fault == "unknown authority" else authority.file
    with Scripted(offers=(*PIPELINED, "STARTTLS"), context=context, implicit_tls=security == "tls") as server:
        smtp = transport(server, tmp_path, security=security, ca_file=ca_file.name)
        with pytest.raises(TransportError, match=sentence) as caught:
            list(smtp.deliver(messages(2)))
    assert caught.value.remedy
    assert not server.taken
    assert not any(step.verb == "MAIL" for step in server.log)


def test_no_starttls_no_letter(tmp_path: Path, messages: Messages) -> None:
    """A relay (or somebody between) that hides STARTTLS gets nothing in clear."""
    with Scripted(offers=PIPELINED) as server, pytest.raises(TransportError, match="ne propose pas STARTTLS"):
        list(transport(server, tmp_path).deliver(messages(1)))
    assert [step.verb for step in server.log] == ["GREETING", "EHLO"]


def test_clear_words_behind_starttls_are_refused(authority: Authority, tmp_path: Path, messages: Messages) -> None:
    """Replies slipped in clear behind the answer to STARTTLS (injection) end the session."""

    def answer(step: Step) -> bytes | None:
        return b"220 go\r\n250 injected\r\n" if step.verb == "STARTTLS" else None

    with Scripted(answer, offers=(*PIPELINED, "STARTTLS"), context=authority.server()) as server:
        smtp = transport(server, tmp_path, ca_file=authority.file.name)
        with pytest.raises(TransportError, match="en clair après STARTTLS"):
            list(smtp.deliver(messages(1)))


def test_tls_on_a_clear_port(tmp_path: Path, messages: Messages) -> None:
    """``security = "tls"`` against a port that speaks in clear: the sentence names the two keys to look at."""
    with Scripted() as server, pytest.raises(TransportError, match=r"négociation TLS.*transport\.security"):
        list(transport(server, tmp_path, security="tls").deliver(messages(1)))


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_login(way: str, authority: Authority, tmp_path: Path, messages: Messages) -> None:
    """AUTH PLAIN and AUTH LOGIN give name and password, from the environment or from a file."""
    (tmp_path / "secret").write_text("mot de pässe\n", encoding="utf-8")
    said: list[str] = []

    def answer(step: Step) -> str | None:
        if step.verb == "AUTH":
            said.append(step.argument)
            return "334 VXNlcm5hbWU6" if step.argument == "LOGIN" else "235 2.7.0 welcome"
        if said[:1] == ["LOGIN"] and len(said) < 3:
            said.append(step.verb)
            return "334 UGFzc3dvcmQ6" if len(said) == 2 else "235 2.7.0 welcome"
        return None

    offers = (*PIPELINED, f"AUTH {way}")
    with Scripted(answer, offers=offers, context=authority.server(), implicit_tls=True) as server:
        smtp = transport(
            server,
            tmp_path,
            security="tls",
            ca_file=authority.file.name,
            username="lettre",
            password_file="secret",
            connections=1,
        )
        assert [result.outcome for _, result in smtp.deliver(messages(1))] == [Outcome.SENT]
    words = [base64.b64decode(word).decode() for word in (said[0].split()[1:] if way == "PLAIN" else said[1:])]
    assert words == (["\0lettre\0mot de pässe"] if way == "PLAIN" else ["lettre", "mot de pässe"])


@pytest.mark.parametrize(
    ("offers", "reply", "sentence"),
    [
        (("AUTH PLAIN",), "535 5.7.8 bad credentials", "refuse le nom « lettre » ou son mot de passe"),
        (("AUTH PLAIN",), "454 4.7.0 directory down", "ne peut pas vérifier le mot de passe pour l’instant"),
        (("AUTH GSSAPI",), "", "ni AUTH PLAIN ni AUTH LOGIN"),
    ],
)
def test_login_refused(offers: tuple[str, ...], reply: str, sentence: str, tmp_path: Path, messages: Messages) -> None:
    """A refused login is one sentence; the password is in none of it."""
    with Scripted(lambda step: reply if step.verb == "AUTH" else None, offers=offers) as server:
        environ = {"MOT": "un-secret-bien-gardé"}
        smtp = transport(
            server, tmp_path, environ, host="127.0.0.1", security="none", username="lettre", password_env="MOT"
        )
        with pytest.raises(TransportError, match=sentence) as caught:
            list(smtp.deliver(messages(1)))
    assert "un-secret" not in str(caught.value)
    assert "un-secret" not in repr(smtp)
    assert not server.taken


def test_the_password_stays_on_this_machine(tmp_path: Path, messages: Messages) -> None:
    """``security = "none"`` with a password to another machine is refused before any connection."""
    settings = Settings(host="relais.example", security="none", username="lettre", password_env="MOT")
    with pytest.raises(TransportError, match="en clair"):
        list(Smtp(settings, root=tmp_path, environ={"MOT": "x"}).deliver(messages(1)))


def test_a_login_hides_its_password() -> None:
    """No print of a login shows the password."""
    assert "secret" not in repr(Login(username="lettre", password="secret"))


def test_a_ca_file_that_cannot_be_read(tmp_path: Path, messages: Messages) -> None:
    """A missing or empty ``ca_file`` is said before connecting."""
    (tmp_path / "vide.pem").write_text("rien", encoding="utf-8")
    with Scripted() as server:
        for name in ("absent.pem", "vide.pem"):
            with pytest.raises(TransportError, match=r"transport\.ca_file"):
                list(transport(server, tmp_path, ca_file=name).deliver(messages(1)))
    assert not server.log
