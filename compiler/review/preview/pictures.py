"""Pictures that a preview may show: those of the workspace, inlined. Every other one is only named."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif"}
_LARGEST = 2_000_000  # bytes: a heavier picture would make every page slow, and has its own finding
_OWN = re.compile(r"/a/([0-9a-f]{64})\.[a-z]+")


class Pictures:
    """The workspace's pictures, found by the digest that stands in their address."""

    def __init__(self, root: Path, tracker: str) -> None:
        self._base = tracker.rstrip("/")
        self._files = {sha256(content).hexdigest(): (kind, content) for kind, content in _pictures(root)}
        self._shown: dict[str, str] = {}

    def inlined(self, url: str) -> str | None:
        """A `data:` address that shows the same picture, None for a picture from elsewhere."""
        if url.startswith("data:image/"):
            return url
        named = _OWN.fullmatch(url.removeprefix(self._base)) if url.startswith(f"{self._base}/") else None
        found = self._files.get(named[1]) if named else None
        if found is None:
            return None
        if url not in self._shown:
            self._shown[url] = f"data:{found[0]};base64,{base64.b64encode(found[1]).decode()}"
        return self._shown[url]


def _pictures(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every picture beneath a folder. Hidden names and symbolic links lead nowhere, as for the loader."""
    for path in sorted(root.iterdir() if root.is_dir() else ()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _pictures(path)
        elif (kind := _KINDS.get(path.suffix.lower())) and path.stat().st_size <= _LARGEST:
            yield kind, path.read_bytes()
