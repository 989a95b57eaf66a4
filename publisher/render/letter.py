"""An issue becomes an edition: composed once, rendered as letter, page and text, inlined once, frozen.

It must not run per recipient: what differs between them is a slot of ``publisher.edition``.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from publisher.edition import Edition, slot
from publisher.errors import RenderError
from publisher.render import structured
from publisher.render.anchors import Register
from publisher.render.compose import Composer
from publisher.render.environment import sayer
from publisher.render.inlining import inline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.issue import Issue
    from publisher.item import Story
    from publisher.links import Tagger
    from publisher.render.images import Picture
    from publisher.render.settings import Settings
    from publisher.render.view import LetterView, SourceName

_KEY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_BLANK = re.compile(r"\n{3,}")
_EMPTY = re.compile(r"\n\s*\n")  # what macros leave where they had nothing to say


def freeze(  # noqa: PLR0913 - each is a different thing the letter is made of
    issue: Issue,
    stories: Mapping[str, Story],
    *,
    settings: Settings,
    tagger: Tagger,
    environment: jinja2.Environment,
    sources: Mapping[str, SourceName],
    date: datetime | None = None,
    pictures: Mapping[str, Picture] | None = None,
) -> Edition:
    """Return the issue's edition: the same arguments give the same bytes.

    ``stories`` by item id; ``date`` is the nominal time of sending (the first of the month at 9 when not given);
    ``pictures`` are the published pictures by the address their source gives (``images.plan``), and one that is
    not among them is left out; ``None`` shows every picture where it is.
    Raises ``RenderError`` naming the line of an item that is missing or for members only, or the template's.
    """
    composer = Composer(
        issue=issue,
        stories=stories,
        settings=settings,
        register=Register(tagger=tagger),
        sources=sources,
        say=sayer(environment),
        date=date or nominal(issue.key, settings),
        pictures=pictures,
    )
    view = composer.letter()
    return Edition(
        issue=issue.key,
        date=view.date,
        subject=view.subject,
        preheader=view.preheader,
        language=settings.publication.language,
        html=inline(_EMPTY.sub("\n", _rendered(environment, "letter.html", view, settings))),
        text=_BLANK.sub("\n\n", _rendered(environment, "letter.txt", view, settings)).strip() + "\n",
        page=_EMPTY.sub("\n", _rendered(environment, "page.html", view, settings)) + "\n",
        links=tuple(composer.register.links),
        entries=view.entries,
    )


def nominal(key: str, settings: Settings) -> datetime:
    """Return the first of the issue's month at nine in the publication's zone."""
    found = _KEY.fullmatch(key)
    if not found:
        raise RenderError(f"« {key} » n’est pas la clé d’un numéro.", remedy="Attendu : AAAA-MM, par exemple 2026-11.")
    return datetime(int(found[1]), int(found[2]), 1, 9, tzinfo=ZoneInfo(settings.publication.timezone))


def _rendered(environment: jinja2.Environment, name: str, view: LetterView, settings: Settings) -> str:
    try:
        return environment.get_template(name).render(
            letter=view,
            publication=settings.publication,
            legal=settings.legal,
            theme=settings.theme,
            medium=name.removesuffix(".html"),
            unsubscribe=slot("unsubscribe"),
            preferences=slot("preferences") if settings.preferences else "",
            structured=Markup(structured.issue(view, settings)) if name == "page.html" else "",  # noqa: S704 - no "<"
        )
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(
            f"le gabarit ne peut pas être lu : {error.message}.",
            place=f"{error.name}:{error.lineno}",
            remedy="Corrigez cette ligne du gabarit.",
        ) from error
    except Exception as error:  # a filter or a catalogue raises what it likes; the template's line is what helps
        raise RenderError(
            f"le gabarit « {name} » n’a pas pu être rempli : {error}.",
            place=_where(error, name),
            remedy="Corrigez le gabarit, ou revenez à celui qui est livré.",
        ) from error


def _where(error: BaseException, name: str) -> str:
    """Return template and line of the innermost frame that is one of a template."""
    found, trace = name, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith((".html", ".txt", ".css")) or file == "<template>":
            found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
