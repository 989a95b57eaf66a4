"""What the buttons of the page do, and what was done so that it can be taken back. It renders nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from publisher.desk import outline
from publisher.desk.page import Word
from publisher.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from publisher.desk.outline import Done, Outline, Shelf
    from publisher.edition import Edition

_LARGEST = 20_000
"""Octets of a form; the page's own have some two hundred."""
_KEPT = 200
"""Gestures that can be taken back."""


class Hands:
    """The gestures of one run of the page, each with its number from 1."""

    def __init__(self, shelf: Shelf, token: str) -> None:
        self.token = token
        self._shelf = shelf
        self._done: dict[int, Done] = {}
        self._last = 0

    def outline(self, edition: Edition) -> Outline:
        """Return the issue as a list."""
        return outline.outline(self._shelf, edition)

    def carry_out(self, key: str, form: Mapping[str, str]) -> tuple[int, str]:
        """Do, or take back, what a form asks for; return the gesture's number (0 when taken back) and its item.

        Raises ``PublisherError``; then nothing was changed.
        """
        if "annuler" in form:
            number = int(form["annuler"]) if form["annuler"].isdecimal() else 0
            done = self._done.get(number)
            if done is None or done.issue != key:
                raise ContentError("ce geste a déjà été annulé, ou l’aperçu a été relancé depuis.", ())
            outline.undo(self._shelf, done)
            del self._done[number]
            return 0, done.item
        done = outline.act(
            self._shelf,
            key,
            gesture=form.get("geste", ""),
            item=form.get("article", ""),
            title=form.get("titre", ""),
            seen=form.get("vu", ""),
        )
        self._last += 1
        self._done[self._last] = done
        self._done.pop(self._last - _KEPT, None)
        return self._last, done.item

    def word(self, number: str) -> Word:
        """Return what to say of the gesture of this number, nothing for one that is unknown or was taken back."""
        if number == "0":
            return Word(text="C’est annulé\u00a0: le fichier est comme avant.")
        done = self._done.get(int(number)) if number.isascii() and number.isdecimal() else None
        return Word(text=done.text, undo=int(number)) if done else Word()


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a small form (application/x-www-form-urlencoded); none of what is larger than a form is."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return {}
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
