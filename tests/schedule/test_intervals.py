from __future__ import annotations

import os
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.finding import Place
from compiler.language.window import RECIPIENT, Days, Holidays, Hours, Interval, Window
from compiler.schedule import check_window, known_zones, open_intervals, zone

P = Place("envoi.yaml", 30, 3)
WEEKDAYS = tuple(range(5))
EVERY_DAY = tuple(range(7))
OFFICE = (Hours(WEEKDAYS, time(9), time(12)), Hours(WEEKDAYS, time(14), time(17, 30)))


def window(*allow: Hours, deny: tuple[Holidays | Days, ...] = (), timezone: str = RECIPIENT) -> Window:
    return Window("office-hours", timezone, allow, deny, P)


def opened(one: Window, where: str, first: str, last: str) -> list[str]:
    """The intervals as `day hh:mm-hh:mm` in UTC."""
    bounds = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last)]
    found = open_intervals(one, zone=where, first=bounds[0], last=bounds[1])
    return [f"{i.opens:%m-%d %H:%M}/{i.closes:%m-%d %H:%M}" for i in found]


def test_hours_are_the_recipients_own() -> None:
    day = ("2027-03-02", "2027-03-03")
    assert opened(window(*OFFICE), "Europe/Paris", *day) == ["03-02 08:00/03-02 11:00", "03-02 13:00/03-02 16:30"]
    assert opened(window(*OFFICE), "Indian/Reunion", *day) == ["03-02 05:00/03-02 08:00", "03-02 10:00/03-02 13:30"]
    assert opened(window(*OFFICE), "America/Guadeloupe", *day) == ["03-02 13:00/03-02 16:00", "03-02 18:00/03-02 21:30"]
    assert opened(window(*OFFICE), "Pacific/Noumea", *day) == [
        "03-02 00:00/03-02 01:00",
        "03-02 03:00/03-02 06:30",
        "03-02 22:00/03-03 00:00",
    ]


def test_a_declared_zone_holds_for_everybody() -> None:
    paris = window(*OFFICE, timezone="Europe/Paris")
    day = ("2027-03-02", "2027-03-03")
    assert opened(paris, "Pacific/Noumea", *day) == opened(window(*OFFICE), "Europe/Paris", *day)


def test_week_ends_are_closed_and_friday_evening_waits_for_monday() -> None:
    assert opened(window(*OFFICE), "Europe/Paris", "2027-03-05T16:30", "2027-03-08T09:00") == [
        "03-08 08:00/03-08 09:00"
    ]


@pytest.mark.parametrize(
    ("calendar", "closed_on", "open_on"),
    [
        pytest.param("FR", "2027-03-29", "2027-03-26", id="easter-monday-but-not-good-friday"),
        pytest.param("FR", "2027-05-06", "2027-05-07", id="ascension"),
        pytest.param("FR", "2027-07-14", "2027-07-13", id="bastille-day"),
        pytest.param("FR-57", "2027-03-26", "2027-03-25", id="good-friday-in-moselle"),
        pytest.param("GB-ENG", "2027-12-27", "2027-07-14", id="england"),
    ],
)
def test_public_holidays_are_closed(calendar: str, closed_on: str, open_on: str) -> None:
    one = window(*OFFICE, deny=(Holidays(calendar),))
    assert opened(one, "Europe/Paris", closed_on, f"{closed_on}T23:00") == []
    assert len(opened(one, "Europe/Paris", open_on, f"{open_on}T23:00")) == 2


def test_denied_days_win_over_the_evening_before_that_lasts_beyond_midnight() -> None:
    night = window(Hours(EVERY_DAY, time(22), time(2)), deny=(Days(date(2027, 3, 3), date(2027, 3, 3)),))
    assert opened(night, "UTC", "2027-03-02T12:00", "2027-03-05T12:00") == [
        "03-02 22:00/03-03 00:00",
        "03-04 00:00/03-04 02:00",
        "03-04 22:00/03-05 02:00",
    ]


def test_midnight_as_the_end_is_the_end_of_the_day_and_touching_hours_are_one() -> None:
    halves = window(Hours(EVERY_DAY, time(0), time(12)), Hours(EVERY_DAY, time(12), time(0)))
    assert opened(halves, "UTC", "2027-03-02", "2027-03-04") == ["03-02 00:00/03-04 00:00"]


# Europe/Paris: on 2026-03-29 at 01:00Z 02:00 becomes 03:00; on 2026-10-25 at 01:00Z 03:00 becomes 02:00 again.
@pytest.mark.parametrize(
    ("opens", "closes", "spring", "autumn"),
    [
        pytest.param(time(2, 30), time(4), "01:00/02:00", "01:30/03:00", id="begins-in-the-change"),
        pytest.param(time(1), time(2, 30), "00:00/01:00", "23:00/00:30", id="ends-in-the-change"),
        pytest.param(time(1), time(4), "00:00/02:00", "23:00/03:00", id="spans-the-change"),
        pytest.param(time(2, 15), time(2, 45), None, "00:15/00:45", id="lies-in-the-change"),
        pytest.param(time(9), time(12), "07:00/10:00", "08:00/11:00", id="after-the-change"),
    ],
)
def test_clock_changes_skip_what_does_not_exist_and_open_once_what_is_repeated(
    opens: time, closes: time, spring: str | None, autumn: str
) -> None:
    one = window(Hours((6,), opens, closes))
    for day, expected in (("2026-03-28T12:00", spring), ("2026-10-24T12:00", autumn)):
        found = opened(one, "Europe/Paris", day, str(datetime.fromisoformat(day) + timedelta(days=1)))
        assert [f"{i[6:11]}/{i[18:]}" for i in found] == ([expected] if expected else [])


