"""What a site's robots.txt allows (RFC 9309). It reads text; fetching it is for the caller."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

AGENT = "territoires-publisher"
"""The product token that a robots.txt names us by."""
_LARGEST = 500 * 1024  # octets that must be read (RFC 9309, 2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one site; without a parser everything is allowed (no robots.txt) or nothing (the site is ill)."""

    parser: RobotFileParser | None = None
    closed: bool = False
    sitemaps: tuple[str, ...] = ()

    def allows(self, address: str) -> bool:
        """Say whether we may fetch this address."""
        if self.parser is None:
            return not self.closed
        return self.parser.can_fetch(AGENT, address)

    @property
    def delay(self) -> float:
        """Return the seconds that the site asks for between two requests, 0 when it asks nothing."""
        return float(self.parser.crawl_delay(AGENT) or 0) if self.parser is not None else 0.0


def read(body: bytes) -> Robots:
    """Return the rules of a robots.txt; a page in its place allows everything."""
    text = body[:_LARGEST].decode("utf-8-sig", "replace")
    if text.lstrip()[:1] == "<":
        return Robots()
    parser = RobotFileParser()
    parser.parse(text.splitlines())
    return Robots(parser=parser, sitemaps=tuple(parser.site_maps() or ()))


def address_for(address: str) -> str:
    """Return where the robots.txt of an address's site lies."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"
