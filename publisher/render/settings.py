"""What the configuration can say of the letter's look and of the publication. It must not read the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from publisher.render.contrast import LEAST, ratio

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_REGIONS = {"fr": "fr-FR", "en": "en-GB", "de": "de-DE", "es": "es-ES", "it": "it-IT"}
_NARROWEST, _WIDEST = 480, 800
_FONTS = re.compile(r"[\w ,'\-]+")

PAIRS = (
    ("ink", "card"),
    ("ink", "tint"),
    ("muted", "page"),
    ("muted", "card"),
    ("muted", "tint"),
    ("accent", "card"),
    ("accent", "tint"),
    ("link", "page"),
    ("link", "card"),
    ("link", "tint"),
    ("brand", "card"),
    ("brand", "tint"),
    ("on_brand", "masthead"),
    ("on_brand_soft", "masthead"),
    ("on_button", "button"),
)
"""Every (text, background) pair that the templates use; each is held at 4.5:1 in both palettes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """``[publication]``: who publishes, where, and the constant parts of the feeds' identifiers (RFC 4151).

    ``base`` is the public address of the published folder and ends with ``/``. ``id_domain`` and ``id_year``
    never change once a feed is out.
    """

    title: str
    organisation: str
    short_name: str
    site: str
    base: str
    language: str = "fr"
    timezone: str = "Europe/Paris"
    id_domain: str
    id_year: int
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse a base that joins wrongly."""
        if not self.base.endswith("/"):
            raise ValueError(f"« base » doit finir par une barre oblique : « {self.base}/ ».")

    @property
    def region(self) -> str:
        """Return the language with its country as feeds want it (``fr-FR``), or the language as configured."""
        return _REGIONS.get(self.language, self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal:
    """``[legal]``: what French law asks for in the footer."""

    address: str
    director: str
    host: str
    privacy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one mode, as ``#rrggbb``; the defaults are the light mode's.

    ``page`` lies around the letter, ``card`` under it, ``tint`` under what stands out; ``ink`` and ``muted`` are
    text, ``line`` rules, ``underline`` the stroke under titles; ``band_…`` are the ribbon's, which carries no text.
    A pair of ``PAIRS`` below 4.5:1 is refused.
    """

    page: str = "#efebe1"
    card: str = "#ffffff"
    tint: str = "#f7f3ea"
    ink: str = "#1d2928"
    muted: str = "#55605c"
    line: str = "#e0d9ca"
    underline: str = "#b9c9bd"
    accent: str = "#a63c1c"
    link: str = "#0b5a4c"
    brand: str = "#14483f"
    masthead: str = "#14483f"
    on_brand: str = "#fff9ec"
    on_brand_soft: str = "#c9e4d8"
    button: str = "#14483f"
    on_button: str = "#fff9ec"
    band_1: str = "#2f8a6c"
    band_2: str = "#e3aa35"
    band_3: str = "#cc5a33"
    band_4: str = "#5b8db5"

    def __post_init__(self) -> None:
        """Refuse what is no colour and pairs that cannot be read."""
        for spec in fields(self):
            if not _COLOUR.fullmatch(getattr(self, spec.name)):
                raise ValueError(f"« {spec.name} » : une couleur s’écrit « #rrggbb », par exemple « #14483f ».")
        for text, background in PAIRS:
            found = ratio(getattr(self, text), getattr(self, background))
            if found < LEAST:
                shown = f"{found:.1f}".replace(".", ",")
                raise ValueError(
                    f"« {text} » sur « {background} » : contraste de {shown}, il en faut au moins 4,5. "
                    "Foncez l’une ou éclaircissez l’autre."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class DarkPalette(Palette):
    """The same colours where the reader's screen is dark."""

    page: str = "#0f1514"
    card: str = "#18211f"
    tint: str = "#22302c"
    ink: str = "#eef1ec"
    muted: str = "#b4c1bb"
    line: str = "#374741"
    underline: str = "#5d7a6f"
    accent: str = "#f4a98b"
    link: str = "#8fdac3"
    brand: str = "#b9e6d6"
    masthead: str = "#0f3b33"
    on_brand: str = "#fff9ec"
    on_brand_soft: str = "#bfe0d2"
    button: str = "#8fdac3"
    on_button: str = "#0d2a24"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """``[theme]``: colours of both modes, font stacks, a logo above the written title, the width in pixels.

    A font stack names fonts that mail readers have; nothing is fetched. ``logo`` is the address of a picture shown
    ``logo_width`` wide in the masthead; it has no alternative text, since the title below says the same.
    """

    light: Palette = Palette()
    dark: DarkPalette = DarkPalette()
    heading_font: str = "Georgia, serif"
    body_font: str = "'Segoe UI', Helvetica, Arial, sans-serif"
    logo: str = ""
    logo_width: int = 200
    width: int = 640
    une: str = "une"
    """The key of the section told large, with its image."""
    greeting: str = ""
    """What opens the letter, in the mail only. ``@@name@@`` stands for the subscriber's name, which may be empty:
    « Bonjour @@name@@ », without a comma, reads well either way."""

    def __post_init__(self) -> None:
        """Refuse a font stack that would break out of the style sheet."""
        for name in ("heading_font", "body_font"):
            if not _FONTS.fullmatch(getattr(self, name)):
                raise ValueError(f"« {name} » : des noms de polices séparés par des virgules, sans autre signe.")
        if not _NARROWEST <= self.width <= _WIDEST:
            raise ValueError(f"« width » : entre {_NARROWEST} et {_WIDEST} pixels, pour tenir dans une messagerie.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Lengths in characters above which a text is cut.

    ``name`` is for places, people, sources and alternative texts; ``press`` for the lead of a press work, as short
    as a quotation; ``override`` for what editors write over an item. An édito is never cut.
    """

    name: int = 160
    title: int = 240
    summary: int = 420
    press: int = 220
    override: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that rendering needs of the configuration."""

    publication: Publication
    legal: Legal
    theme: Theme = Theme()
    limits: Limits = Limits()
    preferences: bool = True
    """Whether subscribers have a page for their preferences; without one the letter names only the way out."""