def test_a_day_whose_midnight_does_not_exist_is_closed_from_its_first_instant() -> None:
    # Santiago goes from 24:00 to 01:00 on 2026-09-06: the day begins at 04:00Z.
    one = window(Hours(EVERY_DAY, time(0), time(3)), deny=(Days(date(2026, 9, 5), date(2026, 9, 5)),))
    assert (
        opened(one, "America/Santiago", "2026-09-05T03:00", "2026-09-06T12:00")
        == [
            "09-05 03:00/09-05 04:00",
            "09-06 04:00/09-06 06:00",
        ][1:]
    )


_HOURS = st.builds(
    Hours,
    st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True).map(tuple),
    st.times().map(lambda t: t.replace(minute=t.minute // 15 * 15, second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(minute=t.minute // 15 * 15, second=0, microsecond=0)),
)
_ZONES = [
    "Europe/Paris",
    "America/Montreal",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Noumea",
    "Asia/Kolkata",
]


@settings(max_examples=150, deadline=None)
@given(
    hours=st.lists(_HOURS, min_size=1, max_size=3),
    where=st.sampled_from(_ZONES),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)),
    minutes=st.lists(st.integers(0, 6 * 24 * 60), min_size=30, max_size=30),
    denied=st.integers(0, 5),
)
def test_the_local_clock_shows_an_allowed_hour_at_every_open_instant(
    hours: list[Hours], where: str, start: datetime, minutes: list[int], denied: int
) -> None:
    first = start.replace(tzinfo=UTC)
    day = (first + timedelta(days=denied)).date()
    one = window(*hours, deny=(Days(day, day),))
    found = open_intervals(one, zone=where, first=first, last=first + timedelta(days=6))
    assert list(found) == sorted(found)
    assert all(a.closes < b.opens for a, b in pairwise(found))
    edges = [i.opens for i in found] + [i.closes - timedelta(seconds=1) for i in found]
    for instant in [*edges, *(first + timedelta(minutes=m) for m in minutes)]:
        if any(instant in i for i in found):
            assert _allowed(one, instant.astimezone(zone(where)).replace(tzinfo=None), day)


def _allowed(one: Window, local: datetime, denied: date) -> bool:
    if local.date() == denied:
        return False
    before = (local.date() - timedelta(days=1)).weekday()
    for h in one.allow:
        if h.opens < h.closes:
            if local.weekday() in h.days and h.opens <= local.time() < h.closes:
                return True
        elif (local.weekday() in h.days and local.time() >= h.opens) or (before in h.days and local.time() < h.closes):
            return True
    return False


def test_zones_come_from_the_package_and_never_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTZPATH", "/nonexistent")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    clock.tzset()
    try:
        assert opened(window(*OFFICE), "Europe/Paris", "2027-07-01", "2027-07-02")[0] == "07-01 07:00/07-01 10:00"
    finally:
        os.environ.pop("TZ")
        clock.tzset()
    assert zone("Europe/Paris") is zone("Europe/Paris")
    assert "Europe/Paris" in known_zones()


@pytest.mark.parametrize("name", ["Europe/Rennes", "../../etc/passwd", "/etc/localtime", "", "zones"])
def test_only_names_of_the_package_are_zones(name: str) -> None:
    with pytest.raises(ValueError):
        zone(name)


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (window(*OFFICE, timezone="Europe/Pari"), "WIN-ZONE-01"),
        (window(*OFFICE, deny=(Holidays("XX"),)), "WIN-HOLIDAYS-02"),
        (window(*OFFICE, deny=(Holidays("FR-999"),)), "WIN-HOLIDAYS-02"),
        (window(), "WIN-EMPTY-03"),
    ],
)
@pytest.mark.raises_code("WIN-EMPTY-03")
def test_a_window_that_cannot_be_computed_is_a_finding(spoilt: Window, code: str) -> None:
    assert [f.code for f in check_window(spoilt)] == [code]
    assert not check_window(window(*OFFICE, deny=(Holidays("FR"),), timezone="Europe/Paris"))


def test_an_empty_span_has_no_interval() -> None:
    moment = datetime(2027, 3, 2, 10, tzinfo=UTC)
    assert open_intervals(window(*OFFICE), zone="UTC", first=moment, last=moment) == ()
    assert Interval(moment, moment + timedelta(hours=1)) in open_intervals(
        window(*OFFICE), zone="UTC", first=moment, last=moment + timedelta(hours=1)
    )
