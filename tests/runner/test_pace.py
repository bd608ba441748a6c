from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.language.plan import PlanLane
from runner.pace import SECOND, Pace, interval_of, pace_of


def _pace(rate: str = "", *, lane_rate: str = "", bandwidth: int | None = None, reserve: str = "0") -> Pace:
    lane = PlanLane("other", 10, 100, lane_rate)
    return pace_of(Fraction(rate) if rate else None, bandwidth, Fraction(reserve), [lane])


def _departures(pace: Pace, arrivals: list[int], size: int = 1) -> list[int]:
    """When messages leave that became ready at `arrivals`, each answered at once."""
    now, left = 0, []
    for arrival in arrivals:
        now = max(now, arrival)
        wait = pace.wait("other", now)
        assert wait is not None
        now += wait
        pace.take("other", now, size)
        pace.leave("other")
        left.append(now)
    return left


@given(
    rate=st.fractions(min_value=Fraction(1, 10), max_value=5000),
    gaps=st.lists(st.integers(min_value=0, max_value=3 * SECOND), min_size=2, max_size=60),
)
def test_no_window_of_time_holds_more_than_the_rate(rate: Fraction, gaps: list[int]) -> None:
    arrivals = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    left = _departures(pace_of(rate, None, Fraction(0), [PlanLane("other", 10, 100, "")]), arrivals)
    for earlier in range(len(left)):
        for later in range(earlier + 1, len(left)):
            slack = SECOND // 20 if rate >= 200 else 0
            assert left[later] - left[earlier] + slack >= (later - earlier - (rate >= 200)) * Fraction(SECOND) / rate


def test_a_pause_saves_nothing_up() -> None:
    left = _departures(_pace("10"), [0, 60 * SECOND, 60 * SECOND, 60 * SECOND])
    assert [b - a for a, b in pairwise(left[1:])] == [SECOND // 10] * 2


def test_a_full_line_is_used_entirely() -> None:
    assert _departures(_pace("20"), [0] * 201)[-1] == 10 * SECOND


def test_bytes_are_paced_too() -> None:
    assert _departures(_pace(bandwidth=1_000_000), [0] * 11, size=100_000)[-1] == SECOND


def test_everyday_mail_keeps_its_reserve() -> None:
    assert _departures(_pace("10", reserve="1/5"), [0] * 9)[-1] == SECOND


def test_a_lanes_own_rate_holds_below_the_common_one() -> None:
    assert _departures(_pace("100", lane_rate="1"), [0] * 4)[-1] == 3 * SECOND


def test_a_lane_never_has_more_in_flight_than_connections() -> None:
    pace = pace_of(None, None, Fraction(0), [PlanLane("free", 1, 50, "")])
    pace.take("free", 0, 1)
    assert pace.wait("free", SECOND) is None
    pace.leave("free")
    assert pace.wait("free", SECOND) == 0


def test_a_complaint_holds_the_lane_then_halves_its_rate_on_one_connection() -> None:
    pace = _pace("10")
    assert pace.throttled("other", 0).total_seconds() == 15 * 60
    assert pace.wait("other", 0) == 15 * 60 * SECOND
    after = 15 * 60 * SECOND
    pace.take("other", after, 1)
    assert pace.wait("other", after) is None
    pace.leave("other")
    assert pace.wait("other", after) == SECOND // 5


def test_answers_to_the_same_request_hold_once_and_a_repeated_one_doubles() -> None:
    pace = _pace("10")
    pace.throttled("other", 0)
    assert pace.throttled("other", SECOND).total_seconds() == 15 * 60 - 1
    assert pace.throttled("other", 16 * 60 * SECOND).total_seconds() == 30 * 60


def test_a_lane_gets_its_rate_back_slowly() -> None:
    pace = _pace("10")
    pace.throttled("other", 0)
    for minute in range(15, 25):
        pace.credited("other", minute * 60 * SECOND)
    assert pace.lanes["other"].slowed == 1
    assert pace.lanes["other"].places == 10


def test_little_is_prepared_ahead_on_a_slow_lane() -> None:
    assert (_pace("1/10").ahead("other"), _pace("20").ahead("other"), _pace().ahead("other")) == (1, 40, 40)


def test_intervals_are_rounded_against_the_sender() -> None:
    assert interval_of(Fraction(3)) * 3 >= SECOND
    with pytest.raises(ValueError):
        interval_of(Fraction(0))
