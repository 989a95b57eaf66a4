"""The system that runs a site, recognised by a table of marks. It reads nothing of the site's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publisher.sources.settings import Cms

_GENERATORS: tuple[tuple[str, Cms], ...] = (("spip", "spip"), ("wordpress", "wordpress"), ("drupal", "drupal"))

# What a system leaves in its pages even when its name is taken out of the head. Only what a page loads for itself
# counts: an article may cite another site's /wp-content/ or spip.php.
_MARKS: tuple[tuple[re.Pattern[str], Cms], ...] = (
    (re.compile(r"[\"'](?:/|\./)?(?:spip\.php\?page=|local/cache-(?:css|js|vignettes)/)"), "spip"),
    (re.compile(r"data-drupal-|drupal-settings-json|[\"']/sites/(?:all|default)/(?:files|themes|modules)/"), "drupal"),
    (re.compile(r"rel=[\"']https://api\.w\.org/[\"']|id=[\"']wp-block-library-css[\"']"), "wordpress"),
)
_LOOKED_AT = 300_000  # characters of a page


def by_generator(said: str) -> Cms:
    """Return the system that a generator's name means, "" for another."""
    name = said.lower()
    return next((cms for word, cms in _GENERATORS if word in name), "")


def by_host(address: str) -> Cms:
    """Return « localtis » for its own host: its pages are Drupal's, its feeds and titles are not."""
    host = urlsplit(address).hostname or ""
    return "localtis" if host == "banquedesterritoires.fr" or host.endswith(".banquedesterritoires.fr") else ""


def by_marks(markup: str) -> Cms:
    """Return the system whose marks stand in a page, "" when none does."""
    looked_at = markup[:_LOOKED_AT]
    return next((cms for pattern, cms in _MARKS if pattern.search(looked_at)), "")
