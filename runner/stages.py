"""What to do next with a plan: pure, from the plan, the ledger, who must be left out, the stops and the clock.

`send --dry-run` prints these steps and `send` executes the very same, so the dry run cannot lie.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from compiler.language.plan import Exclusion, Manifest, Shard
from compiler.language.window import Interval, next_opening, open_until
from runner.ledger import EVERYTHING, PlanState, SlotState, lane_scope, plan_scope

#: The return path carries the attempt in one octet; at the longest back-off this is three weeks.
LAST_ATTEMPT = 250


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave slots out for good, for one reason."""

    reason: Exclusion
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """Slots of a shard that may leave from now until its window closes, in this order."""

    shard: int
    lane: str
    slots: tuple[int, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Slots of a shard for which the time has not come: a window, or the back-off of a retry."""

    shard: int
    slots: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """Slots that a stop holds back until somebody lifts it."""

    scope: str
    slots: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is pending any more."""


Step: TypeAlias = Skip | Send | Wait | Halt | Finish


def stages(
    digest: str,
    manifest: Manifest,
    state: PlanState,
    *,
    left_out: Mapping[int, Exclusion],
    stops: Collection[str],
    now: datetime,
) -> tuple[Step, ...]:
    """The steps for every pending slot, each in exactly one step. Slots in doubt are nobody's here: see `resolve`."""
    skips: dict[Exclusion, list[int]] = {}
    halts: dict[str, int] = {}
    work: list[Step] = []
    for shard in manifest.shards:
        pending = [n for n in range(shard.first, shard.first + shard.count) if state.slots[n] == SlotState.PENDING]
        windows = windows_of(manifest, shard)
        over = next_opening(windows, now) is None
        sendable = []
        for slot in pending:
            reason = left_out.get(slot)
            if reason is None and (over or slot in state.retries) and _expired(state, slot, windows, now):
                reason = Exclusion.EXPIRED
            if reason is None:
                sendable.append(slot)
            else:
                skips.setdefault(reason, []).append(slot)
        if not sendable:
            continue
        scope = _stopped(digest, shard, stops)
        if scope:
            halts[scope] = halts.get(scope, 0) + len(sendable)
        else:
            work += _send_or_wait(shard, sendable, state, windows, now)
    steps: list[Step] = [Skip(reason, tuple(slots)) for reason, slots in sorted(skips.items())]
    steps += [*work, *(Halt(scope, count) for scope, count in sorted(halts.items()))]
    return tuple(steps) if work or halts else (*steps, Finish())


def next_change(steps: Iterable[Step]) -> datetime | None:
    """When the steps will be others by the mere passing of time; None: never."""
    times = [step.until for step in steps if isinstance(step, Send | Wait)]
    return min(times, default=None)


def spent_slots(contacts: Iterable[bytes], spent: Collection[bytes]) -> dict[int, Exclusion]:
    """Slots of a plan, given its contacts in order, whom another plan of the edition has served already."""
    if not spent:
        return {}
    return {slot: Exclusion.ALREADY_SENT for slot, contact in enumerate(contacts) if contact in spent}


def capped_slots(contacts: Iterable[bytes], capped: Collection[bytes]) -> dict[int, Exclusion]:
    """Slots of a plan, given its contacts in order, for whom other campaigns have used up `per_contact` since."""
    return {slot: Exclusion.CAPPED for slot, contact in enumerate(contacts) if contact in capped} if capped else {}


def removed_since_approval(state: PlanState, left_out: Mapping[int, Exclusion]) -> int:
    """How many slots reality has taken out of the plan: neither those already served nor those that ran out of time."""
    apart = (Exclusion.ALREADY_SENT, Exclusion.EXPIRED)
    before = sum(count for reason, count in state.skipped.items() if reason not in apart)
    now = sum(1 for slot, why in left_out.items() if state.slots[slot] == SlotState.PENDING and why not in apart)
    return before + now


def windows_of(manifest: Manifest, shard: Shard) -> tuple[Interval, ...]:
    """The shard's windows between the plan's start and its end."""
    last = manifest.finish_by or datetime.max.replace(tzinfo=UTC)
    clipped = (Interval(max(opens, manifest.start), min(closes, last)) for opens, closes in shard.windows)
    return tuple(interval for interval in clipped if interval.opens < interval.closes)


def _expired(state: PlanState, slot: int, windows: tuple[Interval, ...], now: datetime) -> bool:
    """Whether no window is left for a slot, at the earliest instant at which it may be tried."""
    retry = state.retries.get(slot)
    if retry is None:
        return next_opening(windows, now) is None
    return retry.attempt > LAST_ATTEMPT or next_opening(windows, max(now, _moment(retry.due))) is None


def _stopped(digest: str, shard: Shard, stops: Collection[str]) -> str:
    scopes = (EVERYTHING, plan_scope(digest), lane_scope(shard.lane))
    return next((scope for scope in scopes if scope in stops), "")


def _send_or_wait(
    shard: Shard, slots: list[int], state: PlanState, windows: tuple[Interval, ...], now: datetime
) -> Iterator[Step]:
    closes = open_until(windows, now)
    if closes is None:
        ready, later = [], slots
    else:
        later = [slot for slot in slots if slot in state.retries and _moment(state.retries[slot].due) > now]
        resting = set(later)
        ready = [slot for slot in slots if slot not in resting] if later else slots
    if ready and closes is not None:
        yield Send(shard.number, shard.lane, tuple(ready), closes)
    if later:
        yield Wait(shard.number, len(later), min(_earliest(state, later, windows, now)))


def _earliest(state: PlanState, slots: list[int], windows: tuple[Interval, ...], now: datetime) -> Iterator[datetime]:
    """When each of the slots may be tried at the earliest."""
    without = next_opening(windows, now)
    for slot in slots:
        retry = state.retries.get(slot)
        opening = next_opening(windows, max(now, _moment(retry.due))) if retry is not None else without
        if opening is not None:  # else it would have expired
            yield opening


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
