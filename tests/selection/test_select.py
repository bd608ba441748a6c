from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.language.campaign import Campaign, Workspace
from compiler.language.consent import Answer, Tracking
from compiler.language.contact import Person, Value
from compiler.language.finding import Place
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.language.plan import FunnelStep
from compiler.language.segment import (
    All,
    Any,
    Clause,
    Comparison,
    Deed,
    Engagement,
    Everyone,
    InSegment,
    Not,
    Operator,
)
from compiler.selection import Selection, select

P = Place("segments.yaml", 3, 5)
ON = date(2027, 3, 1)
Build: TypeAlias = Callable[..., Workspace]
Make: TypeAlias = Callable[..., Person]


def field(name: str, operator: str, operand: object) -> Comparison:
    return Comparison(name, Operator(operator), operand, P)  # type: ignore[arg-type]


def chosen(
    workspace: Workspace,
    campaign: Campaign,
    people: Sequence[Person],
    *,
    history: History | None = None,
    threads: int = 1,
) -> Selection:
    return select(workspace, campaign, people=people, history=history or History(), on=ON, threads=threads)


def numbers(selection: Selection) -> list[int]:
    return [int(contact, 16) for contact in selection.chosen]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        pytest.param(Everyone(P), [1, 2, 3, 4], id="everyone"),
        pytest.param(field("job", "is", "architecte"), [1], id="is"),
        pytest.param(field("job", "in", ("architecte", "d'intérieur")), [1, 2], id="in-with-an-apostrophe"),
        pytest.param(field("job", "in", ()), [], id="in-nothing"),
        pytest.param(field("job", "begins", "archi"), [1], id="begins"),
        pytest.param(field("job", "known", True), [1, 2, 3], id="known"),
        pytest.param(field("job", "known", False), [4], id="empty-text-is-unknown"),
        pytest.param(field("headcount", "at_least", 10), [1, 2], id="at-least"),
        pytest.param(field("headcount", "more_than", 10), [2], id="more-than"),
        pytest.param(field("headcount", "at_most", 10), [1, 3], id="at-most"),
        pytest.param(field("headcount", "less_than", 10), [3], id="less-than"),
        pytest.param(field("budget", "more_than", "0.1"), [2], id="decimals-are-exact"),
        pytest.param(field("budget", "is", "0.100"), [1], id="decimals-compare-by-value"),
        pytest.param(field("since", "before", "2026-02-01"), [1], id="before"),
        pytest.param(field("since", "after", "2026-02-01"), [3], id="after"),
        pytest.param(field("vip", "is", True), [2], id="boolean"),
        pytest.param(field("country", "is", "BE"), [3], id="built-in-field"),
        pytest.param(field("address", "is", "p4@clients.example"), [4], id="address"),
        pytest.param(Not(field("job", "is", "architecte"), P), [2, 3], id="not-of-unknown-selects-nobody"),
        pytest.param(Not(field("headcount", "at_least", 10), P), [3], id="not-of-unknown-number"),
        pytest.param(
            Any((field("job", "is", "architecte"), field("vip", "is", True)), P), [1, 2], id="any-with-an-unknown"
        ),
        pytest.param(All((), P), [1, 2, 3, 4], id="empty-all"),
        pytest.param(Any((), P), [], id="empty-any"),
        pytest.param(InSegment("others", P), [1, 3], id="segment-in-segment"),
        pytest.param(Not(InSegment("others", P), P), [2], id="not-in-segment"),
    ],
)
def test_a_clause_selects_those_for_whom_it_is_true(
    clause: Clause, expected: list[int], workspace: Build, campaign: Campaign, person: Make
) -> None:
    people = [
        person(1, job="architecte", headcount=10, budget="0.1", since="2026-01-31"),
        person(2, job="d'intérieur", headcount=50, budget="0.100000000001", vip=True, since="2026-02-01"),
        person(3, job="designer", headcount=0, country="BE", since="2026-03-01"),
        person(4, job=""),
    ]
    others = field("headcount", "at_most", 10)
    assert numbers(chosen(workspace(clause, others=others), campaign, people)) == expected


def test_the_funnel_says_how_many_each_clause_leaves(workspace: Build, campaign: Campaign, person: Make) -> None:
    match = All((field("job", "in", ("architecte", "designer")), Not(field("department", "is", "75"), P)), P)
    people = [person(n, job="architecte", department="75" if n % 2 else "35") for n in range(10)]
    people += [person(20, job="designer"), person(21, job="maçon", department="35"), person(22)]
    result = chosen(workspace(match), campaign, people)
    assert result.funnel == (
        FunnelStep("everyone", 13),
        FunnelStep("{field: job, in: [architecte, designer]}", 11),
        FunnelStep("{not: {field: department, is: 75}}", 5),
    )
    assert numbers(result) == [0, 2, 4, 6, 8]


def test_what_is_lost_for_want_of_a_value_is_told_without_small_counts(
    workspace: Build, campaign: Campaign, person: Make
) -> None:
    match = All((field("job", "is", "architecte"), field("department", "is", "35")), P)
    people = [person(n, job="architecte") for n in range(7)] + [person(50, department="35")]
    findings = chosen(workspace(match), campaign, people).findings
    assert [(f.code, dict(f.arguments)["count"]) for f in findings] == [
        ("SEG-UNKNOWN-01", "<5"),
        ("SEG-UNKNOWN-01", "7"),
    ]
    assert "{field: department, is: 35}" in findings[1].message("fr")


