"""Campaigns that leave at the same time: people in both, caps, lanes that are too narrow for both, and who yields.

It stands beside the plan, outside its digest: what other campaigns do is no input of a plan. What it can refuse is a
plan that would not finish in time beside those that are locked already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from compiler import archive
from compiler.archive import Plan
from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import Json, parse_instant
from compiler.language.catalogue.schedule import BEYOND_CAP, NARROW_LANES
from compiler.language.finding import Finding, finding
from compiler.language.history import SPENT, History
from compiler.language.plan import Manifest
from compiler.language.window import Interval
from compiler.lock import masked
from compiler.parts import PlanParts, shard_path
from compiler.policy import Audience, received
from compiler.schedule import Estimate, Load, Pace, estimate, late_together

#: How long a campaign that has no plan yet is thought to take, where it does not say.
_UNTOLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ours:
    """The plan that is looked at, stored or not. `contacts` in the order of its slots."""

    manifest: Manifest
    digest: str
    estimate: Mapping[str, Json]
    contacts: Callable[[], Iterator[bytes]]

    @classmethod
    def of_parts(cls, parts: PlanParts, estimate: Mapping[str, Json]) -> Ours:
        read = {part.path: part.read for part in parts.parts}

        def contacts() -> Iterator[bytes]:
            for shard in parts.manifest.shards:
                for line in b"".join(read[shard_path(shard)]()).splitlines():
                    yield archive.contact_of(line)

        return cls(parts.manifest, parts.digest, estimate, contacts)

    @classmethod
    def of_plan(cls, plan: Plan) -> Ours:
        known = plan.estimate()

        def contacts() -> Iterator[bytes]:
            return (contact for shard in plan.manifest.shards for contact in archive.contacts(plan, shard))

        return cls(plan.manifest, plan.digest, known if isinstance(known, Mapping) else {}, contacts)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Our campaign and another one. `people` are in both plans, `beyond` those of them who have had so much by then
    that `per_contact` leaves no room for both; `over` are lane-hours, in minutes, for which there is no time.
    """

    campaign: str
    edition: str
    digest: str
    locked: bool
    people: int
    beyond: int
    over: tuple[tuple[str, int], ...]
    yields: str

    def to_json(self) -> dict[str, Json]:
        return {
            "campaign": self.campaign,
            "edition": self.edition,
            "digest": self.digest,
            "locked": self.locked,
            "people": self.people,
            "beyond": self.beyond,
            "over": dict(self.over),
            "yields": self.yields,
        }


