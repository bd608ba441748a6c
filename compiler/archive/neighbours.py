"""Plans of other campaigns that leave at the same time: they share the limits, so each takes longer than it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from compiler.archive.stored import Plan, plan_folders
from compiler.language.canonical import Json, parse_instant
from compiler.language.errors import FindingsStop


def neighbours(plans: Path, campaign: str, estimate: Mapping[str, Json]) -> list[Json]:
    """The newest plan of each other campaign whose estimated departures overlap with these, by campaign."""
    span = _span(estimate)
    if span is None:
        return []
    newest: dict[str, tuple[str, str]] = {}
    for folder in plan_folders(plans):
        try:
            plan = Plan(folder)
            other = plan.estimate()
        except (FindingsStop, ValueError):  # a damaged plan leaves nothing
            continue
        theirs = _span(other) if isinstance(other, Mapping) else None
        if plan.manifest.campaign == campaign or theirs is None or not (theirs[0] < span[1] and span[0] < theirs[1]):
            continue
        rank = (plan.manifest.compiled_on.isoformat(), plan.digest)
        newest[plan.manifest.campaign] = max(newest.get(plan.manifest.campaign, rank), rank)
    return [{"campaign": name, "digest": digest} for name, (_, digest) in sorted(newest.items())]


def _span(estimate: Mapping[str, Json]) -> tuple[datetime, datetime] | None:
    starts, finishes = estimate.get("starts"), estimate.get("finishes")
    if not isinstance(starts, str) or not isinstance(finishes, str):
        return None
    return parse_instant(starts), parse_instant(finishes)
