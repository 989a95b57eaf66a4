"""What the configuration can say of preflight: lengths, sizes, and the mail clients that matter here."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[preflight]``. Lengths in characters, sizes in octets.

    ``caniemail`` is the caniemail data set, relative to config.toml; without that file mail clients go unchecked.

    ``clip`` is where Gmail cuts an HTML part: 102 kB. ``personal_link`` is the longest personal address to reckon
    with, ``personal_name`` the longest name. ``slow`` is in seconds. ``clients`` are the mail clients to support,
    as caniemail names them (``gmail.ios``), with their share of the readers in percent, 0 when nobody counted.
    """

    clip: int = 102 * 1024
    near: float = 0.9
    personal_link: int = 160
    personal_name: int = 120
    caniemail: str = "var/caniemail.json"
    subject_long: int = 70
    title_long: int = 160
    preheader_short: int = 30
    preheader_long: int = 130
    style: int = 16 * 1024
    slow: float = 5.0
    clients: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(
            (
                "gmail.desktop-webmail",
                "gmail.ios",
                "gmail.android",
                "apple-mail.macos",
                "apple-mail.ios",
                "outlook.windows",
                "outlook.macos",
                "outlook.outlook-com",
                "yahoo.desktop-webmail",
                "orange.desktop-webmail",
                "sfr.desktop-webmail",
                "laposte.desktop-webmail",
                "free-fr.desktop-webmail",
                "thunderbird.macos",
            ),
            0.0,
        )
    )
    graceful: tuple[str, ...] = ()
    """Features whose absence the design bears, as caniemail names them, added to ``clients.GRACEFUL``."""
