"""The page's addresses and its server on this machine. It must not render a letter: ``build`` does, as for sending."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from publisher import french
from publisher.desk import guard
from publisher.desk.changes import Changes, watch
from publisher.desk.hands import Hands, read_form
from publisher.desk.outline import anchor
from publisher.desk.page import View, Word, page
from publisher.errors import Fault, FaultsError, PublisherError
from publisher.preview import Preview

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from starlette.requests import Request

    from publisher.desk.outline import Shelf

ISSUE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_FILES = resources.files("publisher.desk") / "files"
_ASSETS = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}
_FEEDS = {"xml": "application/xml", "json": "application/json", "html": "text/html"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the page is served: ``port`` 0 takes a free one. Only loopback numbers are allowed as ``address``."""

    address: str = "127.0.0.1"
    port: int = 0


def application(  # noqa: PLR0913 - what one page stands on
    build: Callable[[str], Preview],
    issue: str,
    watched: Sequence[Path] = (),
    *,
    issues: Callable[[], Sequence[str]] = tuple,
    shelf: Shelf | None = None,
    token: str = "",
) -> Starlette:
    """Return the page as an ASGI application.

    ``build`` gives one issue as it stands now and may raise any ``PublisherError``, which is shown; it is called
    again only after a save under ``watched``. ``issue`` is the one shown first, ``issues`` those to choose from.
    ``shelf`` holds the issue files that buttons may rearrange; without it the page only shows. ``token`` is the secret
    that its forms bear, drawn here when none is given.
    """
    desk = _Desk(build, issue, issues, Hands(shelf, token or secrets.token_urlsafe()) if shelf else None)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.changes = desk.changes = Changes()
        stop = asyncio.Event()
        task = asyncio.create_task(watch(desk.changes, watched, stop))
        try:
            yield
        finally:
            stop.set()
            desk.changes.close()
            await task

    return Starlette(
        routes=[
            Route("/", desk.first),
            Route("/evenements", desk.events),
            Route("/files/{name}", desk.asset),
            Route("/{issue}", desk.page),
            Route("/{issue}/changer", desk.change, methods=["POST"]),
            Route("/{issue}/lettre", desk.letter),
            Route("/{issue}/web", desk.web),
            Route("/{issue}/images/{number:int}", desk.picture),
            Route("/{issue}/flux/{name}", desk.feed),
        ],
        middleware=[Middleware(guard.Guard)],
        lifespan=lifespan,
    )


