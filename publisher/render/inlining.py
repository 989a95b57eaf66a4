"""The style sheet written into the elements, by premailer, once per edition and with the network off."""

from __future__ import annotations

import logging
import re
from typing import Final

import premailer

from publisher.errors import RenderError

_NO_ATTRIBUTES: Final = ["align", "bgcolor", "height", "valign", "width"]  # CSS says it; on a div they are invalid


_TAG = re.compile(r"<[a-z][^<>]*>")  # in what lxml wrote, where a text holds no "<" and no attribute a ">"
_CLASS = re.compile(r' class="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_SHEET = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_NAMED = re.compile(r"\.([a-z][a-z0-9-]*)")


def inline(html: str) -> str:
    """Return the letter with its rules as ``style`` attributes.

    ``<style data-premailer="ignore">`` (media queries, dark mode) stays as it is and is the only one left; Gmail
    drops a second one. Conditional comments survive. Classes that this sheet does not name are gone: Gmail cuts a
    letter at 102 kB, and they weighed a tenth of it. Raises ``RenderError``.
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
    return _lean(str(inlined))


def _lean(html: str) -> str:
    """Return the letter without classes that nothing names any more, and without blanks between declarations."""
    named = frozenset(_NAMED.findall("".join(_SHEET.findall(html))))

    def kept(classes: re.Match[str]) -> str:
        left = [name for name in classes[1].split() if name in named]
        return f' class="{" ".join(left)}"' if left else ""

    def tight(style: re.Match[str]) -> str:
        return f' style="{style[1].replace("; ", ";")}"'

    return _TAG.sub(lambda tag: _STYLE.sub(tight, _CLASS.sub(kept, tag[0])), html)
