"""Windows as UTC intervals: hours on a local calendar, holidays and clock changes included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compiler.language.window import RECIPIENT, Days, Holidays, Hours, Interval, Window
from compiler.schedule.calendar import holidays_there
from compiler.schedule.zones import first_instant
from compiler.schedule.zones import zone as zone_named

_DAY = timedelta(days=1)


def open_intervals(window: Window, *, zone: str, first: datetime, last: datetime) -> tuple[Interval, ...]:
    """When a window is open for a recipient in `zone`, between two instants: sorted, disjoint, in UTC.

    Every instant of an interval shows an allowed hour on the local clock: hours that begin in a gap begin at the
    first instant that exists, hours that a clock change repeats are open once. A denied day wins over any hours,
    also over those of the evening before that last beyond midnight. Raises ValueError for an unknown zone or calendar.
    """
    recipients_in = zone if window.timezone == RECIPIENT else ""
    local = zone_named(recipients_in or window.timezone)
    begin, end = first.astimezone(local).date() - _DAY, last.astimezone(local).date() + _DAY
    days = [begin + n * _DAY for n in range((end - begin).days + 1)]
    allowed = _united(i for day in days for hours in window.allow for i in _open_on(day, hours, local))
    denied = _united(_whole_day(day, local) for day in days if _is_denied(day, window, recipients_in))
    return tuple(_clipped(_without(allowed, denied), first.astimezone(UTC), last.astimezone(UTC)))


def _open_on(day: date, hours: Hours, local: ZoneInfo) -> Iterator[Interval]:
    if day.weekday() not in hours.days:
        return
    # Closing at 00:00 or before the opening is closing on the next day.
    last_day = day + _DAY if hours.closes <= hours.opens else day
    closes = first_instant(last_day, hours.closes, local, fold=0)
    # Where the clock shows the opening twice, the second time is the one after which it never goes back below it,
    # unless the hours have closed by then.
    opens = first_instant(day, hours.opens, local, fold=1)
    if opens >= closes:
        opens = first_instant(day, hours.opens, local, fold=0)
    if opens < closes:
        yield Interval(opens, closes)


def _whole_day(day: date, local: ZoneInfo) -> Interval:
    midnight = time()
    return Interval(
        first_instant(day, midnight, local, fold=0),
        first_instant(day + _DAY, midnight, local, fold=1),
    )


def _is_denied(day: date, window: Window, recipients_in: str) -> bool:
    for denial in window.deny:
        match denial:
            case Holidays(calendar=calendar):
                if day in holidays_there(calendar, day.year, recipients_in=recipients_in):
                    return True
            case Days(first=first, last=last):
                if first <= day <= last:
                    return True
    return False


def _united(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as sorted, disjoint intervals that do not touch."""
    united: list[Interval] = []
    for interval in sorted(intervals):
        if united and interval.opens <= united[-1].closes:
            united[-1] = Interval(united[-1].opens, max(united[-1].closes, interval.closes))
        else:
            united.append(interval)
    return united


def _without(allowed: Sequence[Interval], denied: Sequence[Interval]) -> Iterator[Interval]:
    for interval in allowed:
        opens = interval.opens
        for denial in denied:
            if denial.closes <= opens or denial.opens >= interval.closes:
                continue
            if opens < denial.opens:
                yield Interval(opens, denial.opens)
            opens = max(opens, denial.closes)
        if opens < interval.closes:
            yield Interval(opens, interval.closes)


def _clipped(intervals: Iterable[Interval], first: datetime, last: datetime) -> Iterator[Interval]:
    for interval in intervals:
        opens, closes = max(interval.opens, first), min(interval.closes, last)
        if opens < closes:
            yield Interval(opens, closes)
