"""When messages may leave, on the recipients' calendars, and when they will have left."""

from compiler.schedule.calendar import check_window
from compiler.schedule.estimate import Estimate, Load, Pace, ShardEstimate, estimate
from compiler.schedule.intervals import open_intervals
from compiler.schedule.zones import known_zones, zone

__all__ = [
    "Estimate",
    "Load",
    "Pace",
    "ShardEstimate",
    "check_window",
    "estimate",
    "known_zones",
    "open_intervals",
    "zone",
]
