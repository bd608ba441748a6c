from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compiler.language.plan import Exclusion, Manifest, Shard
from compiler.specimen import HEADING
from runner.ledger import EVERYTHING, Expectation, PlanState, SlotState, lane_scope, plan_scope
from runner.stages import (
    LAST_ATTEMPT,
    Finish,
    Halt,
    Send,
    Skip,
    Step,
    Wait,
    next_change,
    removed_since_approval,
    spent_slots,
    stages,
)

DIGEST = "a" * 64
NINE = datetime(2027, 3, 2, 8, tzinfo=UTC)
NOON = datetime(2027, 3, 2, 11, tzinfo=UTC)
TWO = datetime(2027, 3, 2, 13, tzinfo=UTC)
END = datetime(2027, 3, 2, 16, 30, tzinfo=UTC)
WINDOWS = ((NINE, NOON), (TWO, END))


def _manifest(*shards: Shard, finish_by: datetime | None = None) -> Manifest:
    return replace(HEADING, start=NINE, finish_by=finish_by, shards=shards, recipients=sum(s.count for s in shards))


ONE = Shard(0, "other", "Europe/Paris", 0, 3, WINDOWS)
FREE = Shard(1, "free", "Europe/Paris", 3, 2, WINDOWS)


def _state(manifest: Manifest, **states: SlotState) -> PlanState:
    state = PlanState(bytearray(manifest.recipients))
    for name, value in states.items():
        state.slots[int(name[1:])] = value
    return state


def _steps(
    manifest: Manifest,
    now: datetime,
    *,
    state: PlanState | None = None,
    left_out: dict[int, Exclusion] | None = None,
    stops: tuple[str, ...] = (),
) -> tuple[Step, ...]:
    return stages(DIGEST, manifest, state or _state(manifest), left_out=left_out or {}, stops=stops, now=now)


def test_inside_the_window_pending_slots_are_sent_until_it_closes() -> None:
    assert _steps(_manifest(ONE), NINE) == (Send(0, "other", (0, 1, 2), NOON),)


def test_before_and_between_windows_everything_waits() -> None:
    assert _steps(_manifest(ONE), NINE - timedelta(seconds=1)) == (Wait(0, 3, NINE),)
    assert _steps(_manifest(ONE), NOON) == (Wait(0, 3, TWO),)


def test_nothing_leaves_before_the_start_of_the_campaign() -> None:
    manifest = replace(_manifest(ONE), start=NINE + timedelta(hours=1))
    assert _steps(manifest, NINE) == (Wait(0, 3, NINE + timedelta(hours=1)),)


def test_past_the_last_window_pending_becomes_expired() -> None:
    assert _steps(_manifest(ONE), END) == (Skip(Exclusion.EXPIRED, (0, 1, 2)), Finish())


def test_past_finish_by_pending_becomes_expired() -> None:
    manifest = _manifest(ONE, finish_by=NINE + timedelta(hours=1))
    assert _steps(manifest, NINE) == (Send(0, "other", (0, 1, 2), NINE + timedelta(hours=1)),)
    assert _steps(manifest, NINE + timedelta(hours=1)) == (Skip(Exclusion.EXPIRED, (0, 1, 2)), Finish())


def test_what_is_settled_or_in_doubt_is_in_no_step() -> None:
    manifest = _manifest(ONE)
    state = _state(manifest, s0=SlotState.SENT, s2=SlotState.IN_DOUBT)
    assert _steps(manifest, NINE, state=state) == (Send(0, "other", (1,), NOON),)
    state.slots[1] = SlotState.REFUSED
    assert _steps(manifest, NINE, state=state) == (Finish(),)


def test_a_retry_waits_for_its_back_off() -> None:
    manifest = _manifest(ONE)
    state = _state(manifest)
    due = NINE + timedelta(minutes=15)
    state.retries[1] = Expectation(2, int(due.timestamp()))
    steps = _steps(manifest, NINE, state=state)
    assert steps == (Send(0, "other", (0, 2), NOON), Wait(0, 1, due))
    assert next_change(steps) == due
    assert _steps(manifest, due, state=state) == (Send(0, "other", (0, 1, 2), NOON),)


