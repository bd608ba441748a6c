"""Time zones from the locked tzdata package alone: the machine's own database differs between machines."""

from __future__ import annotations

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
