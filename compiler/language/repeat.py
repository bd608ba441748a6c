"""On which days a repeating campaign leaves, and what its editions are called. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LAST = -1
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Every(StrEnum):
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Repeat:
    """One edition each period. `weekday` is Monday 0; `place` its turn in the month, 1 to 4 or LAST; else `day`."""

    every: Every
    weekday: int = 0
    place: int = 0
    day: int = 1
    once_per_contact: bool = False

    def day_in(self, moment: date) -> date:
        """The edition's day in the period that holds a day."""
        match self.every:
            case Every.DAY:
                return moment
            case Every.WEEK:
                return moment + timedelta(days=self.weekday - moment.weekday())
            case Every.MONTH if not self.place:
                return moment.replace(day=self.day)
        first = moment.replace(day=1)
        if self.place == LAST:
            last = _next_month(first) - timedelta(days=1)
            return last - timedelta(days=(last.weekday() - self.weekday) % 7)
        return first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.place - 1))

    def next_day(self, moment: date) -> date:
        """The first edition's day from a day on."""
        day = self.day_in(moment)
        if day >= moment:
            return day
        return self.day_in(moment + timedelta(days=7) if self.every is Every.WEEK else _next_month(moment))

    def name_of(self, day: date) -> str:
        """`2027-04`, `2027-W14` (ISO 8601) or `2027-04-06`."""
        match self.every:
            case Every.DAY:
                return day.isoformat()
            case Every.WEEK:
                return f"{day.isocalendar().year}-W{day.isocalendar().week:02}"
            case Every.MONTH:
                return f"{day.year}-{day.month:02}"

    def day_of(self, name: str) -> date:
        """The day of the edition of that name. Raises ValueError for a name that no edition can have."""
        match self.every:
            case Every.DAY if _DAY.fullmatch(name):
                return date.fromisoformat(name)
            case Every.WEEK if found := _WEEK.fullmatch(name):
                return self.day_in(date.fromisocalendar(int(found[1]), int(found[2]), 1))
            case Every.MONTH if found := _MONTH.fullmatch(name):
                return self.day_in(date(int(found[1]), int(found[2]), 1))
        raise ValueError(name)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
