"""The table of public addresses over one publication. Each line of ``routes`` is one; nothing else answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher import correspondence
from publisher.errors import ConfigError, Fault
from publisher.site import pages, published
from publisher.site.fetching import fetcher
from publisher.site.guard import Guard
from publisher.site.hooks import Hooks
from publisher.site.leaving import Leaving
from publisher.site.published import Published

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from publisher.wiring import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Where people leave: the path below which the token stands, or the path and the query's ``parameter``."""

    path: str
    parameter: str = ""


def way_out(address: str) -> WayOut:
    """Return where ``letter.unsubscribe`` leads; the token follows that address, in its path or in its query."""
    parts = urlsplit(address)
    path = unquote(parts.path) or "/"
    if parts.query.endswith("="):
        return WayOut(path=path, parameter=parts.query.rpartition("&")[2][:-1])
    return WayOut(path=path)


def application(
    publication: Publication, *, tell: Callable[[str], None], fetch: Callable[[str], bytes] | None = None
) -> Starlette:
    """Return the public pages as an ASGI application; ``tell`` is given one line for what a person should know.

    ``fetch`` asks SNS for its certificates and confirms subscriptions; the default asks the network. Raises
    ``ConfigError`` for a secret that is missing or addresses that cover each other, ``RenderError`` for a template,
    ``StoreError`` for the database.
    """
    config = publication.config
    publication.roster.counts()  # the database is opened before anybody asks for something
    made = pages.render(
        publication.press.environment,
        publication.press.settings,
        contact=config.letter.reply_to or config.letter.from_address,
    )
    hooks = Hooks(
        config.webhooks,
        root=config.root,
        own=correspondence.own(publication),
        hear=lambda events: correspondence.hear(publication, events),
        fetch=fetch or fetcher(config.http, publication.now),
        clock=publication.now,
        tell=tell,
        most=config.site.max_body,
    )
    missing = _missing(made.missing)
    app = Starlette(
        routes=routes(publication, made, hooks, tell),
        middleware=[Middleware(Guard, most=config.site.concurrency, tell=tell)],
        exception_handlers={404: missing},
    )
    app.router.redirect_slashes = False  # a one-click POST must not be redirected (RFC 8058, 3.1)
    app.state.counts = hooks.counts
    return app


def routes(publication: Publication, made: pages.Pages, hooks: Hooks, tell: Callable[[str], None]) -> list[Route]:
    """Return every public address; the first that fits answers."""
    config = publication.config
    base = urlsplit(config.publication.base).path
    found = [Route(f"{base}webhooks/{name}", hooks.post, methods=["POST"]) for name in hooks.providers]
    if config.letter.unsubscribe:
        way = way_out(config.letter.unsubscribe)
        _apart(way, base)
        leaving = Leaving(
            lambda token, how: correspondence.leave(publication, token, how),
            made,
            parameter=way.parameter,
            tell=tell,
        )
        path = way.path if way.parameter else f"{way.path}{{token:path}}"
        found += [Route(path, leaving.show, methods=["GET"]), Route(path, leaving.act, methods=["POST"])]
    # here: sign-up, preferences, people's rights
    shelf = _Shelf(Published(publication.feeds_path), made)
    return [*found, Route(f"{base}{{name:path}}", shelf.file, methods=["GET", "OPTIONS"])]


def _apart(way: WayOut, base: str) -> None:
    """Raise ``ConfigError`` where the way out would stand in the place of the archive, or holds what no path can."""
    covers = base.startswith(way.path) if not way.parameter else way.path.rstrip("/") == base.rstrip("/")
    if covers or {"{", "}"} & set(way.path):
        fault = Fault(
            place="letter.unsubscribe",
            text="cette adresse prend la place des archives (publication.base).",
            remedy="Donnez-lui un chemin à elle, par exemple « https://…/desinscription/ ».",
        )
        raise ConfigError("Les pages publiques ne peuvent pas être servies.", (fault,))


class _Shelf:
    """The published folder's answers."""

    def __init__(self, folder: Published, made: pages.Pages) -> None:
        self._folder = folder
        self._missing = made.missing

    async def file(self, request: Request) -> Response:
        """Serve one file; the folder itself is its index."""
        if request.method == "OPTIONS":
            return published.preflight()
        found = await run_in_threadpool(self._folder.find, request.path_params["name"] or "index.html")
        if found is None:
            return HTMLResponse(self._missing, 404, headers={"Content-Security-Policy": published.PAGES})
        return published.response(found, request.headers)


def _missing(page: bytes) -> Callable[[Request, Exception], Response]:
    def handler(_: Request, __: Exception) -> Response:
        return HTMLResponse(page, 404, headers={"Content-Security-Policy": published.PAGES})

    return handler
