"""The public pages: archive and feeds as they lie in ``feeds/``, the way out, and what providers tell.

Sign-up and people's rights are no part of it yet; ``application.routes`` is where they go.
"""

from publisher.site.application import application
from publisher.site.server import Server, serve

__all__ = ["Server", "application", "serve"]
