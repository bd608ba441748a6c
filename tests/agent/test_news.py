"""What people are told of a plan: each thing once, nothing before it is true, nobody's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from compiler.archive import Plan
from compiler.language.settings import Occasion
from compiler.pipeline.reaching import reached_inputs
from runner.account import Account
from runner.agent.memory import Memory
from runner.agent.news import news_of
from runner.ledger import Stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from compiler.specimen import Specimen
    from tests.conftest import Example

NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)


def account(plan: Plan, *, sent: int = 0, pending: int = 0, expired: int = 0, stops: tuple[Stop, ...] = ()) -> Account:
    counts = {"sent": sent, "refused": 0, "skipped": expired, "pending": pending, "in_doubt": 0}
    skipped = {"expired": expired} if expired else {}
    return Account(plan, counts, skipped, stops, (), running=False, superseded=False)


@pytest.fixture
def plan(small_plan: Callable[..., Specimen]) -> Plan:
    return small_plan(slots=6).plan


def told(found: Account, *, finished: datetime | None = None, now: datetime = NOW) -> list[Occasion]:
    return [news.occasion for news in news_of(found, finished=finished, now=now)]


def test_nothing_is_told_of_a_plan_that_has_not_begun(plan: Plan) -> None:
    assert told(account(plan, pending=6)) == []


def test_a_beginning_and_an_end_are_told(plan: Plan) -> None:
    assert told(account(plan, sent=1, pending=5)) == [Occasion.STARTED]
    assert told(account(plan, sent=6)) == [Occasion.STARTED, Occasion.FINISHED]


def test_the_report_follows_the_end_by_a_day(plan: Plan) -> None:
    assert Occasion.REPORT not in told(account(plan, sent=6), finished=NOW, now=NOW + timedelta(hours=23))
    assert Occasion.REPORT in told(account(plan, sent=6), finished=NOW, now=NOW + timedelta(hours=24))


def test_a_brake_and_a_hand_are_told_apart_and_a_second_stop_again(plan: Plan) -> None:
    brake, hand = Stop("plan:x", "hard_bounces", NOW), Stop("all", "command", NOW)
    assert told(account(plan, sent=1, pending=5, stops=(brake, hand)))[1:] == [Occasion.HELD, Occasion.STOPPED]
    later = Stop("plan:x", "hard_bounces", NOW + timedelta(hours=1))
    keys = {
        n.key for s in (brake, later) for n in news_of(account(plan, pending=6, stops=(s,)), finished=None, now=NOW)
    }
    assert len(keys) == 2


def test_messages_that_ran_out_of_time_are_told(plan: Plan) -> None:
    assert Occasion.MISSED_WINDOW in told(account(plan, sent=2, expired=4))


def test_the_memory_outlives_the_process(tmp_path: Path) -> None:
    memory = Memory.open(tmp_path / "state" / "agent.json")
    memory.tried["spring"] = "0" * 40
    memory.note_told("d" * 64, Occasion.STARTED, NOW)
    again = Memory.open(memory.path)
    assert again.told_at("d" * 64, Occasion.STARTED) == NOW
    assert again.told_at("d" * 64, Occasion.FINISHED) is None
    assert again.tried == {"spring": "0" * 40}


def test_reached_inputs_are_those_that_the_plan_lists(shared_example: Example) -> None:
    compiled = shared_example.compile()
    assert compiled.parts is not None
    workspace = shared_example.session().workspace()
    campaign = workspace.campaign("spring-2027")
    assert campaign is not None
    assert reached_inputs(workspace, campaign) == compiled.parts.manifest.inputs
