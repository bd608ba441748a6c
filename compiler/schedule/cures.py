"""Why a send cannot finish in time, lane by lane, and what would help: worked out, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import TypeAlias

from compiler.language.canonical import instant_text
from compiler.language.catalogue.schedule import FINISH_TOO_LATE, SHARED_TOO_LATE
from compiler.language.finding import Entry, Finding, Place, Text, finding
from compiler.schedule.estimate import Estimate, LaneEstimate, Load, Pace, estimate

_FACTORS = (2, 4, 8, 16, 32, 64)
_Raised: TypeAlias = Callable[[Fraction], Pace]


def late(loads: Sequence[Load], pace: Pace, found: Estimate, *, limit: datetime, place: Place) -> list[Finding]:
    """An error for each lane of a plan that cannot finish by `limit`."""
    return [_finding(FINISH_TOO_LATE, lane, loads, pace, limit=limit, place=place) for lane in found.lanes if lane.left]


def late_together(
    loads: Sequence[Load],
    pace: Pace,
    found: Estimate,
    *,
    plan: str,
    others: Sequence[str],
    limit: datetime,
    place: Place,
) -> list[Finding]:
    """An error for each lane of `plan` that cannot finish because the campaigns `others` share its limits."""
    named = ", ".join(others)
    return [
        _finding(SHARED_TOO_LATE, lane, loads, pace, limit=limit, place=place, others=named)
        for lane in found.lanes
        if lane.left and lane.plan == plan
    ]


def _finding(
    entry: Entry,
    lane: LaneEstimate,
    loads: Sequence[Load],
    pace: Pace,
    *,
    limit: datetime,
    place: Place,
    **arguments: object,
) -> Finding:
    return finding(
        entry,
        place,
        hint=_cure(lane, loads, pace, limit),
        lane=lane.lane,
        left=lane.left,
        limit=instant_text(limit),
        messages=lane.messages,
        **arguments,
    )


def _cure(short: LaneEstimate, loads: Sequence[Load], pace: Pace, limit: datetime) -> Text:
    own = [load for load in loads if (load.plan, load.lane) == (short.plan, short.lane) and load.messages]
    closed = sorted({load.zone for load in own if not any(i.opens < min(i.closes, limit) for i in load.intervals)})
    if closed:
        zones = ", ".join(closed)
        return Text(
            f"entre le départ et cette date la fenêtre ne s'ouvre jamais à {zones} : partir plus tôt, finir plus tard, "
            f"ou élargir la fenêtre",
            f"between the start and that time the window never opens in {zones}: start earlier, finish later, or "
            f"widen the window",
        )
    hours = _hours(Fraction(short.left) / pace.of_lane(short.lane))
    faster = next(_faster(short, loads, pace, limit), Text("", ""))
    return Text(
        f"partir {hours.fr} plus tôt, finir {hours.fr} plus tard ou élargir d'autant la fenêtre ; {faster.fr}"
        f"ou retirer {short.left} destinataires de la voie {short.lane}",
        f"start {hours.en} earlier, finish {hours.en} later or widen the window by as much; {faster.en}"
        f"or leave out {short.left} recipients of lane {short.lane}",
    )


def _faster(short: LaneEstimate, loads: Sequence[Load], pace: Pace, limit: datetime) -> Iterator[Text]:
    """Which limit is in the way, and how high it must be: the lane's own first, then the common rate, then all."""
    lane, own = short.lane, pace.lanes.get(short.lane)
    if own is not None and (factor := _enough(short, loads, limit, lambda k: _lane(pace, lane, k))):
        rate = _rate(own * factor)
        yield Text(f"ou porter lanes.{lane}.rate à {rate} ; ", f"or raise lanes.{lane}.rate to {rate}; ")
    if factor := _enough(short, loads, limit, lambda k: replace(pace, rate=pace.rate * k)):
        rate = _rate(pace.rate * factor / pace.kept)
        yield Text(f"ou porter limits.rate à {rate} ; ", f"or raise limits.rate to {rate}; ")
    if factor := _enough(short, loads, limit, lambda k: _all(pace, k)):
        times = _decimal(factor)
        yield Text(f"ou multiplier débits et bande passante par {times} ; ", f"or raise rates and bandwidth {times}×; ")


def _enough(short: LaneEstimate, loads: Sequence[Load], limit: datetime, raised: _Raised) -> Fraction | None:
    """About the smallest factor with which the lane finishes in time; None where no factor helps."""

    def finishes(factor: Fraction) -> bool:
        return not estimate(loads, raised(factor), limit=limit).lane(short.lane, short.plan).left

    high = next((Fraction(factor) for factor in _FACTORS if finishes(Fraction(factor))), None)
    if high is None:
        return None
    low = high / 2
    while high - low > high / 20:
        middle = (low + high) / 2
        low, high = (low, middle) if finishes(middle) else (middle, high)
    return high


def _lane(pace: Pace, lane: str, factor: Fraction) -> Pace:
    return replace(pace, lanes={**pace.lanes, lane: pace.lanes[lane] * factor})


def _all(pace: Pace, factor: Fraction) -> Pace:
    return replace(
        pace,
        rate=pace.rate * factor,
        bandwidth=pace.bandwidth * factor if pace.bandwidth is not None else None,
        lanes={name: rate * factor for name, rate in pace.lanes.items()},
    )


def _hours(seconds: Fraction) -> Text:
    minutes = -(-seconds // 60)
    if minutes < 120:
        return Text(f"{minutes} min", f"{minutes} min")
    hours = -(-minutes // 60)
    return Text(f"{hours} h", f"{hours} h")


def _rate(rate: Fraction) -> str:
    """In the unit in which it is one or more, as `limits` reads it."""
    unit, seconds = next((each for each in (("s", 1), ("min", 60)) if rate * each[1] >= 1), ("h", 3_600))
    return f"{_decimal(rate * seconds)}/{unit}"


def _decimal(number: Fraction) -> str:
    """Rounded up: to a tenth below ten, else to a whole."""
    if number >= 10:
        return str(-(-number // 1))
    tenths = -(-number * 10 // 1)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)
