"""The editors' local page: the issue as it will be sent, what is wrong with it, and how its sources are.

It renders nothing itself: a ``Preview`` is built by the same path as the sending, and shown.
"""

from publisher.desk.server import Settings, application, serve
from publisher.preview import Picture, Preview, Source

__all__ = ["Picture", "Preview", "Settings", "Source", "application", "serve"]
