"""The way out: RFC 8058's one click for machines, a page with a button for people. GET and HEAD change nothing.

The answer is the same whether somebody holds the token or not: it tells nobody who is subscribed.
"""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from publisher.errors import PublisherError
from publisher.site import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from publisher.site.pages import Pages

LARGEST = 10_000
"""Octets of a form with one field."""
ONE_CLICK = ("List-Unsubscribe", "One-Click")
BUTTON = ("page", "oui")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": _POLICY,
}


class Leaving:
    """``leave`` is given a token and how its holder asked; ``parameter`` names the token's place in the query.

    Where it is "", the token is the end of the path.
    """

    def __init__(
        self, leave: Callable[[str, str], bool], pages: Pages, *, parameter: str, tell: Callable[[str], None]
    ) -> None:
        self._leave = leave
        self._pages = pages
        self._parameter = parameter
        self._tell = tell

    async def show(self, _: Request) -> Response:
        """Show the page with its button."""
        return HTMLResponse(self._pages.leave, headers=_HEADERS)

    async def act(self, request: Request) -> Response:
        """Unsubscribe the token's holder when the form says so; again and again makes no difference."""
        try:
            octets = await guard.body(request, LARGEST)
        except guard.BodyError as error:
            return PlainTextResponse(f"{error}\n", error.status, _HEADERS)
        asked = fields(octets, request.headers.get("content-type", ""))
        if ONE_CLICK not in asked and BUTTON not in asked:
            return HTMLResponse(self._pages.leave, 400, _HEADERS)
        way = "désinscription en un clic" if ONE_CLICK in asked else "désinscription par la page"
        token = request.query_params.get(self._parameter, "") if self._parameter else request.path_params["token"]
        try:
            await run_in_threadpool(self._leave, token.strip("/"), way)
        except PublisherError as error:
            self._tell(f"Une désinscription attend\u00a0: {error}")
            headers = {**_HEADERS, "Retry-After": "60"}
            return PlainTextResponse("Réessayez dans un instant\u00a0: rien n’est encore changé.\n", 503, headers)
        return HTMLResponse(self._pages.left, headers=_HEADERS)


def fields(octets: bytes, content_type: str) -> set[tuple[str, str]]:
    """Return the fields of a form in either encoding that RFC 8058, 3.1, allows; none where it is neither."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        head = f"Content-Type: {' '.join(content_type.split())}\r\n\r\n".encode(errors="replace")
        message = email.message_from_bytes(head + octets, policy=email.policy.compat32)
        parts = message.get_payload()
        return (
            {_part(part) for part in parts if isinstance(part, email.message.Message)}
            if message.is_multipart()
            else set()
        )
    try:
        return set(parse_qsl(octets.decode("ascii"), max_num_fields=20))
    except (ValueError, UnicodeDecodeError):
        return set()


def _part(part: email.message.Message) -> tuple[str, str]:
    name = part.get_param("name", "", "content-disposition")
    value = part.get_payload(decode=True)
    return str(name), value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else ""
