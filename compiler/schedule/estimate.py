"""When a plan will have left: a fluid model of windows, rates, bandwidth and lanes, in whole numbers.

Open lanes share the global rate equally, none above its own (max-min fairness); the zones of a lane share it
equally; the shards of one lane and zone leave one after the other. Several plans share a lane as its zones do. What the
network itself takes is not modelled: the estimate says what the declared limits allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from compiler.language.lane import Lane
from compiler.language.settings import Limits
from compiler.language.window import Interval

_MICRO = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Load:
    """A shard as the estimate sees it. `size` is the mean size of a message in bytes; `plan` tells apart the shards of
    several plans that share limits.
    """

    number: int
    lane: str
    zone: str
    messages: int
    size: int
    intervals: tuple[Interval, ...]
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the campaign may use: messages and bytes a second, and each lane's own rate where it has one.

    `kept` is the share of the declared limits that campaigns have: `rate` and `bandwidth` are what is left of them.
    """

    rate: Fraction
    bandwidth: Fraction | None
    lanes: Mapping[str, Fraction]
    kept: Fraction = Fraction(1)

    def of_lane(self, lane: str) -> Fraction:
        """What a lane could do alone."""
        return min(self.rate, self.lanes.get(lane, self.rate))

    @classmethod
    def of(cls, limits: Limits, lanes: Iterable[Lane]) -> Pace:
        """The declared limits, less the share that everyday mail keeps."""
        kept = 1 - limits.reserve
        return cls(
            rate=limits.rate * kept,
            bandwidth=limits.bandwidth * kept if limits.bandwidth is not None else None,
            lanes={lane.name: lane.rate for lane in lanes if lane.rate is not None},
            kept=kept,
        )


@dataclass(frozen=True, slots=True)
class ShardEstimate:
    """None where it cannot start, or finish, in its intervals."""

    number: int
    starts: datetime | None
    finishes: datetime | None


@dataclass(frozen=True, slots=True)
class LaneEstimate:
    """One lane of one plan: `finishes` is None where `left` of its messages do not fit."""

    lane: str
    messages: int
    starts: datetime | None
    finishes: datetime | None
    left: int
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`finishes` is None where `left` messages do not fit into the windows."""

    starts: datetime | None
    finishes: datetime | None
    left: int
    shards: tuple[ShardEstimate, ...]
    lanes: tuple[LaneEstimate, ...] = ()

    def lane(self, name: str, plan: str = "") -> LaneEstimate:
        return next(each for each in self.lanes if (each.lane, each.plan) == (name, plan))


def estimate(loads: Sequence[Load], pace: Pace, *, limit: datetime) -> Estimate:
    """When each shard, each lane and the whole will have left, none of it after `limit`."""
    flows = _flows(loads, _micros(limit))
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    now = min((flow.spans[0][0] for flow in flows if flow.spans), default=0)
    while (step := _step(flows, pace, now)) is not None:
        now = _advance(step, now, starts, ends)
    left = sum(-(-sum(load for _, load in flow.shards) // _MICRO) for flow in flows)
    shards = tuple(
        ShardEstimate(load.number, _moment(starts.get(load.number)), _moment(ends.get(load.number)))
        for load in sorted(loads, key=lambda load: load.number)
    )
    return Estimate(
        starts=_moment(min(starts.values(), default=None)),
        finishes=_moment(max(ends.values())) if ends and not left else None,
        left=left,
        shards=shards,
        lanes=tuple(_lanes(loads, flows, starts, ends)),
    )


def _lanes(
    loads: Sequence[Load], flows: Sequence[_Flow], starts: Mapping[int, int], ends: Mapping[int, int]
) -> Iterator[LaneEstimate]:
    for plan, lane in sorted({(load.plan, load.lane) for load in loads}):
        own = [load for load in loads if (load.plan, load.lane) == (plan, lane)]
        rest = (load for flow in flows if (flow.plan, flow.lane) == (plan, lane) for _, load in flow.shards)
        left = -(-sum(rest) // _MICRO)
        ended = [ends[load.number] for load in own if load.number in ends]
        yield LaneEstimate(
            lane,
            sum(load.messages for load in own),
            _moment(min((starts[load.number] for load in own if load.number in starts), default=None)),
            _moment(max(ended)) if ended and not left else None,
            left,
            plan,
        )


@dataclass(slots=True)
class _Flow:
    """A plan's shards of one lane and zone, in order, with what is left of each in millionths of a message."""

    plan: str
    lane: str
    size: int
    spans: list[tuple[int, int]]  # microseconds since 1970
    shards: list[tuple[int, int]] = field(default_factory=list)

    def closes(self, now: int) -> int | None:
        """When the span that holds `now` closes; None outside."""
        return next((closes for opens, closes in self.spans if opens <= now < closes), None)

    def opens(self, now: int) -> int | None:
        """The next opening after `now`."""
        return next((opens for opens, _ in self.spans if opens > now), None)


