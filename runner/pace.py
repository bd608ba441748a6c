"""How fast messages may leave: GCRA for each lane and for all, in messages and in bytes. Pure: time is an argument.

Time is an integer number of nanoseconds on any scale that never runs backwards. A moment that was not used is lost,
never saved: after a pause there is no burst. Rates of 200 a second and more may catch up on the last 50 ms, since
a durable commit serves several places at once: no span of W seconds holds more than rate x (W + 0.05) + 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from compiler.language.plan import Manifest, PlanLane

SECOND = 1_000_000_000
_SLACK = SECOND // 20
_SLACK_BELOW = SECOND // 200
_FIRST_HOLD = 15 * 60 * SECOND
_LONGEST_HOLD = 90 * 60 * SECOND
_RECOVERY = 60 * SECOND  # a throttled lane gains a tenth of its rate for each minute without a complaint


@dataclass(slots=True)
class Gcra:
    """One cell-rate algorithm: `free_at` is the theoretical arrival time of the next cell."""

    interval: int  # nanoseconds that one unit takes
    free_at: int = 0

    def take(self, now: int, units: int = 1) -> None:
        """Spend `units` at `now`. A moment long before `now` that nobody took is lost."""
        slack = _SLACK if self.interval <= _SLACK_BELOW else 0
        self.free_at = max(self.free_at, now - slack) + self.interval * units

    def wait(self, now: int) -> int:
        """Nanoseconds until a unit may leave; 0: now."""
        return max(0, self.free_at - now)


def interval_of(rate: Fraction) -> int:
    """Nanoseconds between two units, rounded up so that the rate is never exceeded. Raises ValueError unless > 0."""
    if rate <= 0:
        raise ValueError("a rate is above zero")
    return -(-SECOND * rate.denominator // rate.numerator)


@dataclass(slots=True)
class LanePace:
    """A lane's courtesy: its own rate if it has one, its connections, and what a server's complaint left of them."""

    name: str
    connections: int
    rate: Fraction | None
    gcra: Gcra | None
    in_flight: int = 0
    held_until: int = 0
    hold: int = 0  # the last hold's length; doubles when repeated
    slowed: Fraction = Fraction(1)  # share of the rate that is left
    slowed_at: int = 0
    two_seconds: int = 1024  # how many messages leave in that time, all limits counted

    @property
    def places(self) -> int:
        """How many messages of the lane may be in flight: one while it is slowed (table 3a: 1 connection)."""
        return self.connections if self.slowed == 1 else 1


@dataclass(slots=True)
class Pace:
    """The paces of one plan. `messages` and `size` are the limits for all lanes together, reserve taken off."""

    messages: Gcra | None
    size: Gcra | None
    rate: Fraction | None
    lanes: dict[str, LanePace] = field(default_factory=dict)

    def wait(self, lane: str, now: int) -> int | None:
        """Nanoseconds until a message of `lane` may leave; None while its connections are all in use."""
        pace = self.lanes[lane]
        if pace.in_flight >= pace.places:
            return None
        limits = (self.messages, self.size, pace.gcra)
        waits = [limit.wait(now) for limit in limits if limit is not None]
        return max([pace.held_until - now, 0, *waits])

    def take(self, lane: str, now: int, size: int) -> None:
        """A message of `size` bytes leaves now. `wait` said 0."""
        pace = self.lanes[lane]
        pace.in_flight += 1
        if self.messages is not None:
            self.messages.take(now)
        if self.size is not None:
            self.size.take(now, size)
        if pace.gcra is not None:
            pace.gcra.take(now)

    def leave(self, lane: str) -> None:
        """A message of the lane has got its answer."""
        self.lanes[lane].in_flight -= 1

    def throttled(self, lane: str, now: int, *, hold: timedelta = timedelta(0)) -> timedelta:
        """A server asked to slow down: half the rate, one connection, a hold that doubles when repeated.

        `hold` is the wait that the reply's rule asks for, where it does. The wait that holds now.
        """
        pace = self.lanes[lane]
        if now < pace.held_until:  # the other connections' answers to the same request
            return timedelta(microseconds=(pace.held_until - now) // 1000)
        own = min(pace.hold * 2, _LONGEST_HOLD) if pace.hold else _FIRST_HOLD
        pace.hold = int(hold.total_seconds()) * SECOND or own
        pace.held_until = now + pace.hold
        self._slow(pace, max(pace.slowed / 2, Fraction(1, 64)), pace.held_until)
        return timedelta(microseconds=pace.hold // 1000)

    def credited(self, lane: str, now: int) -> None:
        """A message of the lane was accepted: what a complaint had taken comes back slowly."""
        pace = self.lanes[lane]
        if pace.slowed == 1 or now - pace.slowed_at < _RECOVERY:
            return
        self._slow(pace, min(Fraction(1), pace.slowed + Fraction(1, 10)), now)
        if pace.slowed == 1:
            pace.hold = 0

    def _slow(self, pace: LanePace, share: Fraction, now: int) -> None:
        pace.slowed, pace.slowed_at = share, now
        rate = pace.rate if pace.rate is not None else self.rate
        if rate is None:
            return
        free_at = pace.gcra.free_at if pace.gcra is not None else 0
        restored = share == 1 and pace.rate is None
        pace.gcra = None if restored else Gcra(interval_of(rate * share), free_at)

    def ahead(self, lane: str) -> int:
        """How many messages of the lane may be prepared: two seconds of its work, at least one.

        Whoever prepared one waits for its moment with the server's 354 in hand, so it must not be long.
        """
        pace = self.lanes[lane]
        return max(1, min(pace.two_seconds, 4 * pace.places))


def pace_of(rate: Fraction | None, bandwidth: int | None, reserve: Fraction, lanes: Iterable[PlanLane]) -> Pace:
    """The paces for limits in messages and bytes a second, of which everyday mail keeps the share `reserve`."""
    left = 1 - reserve
    own = rate * left if rate is not None else None
    return Pace(
        messages=Gcra(interval_of(own)) if own is not None else None,
        size=Gcra(interval_of(bandwidth * left)) if bandwidth is not None else None,
        rate=own,
        lanes={lane.name: _lane_pace(lane, own) for lane in lanes},
    )


def plan_pace(manifest: Manifest) -> Pace:
    """The paces that a plan froze. Raises ValueError for a rate that is no fraction."""
    rate = Fraction(manifest.rate) if manifest.rate else None
    return pace_of(rate, manifest.bandwidth, Fraction(manifest.reserve or "0"), manifest.lanes)


def _lane_pace(lane: PlanLane, common: Fraction | None) -> LanePace:
    rate = Fraction(lane.rate) if lane.rate else None
    pace = LanePace(lane.name, lane.connections, rate, Gcra(interval_of(rate)) if rate is not None else None)
    rates = [r for r in (common, rate) if r is not None]
    if rates:
        pace.two_seconds = int(min(rates) * 2)
    return pace
