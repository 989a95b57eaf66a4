"""Support: which mail client shows which HTML and CSS, from the caniemail data set. It holds no copy of the data.

The data set is ``dist/data/caniemail.json`` of the npm package ``caniemail`` (MIT); decision 0071 says how it
comes here. Support letters are caniemail's: y, a (partly), n, u (unknown).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One HTML or CSS feature. ``support`` maps ``family.platform`` to the letter of its newest tested version."""

    slug: str
    title: str
    address: str
    support: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The data set: features by slug, the clients' names, the day it was made."""

    features: Mapping[str, Feature]
    names: Mapping[str, str]
    dated: str

    def lacking(self, slug: str, clients: Collection[str]) -> tuple[str, ...]:
        """Return those of ``clients`` that do not show the feature at all, in their order."""
        feature = self.features.get(slug)
        return tuple(client for client in clients if feature and feature.support.get(client) == "n")

    def name(self, client: str) -> str:
        """Return a client's name for a person: « Outlook (Windows) »."""
        family, _, platform = client.partition(".")
        return f"{self.names.get(family, family)} ({self.names.get(platform, platform)})"


def read(data: bytes) -> Support:
    """Return the data set. Raises ``ValueError`` when it has another shape than caniemail's API, version 1."""
    raw = json.loads(data)
    try:
        names = {**raw["nicenames"]["platform"], **raw["nicenames"]["family"]}
        features = {
            one["slug"]: Feature(
                slug=one["slug"], title=one["title"], address=one["url"], support=_newest(one["stats"])
            )
            for one in raw["data"]
        }
        return Support(features=features, names=names, dated=str(raw["last_update_date"])[:10])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the caniemail data set: {error}") from error


def _newest(stats: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    return {
        f"{family}.{platform}": str(list(versions.values())[-1])[:1]  # versions stand in the order of their tests
        for family, platforms in stats.items()
        for platform, versions in platforms.items()
        if versions
    }
