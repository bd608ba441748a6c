"""Local clocks and the instants that they show, across changes of offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compiler.zones import known_zones, zone

__all__ = ["first_instant", "known_zones", "zone"]


def first_instant(day: date, at: time, in_zone: ZoneInfo, *, fold: int) -> datetime:
    """The instant in UTC at which a local clock shows a time; where it skips that time, the first that exists.

    `fold` 0 takes the first of two instants that show the same time, 1 the second.
    """
    local = datetime.combine(day, at, tzinfo=in_zone).replace(fold=fold)
    instant = local.astimezone(UTC)
    if instant.astimezone(in_zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # PEP 495: in a gap, fold 1 reads the clock after the change and so lands before it, fold 0 the other way round.
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    return _change_between(before, after, in_zone)


def _change_between(before: datetime, after: datetime, in_zone: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes, by bisection."""
    offset = before.astimezone(in_zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(in_zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
