"""What config.toml can say of a source and of fetching. It must not read the configuration, nor import what fetches.

Each class is one ``kind`` of ``[sources.KEY]``; ``Source`` holds the keys that all of them have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from publisher.postbox.account import Security  # noqa: TC001 - pydantic resolves the annotation

Cms = Literal["", "spip", "drupal", "localtis", "wordpress"]
"""The system that runs a site, "" when it is to be recognised from what the site sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """``[http]``: how every source is fetched. Times in seconds, sizes in octets.

    ``contact`` stands in the User-Agent, so that a webmaster can write to us. ``max_bytes`` bounds what is
    received and, apart from it, what comes out of decompression. ``delay`` is the pause between two requests
    to one host. ``allow_private`` lets addresses of private networks and of this machine through. ``resolve`` maps a
    host to the ``number:port`` that answers for it in clear HTTP, whatever its addresses' scheme (over TLS after
    ``https://``): the demonstration serves its sample sites that way, and nothing else should.
    """

    contact: str
    timeout: float = 30.0
    max_bytes: int = 10_000_000
    delay: float = 1.0
    redirects: int = 5
    concurrency: int = 20
    allow_private: bool = False
    resolve: dict[str, str] = field(default_factory=dict)
    try_links: bool = True
    """Whether ``publisher check`` asks the letter's links if they answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every kind of source has: the name that readers see, and how the letter may use it.

    ``partner``: the news of somebody else; ``press``: a press work, of which the letter shows title, summary,
    link and source, never the article. A source that is not ``enabled`` is not collected.
    """

    name: str
    partner: bool = False
    press: bool = False
    cms: Cms = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSource(_Common):
    """RSS, Atom, RDF or JSON Feed. With ``follow`` each item's page is read too, for what the feed leaves out."""

    kind: Literal["feed"] = "feed"
    url: str
    follow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource(_Common):
    """One or several web pages, each an item; ``url`` and ``urls`` add up."""

    kind: Literal["page"] = "page"
    url: str = ""
    urls: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every page's address, once."""
        return tuple(dict.fromkeys(address for address in (self.url, *self.urls) if address))


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource(_Common):
    """Documents on disk; ``path`` is relative to config.toml.

    ``names`` maps the beginning of a file's name to the key of the source that it comes from.
    """

    kind: Literal["folder"] = "folder"
    path: str
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSource(_Common):
    """An iCalendar address. Occurrences from ``days_back`` days ago to ``days_ahead`` days from now are events."""

    kind: Literal["calendar"] = "calendar"
    url: str
    days_back: int = 7
    days_ahead: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSource(_Common):
    """A page that lists articles, where a site has no feed: ``selector`` (CSS) finds their links, ``limit`` at most."""

    kind: Literal["listing"] = "listing"
    url: str
    selector: str
    limit: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapSource(_Common):
    """A sitemap: its pages changed within ``days``, newest first, ``limit`` at most.

    ``paths`` keeps the pages whose path begins with one of these (``/actualites/``); none keeps all.
    """

    kind: Literal["sitemap"] = "sitemap"
    url: str
    paths: tuple[str, ...] = ()
    days: int = 45
    limit: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSource(_Common):
    """Newsletters received in a Maildir, ``path`` relative to config.toml, those of the last ``days``.

    ``senders`` keeps the letters of these addresses or domains; none keeps all, the publication's own letter too.
    """

    kind: Literal["letters"] = "letters"
    path: str
    senders: tuple[str, ...] = ()
    days: int = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class _PostSource(_Common):
    """Newsletters received in a mailbox on a server, of the last ``days``, of these ``senders``; none keeps all.

    The password stands in the environment variable ``password_env`` or alone in ``password_file``; ``ca_file`` and
    ``password_file`` are relative to config.toml. ``security`` "none" is for a server of this machine. ``timeout`` in
    seconds bounds each answer, and five times as much the session.
    """

    host: str
    port: int = 0
    security: Security = "tls"
    username: str
    password_env: str = ""
    password_file: str = ""
    ca_file: str = ""
    timeout: float = 30.0
    senders: tuple[str, ...] = ()
    days: int = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSource(_PostSource):
    """Newsletters in a ``folder`` of an IMAP account, opened for reading only unless ``mark_seen``."""

    kind: Literal["imap"] = "imap"
    folder: str = "INBOX"
    mark_seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PopSource(_PostSource):
    """Newsletters in a POP3 account; none is deleted."""

    kind: Literal["pop"] = "pop"


AnyLetters = LetterSource | ImapSource | PopSource
"""Newsletters that were received; ``kind`` tells where."""
AnySource = FeedSource | PageSource | FolderSource | CalendarSource | ListingSource | SitemapSource | AnyLetters
"""One ``[sources.KEY]``; ``kind`` tells which."""