def test_people_who_may_not_be_measured_never_count_as_not_having_clicked(
    workspace: Build, campaign: Campaign, person: Make
) -> None:
    yes, no = Tracking(clicks=Answer.GRANTED), Tracking(clicks=Answer.WITHDRAWN)
    people = [person(1, tracking=yes), person(2, tracking=yes), person(3, tracking=no), person(4)]
    clicks = [HistoryRecord(f"{n:032x}", "autumn", "1", HistoryDeed.CLICKED, date(2027, 1, 10)) for n in (1, 3)]
    history = History.of(clicks)
    clicked = Engagement(Deed.CLICKED, "autumn", 90, P)
    assert numbers(chosen(workspace(clicked), campaign, people, history=history)) == [1]
    assert numbers(chosen(workspace(Not(clicked, P)), campaign, people, history=history)) == [2]
    long_ago = Engagement(Deed.CLICKED, "autumn", 30, P)
    assert numbers(chosen(workspace(long_ago), campaign, people, history=history)) == []


def test_a_message_in_doubt_is_neither_received_nor_not(workspace: Build, campaign: Campaign, person: Make) -> None:
    people = [person(n) for n in (1, 2, 3)]
    deeds = [(1, HistoryDeed.RECEIVED), (2, HistoryDeed.IN_DOUBT)]
    history = History.of(HistoryRecord(f"{n:032x}", "autumn", "1", deed, ON) for n, deed in deeds)
    received = Engagement(Deed.RECEIVED, "autumn", None, P)
    assert numbers(chosen(workspace(received), campaign, people, history=history)) == [1]
    assert numbers(chosen(workspace(Not(received, P)), campaign, people, history=history)) == [3]


def test_neither_the_order_of_people_nor_the_threads_change_anything(
    workspace: Build, campaign: Campaign, person: Make
) -> None:
    rng = random.Random(7)
    jobs = ["architecte", "designer", None]
    people = [person(rng.getrandbits(128), job=rng.choice(jobs), headcount=rng.randrange(20)) for _ in range(40_000)]
    shuffled = rng.sample(people, len(people))
    match = workspace(All((field("job", "is", "architecte"), field("headcount", "at_least", 5)), P))
    one, two = chosen(match, campaign, people), chosen(match, campaign, shuffled, threads=2)
    assert one == two
    assert list(one.chosen) == sorted(one.chosen)
    assert len(one.chosen) > 5_000


_TEXTS = st.sampled_from(["architecte", "o'brien", "", "été\u00a0!", "\\", '"', "$v0", "a\tb", "🦉"]) | st.text(
    max_size=5
)
_LEAVES = st.one_of(
    st.builds(lambda o, v: field("job", o, v), st.sampled_from(["is", "begins", "less_than", "at_least"]), _TEXTS),
    st.builds(lambda v: field("job", "in", tuple(v)), st.lists(_TEXTS.filter(bool), max_size=3)),
    st.builds(
        lambda o, v: field("headcount", o, v), st.sampled_from(["is", "at_most", "more_than"]), st.integers(-3, 3)
    ),
    st.builds(lambda v: field("job", "known", v), st.booleans()),
    st.builds(
        lambda o, v: field("budget", o, str(v)),
        st.sampled_from(["is", "less_than"]),
        st.decimals(-2, 2, places=2, allow_nan=False),
    ),
)
_CLAUSES: st.SearchStrategy[Clause] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda c: All(tuple(c), P), st.lists(inner, max_size=3)),
        st.builds(lambda c: Any(tuple(c), P), st.lists(inner, max_size=3)),
        st.builds(lambda c: Not(c, P), inner),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clause=_CLAUSES, values=st.lists(st.tuples(_TEXTS, st.none() | st.integers(-3, 3), st.none() | st.just("0.10"))))
def test_the_engine_agrees_with_three_valued_logic_written_by_hand(
    clause: Clause,
    values: list[tuple[str, int | None, str | None]],
    workspace: Build,
    campaign: Campaign,
    person: Make,
) -> None:
    people = [person(n, job=j, headcount=h, budget=b) for n, (j, h, b) in enumerate(values)]
    expected = [n for n, one in enumerate(people) if _truth(clause, one) is True]
    assert numbers(chosen(workspace(clause), campaign, people)) == expected


def _truth(clause: Clause, person: Person) -> bool | None:
    match clause:
        case All(clauses=inner):
            return _all([_truth(c, person) for c in inner])
        case Any(clauses=inner):
            return _negated(_all([_negated(_truth(c, person)) for c in inner]))
        case Not(clause=one):
            return _negated(_truth(one, person))
        case Comparison():
            return _compare(clause, person.value(clause.field))
        case _:
            raise AssertionError(clause)


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def _negated(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _compare(clause: Comparison, value: Value) -> bool | None:
    if isinstance(value, str):
        value = value.replace("\0", "")
    unknown = value is None or value == ""
    if clause.operator is Operator.KNOWN:
        return unknown is not clause.operand
    if unknown and not (clause.operator is Operator.IN and clause.operand == ()):
        return None
    if clause.operator is Operator.IN:
        assert isinstance(clause.operand, tuple)
        return value in clause.operand
    if clause.operator is Operator.BEGINS:
        return str(value).startswith(str(clause.operand))
    return _holds(clause.operator, _order(clause.field, value, clause.operand))


def _holds(operator: Operator, order: int) -> bool:
    return {
        Operator.IS: order == 0,
        Operator.AT_LEAST: order >= 0,
        Operator.AT_MOST: order <= 0,
        Operator.MORE_THAN: order > 0,
        Operator.LESS_THAN: order < 0,
    }[operator]


def _order(name: str, left: object, right: object) -> int:
    """Below, at or above 0 as `left` is before, at or after `right`: texts by their bytes, numbers by value."""
    if name == "job":
        one, two = str(left).encode(), str(right).encode()
        return (one > two) - (one < two)
    return int((Decimal(str(left)) - Decimal(str(right))).compare(Decimal(0)))
