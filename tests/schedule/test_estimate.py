from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from compiler.language.finding import Finding, Place
from compiler.language.lane import BUILT_IN
from compiler.language.settings import Limits
from compiler.language.window import Interval
from compiler.schedule import Load, Pace, estimate, late, late_together

P = Place("spring-2027.yaml", 7, 1)
NINE = datetime(2027, 3, 2, 8, tzinfo=UTC)
MORNING = Interval(NINE, NINE + timedelta(hours=3))
NEXT_MORNING = Interval(NINE + timedelta(days=1), NINE + timedelta(days=1, hours=3))
LATE = NINE + timedelta(days=30)


def pace(rate: int = 10, *, bandwidth: int | None = None, **lanes: Fraction) -> Pace:
    return Pace(Fraction(rate), Fraction(bandwidth) if bandwidth else None, lanes)


def load(number: int, messages: int, *intervals: Interval, lane: str = "other", zone: str = "Europe/Paris") -> Load:
    return Load(number, lane, zone, messages, 40_000, intervals or (MORNING, NEXT_MORNING))


def test_the_rate_alone_decides_inside_one_window() -> None:
    result = estimate([load(0, 36_000)], pace(10), limit=LATE)
    assert (result.starts, result.finishes, result.left) == (NINE, NINE + timedelta(hours=1), 0)
    assert not late([load(0, 36_000)], pace(10), result, limit=LATE, place=P)


def test_what_does_not_fit_waits_for_the_next_window() -> None:
    result = estimate([load(0, 108_000 + 36_000)], pace(10), limit=LATE)
    assert result.finishes == NINE + timedelta(days=1, hours=1)


def test_shards_of_one_lane_and_zone_leave_one_after_the_other() -> None:
    result = estimate([load(1, 18_000), load(0, 18_000)], pace(10), limit=LATE)
    half = NINE + timedelta(minutes=30)
    assert [(s.number, s.starts, s.finishes) for s in result.shards] == [
        (0, NINE, half),
        (1, half, NINE + timedelta(hours=1)),
    ]


def test_a_slow_lane_takes_its_own_time_and_leaves_the_rest_to_the_others() -> None:
    result = estimate([load(0, 3_600, lane="orange"), load(1, 32_400)], pace(10, orange=Fraction(1)), limit=LATE)
    assert {s.finishes for s in result.shards} == {NINE + timedelta(hours=1)}


def test_bandwidth_binds_where_messages_are_heavy() -> None:
    # 200 kB/s of 40 kB messages are 5 messages a second.
    result = estimate([load(0, 18_000)], pace(10, bandwidth=200_000), limit=LATE)
    assert result.finishes == NINE + timedelta(hours=1)


def test_everyday_mail_keeps_its_share() -> None:
    used = Pace.of(Limits(rate=Fraction(20), bandwidth=2_000_000, reserve=Fraction(1, 5)), BUILT_IN)
    assert (used.rate, used.bandwidth, used.lanes["orange"]) == (Fraction(16), Fraction(1_600_000), Fraction(1))
    assert "other" not in used.lanes


def told(loads: list[Load], paces: Pace, limit: datetime) -> list[Finding]:
    return late(loads, paces, estimate(loads, paces, limit=limit), limit=limit, place=P)


def test_a_plan_that_cannot_finish_in_time_is_an_error_that_says_how_many_are_left() -> None:
    limit = NINE + timedelta(minutes=45)
    result = estimate([load(0, 36_000)], pace(10), limit=limit)
    assert (result.finishes, result.left, result.shards[0].finishes) == (None, 9_000, None)
    (found,) = told([load(0, 36_000)], pace(10), limit)
    assert found.code == "WIN-FINISH-04"
    assert "9000" in found.message("fr")
    assert found.stops


def test_each_lane_has_its_own_finish() -> None:
    loads = [load(0, 3_600, lane="orange"), load(1, 1_800, lane="orange"), load(2, 3_600)]
    found = estimate(loads, pace(11, orange=Fraction(1)), limit=LATE)
    assert [(lane.lane, lane.messages, lane.finishes) for lane in found.lanes] == [
        ("orange", 5_400, NINE + timedelta(minutes=90)),
        ("other", 3_600, NINE + timedelta(minutes=6)),
    ]
    assert found.finishes == NINE + timedelta(minutes=90)


