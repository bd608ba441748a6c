"""When a source falls due. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from compiler.language.campaign import SourceSchedule

_LONGEST = 62  # days between two turns of a month


def last_turn(schedule: SourceSchedule, now: datetime, zone: tzinfo) -> datetime | None:
    """The latest instant, now or before, at which the source fell due."""
    today = now.astimezone(zone).date()
    for back in range(_LONGEST + 1):
        day = today - timedelta(days=back)
        if schedule.on.day_in(day) == day and (turn := _instant(day, schedule, zone)) <= now:
            return turn
    return None


def is_due(schedule: SourceSchedule, imported_at: datetime | None, now: datetime, zone: tzinfo) -> bool:
    """Whether a turn has come since the last import; at once where there was none."""
    if imported_at is None:
        return True
    turn = last_turn(schedule, now, zone)
    return turn is not None and imported_at < turn


def _instant(day: date, schedule: SourceSchedule, zone: tzinfo) -> datetime:
    return datetime.combine(day, schedule.at, zone).astimezone(UTC)
