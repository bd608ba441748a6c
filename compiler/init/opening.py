"""When a new campaign may begin: in the window that is open, or at its next opening."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from compiler.language.window import Window
from compiler.schedule import open_intervals, zone

_BACK = timedelta(hours=12)  # farther than an interval of a working day lasts
_AHEAD = timedelta(days=60)
_LEFT = timedelta(minutes=15)  # a window about to close is no beginning


def next_start(window: Window, timezone: str, now: datetime) -> str:
    """The text of `start`, on the organisation's clock; tomorrow at nine where the window stays shut for long."""
    local = zone(timezone)
    intervals = open_intervals(window, zone=timezone, first=now - _BACK, last=now + _AHEAD)
    tomorrow = datetime.combine(now.astimezone(local).date() + timedelta(days=1), time(9), local)
    opens = next((each.opens for each in intervals if each.closes - now > _LEFT), tomorrow)
    return opens.astimezone(local).strftime("%Y-%m-%dT%H:%M")