def test_the_lane_that_is_late_is_named_with_what_would_help() -> None:
    limit = NINE + timedelta(hours=1)
    loads = [load(0, 7_200, lane="orange"), load(1, 3_600)]
    (found,) = told(loads, pace(10, orange=Fraction(1)), limit)
    assert dict(found.arguments)["lane"] == "orange"
    assert dict(found.arguments)["left"] == "3600"
    cure = found.advice("en")
    assert "60 min earlier" in cure
    assert "lanes.orange.rate to 2/s" in cure
    assert "leave out 3600 recipients of lane orange" in cure


def test_the_cure_is_enough() -> None:
    limit = NINE + timedelta(hours=1)
    loads = [load(0, 7_200, lane="orange"), load(1, 3_600)]
    assert not told(loads, pace(10, orange=Fraction(2)), limit)
    assert not told([load(0, 3_600, lane="orange"), load(1, 3_600)], pace(10, orange=Fraction(1)), limit)
    assert not told(loads, pace(10, orange=Fraction(1)), limit + timedelta(hours=1))


def test_where_the_common_rate_is_in_the_way_the_cure_speaks_of_it_with_what_everyday_mail_keeps() -> None:
    declared = Limits(rate=Fraction(10), reserve=Fraction(1, 2))
    (found,) = told([load(0, 36_000)], Pace.of(declared, BUILT_IN), NINE + timedelta(hours=1))
    assert "limits.rate to 20/s" in found.advice("en")


def test_where_bandwidth_is_in_the_way_all_limits_must_rise() -> None:
    (found,) = told([load(0, 36_000)], pace(10, bandwidth=200_000), NINE + timedelta(hours=1))
    assert "rates and bandwidth 2×" in found.advice("en")


@pytest.mark.raises_code("WIN-FINISH-04")
def test_where_the_window_does_not_open_in_time_no_rate_helps() -> None:
    (found,) = told([load(0, 10, NEXT_MORNING, zone="Pacific/Noumea")], pace(10), NINE + timedelta(hours=1))
    assert "never opens in Pacific/Noumea" in found.advice("en")


@pytest.mark.raises_code("WIN-SHARED-06")
def test_plans_that_leave_together_share_their_lanes_equally() -> None:
    loads = [replace(load(0, 18_000), plan="spring"), replace(load(1, 36_000), plan="showroom")]
    found = estimate(loads, pace(10), limit=LATE)
    assert found.lane("other", "spring").finishes == NINE + timedelta(hours=1)
    assert found.lane("other", "showroom").finishes == NINE + timedelta(minutes=90)
    limit = NINE + timedelta(minutes=75)
    both = estimate(loads, pace(10), limit=limit)
    (told_of,) = late_together(loads, pace(10), both, plan="showroom", others=["spring"], limit=limit, place=P)
    assert (told_of.code, told_of.stops) == ("WIN-SHARED-06", True)
    assert "spring" in told_of.message("fr")
    assert not late_together(loads, pace(10), both, plan="spring", others=["showroom"], limit=limit, place=P)
    assert not told(loads[:1], pace(10), limit)


def test_a_zone_whose_window_never_opens_is_left() -> None:
    never = Load(1, "other", "Pacific/Noumea", 5, 1, ())
    result = estimate([load(0, 10), never], pace(10), limit=LATE)
    assert (result.left, result.shards[1].starts) == (5, None)


def test_an_empty_plan_has_nothing_to_finish() -> None:
    result = estimate([], pace(), limit=LATE)
    assert (result.starts, result.finishes, result.left, result.lanes) == (None, None, 0, ())


def test_thirds_of_messages_do_not_add_up_to_lost_ones() -> None:
    loads = [load(n, 1_001, zone=f"z{n}", lane=f"l{n % 3}") for n in range(7)]
    result = estimate(loads, pace(7), limit=LATE)
    assert result.left == 0
    exact = NINE + timedelta(seconds=1_001)
    assert result.finishes is not None
    assert abs(result.finishes - exact) < timedelta(seconds=1)
