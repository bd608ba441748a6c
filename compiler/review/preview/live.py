"""The preview while somebody writes: a server for this machine alone, which builds again when a file changes."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

Pages: TypeAlias = Mapping[str, bytes]
_LOOKS = 0.3  # seconds between two looks at the files
_NOT_LOOKED_AT = frozenset({"__pycache__", "node_modules"})


@dataclass
class LivePreview:
    """Serves the newest pages under an address that cannot be guessed; `url` is that of the first one.

    `build` is told the version that its pages will have, and writes it into them.

    Anybody with an account on this machine can reach its loopback: the address is what keeps them out.
    """

    build: Callable[[str], Pages]
    root: Path
    port: int = 0
    _key: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    _version: int = 1
    _pages: Pages = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._seen = dict(_stamps(self.root))
        self._pages = self.build(str(self._version))
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self._key}/index.html"

    def look(self) -> bool:
        """Builds again where a file changed since the last look; says whether it did."""
        stamps = dict(_stamps(self.root))
        if stamps == self._seen:
            return False
        try:
            self._pages = self.build(str(self._version + 1))
        except FileNotFoundError:  # an editor was replacing it: the next look will find it
            return False
        self._seen = stamps
        self._version += 1
        return True

    def run(self) -> None:
        """Until interrupted."""
        while True:
            time.sleep(_LOOKS)
            self.look()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, host: str) -> tuple[int, str, bytes]:
        """Status, type and body. A name other than this machine's would let a web page read along: it is refused."""
        prefix = f"/{self._key}/"
        name = path.partition("?")[0].removeprefix(prefix)
        if host != f"127.0.0.1:{self.port}" or not path.startswith(prefix):
            return 404, "text/plain; charset=utf-8", b""
        if name == "version":
            return 200, "text/plain; charset=utf-8", str(self._version).encode()
        # Where a message cannot be made any more the first page says why, until it can be again.
        found = name in self._pages
        return 200 if found else 404, "text/html; charset=utf-8", self._pages[name if found else "index.html"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        preview = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = preview.answer(self.path, self.headers.get("Host", ""))
                self.send_response(status)
                for name, value in (
                    ("Content-Type", kind),
                    ("Content-Length", str(len(body))),
                    ("Cache-Control", "no-store"),
                    ("X-Content-Type-Options", "nosniff"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
                """Says nothing: a preview's address is nobody else's business."""

        return Handler


def _stamps(folder: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every file's instant of change and size. Hidden names are left out: the preview itself may stand there."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # a folder that vanished between two looks
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _NOT_LOOKED_AT or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _stamps(entry)
            continue
        try:
            status = entry.stat()
        except OSError:  # an editor that replaces a file removes it for a moment
            continue
        yield str(entry), (status.st_mtime_ns, status.st_size)
