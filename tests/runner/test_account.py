"""What an operator reads of a plan: its sums, what stops it, and the command that comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from compiler.archive import Plan
from compiler.specimen import Specimen
from runner.account import Account
from runner.brakes import trouble_text
from runner.ledger import EVERYTHING, SlotState, Stop, lane_scope, plan_scope
from runner.transport.outcome import EndWhy

NINE = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)


def account(plan: Plan, *scopes: str, sent: int = 0) -> Account:
    counts = {state.name.lower(): 0 for state in SlotState} | {"sent": sent}
    stops = tuple(Stop(scope, "command", NINE) for scope in scopes)
    return Account(plan, counts, {}, stops, (), running=False, superseded=False)


def test_a_stop_is_told_in_words_with_the_command_that_lifts_it(small_plan: Callable[..., Specimen]) -> None:
    plan = small_plan().plan
    name, digest = plan.manifest.campaign, plan.digest
    lines = account(plan, plan_scope(digest), lane_scope("orange"), EVERYTHING).lines("en")
    assert [line.splitlines()[0] for line in lines[-3:]] == [
        f"stopped (plan {digest[:12]}): stopped by hand",
        "stopped (lane orange): stopped by hand",
        "stopped (all that this host sends): stopped by hand",
    ]
    assert lines[-1].endswith(f"to go on: envoi resume {name}")
    assert max(len(part) for line in lines for part in line.splitlines()) <= 80


def test_only_what_left_is_said_to_be_past_recall(small_plan: Callable[..., Specimen]) -> None:
    plan = small_plan().plan
    assert not any("called back" in line for line in account(plan).lines("en"))
    assert "2 can no longer be called back" in account(plan, sent=2).lines("en")


@pytest.mark.parametrize("why", [EndWhy.CONNECT, EndWhy.TIMEOUT, EndWhy.SERVER, EndWhy.TLS])
def test_a_relay_that_cannot_be_reached_is_told(why: EndWhy) -> None:
    trouble = trouble_text(why)
    assert trouble is not None
    assert "relais" in trouble.fr
    assert "relay" in trouble.en


@pytest.mark.parametrize("why", [EndWhy.FINISHED, EndWhy.LIMIT, EndWhy.IDLE, EndWhy.PERMIT])
def test_a_connection_that_ended_as_it_should_is_no_news(why: EndWhy) -> None:
    assert trouble_text(why) is None
