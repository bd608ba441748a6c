"""Shards that are made once and read twice, on disk rather than in memory."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from compiler.language.plan import Shard

_CHUNK = 1 << 20


class Spool:
    """Each shard's sealed lines, put in any order. The file has no name: nothing is left after a crash."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - as long as parts may read it
        weakref.finalize(self, self._file.close)
        self._spans: dict[int, tuple[int, int]] = {}
        self._end = 0

    def put(self, shard: Shard, lines: Iterable[bytes]) -> None:
        """Keep a shard's lines. Raises ValueError for a shard that was put before."""
        if shard.number in self._spans:
            raise ValueError(f"shard {shard.number} twice")
        content = memoryview(b"".join(lines))
        self._spans[shard.number] = (self._end, len(content))
        self._end += len(content)
        while content:
            content = content[self._file.write(content) :]

    def lines(self, shard: Shard) -> Iterator[bytes]:
        """A shard's content, by chunks that end anywhere; nothing for a shard that was never put."""
        at, left = self._spans.get(shard.number, (0, 0))
        while left:
            chunk = os.pread(self._file.fileno(), min(left, _CHUNK), at)
            yield chunk
            at, left = at + len(chunk), left - len(chunk)
