"""`/a/<sha256>.<ext>`: the pictures of messages, as bare ASGI, the same bytes for everyone, for ever.

Who asks is neither logged nor counted as an open: the address is the same in every message, so that it can tell nothing
of anybody. Served from `<plans>/assets`, which compiling fills: tracker and plans stand on one host.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from compiler.language.picture import MEDIA_TYPES, PictureFormat, picture_format
from tracker.answers import GUARD_HEADERS, Scope, Send, raw, send_refusal, send_unknown

_CHUNK = 65_536
_SECONDS = 60.0  # a slow reader may not keep a place for ever
_MOST = 1_000  # at once: the other half of the server's places stays for those who leave
_CACHED = "public, max-age=31536000, immutable"


@dataclass(slots=True)
class Pictures:
    """Answers `/a/…`; `folder` None serves none. `counts` is what `/metrics` shows."""

    folder: Path | None
    counts: Counter[str] = field(default_factory=Counter)
    _under_way: int = 0

    async def __call__(self, scope: Scope, send: Send, path: str) -> None:
        head = scope["method"] == "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            await send_refusal(send, 405)
            return
        name = path.removeprefix("/a/")
        kind = picture_format(name)
        file = await asyncio.to_thread(self._opened, name) if kind else None
        if kind is None or file is None:
            self.counts["unknown"] += 1
            await send_unknown(send, head=head)
            return
        with file:
            await self._answer(scope, send, file, _headers(kind, os.fstat(file.fileno()).st_size))

    async def _answer(self, scope: Scope, send: Send, file: BinaryIO, headers: list[tuple[bytes, bytes]]) -> None:
        if self._under_way >= _MOST:
            self.counts["shed"] += 1
            await send_refusal(send, 503)
            return
        self._under_way += 1
        try:
            async with asyncio.timeout(_SECONDS):
                await _send(scope, send, file, headers)
        except TimeoutError:
            self.counts["picture_too_slow"] += 1  # the server closes what was not finished
        finally:
            self._under_way -= 1

    def _opened(self, name: str) -> BinaryIO | None:
        """The plain file of that name. The name is a digest and an ending: it cannot lead elsewhere."""
        if self.folder is None:
            return None
        try:
            handle = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            return None
        return os.fdopen(handle, "rb")


def _headers(kind: PictureFormat, size: int) -> list[tuple[bytes, bytes]]:
    guard = tuple((key, value) for key, value in GUARD_HEADERS if key != "cache-control")
    own = (
        ("content-type", MEDIA_TYPES[kind]),
        ("cache-control", _CACHED),
        ("content-security-policy", "default-src 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),  # web mail shows it on its own pages
    )
    return raw((*own, *guard), size)


async def _send(scope: Scope, send: Send, file: BinaryIO, headers: list[tuple[bytes, bytes]]) -> None:
    """In pieces: whoever reads slowly holds one of them, never the whole."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while scope["method"] == "GET" and (piece := await asyncio.to_thread(file.read, _CHUNK)):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
