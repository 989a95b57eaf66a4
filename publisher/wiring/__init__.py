"""Configuration becomes live objects; the only room that knows every adapter. It decides nothing."""

from publisher.wiring.bundle import bundled
from publisher.wiring.publication import Publication

__all__ = ["Publication", "bundled"]
