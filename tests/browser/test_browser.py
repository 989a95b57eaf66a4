"""The letter and its pages in a real browser: width, dark mode, accessibility, valid HTML."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from typing import TYPE_CHECKING

import pytest
from browser import chromium
from browser.chromium import View
from render import golden, sampling

from publisher.render.settings import DarkPalette, Palette

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 640, 1280)
OF_PAGES = ("landmark-one-main", "region")
"""Rules of axe for whole pages: a letter is shown inside a mail reader's page, which has its own main landmark."""
_SIZE = re.compile(r"font-size: ?(\d+)px")


def kept(name: str, file: str) -> str:
    """Return a file of a golden folder."""
    return (sampling.GOLDEN / name / file).read_text(encoding="utf-8")


def colour(hexadecimal: str) -> str:
    """Return ``#rrggbb`` as browsers say it."""
    red, green, blue = (int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def as_page(text: str) -> str:
    """Return the text part as a web page."""
    return (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Texte</title></head>'
        f'<body><main><h1>Texte</h1><pre style="white-space:pre-wrap">{escape(text)}</pre></main></body></html>'
    )


def test_axe_finds_nothing_in_light_and_dark(tmp_path: Path) -> None:
    """axe-core reports no violation on letter, archive page, list and text, in both modes."""
    documents = {
        "letter": kept("usual", "letter.html"),
        "letter-overridden": kept("overridden", "letter.html"),
        "letter-tiny": kept("tiny", "letter.html"),
        "page": kept("usual", "page.html"),
        "list": kept("usual", "index.html"),
    }
    views = [
        View(
            name=f"{name}-{mode}", html=html, dark=mode == "dark", without=OF_PAGES if name.startswith("letter") else ()
        )
        for name, html in documents.items()
        for mode in ("light", "dark")
    ]
    views.append(View(name="text", html=as_page(kept("usual", "letter.txt"))))
    told = chromium.ask(views, tmp_path, axe=True)
    assert {name: one["violations"] for name, one in told.items() if one["violations"]} == {}
    assert len(told) == len(views)


def test_nothing_is_wider_than_the_screen(tmp_path: Path) -> None:
    """At four widths, with and without <style>, no element of letter or page stands out to the right."""
    views = []
    for width in WIDTHS:
        for name in ("usual", "overridden"):
            html = kept(name, "letter.html")
            bare = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
            views += [
                View(name=f"{name}-{width}", html=html, width=width),
                View(name=f"{name}-{width}-no-style", html=bare, width=width),
                View(name=f"{name}-{width}-page", html=kept(name, "page.html"), width=width),
            ]
    told = chromium.ask(views, tmp_path)
    assert {name: one["beyond"][:3] for name, one in told.items() if one["wide"] > one["width"]} == {}


def test_text_twice_as_large_still_fits(tmp_path: Path) -> None:
    """With every size doubled (WCAG 2.2, 1.4.4) nothing stands out at 375 pixels and more."""
    html = _SIZE.sub(lambda size: f"font-size:{int(size[1]) * 2}px", kept("usual", "letter.html"))
    told = chromium.ask([View(name=f"w{width}", html=html, width=width) for width in WIDTHS[1:]], tmp_path)
    assert {name: one["beyond"][:3] for name, one in told.items() if one["wide"] > one["width"]} == {}


def test_hostile_texts_neither_run_nor_stand_out(tmp_path: Path) -> None:
    """Every hostile text in every field, at 320 pixels: no script ran, no element is wider than the screen."""
    from render.test_hostile import CASES, poisoned  # noqa: PLC0415 - the corpus of that test

    views = []
    for number, case in enumerate(CASES):
        text = (case["text"] * case.get("repeat", 1)).replace("alert(1)", "window.ran=true")
        edition = poisoned(text, editors=case.get("repeat", 1) == 1).frozen()
        views.append(View(name=f"{number}-letter", html=edition.html, width=320))
        views.append(View(name=f"{number}-page", html=edition.page, width=320))
    told = chromium.ask(views, tmp_path)
    assert not [name for name, one in told.items() if one["ran"]]
    assert {name: one["beyond"][:3] for name, one in told.items() if one["wide"] > one["width"]} == {}


def test_the_letter_s_own_dark_colours_apply(tmp_path: Path) -> None:
    """On a dark screen the ground takes the dark palette's colour, on a light one the light palette's."""
    html = kept("usual", "letter.html")
    told = chromium.ask([View(name="day", html=html), View(name="night", html=html, dark=True)], tmp_path)
    assert told["day"]["ground"] == colour(Palette().page)
    assert told["night"]["ground"] == colour(DarkPalette().page)


@pytest.mark.parametrize(
    ("file", "off"),
    [
        ("page.html", ()),
        ("index.html", ()),
        # what a mail needs: styles in the elements, Outlook's comments, a <div> where clients drop <article>
        ("letter.html", ("no-inline-style", "no-conditional-comment", "prefer-tbody", "prefer-native-element")),
    ],
)
def test_the_html_is_valid(tmp_path: Path, file: str, off: tuple[str, ...]) -> None:
    """html-validate's recommended rules find no error on any page, nor on any letter but for what mail needs."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js on this machine: html-validate is not run")
    tool = chromium.module(chromium.MODULES / "html-validate" / "bin" / "html-validate.mjs")
    rules = {"root": True, "extends": ["html-validate:recommended"], "rules": dict.fromkeys(off, "off")}
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules), encoding="utf-8")
    files = [tmp_path / f"{name}-{file}" for name in golden.NAMES]
    for name, path in zip(golden.NAMES, files, strict=True):
        path.write_text(kept(name, file), encoding="utf-8")
    told = subprocess.run(
        [node, str(tool), "--config", str(tmp_path / ".htmlvalidate.json"), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode == 0, told.stdout + told.stderr
