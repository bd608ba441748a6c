"""The clocks: the machine's own, and a simulated one that a rehearsal moves.

A simulated clock lives in a small file so that compiler, runner and tracker share it across processes:
three doubles, little-endian: the simulated instant (seconds since 1970) at an instant of the machine's
monotonic clock, and how many simulated seconds one of the wall's lasts.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compiler.language.clock import Clock
from compiler.language.errors import UsageProblem
from compiler.language.finding import Text

VARIABLE = "ENVOI_SIMULATED_CLOCK"
_LAYOUT = struct.Struct("<Qddd")  # a sequence number, odd while being written, then the three doubles


class SystemClock:
    """The machine's clock."""

    simulated = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall_seconds(self, span: timedelta) -> float:
        return max(0.0, span.total_seconds())


class SimulatedClock:
    """A clock read from a file that `set_simulated_clock` writes. Raises UsageProblem where there is none."""

    simulated = True

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._memory = mmap.mmap(file.fileno(), _LAYOUT.size, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise UsageProblem(
                Text(f"{VARIABLE} ne désigne pas une horloge simulée", f"{VARIABLE} names no simulated clock")
            ) from None

    def now(self) -> datetime:
        instant, origin, rate = self._read()
        return datetime.fromtimestamp(instant + (time.monotonic() - origin) * rate, UTC)

    def wall_seconds(self, span: timedelta) -> float:
        """At most a twentieth of a second: whoever sleeps must look again, since the clock may be moved."""
        return min(0.05, max(0.0, span.total_seconds() / self._read()[2]))

    def _read(self) -> tuple[float, float, float]:
        while True:
            sequence, instant, origin, rate = _LAYOUT.unpack_from(self._memory)
            if not sequence % 2 and sequence == _LAYOUT.unpack_from(self._memory)[0]:
                return instant, origin, rate


def set_simulated_clock(path: Path, at: datetime, *, rate: float) -> None:
    """Move the simulated clock: from now on it reads `at` and runs `rate` times as fast as the wall."""
    if not path.exists():
        path.write_bytes(_LAYOUT.pack(0, 0.0, 0.0, 1.0))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), _LAYOUT.size) as memory:
        sequence = _LAYOUT.unpack_from(memory)[0]
        struct.pack_into("<Q", memory, 0, sequence + 1)
        struct.pack_into("<ddd", memory, 8, at.timestamp(), time.monotonic(), rate)
        struct.pack_into("<Q", memory, 0, sequence + 2)


def clock_from(environment: Mapping[str, str]) -> Clock:
    """The simulated clock that the environment names, or the machine's."""
    name = environment.get(VARIABLE, "")
    return SimulatedClock(Path(name)) if name else SystemClock()
