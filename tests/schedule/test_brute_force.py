"""Two years of windows in twenty zones, against a clock on the wall that is looked at again and again.

The oracle reads the rule and nothing else: it asks what a local clock shows at an instant, never when that will be.
Every quarter of an hour is looked at. Where a rule's hours and the changes of offset fall on quarters, nothing can
differ inside of one, so each minute is covered; a rule with odd minutes is held at every edge, to the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import holidays
import pytest

from compiler.language.finding import Place
from compiler.language.window import RECIPIENT, Days, Holidays, Hours, Interval, Window
from compiler.schedule import open_intervals, zone

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
ZONES = [
    "Europe/Paris",
    "Europe/Dublin",  # winter is its daylight saving
    "Africa/Casablanca",  # back and forth for Ramadan
    "Africa/Cairo",  # changes at midnight, on a Friday
    "Asia/Beirut",  # changes at midnight
    "Asia/Gaza",
    "Asia/Kathmandu",  # +05:45
    "Asia/Kolkata",
    "America/St_Johns",  # -03:30
    "America/Santiago",  # changes at 24:00
    "America/Havana",  # changes at 0:00 and 1:00
    "America/Nuuk",  # the day before everybody else's
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",
    "Pacific/Chatham",  # +12:45 and +13:45
    "Pacific/Kiritimati",  # +14
    "Pacific/Noumea",
    "Indian/Reunion",
    "Antarctica/Troll",  # two hours
]
WORKDAYS, EVERY_DAY, WEEKEND = tuple(range(5)), tuple(range(7)), (5, 6)
CLOSED = Days(date(2026, 12, 24), date(2027, 1, 3))
RULES = {
    "office": ((Hours(WORKDAYS, time(9), time(12)), Hours(WORKDAYS, time(14), time(17, 30))), (Holidays("FR"), CLOSED)),
    "nights": ((Hours(EVERY_DAY, time(22, 15), time(3)),), (Holidays("GB-SCT"), CLOSED)),
    "in the change": ((Hours(WEEKEND, time(0, 30), time(2, 30)), Hours((4,), time(0), time(1))), (CLOSED,)),
    "all day": ((Hours(EVERY_DAY, time(0), time(0)),), (Holidays("FR-57"), Days(date(2026, 3, 29), date(2026, 3, 29)))),
}


def window(name: str) -> Window:
    allow, deny = RULES[name]
    return Window(name, RECIPIENT, allow, deny, Place("envoi.yaml"))


def closed_days(name: str, where: str) -> set[date]:
    """What the rule denies, from the library and the dates themselves."""
    days: set[date] = set()
    for denial in RULES[name][1]:
        if isinstance(denial, Days):
            days |= {denial.first + timedelta(days=n) for n in range((denial.last - denial.first).days + 1)}
            continue
        country, _, part = denial.calendar.partition("-")
        days |= set(holidays.country_holidays(country, subdiv=part or None, years=range(2025, 2030)))
        own = {"Pacific/Noumea": "NC", "Indian/Reunion": "974"}.get(where)
        if own and denial.calendar == "FR":
            days |= set(holidays.country_holidays("FR", subdiv=own, years=range(2025, 2030)))
    return days


def allowed(shown: datetime, hours: tuple[Hours, ...], closed: set[date]) -> bool:
    """Whether the rule lets a message leave while the recipient's clock shows this."""
    day, at = shown.date(), shown.time()
    if day in closed:
        return False
    before = (day - timedelta(days=1)).weekday()
    for each in hours:
        if each.opens < each.closes:
            if day.weekday() in each.days and each.opens <= at < each.closes:
                return True
        elif (day.weekday() in each.days and at >= each.opens) or (before in each.days and at < each.closes):
            return True
    return False


def clock(where: str) -> Iterator[tuple[datetime, datetime]]:
    """Every quarter of an hour of the two years, with what the local clock shows then."""
    local, instant = zone(where), FIRST
    while instant < LAST:
        shown = instant.astimezone(local)
        yield instant, shown
        instant += QUARTER


def covered(found: tuple[Interval, ...]) -> set[datetime]:
    """The quarters that lie in intervals, each whole."""
    quarters = set()
    for interval in found:
        instant = interval.opens
        assert (instant - FIRST) % QUARTER == timedelta(0)
        while instant < interval.closes:
            quarters.add(instant)
            instant += QUARTER
        assert instant == interval.closes
    return quarters


