"""uvicorn as the tracker runs it: bounded headers, deadlines, no access log, no banner."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tracker.service import Tracker

_HEADER_LIMIT = 16_384
_HEADER_SECONDS = 10.0
_BODY_SECONDS = 30.0
_CONNECTIONS = 2_000


class BoundedProtocol(HttpToolsProtocol):
    """Closes on clients that send endless or endlessly slow headers and bodies (uvicorn bounds neither)."""

    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        self._header_bytes += len(data)
        super().data_received(data)
        # Only what is still incomplete counts: a body may have come in the same segment as its headers.
        if self._in_headers and self._header_bytes > _HEADER_LIMIT and not self.transport.is_closing():
            self.send_400_response("Headers too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_headers:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._expect_the_end_within(_BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._forget_deadline()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._in_headers = True
        self._header_bytes = 0
        self._expect_the_end_within(_HEADER_SECONDS)

    def _expect_the_end_within(self, seconds: float) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class TrackerServer(uvicorn.Server):
    """uvicorn with the tracker's limits. `ready` is called once it listens."""

    def __init__(self, app: Tracker, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app=app,
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=15,
                limit_concurrency=_CONNECTIONS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def serve(app: Tracker, bound: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until a signal asks to stop; requests under way are finished."""
    with contextlib.closing(bound):
        TrackerServer(app, ready).run(sockets=[bound])
