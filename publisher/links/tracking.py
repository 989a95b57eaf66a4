"""Other people's tracking parameters, as a table with their owners. It removes them and touches no other byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.links.parts import cut, name_of, pieces, web

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """Parameters of one owner: exact ``names``, ``prefixes``.

    ``personal`` when they single out one reader or one click, ``campaign`` when they name somebody's campaign.
    """

    owner: str
    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    personal: bool = False
    campaign: bool = False


TRACKERS = (
    # Google Analytics, FeedBurner (utm_source=feedburner), Campaign Monitor, Brevo (utm_id) and many others
    Tracker(owner="campaign tags", prefixes=("utm_",), campaign=True),
    # Matomo; pk_ is its older spelling, used by Localtis: ?pk_campaign=…&pk_kwd=…&pk_source=…&pk_medium=…
    Tracker(owner="Matomo", prefixes=("mtm_", "pk_", "piwik_", "matomo_"), campaign=True),
    # Piano Analytics, formerly AT Internet: at_medium, at_campaign …; xtor is its older spelling (#xtor=RSS-1)
    Tracker(owner="Piano", names=("xtor",), prefixes=("at_",), campaign=True),
    # Mailchimp: mc_cid is the campaign, mc_eid the reader
    Tracker(owner="Mailchimp", names=("mc_eid",), personal=True),
    Tracker(owner="Mailchimp", prefixes=("mc_",), campaign=True),
    # Brevo, formerly Sendinblue: the reader's address in base64
    Tracker(owner="Brevo", names=("_se",), personal=True),
    # beehiiv: one letter, one link
    Tracker(owner="beehiiv", names=("_bhlid", "_bhiiv")),
    # MailerLite, Kit (ConvertKit), Drip, Vero, Klaviyo, Marketo, Omeda: the reader
    Tracker(
        owner="letters",
        names=(
            "ml_subscriber",
            "ml_subscriber_hash",
            "ck_subscriber_id",
            "__s",
            "vero_id",
            "_ke",
            "_kx",
            "mkt_tok",
            "oly_anon_id",
            "oly_enc_id",
        ),
        personal=True,
    ),
    Tracker(owner="Vero", names=("vero_conv",)),
    # HubSpot: _hsenc is the reader, the others a visit or a letter
    Tracker(owner="HubSpot", names=("_hsenc",), personal=True),
    Tracker(owner="HubSpot", names=("_hsmi", "__hstc", "__hssc", "__hsfp", "hsctatracking"), prefixes=("hsa_",)),
    # click identifiers of advertising networks, one per click: Meta, Google, Microsoft, Yandex, X, TikTok, LinkedIn,
    # Instagram, Pinterest, Branch
    Tracker(
        owner="advertising",
        names=(
            "fbclid",
            "gclid",
            "gclsrc",
            "dclid",
            "gbraid",
            "wbraid",
            "msclkid",
            "yclid",
            "twclid",
            "ttclid",
            "li_fat_id",
            "igshid",
            "igsh",
            "epik",
            "_branch_match_id",
        ),
        personal=True,
    ),
    # Google Analytics across two sites
    Tracker(owner="Google", names=("_ga", "_gl"), personal=True),
    # Webtrekk, now Mapp
    Tracker(owner="Mapp", names=("wt_mc", "wt_zmc"), campaign=True),
    # Openstat
    Tracker(owner="Openstat", names=("_openstat",), campaign=True),
)

SIGNED = (
    # Amazon S3 and all that speak its protocol: the signature covers the whole query
    frozenset({"x-amz-signature"}),
    frozenset({"x-amz-algorithm"}),
    # Amazon S3, signature version 2
    frozenset({"awsaccesskeyid", "signature"}),
    # CloudFront
    frozenset({"signature", "key-pair-id"}),
    # Google Cloud Storage, versions 4 and 2
    frozenset({"x-goog-signature"}),
    frozenset({"x-goog-algorithm"}),
    frozenset({"googleaccessid", "signature"}),
    # Azure shared access signature
    frozenset({"sig", "sv"}),
)
"""Names that, standing together in a query, say that adding or taking anything makes the address worthless."""


_NAMES = frozenset(name for tracker in TRACKERS for name in tracker.names)
_PREFIXES = tuple(prefix for tracker in TRACKERS for prefix in tracker.prefixes)
_PERSONAL = frozenset(name for tracker in TRACKERS if tracker.personal for name in tracker.names)
_CAMPAIGN_NAMES = frozenset(name for tracker in TRACKERS if tracker.campaign for name in tracker.names)
_CAMPAIGN_PREFIXES = tuple(prefix for tracker in TRACKERS if tracker.campaign for prefix in tracker.prefixes)
_DETAIL = frozenset({"utm_term", "utm_content"})  # they refine a campaign and name none


def is_tracking(piece: str) -> bool:
    """Say whether a ``name=value`` piece belongs to the table."""
    name = name_of(piece)
    return name in _NAMES or name.startswith(_PREFIXES)


def signed(address: str) -> bool:
    """Say whether the address carries a signature over its own query."""
    query = cut(address).query
    if not query:
        return False
    names = {name_of(piece) for _, piece in pieces(query)}
    return any(group <= names for group in SIGNED)


def tracked(address: str) -> tuple[str, ...]:
    """Return the names of tracking parameters in query and fragment, in order, decoded and in lower case."""
    parts = cut(address)
    return tuple(name_of(piece) for text in (parts.query, parts.fragment) for piece in _tracking_pieces(text or ""))


def names_campaign(names: Iterable[str]) -> bool:
    """Say whether one of these parameter names tells of a campaign, as a click's or a reader's number does not."""
    return any(
        name not in _DETAIL
        and name not in _PERSONAL
        and (name in _CAMPAIGN_NAMES or name.startswith(_CAMPAIGN_PREFIXES))
        for name in names
    )


def personal(address: str) -> tuple[str, ...]:
    """Return the names of parameters that single out one reader or one click: they must not reach a public letter."""
    return tuple(name for name in tracked(address) if name in _PERSONAL)


def without_tracking(address: str) -> str:
    """Return the address without other people's tracking parameters, every other byte kept.

    Query and fragment (Matomo and Piano use both) are cleaned. A signed address, and anything that is not http(s),
    comes back as it is. Doing it twice changes nothing more.
    """
    if "?" not in address and "#" not in address:
        return address
    parts = cut(address)
    if web(parts.before.lstrip()) is None or signed(address):
        return address
    query = _cleaned(parts.query)
    fragment = _cleaned(parts.fragment)
    if query == parts.query and fragment == parts.fragment:
        return address
    return str(type(parts)(before=parts.before, query=query, fragment=fragment))


def _tracking_pieces(text: str) -> list[str]:
    # a fragment may open with a "?" of its own: #?utm_source=…
    return [piece for _, piece in pieces(text.removeprefix("?")) if "=" in piece and is_tracking(piece)]


def _cleaned(text: str | None) -> str | None:
    """Return the text without tracking pieces, ``None`` when nothing but separators is left."""
    if not text or not _tracking_pieces(text):
        return text
    opening = "?" if text.startswith("?") else ""
    kept = [
        (separator, piece)
        for separator, piece in pieces(text.removeprefix("?"))
        if not ("=" in piece and is_tracking(piece))
    ]
    if not any(piece for _, piece in kept):
        return None
    (_, first), *others = kept
    return opening + first + "".join(separator + piece for separator, piece in others)
