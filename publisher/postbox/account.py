"""A mailbox on a server: where it is, how to log in, and the sentences for what goes wrong. It connects to nothing."""

from __future__ import annotations

import contextlib
import errno
import imaplib
import ipaddress
import os
import poplib
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from publisher.errors import SourceError
from publisher.postbox import certificates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from publisher.postbox.bounds import Bounds

Security = Literal["tls", "starttls", "none"]
_SAID = 200  # characters of a server's own words that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox on a server; ``port`` 0 is the usual one.

    The password stands in the environment variable ``password_env`` or alone in ``password_file``. The connection is
    encrypted and the certificate checked (``ca_file`` adds an authority), unless ``security`` is "none", which only a
    server of this machine may have. ``timeout`` in seconds bounds each answer, and five times as much the session.
    ``what`` and ``table`` are what sentences call the mailbox and its table in config.toml.
    """

    host: str
    username: str
    port: int = 0
    security: Security = "tls"
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""
    timeout: float = 60.0
    what: str
    table: str

    @property
    def patience(self) -> float:
        """Return the seconds that a whole session may take."""
        return 5 * self.timeout

    def login(self, root: Path, environ: Mapping[str, str] = os.environ) -> str:
        """Return the password. Raises ``SourceError`` when it is nowhere, or would cross the network in clear."""
        if self.security == "none" and not _is_loopback(self.host):
            raise self.unreadable("le mot de passe partirait en clair sur le réseau", "security")
        password = environ.get(self.password_env, "") if self.password_env else ""
        if not password and self.password_file:
            with contextlib.suppress(OSError, UnicodeError):
                password = (root / self.password_file).read_text(encoding="utf-8").strip()
        if not password:
            remedy = "Nommez une variable d’environnement (password_env) ou un fichier qui le contient (password_file)."
            text = f"le mot de passe de «\u00a0{self.username}\u00a0» est introuvable."
            raise SourceError(text, place=f"{self.table}.password_env", remedy=remedy)
        return password

    def tls(self, root: Path) -> ssl.SSLContext:
        """Return what checks the server's certificate and name. Raises ``SourceError`` where ``ca_file`` holds none."""
        try:
            return ssl.create_default_context(cafile=root / self.ca_file if self.ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise self.unreadable(f"{self.ca_file} ne contient pas de certificat lisible", "ca_file") from error

    @contextlib.contextmanager
    def telling(self, bounds: Bounds) -> Iterator[None]:
        """Turn what the libraries raise into one sentence; an answer begins."""
        bounds.again()
        try:
            with self._in_time(bounds):
                yield
        except ssl.SSLCertVerificationError as error:
            raise self.unreadable(f"son certificat {certificates.told(error)[0]}", "host", "ca_file") from error
        except TimeoutError as error:
            raise self.unreadable(f"le serveur n’a pas répondu en {self.timeout:g}\u00a0s", "host") from error
        except (imaplib.IMAP4.abort, EOFError, ConnectionResetError, BrokenPipeError) as error:
            raise self.unreadable(
                "le serveur a coupé la connexion, ou répond des mots sans suite", "host", "port"
            ) from error
        except (imaplib.IMAP4.error, poplib.error_proto) as error:
            words = " ".join(str(error).strip("b'\"").split())[:_SAID]
            raise self.unreadable(f"le serveur répond «\u00a0{words}\u00a0»", "username", "password_env") from error
        except socket.gaierror as error:
            raise self.unreadable("ce nom de serveur est introuvable", "host") from error
        except ssl.SSLError as error:
            raise self.unreadable("la connexion chiffrée n’a pas pu s’établir", "port", "security") from error
        except ConnectionRefusedError as error:
            raise self.unreadable("le serveur refuse la connexion", "host", "port") from error
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "connexion perdue")
            raise self.unreadable(f"le serveur est injoignable ({code})", "host") from error

    @contextlib.contextmanager
    def _in_time(self, bounds: Bounds) -> Iterator[None]:
        """Say so when it is we who had enough."""
        try:
            yield
        except (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto) as error:
            if bounds.overdue:
                why = f"la relève n’était pas finie au bout de {self.patience:g}\u00a0s"
                raise self.unreadable(why, "timeout") from error
            if bounds.exceeded:
                raise self.unreadable("le serveur répond sans fin", "host", "port") from error
            raise

    def unreadable(self, why: str, *keys: str) -> SourceError:
        """Return the error for a mailbox that cannot be read; ``keys`` of its table are to be looked at."""
        named = "\u00a0» et «\u00a0".join(f"{self.table}.{key}" for key in keys)
        return SourceError(
            f"{self.what} ne se lit pas\u00a0: {why}.",
            place=self.host,
            remedy=f"Vérifiez «\u00a0{named}\u00a0»\u00a0; rien n’est perdu, les messages y restent.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
