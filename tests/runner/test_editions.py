"""What one approval covers of the editions that follow: every condition by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compiler.specimen import HEADING
from runner.editions import departs_from, is_automatic

APPROVED = replace(
    HEADING,
    approval=(
        ("drift", "1/10"),
        ("editions", "automatic"),
        ("four_eyes_above", "105"),
        ("max_age_seconds", "1209600"),
    ),
    edition="2027-W09",
    recipients=100,
    inputs=(("spring.yaml", "a" * 64),),
    findings=("PLAN-FALLBACK-14 spring.yaml:1:1",),
)
LATER = replace(APPROVED, edition="2027-W10", start=APPROVED.start + timedelta(days=7), recipients=103)


def test_an_edition_that_differs_by_its_people_alone_is_covered() -> None:
    assert is_automatic(APPROVED)
    assert departs_from(APPROVED, LATER, once=False) is None
    assert departs_from(APPROVED, replace(LATER, findings=(), book_tree="b" * 40, history="c" * 64), once=False) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param({"start": APPROVED.start}, "later edition", id="not-later"),
        pytest.param({"campaign": "other"}, "later edition", id="another-campaign"),
        pytest.param({"supersedes": "d" * 64}, "later edition", id="a-correction"),
        pytest.param({"inputs": (("spring.yaml", "b" * 64),)}, "files", id="another-file"),
        pytest.param({"toolchain": (("python", "3.99"),)}, "versions", id="another-tool"),
        pytest.param({"findings": ("MSG-SIZE-13 spring.yaml:1:1",)}, "MSG-SIZE-13", id="a-new-finding"),
        pytest.param({"recipients": 111}, "beyond drift", id="too-many"),
        pytest.param({"recipients": 89}, "beyond drift", id="too-few"),
        pytest.param({"recipients": 106}, "second person", id="four-eyes"),
    ],
)
def test_what_a_reviewer_has_not_seen_waits_for_a_merge(change: dict[str, Any], word: str) -> None:
    why = departs_from(APPROVED, replace(LATER, **change), once=False)
    assert why is not None
    assert word in why.en


def test_nothing_is_covered_where_the_approved_plan_does_not_say_so() -> None:
    asking = replace(APPROVED, approval=tuple(pair for pair in APPROVED.approval if pair[0] != "editions"))
    assert not is_automatic(asking)
    assert departs_from(asking, LATER, once=False) is not None


def test_fewer_newcomers_are_what_one_expects_but_not_more() -> None:
    assert departs_from(APPROVED, replace(LATER, recipients=3), once=True) is None
    assert departs_from(APPROVED, replace(LATER, recipients=111), once=True) is not None
