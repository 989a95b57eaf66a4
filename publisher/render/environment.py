"""The Jinja environment of the letter: escaping, strict names, French filters, gettext. It must not read a file.

The loader is given: templates may lie in a folder, in the wheel, or in a test's dictionary.
"""

from __future__ import annotations

import gettext
import textwrap
from typing import TYPE_CHECKING

import jinja2

from publisher import french

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from publisher.render.view import When

WIDTH = 72
"""Characters of a line of the text part."""

_SHORT = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def make(loader: jinja2.BaseLoader, translations: gettext.NullTranslations | None = None) -> jinja2.Environment:
    """Return an environment whose templates escape (``.txt`` and ``.css`` do not) and refuse unknown names.

    ``translations`` is a gettext catalogue whose msgids are French; without one the letter is French.
    """
    catalogue = translations or gettext.NullTranslations()
    environment = jinja2.Environment(
        loader=loader,
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",), disabled_extensions=("txt", "css")),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["catalogue"] = catalogue
    environment.filters.update(
        day=day,
        month=month,
        moment=moment,
        month_short=month_short,
        octets=french.size,
        wrap=wrap,
        rule=rule,
    )
    return environment


def sayer(environment: jinja2.Environment) -> Callable[[str], str]:
    """Return the function that translates a French msgid, as the templates of this environment do."""
    catalogue = environment.globals.get("catalogue")
    if not isinstance(catalogue, gettext.NullTranslations):
        raise TypeError("the environment was not made by environment.make")
    return catalogue.gettext


def day(when: date) -> str:
    """Return « 30 novembre 2026 »."""
    return french.day(when, weekday=False)


def month(when: date) -> str:
    """Return « Novembre 2026 »."""
    return _opened(french.month(when))


def month_short(when: date) -> str:
    """Return « nov. », for the date block of the agenda."""
    return _SHORT[when.month - 1]


def moment(when: When) -> str:
    """Return « Mardi 3 novembre 2026, de 9 h 00 à 12 h 30 »."""
    return _opened(french.period(when.start, when.end, all_day=when.all_day))


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def wrap(text: str, lead: str = "", width: int = WIDTH) -> str:
    """Return the text in lines of at most ``width`` characters, ``lead`` before the first, the others set in as far.

    A no-break space is no place to break; a word or an address that is too long stays whole.
    """
    after = "".join(mark if mark == ">" else " " for mark in lead)  # a quotation goes on, a list's mark does not
    return textwrap.fill(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )


def rule(text: str, mark: str = "-") -> str:
    """Return a line of ``mark`` under the text, as long as it or as its widest line when it wraps."""
    return mark * min(WIDTH, max(map(len, wrap(text).splitlines()), default=0))
