"""Pictures of a letter for a person to look at: wide, narrow, dark, images off, text twice as large, on paper.

    .venv/bin/python tests/browser/screenshots.py var/demo/config.toml docs/screenshots

The letter is the one that ``config.toml`` composes now, with its own published pictures; a Chromium is needed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from browser import chromium  # noqa: E402 - the folder of tests must be known first
from PIL import Image  # noqa: E402 - as above

from publisher import config  # noqa: E402 - as above
from publisher.wiring.publication import Publication  # noqa: E402 - as above

TALL = 12_000
_FRAME = (
    '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">'
    '<iframe src="{source}" style="border:0;display:block;color-scheme:{mode}" '
    'width="{width}" height="{height}"></iframe>'
)
_OFF = '<head><meta http-equiv="Content-Security-Policy" content="img-src \'none\'">'
_SIZE = re.compile(r"font-size: ?(\d+)px")


def shoot(html: str, out: Path, width: int, *, dark: bool = False, limit: int = TALL) -> None:
    """Write one picture of a document, as tall as it is, at most ``limit`` pixels."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "letter.html").write_text(html, encoding="utf-8")
        frame = _FRAME.format(source="letter.html", mode="dark" if dark else "light", width=width, height=TALL)
        (folder / "frame.html").write_text(frame, encoding="utf-8")
        raw = folder / "raw.png"
        subprocess.run(
            [
                chromium.found(),
                *chromium.FLAGS,
                f"--user-data-dir={folder / 'profile'}",
                "--virtual-time-budget=3000",
                f"--window-size={width},{TALL}",
                f"--screenshot={raw}",
                (folder / "frame.html").as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        with Image.open(raw) as picture:
            shown = picture.convert("RGB").crop((0, 0, width, min(limit, _bottom(picture), picture.height)))
            shown.save(out, optimize=True)


def _bottom(picture: Image.Image) -> int:
    """Return where the last row that is not of one colour ends, and a little air below."""
    grey = picture.convert("L")
    for row in range(picture.height - 1, 0, -1):
        low, high = grey.crop((0, row, picture.width, row + 1)).getextrema()
        if low != high:
            return row + 40
    return picture.height


def main(configuration: str, folder: str) -> None:
    """Write every picture."""
    publication = Publication(config.load(Path(configuration)))
    edition = publication.press.compose(publication.latest_issue()).edition
    local = f"{publication.feeds_path.resolve().as_uri()}/"
    letter = edition.html.replace(f"{publication.config.publication.base}images/", f"{local}images/")
    page = edition.page.replace(f"{publication.config.publication.base}images/", f"{local}images/")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    shoot(letter, out / "letter-wide.png", 760, limit=2_400)
    shoot(letter, out / "letter-1280.png", 1280, limit=1_200)
    shoot(letter, out / "letter-375.png", 375, limit=2_400)
    shoot(letter, out / "letter-320.png", 320, limit=2_400)
    shoot(letter, out / "letter-dark.png", 760, dark=True, limit=2_400)
    shoot(letter.replace("<head>", _OFF, 1), out / "letter-images-off.png", 760, limit=2_400)
    twice = _SIZE.sub(lambda size: f"font-size:{int(size[1]) * 2}px", letter)
    shoot(twice, out / "letter-text-twice.png", 760, limit=2_400)
    shoot(re.sub(r"<style>.*?</style>", "", letter, flags=re.DOTALL), out / "letter-no-style.png", 375, limit=2_400)
    shoot(page, out / "letter-page.png", 1280, limit=1_600)


if __name__ == "__main__":
    main(*sys.argv[1:3])
