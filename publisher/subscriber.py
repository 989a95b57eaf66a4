"""Subscribers: the people who asked for the letter. A frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SubscriberState(StrEnum):
    """Where a subscription stands; only ``ACTIVE`` gets the letter."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One person. ``token`` is opaque and random: it stands in the unsubscribe address and tells nothing."""

    id: int
    address: str
    token: str
    name: str = ""
    language: str = "fr"
    state: SubscriberState = SubscriberState.PENDING
    segments: tuple[str, ...] = ()
