"""Lines that come in one order and are read in another, on disk rather than in memory."""

from __future__ import annotations

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterator
from pathlib import Path

from compiler.language.plan import Shard


class Spool:
    """One line a slot, put in any order, read by shard. The file has no name: nothing is left after a crash."""

    def __init__(self, folder: Path, slots: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - open as long as parts may read it
        weakref.finalize(self, self._file.close)
        self._at = array("q", [-1]) * slots
        self._length = array("q", [0]) * slots
        self._end = 0

    def put(self, slot: int, line: bytes) -> None:
        """Keep a slot's line. Raises ValueError for a slot that already has one."""
        if self._at[slot] >= 0:
            raise ValueError(f"slot {slot} twice")
        self._at[slot], self._length[slot] = self._end, len(line)
        self._end += self._file.write(line)

    def holds(self, slot: int) -> bool:
        return self._at[slot] >= 0

    def lines(self, shard: Shard) -> Iterator[bytes]:
        """A shard's lines in the order of its slots; those never put are left out."""
        self._file.flush()
        for slot in range(shard.first, shard.first + shard.count):
            if self._at[slot] >= 0:
                yield os.pread(self._file.fileno(), self._length[slot], self._at[slot])