@dataclass(slots=True)
class _Step:
    """Until `until`, or the first end of a shard, each flow moves at its rate (millionths of a message a second)."""

    until: int
    rates: list[tuple[_Flow, int]]


def _flows(loads: Sequence[Load], limit: int) -> list[_Flow]:
    flows: dict[tuple[str, str, str], _Flow] = {}
    for load in sorted(loads, key=lambda load: load.number):
        key = (load.plan, load.lane, load.zone)
        if key not in flows:
            spans = [(_micros(i.opens), min(_micros(i.closes), limit)) for i in load.intervals]
            flows[key] = _Flow(load.plan, load.lane, load.size, [span for span in spans if span[0] < span[1]])
        flow = flows[key]
        flow.size = max(flow.size, load.size)
        if load.messages:
            flow.shards.append((load.number, load.messages * _MICRO))
    return [flow for flow in flows.values() if flow.shards]


def _step(flows: Sequence[_Flow], pace: Pace, now: int) -> _Step | None:
    """What happens next; None once nothing more can."""
    busy = [flow for flow in flows if flow.shards]
    open_now = [flow for flow in busy if flow.closes(now) is not None]
    changes = [change for flow in busy for change in (flow.closes(now), flow.opens(now)) if change is not None]
    if not changes:
        return None
    return _Step(min(changes), _rates(open_now, pace))


def _advance(step: _Step, now: int, starts: dict[int, int], ends: dict[int, int]) -> int:
    """Move every flow to the end of the step, or to the first instant at which a shard ends."""
    moving = [(flow, rate) for flow, rate in step.rates if rate]
    span = min([step.until - now, *(-(-flow.shards[0][1] * _MICRO // rate) for flow, rate in moving)])
    for flow, rate in moving:
        number, load = flow.shards[0]
        starts.setdefault(number, now)
        rest = load - rate * span // _MICRO
        if rest > 0:
            flow.shards[0] = (number, rest)
        else:
            ends[number] = now + span
            del flow.shards[0]
    return now + span


def _rates(flows: Sequence[_Flow], pace: Pace) -> list[tuple[_Flow, int]]:
    lanes: dict[str, list[_Flow]] = {}
    for flow in flows:
        lanes.setdefault(flow.lane, []).append(flow)
    shares = _fair_shares(list(lanes), pace)
    rates = [(flow, shares[lane] / len(members)) for lane, members in lanes.items() for flow in members]
    bytes_a_second = sum((rate * flow.size for flow, rate in rates), Fraction(0))
    if pace.bandwidth is not None and bytes_a_second > pace.bandwidth:
        rates = [(flow, rate * pace.bandwidth / bytes_a_second) for flow, rate in rates]
    return [(flow, int(rate * _MICRO)) for flow, rate in rates]


def _fair_shares(lanes: Sequence[str], pace: Pace) -> dict[str, Fraction]:
    """Max-min fairness: the slowest lanes first, what they leave goes to the others."""
    left, shares = pace.rate, {}
    ordered = sorted(lanes, key=lambda name: (pace.lanes.get(name, pace.rate), name))
    for done, name in enumerate(ordered):
        shares[name] = min(pace.lanes.get(name, pace.rate), left / (len(ordered) - done))
        left -= shares[name]
    return shares


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)
