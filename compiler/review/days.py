"""On which days a plan leaves, about how many messages each day: for a reviewer, from the windows and the estimate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from compiler.language.canonical import Json, parse_instant
from compiler.language.plan import Manifest, Shard
from compiler.schedule import zone as zone_named

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the organisation's calendar: first and last departure on its clock, about how many messages."""

    on: date
    first: datetime
    last: datetime
    messages: int


def days_of(manifest: Manifest, estimate: Mapping[str, Json]) -> list[Day]:
    """The days in order; none where there is no estimate. A shard is spread evenly over its open hours."""
    local = zone_named(dict(manifest.organisation)["timezone"])
    found: dict[date, list[tuple[datetime, datetime, float]]] = {}
    spans = _spans(estimate)
    for shard in manifest.shards:
        if shard.number not in spans:
            return []
        for begin, end, messages in _spread(shard, spans[shard.number], local):
            found.setdefault(begin.date(), []).append((begin, end, messages))
    return [
        Day(on, min(b for b, _, _ in parts), max(e for _, e, _ in parts), round(sum(n for _, _, n in parts)))
        for on, parts in sorted(found.items())
    ]


def _spans(estimate: Mapping[str, Json]) -> dict[int, tuple[datetime, datetime]]:
    """When each shard begins and ends; those that cannot are left out."""
    rows = estimate.get("shards")
    spans: dict[int, tuple[datetime, datetime]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and isinstance(row.get("starts"), str) and isinstance(row.get("finishes"), str):
            spans[int(str(row["shard"]))] = (parse_instant(str(row["starts"])), parse_instant(str(row["finishes"])))
    return spans


def _spread(shard: Shard, span: tuple[datetime, datetime], local: tzinfo) -> Iterator[tuple[datetime, datetime, float]]:
    """A shard's messages by the days and windows in which they leave."""
    starts, finishes = span
    opened = [(max(a, starts), min(b, finishes)) for a, b in shard.windows if a <= finishes and b > starts]
    pieces = [piece for a, b in opened for piece in _by_day(a.astimezone(local), b.astimezone(local))]
    whole = sum((b - a for a, b in pieces), _NOTHING)
    for a, b in pieces:
        part = (b - a) / whole if whole else 1 / len(pieces)
        yield a, b, shard.count * part


def _by_day(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """An interval cut at midnight."""
    cut = False
    while begin.date() < end.date():
        midnight = datetime.combine(begin.date() + timedelta(days=1), datetime.min.time(), begin.tzinfo)
        yield begin, midnight
        begin, cut = midnight, True
    if begin < end or not cut:
        yield begin, end
