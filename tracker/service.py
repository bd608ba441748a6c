"""The tracker's HTTP surface: pixel, redirect and pictures as bare ASGI, the unsubscribe page beneath FastAPI.

Whoever asks learns nothing from an answer's shape or time: a forged, a mistyped and an unknown link get the same bytes.
No request is logged, no address of a client is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from compiler.language.clock import Clock
from compiler.language.settings import Organisation
from compiler.language.token import Token
from tracker.answers import GUARD_HEADERS, PAGE_HEADERS, UNKNOWN_PAGE, Receive, Scope, Send
from tracker.events import EventStore, StoreUnavailable
from tracker.hits import Hits
from tracker.leaving import BodyTooLarge, Desk, Wish, read_form, wish_of
from tracker.links import Leaving, Reader
from tracker.network import Network, network_of
from tracker.page import leaving_page, unavailable_page
from tracker.pictures import Pictures

_PAGE = dict(PAGE_HEADERS)
_PLAIN = {"content-type": "text/plain; charset=utf-8", **dict(GUARD_HEADERS)}


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """`keys` are those that verify, by number; `url` is the declared base of every link.

    `pictures` is the folder that compiling fills beside the plans; None serves no picture.
    """

    organisation: Organisation
    url: str
    keys: Mapping[int, bytes] = field(repr=False)
    pictures: Path | None = None

    @property
    def prefix(self) -> str:
        """The path before `/o/`, where the tracker lives below another site."""
        return urlsplit(self.url).path.rstrip("/")


class Tracker:
    """The ASGI application."""

    def __init__(self, settings: ServiceSettings, store: EventStore, clock: Clock) -> None:
        self.counts: Counter[str] = Counter()
        self._prefix = settings.prefix
        self._hits = Hits(store, Reader(settings.keys), clock, self.counts)
        self._pictures = Pictures(settings.pictures, self.counts)
        self.pages = _pages(self._hits, Desk(store, clock, settings.organisation))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if self._prefix and path.startswith(self._prefix + "/"):
                path = path[len(self._prefix) :]
                scope = {**scope, "path": path}
            if path.startswith(("/o/", "/c/")):
                await self._hits(scope, send, path)
                return
            if path.startswith("/a/"):
                await self._pictures(scope, send, path)
                return
        await self.pages(scope, receive, send)


def create_app(settings: ServiceSettings, store: EventStore, clock: Clock) -> Tracker:
    """The tracker as an ASGI application."""
    return Tracker(settings, store, clock)


def _pages(hits: Hits, desk: Desk) -> FastAPI:
    # A redirect to the path without its slash would be built from the Host that the client sent.
    app = FastAPI(title="envoi tracker", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    pages = _LeavingPages(hits, desk)
    app.add_api_route("/u/{token}/{signed}", pages.show, methods=["GET", "HEAD"])
    app.add_api_route("/u/{token}/{signed}", pages.act, methods=["POST"])
    app.add_api_route("/healthz", pages.health, methods=["GET", "HEAD"])
    app.add_api_route("/metrics", pages.metrics, methods=["GET"])
    app.add_exception_handler(HTTPException, _refused)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """No route, or not this method: what an unknown link gets."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return Response(status_code=status, headers={**_PLAIN, "allow": "GET, HEAD, POST"})
    return _unknown()


class _LeavingPages:
    def __init__(self, hits: Hits, desk: Desk) -> None:
        self._hits = hits
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """The page. A GET changes nothing, whoever sends it."""
        found = self._find(request)
        if found is None:
            return _unknown()
        token, leaving = found
        self._hits.page_seen(token)
        try:
            standing = self._desk.standing(token, leaving)
        except StoreUnavailable:
            return _unavailable(leaving)
        measure_first = request.query_params.get("t") == "1"
        return Response(leaving_page(standing, measure_first=measure_first), headers=_PAGE)

    async def act(self, request: Request) -> Response:
        """The one-click of mail clients and the page's buttons: durable before the answer, else 503."""
        found = self._find(request)
        if found is None:
            return _unknown()
        token, leaving = found
        try:
            fields = await read_form(request.stream(), request.headers.get("content-type", ""))
        except BodyTooLarge:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers=_PLAIN)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=HTTPStatus.REQUEST_TIMEOUT, headers=_PLAIN)
        wish = wish_of(fields, leaving)
        if wish is None:
            return Response("nothing was asked\n", status_code=HTTPStatus.BAD_REQUEST, headers=_PLAIN)
        return await self._done(token, leaving, wish)

    async def _done(self, token: Token, leaving: Leaving, wish: tuple[Wish, str]) -> Response:
        try:
            held = await self._desk.do(token, leaving, wish=wish[0], scope=wish[1])
            self._hits.counts[f"{wish[0]}_{'done' if held else 'too_late'}"] += 1
            if wish[0] is Wish.ONE_CLICK:
                return Response("done\n", headers=_PLAIN)
            standing = self._desk.standing(token, leaving)
        except StoreUnavailable:
            self._hits.counts["withdrawal_unavailable"] += 1
            return _unavailable(leaving)
        return Response(leaving_page(standing, done=wish if held else None), headers=_PAGE)

    async def health(self) -> Response:
        """200 while an event could be kept."""
        try:
            await self._desk.store.probe()
        except StoreUnavailable:
            return Response("unavailable\n", status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=_PLAIN)
        return Response("ok\n", headers=_PLAIN)

    async def metrics(self, request: Request) -> Response:
        """Counts since the start, in Prometheus' text format; for this machine and its network only."""
        client = request.client.host if request.client else ""
        if network_of(client) is not Network.LOCAL or "x-forwarded-for" in request.headers:
            return _unknown()
        lines = [f'envoi_tracker_total{{what="{name}"}} {count}' for name, count in sorted(self._hits.counts.items())]
        body = "# TYPE envoi_tracker_total counter\n" + "".join(f"{line}\n" for line in lines)
        return Response(body, headers={**_PLAIN, "content-type": "text/plain; version=0.0.4; charset=utf-8"})

    def _find(self, request: Request) -> tuple[Token, Leaving] | None:
        found = self._hits.reader.leaving_of(request.scope["path"])
        if found is None:
            self._hits.counts["unknown"] += 1
        return found


def _unknown() -> Response:
    return Response(UNKNOWN_PAGE, status_code=HTTPStatus.NOT_FOUND, headers=_PAGE)


def _unavailable(leaving: Leaving) -> Response:
    headers: dict[str, Any] = {**_PAGE, "retry-after": "60"}
    return Response(unavailable_page(leaving.language), status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