@pytest.mark.parametrize("where", ZONES)
def test_no_instant_of_two_years_lies_outside_its_rule_and_none_is_forgotten(where: str) -> None:
    times = list(clock(where))
    for name, (hours, _) in RULES.items():
        closed = closed_days(name, where)
        opened = covered(open_intervals(window(name), zone=where, first=FIRST, last=LAST))
        right = {instant for instant, shown in times if allowed(shown.replace(tzinfo=None, fold=0), hours, closed)}
        assert not opened - right, (name, min(opened - right))
        # What a change of the clock shows twice is open once: nothing else is ever left out.
        repeated = {shown.date() for (_, before), (_, shown) in pairwise(times) if _goes_back(before, shown)}
        forgotten = {i.astimezone(zone(where)).date() for i in right - opened}
        assert forgotten <= repeated, (name, min(forgotten - repeated))


def _goes_back(before: datetime, shown: datetime) -> bool:
    return shown.replace(tzinfo=None) - before.replace(tzinfo=None) < QUARTER


@pytest.mark.parametrize("where", ZONES)
def test_hours_with_odd_minutes_are_right_to_the_second_at_every_edge(where: str) -> None:
    hours = (Hours(EVERY_DAY, time(8, 7), time(11, 53)), Hours(EVERY_DAY, time(23, 41), time(2, 13)))
    odd = Window("odd", RECIPIENT, hours, (CLOSED,), Place("envoi.yaml"))
    closed = {CLOSED.first + timedelta(days=n) for n in range((CLOSED.last - CLOSED.first).days + 1)}
    local = zone(where)
    found = open_intervals(odd, zone=where, first=FIRST, last=LAST)
    assert len(found) > 1_400
    for interval in found:
        inside = (interval.opens, interval.opens + (interval.closes - interval.opens) / 2, interval.closes - SECOND)
        for instant in inside:
            assert allowed(instant.astimezone(local).replace(tzinfo=None, fold=0), hours, closed), instant


@pytest.mark.parametrize(
    ("where", "closed_on", "open_in_paris"),
    [
        pytest.param("Indian/Reunion", date(2027, 12, 20), True, id="abolition-in-reunion"),
        pytest.param("America/Guadeloupe", date(2027, 5, 27), True, id="abolition-in-guadeloupe"),
        pytest.param("Pacific/Noumea", date(2027, 9, 24), True, id="citizenship-day-in-new-caledonia"),
        pytest.param("Indian/Reunion", date(2027, 7, 14), False, id="bastille-day-everywhere"),
    ],
)
def test_overseas_the_french_calendar_is_the_territorys_own(where: str, closed_on: date, open_in_paris: bool) -> None:
    def opens(zone_name: str, timezone: str = RECIPIENT) -> bool:
        one = Window("w", timezone, (Hours(EVERY_DAY, time(9), time(10)),), (Holidays("FR"),), Place("envoi.yaml"))
        middle = datetime.combine(closed_on, time(12), tzinfo=zone(zone_name)).astimezone(UTC)
        half = timedelta(hours=12)
        return bool(open_intervals(one, zone=zone_name, first=middle - half, last=middle + half))

    assert not opens(where)
    assert opens("Europe/Paris") is open_in_paris
    if open_in_paris:  # the sender's clock is the sender's calendar
        assert opens(where, timezone="Europe/Paris")


@pytest.mark.parametrize(
    ("calendar", "closed_on", "closed"),
    [
        pytest.param("FR-67", date(2027, 3, 26), True, id="good-friday-in-alsace"),
        pytest.param("FR-68", date(2027, 12, 26), True, id="saint-stephen-in-alsace"),
        pytest.param("FR-57", date(2027, 3, 26), True, id="moselle"),
        pytest.param("FR-35", date(2027, 3, 26), False, id="not-in-brittany"),
        pytest.param("FR-2A", date(2027, 7, 14), True, id="corsica"),
        pytest.param("FR-988", date(2027, 9, 24), True, id="new-caledonia-by-its-postcode"),
        pytest.param("DE-BY", date(2027, 1, 6), True, id="epiphany-in-bavaria"),
        pytest.param("CH-GE", date(2027, 12, 31), True, id="geneva"),
        pytest.param("BE", date(2027, 7, 21), True, id="belgium"),
    ],
)
def test_a_department_or_a_part_of_another_country_has_its_calendar(
    calendar: str, closed_on: date, closed: bool
) -> None:
    one = Window("w", "UTC", (Hours(EVERY_DAY, time(9), time(10)),), (Holidays(calendar),), Place("envoi.yaml"))
    begin = datetime.combine(closed_on, time(), tzinfo=UTC)
    assert bool(open_intervals(one, zone="UTC", first=begin, last=begin + timedelta(days=1))) is not closed
