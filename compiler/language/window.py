"""When a message may leave: allowed hours on the recipient's or the sender's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from compiler.language.finding import Place

RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Hours:
    """`days` holds weekday numbers, Monday 0. `closes` is exclusive; 24:00 is written as time.min of the next day."""

    days: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays of a country or a subdivision of it (`FR`, `FR-57`)."""

    calendar: str


@dataclass(frozen=True, slots=True)
class Days:
    """Closed from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Window:
    """`timezone` is `recipient` or an IANA name. A denial wins over any allowance."""

    name: str
    timezone: str
    allow: tuple[Hours, ...]
    deny: tuple[Holidays | Days, ...]
    place: Place


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Open from `opens` to `closes` (exclusive), both in UTC."""

    opens: datetime
    closes: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.opens <= moment < self.closes


def next_opening(intervals: tuple[Interval, ...], now: datetime) -> datetime | None:
    """The first instant from `now` on that lies in a sorted, disjoint list of intervals; None past the last."""
    for interval in intervals:
        if now < interval.closes:
            return max(now, interval.opens)
    return None


def open_until(intervals: tuple[Interval, ...], now: datetime) -> datetime | None:
    """When the interval that holds `now` closes; None outside all of them."""
    return next((i.closes for i in intervals if now in i), None)
