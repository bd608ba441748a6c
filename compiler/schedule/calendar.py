"""Public holidays, and whether a window's calendar and zone exist."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache

import holidays

from compiler.language.catalogue.schedule import WINDOW_CALENDAR, WINDOW_EMPTY, WINDOW_NIGHT, WINDOW_ZONE
from compiler.language.finding import Finding, did_you_mean, finding
from compiler.language.window import RECIPIENT, Holidays, Window
from compiler.schedule.zones import known_zones

_MORNING, _EVENING = time(7), time(21)


@lru_cache(maxsize=256)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """The public holidays of a country or of a part of it (`FR`, `FR-57`). Raises ValueError for an unknown one."""
    country, _, part = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except (NotImplementedError, ValueError):
        raise ValueError(f"no calendar {calendar!r}") from None


def check_window(window: Window) -> list[Finding]:
    """What prevents a window from ever being computed, and hours at which nobody wants to be woken."""
    findings: list[Finding] = []
    if window.timezone != RECIPIENT and window.timezone not in known_zones():
        hint = did_you_mean(window.timezone, sorted(known_zones()))
        findings.append(finding(WINDOW_ZONE, window.place, hint=hint, window=window.name, zone=window.timezone))
    for denial in window.deny:
        if isinstance(denial, Holidays) and not _known(denial.calendar):
            findings.append(finding(WINDOW_CALENDAR, window.place, window=window.name, calendar=denial.calendar))
    if not window.allow:
        findings.append(finding(WINDOW_EMPTY, window.place, window=window.name))
    if any(hours.opens < _MORNING or not _MORNING < hours.closes <= _EVENING for hours in window.allow):
        findings.append(finding(WINDOW_NIGHT, window.place, window=window.name))
    return findings


def _known(calendar: str) -> bool:
    try:
        public_holidays(calendar, 2027)
    except ValueError:
        return False
    return True
