"""When messages may leave, on the recipients' calendars, and when they will have left."""

from compiler.schedule.calendar import check_window
from compiler.schedule.cures import late, late_together
from compiler.schedule.estimate import Estimate, LaneEstimate, Load, Pace, ShardEstimate, estimate
from compiler.schedule.intervals import open_intervals
from compiler.schedule.zones import known_zones, zone

__all__ = [
    "Estimate",
    "LaneEstimate",
    "Load",
    "Pace",
    "ShardEstimate",
    "check_window",
    "estimate",
    "known_zones",
    "late",
    "late_together",
    "open_intervals",
    "zone",
]
