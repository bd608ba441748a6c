"""Counts of people in pull requests: what is masked stays unknown, whatever is added or subtracted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compiler.review.masking import Bound, complement, funnel, movement, shown

COUNTS = st.integers(0, 40)
FEW = st.integers(1, 4)


def test_small_counts_are_masked_and_zero_is_not() -> None:
    assert [shown(count, "en") for count in (0, 1, 4, 5)] == ["0", "<\u00a05", "<\u00a05", "5"]


def test_an_unmasked_funnel_is_exact() -> None:
    assert funnel([400, 300, 300], [250, 50]) == [Bound(400), Bound(300), Bound(300)]


def test_steps_that_would_tell_a_small_group_are_bounded() -> None:
    assert funnel([400, 303, 302], [290, 10, 2]) == [Bound(400), Bound(300, False), Bound(300, False)]
    assert funnel([400, 302, 300], [290, 10]) == [Bound(400), Bound(300, False), Bound(300)]


@given(st.lists(COUNTS, min_size=1, max_size=5), st.lists(COUNTS, max_size=4), FEW, FEW)
def test_no_masked_count_follows_from_a_funnel(parts: list[int], drops: list[int], one: int, other: int) -> None:
    """Two plans that differ in one masked part alone look the same."""

    def steps(hidden: int) -> list[int]:
        lasts = [sum(parts) + hidden]
        for drop in drops:
            lasts.insert(0, max(lasts[0], sum(parts) + 4) + drop if lasts[1:] else sum(parts) + 4 + drop)
        return lasts

    assert funnel(steps(one), [*parts, one]) == funnel(steps(other), [*parts, other])


@given(COUNTS, COUNTS)
def test_a_movement_with_a_masked_half_shows_no_half(added: int, removed: int) -> None:
    said = movement(added, removed, "en")
    small = any(0 < count < 5 for count in (added, removed))
    assert ("/" in said) == (not small and (added > 0 or removed > 0))


def test_who_is_not_measured_is_masked_as_well() -> None:
    assert complement(98, 100, "en") == ("<\u00a05", True)
    assert complement(90, 100, "en") == ("90", False)
    assert complement(100, 100, "en") == ("100", False)
    assert complement(3, 100, "en") == ("<\u00a05", False)
