from __future__ import annotations

from fractions import Fraction

import pytest

from compiler.language.reply import ReplyClass
from compiler.language.settings import Brake, Brakes
from runner.brakes import BrakePedal, reason_text
from runner.ledger import Fact, FactKind
from runner.transport.outcome import EndWhy

DIGEST = "a" * 64
PLAN = f"plan:{DIGEST}"


def _pedal(before: dict[tuple[str, str], int] | None = None) -> BrakePedal:
    return BrakePedal(DIGEST, Brakes(hard_bounces=Brake(Fraction(1, 10), 20)), before or {})


def _fact(kind: FactKind, reason: str) -> Fact:
    return Fact(0, 1, b"c" * 16, kind, reason, 0)


def test_a_few_dead_addresses_among_many_pull_nothing() -> None:
    pedal = _pedal()
    facts = [_fact(FactKind.REFUSED, "dead")] * 2 + [_fact(FactKind.SENT, "ok")] * 30
    assert not any(pedal.heard(fact, "other") for fact in facts)


def test_a_share_of_dead_addresses_holds_the_plan_once_enough_were_tried() -> None:
    pedal = _pedal()
    pulls = [pedal.heard(_fact(FactKind.REFUSED, "dead"), "other") for _ in range(20)]
    assert pulls[18] is None
    last = pulls[19]
    assert last is not None
    assert (last.scope, last.reason) == (PLAN, "hard_bounces")


def test_what_earlier_runs_saw_counts() -> None:
    pedal = _pedal({("refused", "dead"): 15, ("sent", "ok"): 4})
    assert pedal.heard(_fact(FactKind.SENT, "ok"), "other") is not None


@pytest.mark.parametrize("kind", [FactKind.DEFERRED, FactKind.REFUSED])
def test_a_block_stops_its_lane_only(kind: FactKind) -> None:
    pull = _pedal().heard(_fact(kind, "lane_block"), "orange")
    assert pull is not None
    assert pull.scope == "lane:orange"


@pytest.mark.parametrize("reason", ["auth", "config"])
def test_what_is_ours_stops_the_plan(reason: str) -> None:
    pull = _pedal().heard(_fact(FactKind.DEFERRED, reason), "orange")
    assert pull is not None
    assert (pull.scope, pull.reason) == (PLAN, reason)


def test_only_refusals_for_content_are_counted() -> None:
    pedal = _pedal()
    for _ in range(5):
        assert pedal.heard(_fact(FactKind.DEFERRED, "content"), "other") is None
    pulls = [pedal.heard(_fact(FactKind.REFUSED, "content"), "other") for _ in range(3)]
    assert [pull is not None for pull in pulls] == [False, False, True]


@pytest.mark.parametrize("reason", ["temp", "throttle", "full", "moved", "unknown_perm", "recipient_rate", "closed"])
def test_other_answers_pull_nothing(reason: str) -> None:
    assert _pedal().heard(_fact(FactKind.DEFERRED, reason), "other") is None


def test_connections_that_fail_for_our_fault_stop_the_plan() -> None:
    pedal = _pedal()
    assert pedal.ended(EndWhy.CONNECT, ReplyClass.OK) is None
    assert pedal.ended(EndWhy.SERVER, ReplyClass.THROTTLE) is None
    for why, reply_class in ((EndWhy.AUTH, ReplyClass.AUTH), (EndWhy.SERVER, ReplyClass.LANE_BLOCK)):
        pull = pedal.ended(why, reply_class)
        assert pull is not None
        assert pull.scope == PLAN


def test_one_cut_handshake_is_forgiven_three_are_not() -> None:
    pulls = [(pedal := _pedal()).ended(EndWhy.TLS, ReplyClass.OK)]
    pulls += [pedal.ended(EndWhy.TLS, ReplyClass.OK) for _ in range(2)]
    assert [pull is not None for pull in pulls] == [False, False, True]


def test_every_reason_is_said_in_words() -> None:
    for reason in ("command", "hard_bounces", "lane_block", "auth", "config", "content", "tls", "in_doubt"):
        text = reason_text(reason)
        assert text.fr != text.en
        assert reason not in (text.fr, text.en)
