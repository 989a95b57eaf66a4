"""Who may speak to the page, and what the page may load. It must not know what is shown."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The only names this page answers to: another one in the Host header is a rebound name, not an editor."""

PAGE = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The page's own policy: everything comes from here, nothing from outside."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def letter_policy(*, images: bool) -> str:
    """Return the policy of the letter in its frame: no script, no frame, pictures only when they are wanted."""
    pictures = "'self' https: http: data:" if images else "'none'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def own(headers: Headers, *, given: str, token: str) -> bool:
    """Say whether a form was sent from this very page: it bears the page's token, and no other origin sent it.

    ``token`` is drawn at each start and stands in the page alone, which no other site may read.
    """
    origin = headers.get("origin", "")
    same = origin in {"", f"http://{headers.get('host', '')}"}
    told = compare_digest(given.encode(), token.encode())  # as octets: texts that are no ASCII raise
    return same and headers.get("sec-fetch-site", "same-origin") == "same-origin" and told


class Guard:
    """Refuses every Host but this machine's own (DNS rebinding), and puts the policies on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421 (RFC 9110, 15.5.20)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if host(Headers(scope=scope).get("host", "")) not in LOOPBACK:
            refusal = PlainTextResponse(
                "Cette page ne répond qu’à cette machine\u00a0: "
                "ouvrez-la à l’adresse que donne «\u00a0publisher preview\u00a0».",
                status_code=421,
            )
            await refusal(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", PAGE)
            await send(message)

        await self.app(scope, receive, guarded)


def host(header: str) -> str:
    """Return the host of a Host header without its port and brackets (RFC 9112, 3.2)."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()
