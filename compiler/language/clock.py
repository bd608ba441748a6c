"""Time as an argument: nothing in envoi asks the machine what time it is, it asks a Clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is. `now` is aware and in UTC."""

    @property
    def simulated(self) -> bool:
        """True where the instants are not the wall's: nothing may then leave this machine."""
        ...

    def now(self) -> datetime: ...

    def wall_seconds(self, span: timedelta) -> float:
        """How long the wall needs for a span of this clock, in seconds."""
        ...


@dataclass(slots=True)
class FixedClock:
    """A clock for tests that moves only when told."""

    at: datetime
    simulated: bool = True

    def now(self) -> datetime:
        return self.at

    def wall_seconds(self, span: timedelta) -> float:
        return 0.0

    def advance(self, span: timedelta) -> None:
        self.at += span
