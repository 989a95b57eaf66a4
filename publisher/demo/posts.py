"""What the sample sites tell, before any system of theirs has shaped it. It must not know a feed format."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field of Post
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SITES: Traversable = resources.files(__package__) / "sites"
"""The sample sites as they lie in the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document of a post; ``octets`` is the size that the site announces."""

    file: str
    title: str
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One article as its author typed it.

    ``number`` is the site's own id; ``private`` is "Oui", "Non", or "" where the site has no such field.
    """

    slug: str
    title: str
    date: datetime
    number: int = 0
    rubric: str = ""
    category: str = ""
    themes: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    lead: str = ""
    body: str = ""
    note: str = ""
    image: str = ""
    alt: str = ""
    documents: tuple[Attachment, ...] = ()
    online: str = ""
    online_text: str = ""
    event: datetime | None = None
    private: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site: its name, its host and its posts, newest first."""

    title: str
    host: str
    posts: tuple[Post, ...]

    @property
    def base(self) -> str:
        """Return ``https://host``, without a final slash."""
        return f"https://{self.host}"


def load(name: str) -> Site:
    """Return the sample site that ``sites/<name>.toml`` holds."""
    raw = tomllib.loads((SITES / f"{name}.toml").read_text(encoding="utf-8"))
    posts = (_post(each) for each in raw["post"])
    return Site(
        title=raw["title"], host=raw["host"], posts=tuple(sorted(posts, key=lambda each: each.date, reverse=True))
    )


def image(name: str) -> bytes:
    """Return the bytes of one picture of ``sites/images/``."""
    return (SITES / "images" / name).read_bytes()


def _post(raw: dict[str, Any]) -> Post:
    known = {
        **raw,
        "body": raw.get("body", "").strip(),
        "themes": tuple(raw.get("themes", ())),
        "authors": tuple(raw.get("authors", ())),
        "documents": tuple(Attachment(**each) for each in raw.get("documents", ())),
    }
    return Post(**known)
