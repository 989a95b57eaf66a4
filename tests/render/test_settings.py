"""What the configuration may say of the look: colours that can be read, fonts that stay in their rule."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from render import sampling

from publisher.render.contrast import ratio
from publisher.render.settings import PAIRS, DarkPalette, Palette, Publication, Theme


def test_contrast_is_the_one_of_wcag() -> None:
    """Black on white is 21, a colour on itself 1, #767676 on white the known 4.54."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#14483f", "#14483f") == pytest.approx(1)
    assert ratio("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("palette", [Palette(), DarkPalette()], ids=["light", "dark"])
def test_every_pair_of_the_design_can_be_read(palette: Palette) -> None:
    """Each text of the default palettes has at least 4.5:1 on each background it may lie on."""
    for text, background in PAIRS:
        assert ratio(getattr(palette, text), getattr(palette, background)) >= 4.5, (text, background)


def test_a_pair_that_cannot_be_read_is_refused_with_its_ratio() -> None:
    """A grey too light names the pair and the contrast found."""
    with pytest.raises(ValueError, match=re.escape("« muted » sur « page » : contraste de 2,")):
        Palette(muted="#999999")


@pytest.mark.parametrize("colour", ["green", "#fff", "#12345g", "red;}"])
def test_a_colour_is_written_with_six_digits(colour: str) -> None:
    """Names, short forms and anything that could leave its rule are refused."""
    with pytest.raises(ValueError, match="#rrggbb"):
        Palette(accent=colour)


def test_a_font_stack_cannot_leave_its_rule() -> None:
    """A stack with a brace or a semicolon is refused."""
    with pytest.raises(ValueError, match="heading_font"):
        Theme(heading_font="Georgia; } body { display: none")


def test_a_base_address_ends_with_a_slash() -> None:
    """Without it, addresses of pages would join wrongly."""
    with pytest.raises(ValueError, match="barre oblique"):
        Publication(
            title="T",
            organisation="O",
            short_name="S",
            site="https://s.example/",
            base="https://b.example",
            id_domain="s.example",
            id_year=2026,
        )


def test_a_theme_dresses_letter_and_page() -> None:
    """Colours of both modes, fonts, width and a logo come from the tokens alone."""
    theme = Theme(
        light=Palette(accent="#7a1f5c"),
        dark=DarkPalette(accent="#f0b3dc"),
        heading_font="Cambria, serif",
        logo="https://lettre.reseau.example/logo.png",
        logo_width=120,
        width=600,
    )
    edition = sampling.read("usual").frozen(settings=replace(sampling.SETTINGS, theme=theme))
    for part in (edition.html, edition.page):
        assert "#7a1f5c" in part
        assert "#f0b3dc" in part
        assert "Cambria" in part
        assert Palette().accent not in part
        assert "Georgia" not in part
        assert '<img src="https://lettre.reseau.example/logo.png" width="120" alt=""' in part
    assert 'align="center" width="600"' in edition.html
    assert "max-width:600px" in edition.html


@pytest.mark.parametrize("width", [0, 320, 1280])
def test_a_width_fits_a_mail_reader(width: int) -> None:
    """A letter too narrow for its columns or wider than a reading pane is refused."""
    with pytest.raises(ValueError, match="entre 480 et 800"):
        Theme(width=width)
