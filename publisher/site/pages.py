"""The pages that are no file: the way out, its confirmation, and the one that is not there. Made once, at the start.

None of them holds anything about the person who looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.errors import RenderError

if TYPE_CHECKING:
    import jinja2

    from publisher.render.settings import Settings

_TEMPLATE = "site.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages, as bytes."""

    leave: bytes = field(repr=False)
    left: bytes = field(repr=False)
    missing: bytes = field(repr=False)


def render(environment: jinja2.Environment, settings: Settings, *, contact: str) -> Pages:
    """Return the pages; ``contact`` is the address that people write to.

    Raises ``RenderError`` for a template that cannot be filled.
    """
    known = {
        "publication": settings.publication,
        "legal": settings.legal,
        "theme": settings.theme,
        "medium": "page",
        "contact": contact,
    }
    try:
        template = environment.get_template(_TEMPLATE)
        made = {name: template.render(**known, page=name).encode() for name in ("leave", "left", "missing")}
    except Exception as error:  # as for the letter: a filter or a catalogue raises what it likes
        raise RenderError(
            f"les pages publiques n’ont pas pu être écrites : {error}.",
            place=f"templates/{_TEMPLATE}",
            remedy="Corrigez le gabarit, ou revenez à celui qui est livré.",
        ) from error
    return Pages(**made)