@dataclass(frozen=True, slots=True)
class Company:
    """What leaves at the same time. `unplanned` are campaigns of which there is no plan: nobody can count them."""

    meetings: tuple[Meeting, ...]
    unplanned: tuple[str, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> list[Json]:
        told: list[Json] = [meeting.to_json() for meeting in self.meetings]
        return [*told, *({"campaign": name, "digest": ""} for name in self.unplanned)]


def company(
    workspace: Workspace,
    campaign: Campaign,
    ours: Ours,
    *,
    plans: Path,
    history: History,
    locked: Callable[[Manifest, str], bool],
) -> Company:
    """Every other campaign whose departures overlap with ours, and what follows from it."""
    others = archive.neighbours(plans, ours.manifest, ours.estimate)
    unplanned = tuple(sorted(_unplanned(workspace, ours, plans)))
    if not others:
        return Company((), unplanned, ())
    look = _Look(workspace, campaign, ours, history, [_read(plan, history) for plan in others])
    meetings = tuple(look.meeting(each, locked) for each in look.others)
    # Ours may be locked itself: what was approved beside the others is not refused when it is made again.
    approved = locked(ours.manifest, ours.digest)
    firm = [e for e, meeting in zip(look.others, meetings, strict=True) if meeting.locked and not approved]
    refused = look.refusals(firm)
    warned = [] if refused else [f for meeting in meetings for f in _warnings(campaign, meeting)]
    return Company(meetings, unplanned, (*refused, *warned))


@dataclass(frozen=True, slots=True)
class _Other:
    """Another plan: those of its contacts whom it has still to write to, and all of them."""

    plan: Plan
    waiting: frozenset[bytes]
    contacts: frozenset[bytes]
    loads: tuple[Load, ...]


def _read(plan: Plan, history: History) -> _Other:
    manifest = plan.manifest
    spent = {
        bytes.fromhex(r.contact)
        for r in history.records
        if r.campaign == manifest.campaign and r.edition == manifest.edition and r.deed in SPENT
    }
    everybody: set[bytes] = set()
    waiting: set[bytes] = set()
    left: dict[int, int] = {}
    for shard in manifest.shards:
        own = set(archive.contacts(plan, shard))
        everybody |= own
        waiting |= own - spent
        left[shard.number] = len(own - spent)
    estimated = plan.estimate()
    loads = tuple(_loads(manifest, plan.digest, estimated if isinstance(estimated, Mapping) else {}, left))
    return _Other(plan, frozenset(waiting), frozenset(everybody), loads)


class _Look:
    """Our plan beside the others, looked at once."""

    def __init__(
        self, workspace: Workspace, campaign: Campaign, ours: Ours, history: History, others: Sequence[_Other]
    ) -> None:
        settings = workspace.settings
        self.others = others
        self._campaign = campaign
        self._manifest = ours.manifest
        self._digest = ours.digest
        self._pace = Pace.of(settings.limits, settings.lanes)
        self._loads = tuple(_loads(ours.manifest, ours.digest, ours.estimate))
        met = frozenset[bytes]().union(*(other.contacts for other in others))
        self._ours = frozenset(contact for contact in ours.contacts() if contact in met)
        cap = settings.limits.per_contact
        self._most = cap[0] if cap else None
        self._had: Mapping[str, int] = {}
        if cap is not None:
            self._had = received(history, Audience.of(workspace, campaign, on=ours.manifest.compiled_on))

    def meeting(self, other: _Other, locked: Callable[[Manifest, str], bool]) -> Meeting:
        theirs, found = other.plan.manifest, self._estimate([other])
        return Meeting(
            theirs.campaign,
            theirs.edition,
            other.plan.digest,
            locked(theirs, other.plan.digest),
            people=len(self._ours & other.contacts),
            beyond=self._beyond(self._ours & other.waiting),
            over=tuple(_over(found, self._pace)),
            yields=max((m.start, m.campaign) for m in (self._manifest, theirs))[1],
        )

    def refusals(self, firm: Sequence[_Other]) -> list[Finding]:
        """What our plan lacks where the plans that are locked already take their share."""
        if not firm:
            return []
        return late_together(
            self._together(firm),
            self._pace,
            self._estimate(firm),
            plan=self._digest,
            others=sorted(other.plan.manifest.campaign for other in firm),
            limit=_end(self._loads),
            place=self._campaign.place,
        )

    def _estimate(self, others: Sequence[_Other]) -> Estimate:
        loads = self._together(others)
        return estimate(loads, self._pace, limit=_end(loads))

    def _together(self, others: Sequence[_Other]) -> list[Load]:
        """All shards under numbers of their own."""
        loads = [*self._loads, *(load for other in others for load in other.loads)]
        return [replace(load, number=number) for number, load in enumerate(loads)]

    def _beyond(self, both: Collection[bytes]) -> int:
        if self._most is None:
            return 0
        return sum(1 for contact in both if self._had.get(contact.hex(), 0) + 2 > self._most)


def _loads(
    manifest: Manifest, digest: str, estimated: Mapping[str, Json], left: Mapping[int, int] | None = None
) -> Iterator[Load]:
    sizes = estimated.get("message")
    mean = sizes.get("mean") if isinstance(sizes, Mapping) else None
    size = mean if isinstance(mean, int) else 0
    for shard in manifest.shards:
        intervals = tuple(Interval(opens, closes) for opens, closes in shard.windows)
        messages = shard.count if left is None else left[shard.number]
        yield Load(shard.number, shard.lane, shard.zone, messages, size, intervals, digest)


def _end(loads: Sequence[Load]) -> datetime:
    """When the last window closes: each plan's own end is in its windows already."""
    return max(interval.closes for load in loads for interval in load.intervals)


def _over(found: Estimate, pace: Pace) -> Iterator[tuple[str, int]]:
    """Minutes of each lane, at its full rate, that both plans need and do not have."""
    left: Counter[str] = Counter()
    for each in found.lanes:
        left[each.lane] += each.left
    for lane, messages in sorted(left.items()):
        if messages:
            yield lane, int(-(-Fraction(messages) // (pace.of_lane(lane) * 60)))


def _warnings(campaign: Campaign, meeting: Meeting) -> Iterator[Finding]:
    both: dict[str, Any] = {"campaign": campaign.name, "other": meeting.campaign, "yields": meeting.yields}
    if meeting.beyond:
        yield finding(BEYOND_CAP, campaign.place, **both, beyond=masked(meeting.beyond), people=masked(meeting.people))
    if meeting.over:
        lanes = ", ".join(f"{lane} ({minutes} min)" for lane, minutes in meeting.over)
        yield finding(NARROW_LANES, campaign.place, **both, lanes=lanes)


def _unplanned(workspace: Workspace, ours: Ours, plans: Path) -> Iterator[str]:
    """Declared campaigns that say that they leave while ours does, and of which no plan is stored."""
    starts, finishes = ours.estimate.get("starts"), ours.estimate.get("finishes")
    if not isinstance(starts, str) or not isinstance(finishes, str):
        return
    begin, end = parse_instant(starts), parse_instant(finishes)
    near = [
        other.name
        for other in workspace.campaigns
        if other.name != ours.manifest.campaign
        and other.start < end
        and begin < (other.finish_by or other.start + _UNTOLD)
    ]
    if near:
        planned = set(archive.planned(plans))
        yield from (name for name in near if name not in planned)
