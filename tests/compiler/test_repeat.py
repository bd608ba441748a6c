"""Editions of a repeating campaign: their days, names and hours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.repeat import LAST, Every, Repeat

FIRST_TUESDAY = Repeat(Every.MONTH, weekday=1, place=1)
LAST_FRIDAY = Repeat(Every.MONTH, weekday=4, place=LAST)
FIFTEENTH = Repeat(Every.MONTH, day=15)
MONDAYS = Repeat(Every.WEEK, weekday=0)
DAILY = Repeat(Every.DAY)
ALL = (FIRST_TUESDAY, LAST_FRIDAY, FIFTEENTH, MONDAYS, Repeat(Every.WEEK, weekday=6), DAILY)


@pytest.mark.parametrize(
    ("repeat", "name", "day"),
    [
        (FIRST_TUESDAY, "2027-04", date(2027, 4, 6)),
        (FIRST_TUESDAY, "2027-06", date(2027, 6, 1)),
        (LAST_FRIDAY, "2027-04", date(2027, 4, 30)),
        (LAST_FRIDAY, "2027-12", date(2027, 12, 31)),
        (Repeat(Every.MONTH, weekday=4, place=4), "2027-05", date(2027, 5, 28)),
        (FIFTEENTH, "2028-02", date(2028, 2, 15)),
        (MONDAYS, "2027-W14", date(2027, 4, 5)),
        (MONDAYS, "2026-W53", date(2026, 12, 28)),
        (DAILY, "2027-04-06", date(2027, 4, 6)),
    ],
)
def test_an_edition_is_named_by_its_period(repeat: Repeat, name: str, day: date) -> None:
    assert repeat.day_of(name) == day
    assert repeat.name_of(day) == name


@pytest.mark.parametrize(
    ("repeat", "name"),
    [
        (FIRST_TUESDAY, "2027-13"),
        (FIRST_TUESDAY, "2027-04-06"),
        (MONDAYS, "2027-W54"),
        (DAILY, "2027-02-30"),
        (DAILY, ""),
    ],
)
def test_other_names_are_refused(repeat: Repeat, name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        repeat.day_of(name)


@given(st.sampled_from(ALL), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_next_edition_is_the_first_from_that_day_on(repeat: Repeat, moment: date) -> None:
    day = repeat.next_day(moment)
    assert moment <= day <= moment + timedelta(days=62)
    assert repeat.day_of(repeat.name_of(day)) == day
    between = (moment + timedelta(days=n) for n in range((day - moment).days))
    assert not [d for d in between if repeat.day_in(d) == d]
