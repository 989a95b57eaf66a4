"""The ``[webhooks.…]`` part of the configuration: which providers may speak, and how they prove who they are.

Brevo, Mailjet and Postmark sign nothing: they send back a secret that was given to them. SNS, which speaks for
Amazon SES, signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Brevo:
    """``[webhooks.brevo]``: the secret as a bearer token, as a password (with ``username``), or in ``header``."""

    scheme: Literal["bearer", "basic", "header"] = "bearer"
    username: str = ""
    header: str = ""
    secret_env: str = ""
    secret_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailjet:
    """``[webhooks.mailjet]``: name and password, written in the address that Mailjet is given."""

    scheme: Literal["basic"] = "basic"
    username: str = ""
    header: Literal[""] = ""
    secret_env: str = ""
    secret_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmark:
    """``[webhooks.postmark]``: name and password, or the secret in ``header``."""

    scheme: Literal["basic", "header"] = "basic"
    username: str = ""
    header: str = ""
    secret_env: str = ""
    secret_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ses:
    """``[webhooks.ses]``: the only SNS topics that are listened to, and whose subscription is confirmed."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """``[webhooks]``: a provider that has no table is not listened to, and has no address here."""

    brevo: Brevo | None = None
    mailjet: Mailjet | None = None
    postmark: Postmark | None = None
    ses: Ses | None = None
