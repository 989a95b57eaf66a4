"""An edition with every oddity of a body, and deliveries to go with it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher import mime
from publisher.edition import Edition
from publisher.message import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable

PARIS = ZoneInfo("Europe/Paris")


def edition(**changes: object) -> Edition:
    """Return a small edition; ``changes`` replace its fields."""
    given: dict[str, object] = {
        "issue": "2026-11",
        "date": datetime(2026, 11, 3, 9, 0, tzinfo=PARIS),
        "subject": "Lettre des tiers-lieux – Novembre 2026",
        "preheader": "Les nouvelles du mois",
        "language": "fr",
        "html": (
            '<!DOCTYPE html>\n<html lang="fr">\n<body>\n<p>Bonjour @@name@@, l’été revient.</p>\n'
            '<p><a href="@@unsubscribe@@">Se désinscrire</a> ou <a href="@@preferences@@">choisir</a></p>\n'
            "</body>\n</html>\n"
        ),
        "text": "Bonjour @@name@@,\n\n.point en tête\nFrom la ligne qui trompe\n\nSe désinscrire : @@unsubscribe@@\n",
        "page": "<p>page</p>",
    }
    return Edition(**{**given, **changes})  # type: ignore[arg-type]


def delivery(**changes: object) -> Delivery:
    """Return one delivery; ``changes`` replace its fields."""
    given: dict[str, object] = {
        "id": 42,
        "issue": "2026-11",
        "subscriber": 7,
        "address": "zoe@mairie.example",
        "name": "Zoé Lefèvre",
        "token": "jeton-7",
        "state": DeliveryState.CLAIMED,
        "message_id": "",
    }
    return Delivery(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def letter() -> mime.Settings:
    """Return the ``[letter]`` settings of a publication that has everything."""
    return mime.Settings(
        from_name="Réseau des tiers-lieux",
        from_address="lettre@reseau.example",
        reply_to="equipe@reseau.example",
        bounce_address="retours@reseau.example",
        unsubscribe="https://lettre.reseau.example/desinscription/",
        unsubscribe_mailto="desinscription@reseau.example",
        preferences="https://lettre.reseau.example/preferences/",
        archive="https://lettre.reseau.example/",
    )


@pytest.fixture
def edition_of() -> Callable[..., Edition]:
    """Return the maker of editions."""
    return edition


@pytest.fixture
def delivery_of() -> Callable[..., Delivery]:
    """Return the maker of deliveries."""
    return delivery
