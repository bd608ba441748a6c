"""Plans of other campaigns that leave at the same time: they share limits, and often people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from compiler.archive.layout import lines
from compiler.archive.stored import Plan, plan_folders
from compiler.language.canonical import Json, parse_instant
from compiler.language.errors import FindingsStop
from compiler.language.plan import Manifest, Shard
from compiler.parts import shard_path

_CONTACT = b'"contact":"'
_LONG = 32


def neighbours(plans: Path, ours: Manifest, estimate: Mapping[str, Json]) -> list[Plan]:
    """The newest plan of each other campaign (each edition of one) whose estimated departures overlap with ours."""
    span = _span(estimate)
    if span is None:
        return []
    newest: dict[tuple[str, str], Plan] = {}
    for folder in plan_folders(plans):
        try:
            plan = Plan(folder)
            other = plan.estimate()
        except (FindingsStop, ValueError):  # a damaged plan leaves nothing
            continue
        name = (plan.manifest.campaign, plan.manifest.edition)
        if name == (ours.campaign, ours.edition) or not _overlap(span, other):
            continue
        known = newest.get(name)
        if known is None or _rank(known) < _rank(plan):
            newest[name] = plan
    return [plan for _, plan in sorted(newest.items())]


def planned(plans: Path) -> Iterator[str]:
    """The campaigns of which a plan is stored."""
    for folder in plan_folders(plans):
        with suppress(FindingsStop):
            yield Plan(folder).manifest.campaign


def contacts(plan: Plan, shard: Shard) -> Iterator[bytes]:
    """Whom a shard is for, slot by slot, without a look at anything else: 16 bytes each."""
    for line in lines(plan.path / shard_path(shard)):
        yield contact_of(line)


def contact_of(line: bytes) -> bytes:
    """The contact of a slot's line, which is canonical: its first `contact` is the slot's own."""
    begins = line.index(_CONTACT) + len(_CONTACT)
    return bytes.fromhex(line[begins : begins + _LONG].decode("ascii"))


def _rank(plan: Plan) -> tuple[str, str]:
    return plan.manifest.compiled_on.isoformat(), plan.digest


def _overlap(span: tuple[datetime, datetime], estimate: Json) -> bool:
    theirs = _span(estimate) if isinstance(estimate, Mapping) else None
    return theirs is not None and theirs[0] < span[1] and span[0] < theirs[1]


def _span(estimate: Mapping[str, Json]) -> tuple[datetime, datetime] | None:
    starts, finishes = estimate.get("starts"), estimate.get("finishes")
    if not isinstance(starts, str) or not isinstance(finishes, str):
        return None
    return parse_instant(starts), parse_instant(finishes)
