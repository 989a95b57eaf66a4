"""The editors' local page: the issue as it will be sent, what is wrong with it, and how its sources are.

It renders nothing itself: a ``Preview`` is built by the same path as the sending, and shown.
"""

from publisher.desk.preview import Picture, Preview, Source
from publisher.desk.server import Settings, application, serve

__all__ = ["Picture", "Preview", "Settings", "Source", "application", "serve"]
