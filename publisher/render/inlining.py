"""The style sheet written into the elements, by premailer, once per edition and with the network off."""

from __future__ import annotations

import logging
from typing import Final

import premailer

from publisher.errors import RenderError

_NO_ATTRIBUTES: Final = ["align", "bgcolor", "height", "valign", "width"]  # CSS says it; on a div they are invalid


def inline(html: str) -> str:
    """Return the letter with its rules as ``style`` attributes.

    ``<style data-premailer="ignore">`` (media queries, dark mode) stays as it is and is the only one left; Gmail
    drops a second one. Conditional comments survive. Raises ``RenderError``.
    """
    try:
        inlined = premailer.Premailer(
            html,
            allow_network=False,
            disable_basic_attributes=_NO_ATTRIBUTES,
            align_floating_images=False,
            disable_validation=True,  # mso-… are not in its tables
            strip_important=False,
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    except Exception as error:  # cssutils and lxml raise whatever they like, and none of it may cross this line
        raise RenderError(
            f"la feuille de style n’a pas pu être appliquée ({error}).",
            place="templates/letter.html",
            remedy="Vérifiez la dernière modification des gabarits.",
        ) from error
    return str(inlined)
