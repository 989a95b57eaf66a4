"""Pictures of the public pages for a person to look at: wide, narrow, dark, and what follows the button.

    .venv/bin/python tests/public_site/screenshots.py var/demo/config.toml docs/screenshots

The publication is the one that ``config.toml`` names; a Chromium is needed.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from browser.screenshots import shoot  # noqa: E402 - the folder of tests must be known first

from publisher import config  # noqa: E402 - as above
from publisher.site import pages  # noqa: E402 - as above
from publisher.wiring.publication import Publication  # noqa: E402 - as above


def main(configuration: str, folder: str) -> None:
    """Write every picture."""
    publication = Publication(config.load(Path(configuration)))
    press = publication.press
    made = pages.render(press.environment, press.settings, contact=publication.config.letter.reply_to)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    shoot(made.leave.decode(), out / "site-leave.png", 1000)
    shoot(made.leave.decode(), out / "site-leave-375.png", 375)
    shoot(made.leave.decode(), out / "site-leave-dark.png", 1000, dark=True)
    shoot(made.left.decode(), out / "site-left.png", 1000)


if __name__ == "__main__":
    main(*sys.argv[1:3])
