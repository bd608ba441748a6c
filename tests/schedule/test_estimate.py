from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from compiler.language.finding import Place
from compiler.language.lane import BUILT_IN
from compiler.language.settings import Limits
from compiler.language.window import Interval
from compiler.schedule import Load, Pace, estimate

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
    result = estimate([load(0, 36_000)], pace(10), limit=LATE, place=P)
    assert (result.starts, result.finishes, result.left) == (NINE, NINE + timedelta(hours=1), 0)
    assert not result.findings


def test_what_does_not_fit_waits_for_the_next_window() -> None:
    result = estimate([load(0, 108_000 + 36_000)], pace(10), limit=LATE, place=P)
    assert result.finishes == NINE + timedelta(days=1, hours=1)


def test_shards_of_one_lane_and_zone_leave_one_after_the_other() -> None:
    result = estimate([load(1, 18_000), load(0, 18_000)], pace(10), limit=LATE, place=P)
    half = NINE + timedelta(minutes=30)
    assert [(s.number, s.starts, s.finishes) for s in result.shards] == [
        (0, NINE, half),
        (1, half, NINE + timedelta(hours=1)),
    ]


def test_a_slow_lane_takes_its_own_time_and_leaves_the_rest_to_the_others() -> None:
    result = estimate(
        [load(0, 3_600, lane="orange"), load(1, 32_400)], pace(10, orange=Fraction(1)), limit=LATE, place=P
    )
    assert {s.finishes for s in result.shards} == {NINE + timedelta(hours=1)}


def test_bandwidth_binds_where_messages_are_heavy() -> None:
    # 200 kB/s of 40 kB messages are 5 messages a second.
    result = estimate([load(0, 18_000)], pace(10, bandwidth=200_000), limit=LATE, place=P)
    assert result.finishes == NINE + timedelta(hours=1)


def test_everyday_mail_keeps_its_share() -> None:
    used = Pace.of(Limits(rate=Fraction(20), bandwidth=2_000_000, reserve=Fraction(1, 5)), BUILT_IN)
    assert (used.rate, used.bandwidth, used.lanes["orange"]) == (Fraction(16), Fraction(1_600_000), Fraction(1))
    assert "other" not in used.lanes


def test_a_plan_that_cannot_finish_in_time_is_an_error_that_says_how_many_are_left() -> None:
    result = estimate([load(0, 36_000)], pace(10), limit=NINE + timedelta(minutes=45), place=P)
    assert (result.finishes, result.left, result.shards[0].finishes) == (None, 9_000, None)
    assert [f.code for f in result.findings] == ["WIN-FINISH-04"]
    assert "9000" in result.findings[0].message("fr")
    assert result.findings[0].stops


def test_a_zone_whose_window_never_opens_is_left() -> None:
    never = Load(1, "other", "Pacific/Noumea", 5, 1, ())
    result = estimate([load(0, 10), never], pace(10), limit=LATE, place=P)
    assert (result.left, result.shards[1].starts) == (5, None)


def test_an_empty_plan_has_nothing_to_finish() -> None:
    result = estimate([], pace(), limit=LATE, place=P)
    assert (result.starts, result.finishes, result.left, result.findings) == (None, None, 0, ())


def test_thirds_of_messages_do_not_add_up_to_lost_ones() -> None:
    loads = [load(n, 1_001, zone=f"z{n}", lane=f"l{n % 3}") for n in range(7)]
    result = estimate(loads, pace(7), limit=LATE, place=P)
    assert result.left == 0
    exact = NINE + timedelta(seconds=1_001)
    assert result.finishes is not None
    assert abs(result.finishes - exact) < timedelta(seconds=1)
