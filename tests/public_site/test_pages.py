"""The pages that people see: usable by everybody, light and dark, wide and narrow, in one look with the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
import pytest
from browser import chromium

from publisher.errors import RenderError
from publisher.render.environment import make
from publisher.site import pages

if TYPE_CHECKING:
    from pathlib import Path

    from public_site.world import World


def rendered(world: World) -> dict[str, str]:
    """Return the three pages as they are served."""
    press = world.publication.press
    made = pages.render(press.environment, press.settings, contact="animation@reseau.example")
    return {"leave": made.leave.decode(), "left": made.left.decode(), "missing": made.missing.decode()}


def test_the_pages_say_what_they_are(world: World) -> None:
    """Language, one heading, a title of its own, the way to the archive and the notices stand on each page."""
    found = rendered(world)
    assert len(set(found.values())) == 3
    for name, html in found.items():
        assert '<html lang="fr" dir="ltr">' in html
        assert html.count("<h1") == 1, name
        assert '<meta name="robots" content="noindex">' in html
        assert 'href="https://lettre.reseau.example/"' in html
        assert "Direction de la publication" in html
        assert "<script" not in html
    assert "mailto:animation@reseau.example" in found["left"]
    assert len({html.partition("</title>")[0] for html in found.values()}) == 3


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_stands_out(world: World, tmp_path: Path) -> None:
    """axe-core reports no violation in light and dark; at 320 pixels nothing is wider than the screen."""
    views = [
        chromium.View(name=f"{name}-{width}-{dark}", html=html, width=width, dark=dark)
        for name, html in rendered(world).items()
        for width in (320, 1000)
        for dark in (False, True)
    ]
    found = chromium.ask(views, tmp_path, axe=True)
    assert len(found) == 12
    for name, said in found.items():
        assert said["violations"] == [], name
        assert said["beyond"] == [], name
        assert said["wide"] <= said["width"], name


@pytest.mark.parametrize("source", ["{{ inconnu }}", "{% if %}"])
def test_a_template_that_cannot_be_filled_is_told_at_the_start(source: str, world: World) -> None:
    """A fault of the publication's own template names the file and what to do; nobody meets it in a page."""
    environment = make(jinja2.DictLoader({"site.html": source}))
    with pytest.raises(RenderError) as caught:
        pages.render(environment, world.publication.press.settings, contact="x@y.example")
    assert caught.value.place == "templates/site.html"
    assert caught.value.remedy
