"""What would keep a provider's events from being heard, or from being tied to a letter. It asks nobody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.doctor.checkup import Checkup, bad, doubtful, good
from publisher.errors import ConfigError
from publisher.mailbox.webhooks import secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.config import Config

_MARKS = {"brevo": "X-Mailin-custom", "mailjet": "X-MJ-CustomID", "postmark": "X-PM-Metadata-mark"}
"""The header that each gives back with its events (``docs/site.md``)."""


def listen(config: Config, environ: Mapping[str, str] = os.environ) -> Iterator[Checkup]:
    """Yield a checkup for each provider that ``[webhooks]`` names by a secret."""
    for name, header in _MARKS.items():
        settings = getattr(config.webhooks, name)
        if settings is None:
            continue
        try:
            secret.gate(name, settings, config.root, environ)
        except ConfigError as error:
            fault = error.faults[0]
            yield bad("webhooks", f"{fault.place} : {fault.text}", fault.remedy)
            continue
        if config.letter.mark_header.lower() != header.lower():
            known = "ne se rattacheront à aucun envoi" if name == "mailjet" else "se rattacheront moins sûrement"
            text = f"letter.mark_header n’est pas celui de {name} : ses événements {known}."
            yield doubtful("webhooks", text, f"Écrivez mark_header = « {header} » sous [letter].")
        else:
            yield good("webhooks", f"les événements de {name} peuvent être entendus")