class Server(uvicorn.Server):
    """The page's server. It tells its address once it answers, and ends its event streams before it stops."""

    def __init__(self, app: Starlette, settings: Settings, told: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._app = app
        self._told = told
        self._socket = _listen(settings)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the address."""
        await super().startup(sockets or [self._socket])
        number, port = self._socket.getsockname()[:2]
        self._told(f"http://{f'[{number}]' if ':' in number else number}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams first: they would hold the server for ever."""
        changes = getattr(self._app.state, "changes", None)
        if changes is not None:
            changes.close()
        await super().shutdown(sockets or [self._socket])


def serve(app: Starlette, settings: Settings, told: Callable[[str], None]) -> None:
    """Serve the page until interrupted (SIGINT ends it without an error); ``told`` gets its address once it answers.

    Raises ``PublisherError`` when the port is taken or the address is not this machine's own.
    """
    with suppress(KeyboardInterrupt):
        Server(app, settings, told).run()


def _listen(settings: Settings) -> socket.socket:
    if settings.address not in guard.LOOPBACK:
        raise PublisherError(
            f"la page ne peut pas être servie sur {settings.address}\u00a0: aucun mot de passe ne la protège.",
            remedy="Servez-la sur 127.0.0.1.",
        )
    try:
        return socket.create_server(
            (settings.address, settings.port),
            family=socket.AF_INET6 if ":" in settings.address else socket.AF_INET,
        )
    except OSError as error:
        raise PublisherError(
            f"la page ne peut pas être servie sur le port {settings.port} ({french.system(error)}).",
            place=settings.address,
            remedy="Fermez l’autre prévisualisation, ou choisissez un port avec --port.",
        ) from error


class _Desk:
    """The page's answers, and the previews built since the last save."""

    def __init__(
        self, build: Callable[[str], Preview], issue: str, issues: Callable[[], Sequence[str]], hands: Hands | None
    ) -> None:
        self.changes = Changes()
        self._build = build
        self._issue = issue
        self._issues = issues
        self._hands = hands
        self._built: dict[str, tuple[int, Preview]] = {}
        self._turn = asyncio.Lock()

    async def first(self, _: Request) -> Response:
        """Lead to the issue that was asked for."""
        return RedirectResponse(f"/{self._issue}", status_code=302)

    async def page(self, request: Request) -> Response:
        """Show one issue."""
        key = request.path_params["issue"]
        if not ISSUE.fullmatch(key):
            return _missing("Cette adresse n’est pas celle d’un numéro.")
        word = self._hands.word(request.query_params.get("fait", "")) if self._hands else Word()
        return await self._show(key, View.read(request.query_params), word)

    async def _show(self, key: str, view: View, word: Word, *, status: int = 200) -> Response:
        seen = self.changes.number
        preview = await self._preview(key)
        issues = tuple(await run_in_threadpool(self._issues)) or (key,)
        outline = None
        if self._hands and preview.edition and view.shown == "sommaire":
            with suppress(PublisherError):  # saved with a fault since it was built: the next event tells it
                outline = await run_in_threadpool(self._hands.outline, preview.edition)
        shown = page(
            preview,
            view,
            issues=issues,
            seen=seen,
            outline=outline,
            rearranged=self._hands is not None,
            token=self._hands.token if self._hands else "",
            word=word,
        )
        return HTMLResponse(shown, status_code=status)

    async def change(self, request: Request) -> Response:
        """Carry out a button of the outline and lead back to it; what was refused is told beside today's list."""
        key = request.path_params["issue"]
        form = await read_form(request)
        if not ISSUE.fullmatch(key) or self._hands is None:
            return _missing("Cette adresse n’est pas celle d’un numéro.")
        if not guard.own(request.headers, given=form.get("jeton", ""), token=self._hands.token):
            return PlainTextResponse(
                "Cette demande ne vient pas de cette page\u00a0: rien n’a été changé. Rechargez la page.",
                status_code=403,
            )
        view = View(shown="sommaire")
        try:
            number, item = await run_in_threadpool(self._hands.carry_out, key, form)
        except PublisherError as error:
            self.changes.announce()  # whoever saved in between is shown
            said = f"Refusé\u00a0: {error.text} {error.remedy}".strip()
            return await self._show(key, view, Word(text=said, refused=True), status=409)
        self.changes.announce()
        return RedirectResponse(f"/{key}{view.but()}&fait={number}#{anchor(item)}", status_code=303)

    async def letter(self, request: Request) -> Response:
        """Serve the edition's own bytes for the frame."""
        preview = await self._preview(request.path_params["issue"])
        if preview.edition is None:
            return _missing("Ce numéro n’a pas encore pu être composé.")
        images = request.query_params.get("images") != "non"
        return HTMLResponse(
            local(preview.edition.html, preview),
            headers={"Content-Security-Policy": guard.letter_policy(images=images)},
        )

    async def web(self, request: Request) -> Response:
        """Serve the archive page for the frame."""
        preview = await self._preview(request.path_params["issue"])
        if preview.edition is None:
            return _missing("Ce numéro n’a pas encore pu être composé.")
        return HTMLResponse(
            local(preview.edition.page, preview),
            headers={"Content-Security-Policy": guard.letter_policy(images=True)},
        )

    async def picture(self, request: Request) -> Response:
        """Serve a picture that only this machine has."""
        preview = await self._preview(request.path_params["issue"])
        pictures = [preview.pictures[address] for address in sorted(preview.pictures)]
        number = request.path_params["number"]
        if number >= len(pictures):
            return _missing("Cette image n’est pas sur cette machine.")
        # The frame has no origin of its own, so « same-origin » would keep it from its pictures.
        headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(pictures[number].data, media_type=pictures[number].media_type, headers=headers)

    async def feed(self, request: Request) -> Response:
        """Serve one feed as it would be published."""
        preview = await self._preview(request.path_params["issue"])
        name = request.path_params["name"]
        if name not in preview.feeds:
            return _missing("Ce flux n’existe pas.")
        kind = _FEEDS.get(name.rpartition(".")[2], "text/plain")
        headers = {"Content-Security-Policy": guard.letter_policy(images=False)}
        return Response(preview.feeds[name], media_type=f"{kind}; charset=utf-8", headers=headers)

    async def asset(self, request: Request) -> Response:
        """Serve the page's style and script."""
        name = request.path_params["name"]
        if name not in _ASSETS:
            return _missing("Ce fichier n’existe pas.")
        return Response((_FILES / name).read_bytes(), headers={"Content-Type": _ASSETS[name]})

    async def events(self, request: Request) -> Response:
        """Stream a server-sent event for each save after the one that the page has seen."""
        told = request.headers.get("last-event-id") or request.query_params.get("vu", "")
        seen = int(told) if told.isascii() and told.isdigit() else self.changes.number
        # A page older than this server would wait for numbers that were never given.
        return StreamingResponse(
            self.changes.stream(min(seen, self.changes.number) if seen <= self.changes.number else -1),
            media_type="text/event-stream",
        )

    async def _preview(self, key: str) -> Preview:
        """Return the issue as it stands since the last save; what stops it is a value too."""
        async with self._turn:
            number = self.changes.number
            held = self._built.get(key)
            if held is None or held[0] != number:
                held = (number, await run_in_threadpool(self._attempt, key))
                self._built[key] = held
            return held[1]

    def _attempt(self, key: str) -> Preview:
        try:
            return self._build(key)
        except FaultsError as error:
            faults = error.faults or (Fault(place=error.place, text=error.text, remedy=error.remedy),)
            return Preview(issue=key, file=error.place, faults=faults)
        except PublisherError as error:
            return Preview(
                issue=key, file=error.place, faults=(Fault(place=error.place, text=error.text, remedy=error.remedy),)
            )


def local(html: str, preview: Preview) -> str:
    """Return the letter with the addresses of ``pictures`` replaced by this server's; unchanged when there are none."""
    for number, address in enumerate(sorted(preview.pictures)):
        html = html.replace(f'"{address}"', f'"/{preview.issue}/images/{number}"')
    return html


def _missing(text: str) -> Response:
    return PlainTextResponse(text, status_code=404)
