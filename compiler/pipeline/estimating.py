"""When a plan leaves: its windows per zone, and the estimate that stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from compiler.language.campaign import Campaign, Workspace
from compiler.language.canonical import Json, instant_text
from compiler.language.finding import Finding
from compiler.language.plan import Shard
from compiler.language.window import Interval
from compiler.pipeline.writing import Sizes
from compiler.schedule import LaneEstimate, Load, Pace, ShardEstimate, estimate, late, open_intervals

#: How long after its start a campaign without `finish_by` may still leave.
LONGEST = timedelta(days=31)


def windows_of(workspace: Workspace, campaign: Campaign, zones: Iterable[str]) -> Mapping[str, Sequence[Interval]]:
    """When messages may leave for each zone, from the campaign's start to its end."""
    window = workspace.settings.window(campaign.window)
    return {
        zone: open_intervals(window, zone=zone, first=campaign.start, last=_limit(campaign))
        for zone in sorted(set(zones))
    }


def estimate_of(
    workspace: Workspace, campaign: Campaign, shards: Iterable[Shard], *, sizes: Sizes
) -> tuple[dict[str, Json], list[Finding]]:
    """`estimate.json`, and an error where the plan cannot finish in time."""
    limits = workspace.settings.limits
    loads = [_load(shard, sizes.mean) for shard in shards]
    pace, limit = Pace.of(limits, workspace.settings.lanes), _limit(campaign)
    found = estimate(loads, pace, limit=limit)
    document: dict[str, Json] = {
        "format": 1,
        "starts": _text(found.starts),
        "finishes": _text(found.finishes),
        "left": found.left,
        "shards": [_shard(each) for each in found.shards],
        "lanes": [_lane(each) for each in found.lanes],
        "message": {"mean": sizes.mean, "largest": sizes.largest},
    }
    return document, late(loads, pace, found, limit=limit, place=campaign.place)


def _limit(campaign: Campaign) -> datetime:
    return campaign.finish_by or campaign.start + LONGEST


def _load(shard: Shard, size: int) -> Load:
    intervals = tuple(Interval(opens, closes) for opens, closes in shard.windows)
    return Load(shard.number, shard.lane, shard.zone, shard.count, size, intervals)


def _shard(found: ShardEstimate) -> Json:
    return {"shard": found.number, "starts": _text(found.starts), "finishes": _text(found.finishes)}


def _lane(found: LaneEstimate) -> Json:
    times = {"starts": _text(found.starts), "finishes": _text(found.finishes)}
    return {"lane": found.lane, "messages": found.messages, "left": found.left, **times}


def _text(moment: datetime | None) -> Json:
    return None if moment is None else instant_text(moment)
