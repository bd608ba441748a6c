"""Time zones from the locked tzdata package alone: the machine's own database differs between machines."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """The IANA names that tzdata holds."""
    names = resources.files("tzdata").joinpath("zones").read_text("utf-8").splitlines()
    return frozenset(name for name in names if name and not name.startswith("#"))


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises ValueError for an unknown one."""
    if name not in known_zones():
        raise ValueError(f"no time zone {name!r}")
    folder = resources.files("tzdata").joinpath("zoneinfo")
    with folder.joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


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