def test_a_retry_that_no_window_is_left_for_expires_at_once() -> None:
    manifest = _manifest(ONE)
    state = _state(manifest)
    state.retries[0] = Expectation(4, int(END.timestamp()))
    state.retries[1] = Expectation(LAST_ATTEMPT + 1, 0)
    assert _steps(manifest, TWO, state=state) == (Skip(Exclusion.EXPIRED, (0, 1)), Send(0, "other", (2,), END))


def test_those_left_out_are_skipped_with_their_reason() -> None:
    left_out = {0: Exclusion.UNSUBSCRIBED, 2: Exclusion.CHANGED}
    assert _steps(_manifest(ONE), NOON, left_out=left_out) == (
        Skip(Exclusion.CHANGED, (2,)),
        Skip(Exclusion.UNSUBSCRIBED, (0,)),
        Wait(0, 1, TWO),
    )


def test_a_stopped_lane_holds_only_its_own() -> None:
    steps = _steps(_manifest(ONE, FREE), NINE, stops=(lane_scope("free"),))
    assert steps == (Send(0, "other", (0, 1, 2), NOON), Halt(lane_scope("free"), 2))


def test_a_stopped_plan_sends_nothing() -> None:
    for scope in (EVERYTHING, plan_scope(DIGEST)):
        assert _steps(_manifest(ONE, FREE), NINE, stops=(scope,)) == (Halt(scope, 5),)
    assert len(_steps(_manifest(ONE, FREE), NINE, stops=(plan_scope("b" * 64),))) == 2


def test_contacts_served_by_another_plan_are_named() -> None:
    assert spent_slots([b"a", b"b", b"c"], {b"b"}) == {1: Exclusion.ALREADY_SENT}
    assert spent_slots([b"a"], frozenset()) == {}


def test_drift_counts_what_reality_removed() -> None:
    manifest = _manifest(ONE, FREE)
    state = _state(manifest, s0=SlotState.SENT, s1=SlotState.SKIPPED)
    state.skipped = {"unsubscribed": 1, "expired": 4, "already_sent": 2}
    left_out = {0: Exclusion.ERASED, 2: Exclusion.ERASED, 3: Exclusion.ALREADY_SENT}
    assert removed_since_approval(state, left_out) == 2


@given(
    states=st.lists(st.sampled_from(SlotState), min_size=5, max_size=5),
    out=st.dictionaries(st.integers(0, 4), st.sampled_from(Exclusion)),
    dues=st.dictionaries(st.integers(0, 4), st.integers(-7200, 40000)),
    stops=st.sets(st.sampled_from([EVERYTHING, plan_scope(DIGEST), lane_scope("free")])),
    minutes=st.integers(-60, 700),
)
def test_every_pending_slot_is_in_one_step_and_nothing_leaves_outside_a_window(
    states: list[SlotState], out: dict[int, Exclusion], dues: dict[int, int], stops: set[str], minutes: int
) -> None:
    manifest = _manifest(ONE, FREE)
    state = PlanState(bytearray(states))
    state.retries = {slot: Expectation(2, int(NINE.timestamp()) + due) for slot, due in dues.items()}
    now = NINE + timedelta(minutes=minutes)
    steps = stages(DIGEST, manifest, state, left_out=out, stops=stops, now=now)
    covered = 0
    for step in steps:
        match step:
            case Skip(slots=slots) | Send(slots=slots):
                covered += len(slots)
            case Wait(slots=count) | Halt(slots=count):
                covered += count
            case Finish():
                pass
        if isinstance(step, Send):
            assert any(opens <= now < closes for opens, closes in WINDOWS)
            assert not {s for s in step.slots if s in out}
    assert covered == state.count(SlotState.PENDING)
    assert (Finish() in steps) == (not any(isinstance(s, Send | Wait | Halt) for s in steps))
