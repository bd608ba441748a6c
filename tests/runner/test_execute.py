from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from compiler.language.event import EventKind
from compiler.language.plan import Exclusion
from compiler.language.settings import Brake, Brakes
from compiler.language.window import Interval
from compiler.specimen import HEADING
from runner.bookview import Roster
from runner.ledger import Answer, Asked, PlanRecord, plan_scope
from runner.ledger.sqlite import SqliteLedger
from runner.order import Ended, Summary
from runner.rehearsal import Stage
from runner.sink import Sink
from tracker.events.sqlite import SqliteEventStore

QUICK = replace(HEADING, rate="2000/1")
TEN = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
NOON = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
TWO = datetime(2027, 3, 2, 13, 0, tzinfo=UTC)
EVENING = datetime(2027, 3, 2, 16, 30, tzinfo=UTC)

MakeStage = Callable[..., Stage]


def _summary(found: Any, ended: Ended = Ended.FINISHED) -> Summary:
    assert isinstance(found, Summary), found
    assert found.ended is ended, found
    assert sum(found.counts.values()) == 12
    return found


def _ledger(stage: Stage) -> SqliteLedger:
    return SqliteLedger.open(stage.state / "ledger")


def _stop(stage: Stage) -> None:
    ledger = _ledger(stage)
    ledger.stop(plan_scope(stage.specimen.plan.digest), "command", TEN)
    ledger.close()


def _lift(stage: Stage) -> None:
    ledger = _ledger(stage)
    ledger.lift([stop.scope for stop in ledger.stops()])
    ledger.close()


def test_every_recipient_gets_one_message(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK, lanes=("other", "google"), zones=("Europe/Paris", "Indian/Reunion"))
    assert _summary(host.run(processes=2)).counts["sent"] == 12
    assert sink.recipients == {host.specimen.address(n) for n in range(12)}
    assert sink.duplicates == 0


def test_a_finished_plan_sends_nothing_more(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    host.run()
    assert _summary(host.run()).counts["sent"] == 12
    assert len(sink.journal) == 12


def test_a_temporary_refusal_is_retried_after_its_back_off(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.answers[host.specimen.address(0)] = ["451 4.7.1 greylisted, try again later", "250 2.1.5 ok"]
    sink.at_dot[host.specimen.address(1)] = ["452 4.3.1 no room", "drop", "250 2.0.0 taken"]
    host.set_clock(TEN, rate=1200)
    assert _summary(host.run()).counts == {"pending": 0, "sent": 11, "refused": 0, "skipped": 0, "in_doubt": 1}
    assert sink.asked.count(host.specimen.address(0)) == 2
    assert sink.duplicates == 0


def test_a_permanent_refusal_is_final(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.answers[host.specimen.address(0)] = ["550 5.1.1 user unknown"]
    sink.at_dot[host.specimen.address(1)] = ["554 5.6.0 spam"]
    host.set_clock(TEN, rate=600)
    for _ in range(2):
        assert _summary(host.run()).counts == {"pending": 0, "sent": 10, "refused": 2, "skipped": 0, "in_doubt": 0}
    assert (sink.asked.count(host.specimen.address(0)), sink.asked.count(host.specimen.address(1))) == (1, 1)


def test_a_lost_answer_is_in_doubt_and_never_resent_by_itself(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.at_dot[host.specimen.address(5)] = ["swallow"]
    for _ in range(2):
        assert _summary(host.run()).counts == {"pending": 0, "sent": 11, "refused": 0, "skipped": 0, "in_doubt": 1}
    assert sink.duplicates == 0
    assert len(sink.journal) == 12


def test_doubts_never_outnumber_the_places(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    for n in range(12):
        sink.at_dot[host.specimen.address(n)] = ["swallow"]
    counts = _summary(host.run(places=3), Ended.HELD).counts
    assert (counts["in_doubt"], counts["pending"]) == (3, 9)


def test_a_connection_cut_at_a_recipient_rests_that_recipient_alone(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.answers[host.specimen.address(3)] = ["drop", "250 2.1.5 ok"]
    host.set_clock(TEN, rate=1200)
    assert _summary(host.run()).counts["sent"] == 12
    assert sink.asked.count(host.specimen.address(3)) == 2
    assert sink.duplicates == 0


@pytest.mark.parametrize(
    ("reply", "scope", "pending"),
    [
        pytest.param("550 5.7.1 blocked using spamhaus", "lane:google", 6, id="lane-block-holds-its-lane"),
        pytest.param("550 5.7.26 DMARC policy", "plan:", 9, id="auth-holds-the-plan"),
    ],
)
def test_a_block_holds_what_it_is_about_and_costs_nobody_their_message(
    stage: MakeStage, sink: Sink, reply: str, scope: str, pending: int
) -> None:
    host = stage(slots=12, heading=QUICK, lanes=("google", "other"))
    of_lane = {s.lane: range(s.first, s.first + s.count) for s in host.specimen.plan.manifest.shards}["google"]
    for n in of_lane:
        sink.answers[host.specimen.address(n)] = [reply, "250 2.1.5 ok"]
    held = _summary(host.run(places=1), Ended.HELD)
    assert any(name.startswith(scope) for name, _ in held.stops)
    assert held.counts["pending"] >= pending - 3
    assert held.counts["refused"] == 0
    _lift(host)
    host.set_clock(TEN + timedelta(minutes=20), rate=1200)
    for n in range(12):
        sink.answers[host.specimen.address(n)] = ["250 2.1.5 ok"]
    assert _summary(host.run()).counts["sent"] == 12
    assert sink.duplicates == 0


def test_three_refusals_for_content_hold_the_plan(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    for n in range(12):
        sink.at_dot[host.specimen.address(n)] = ["554 5.7.1 message looks like spam"]
    held = _summary(host.run(places=1), Ended.HELD)
    assert (held.counts["refused"], held.stops[0][1]) == (3, "content")


def test_too_many_dead_addresses_hold_the_plan(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    for n in range(12):
        sink.answers[host.specimen.address(n)] = ["550 5.1.1 user unknown"]
    brakes = Brakes(hard_bounces=Brake(Fraction(1, 2), 2))
    held = _summary(host.run(places=1, brakes=brakes), Ended.HELD)
    assert held.stops[0][1] == "hard_bounces"
    assert 2 <= held.counts["refused"] <= 5  # the place had three slots at hand
    _lift(host)
    again = _summary(host.run(places=1, brakes=brakes), Ended.HELD)
    assert again.counts["refused"] >= held.counts["refused"] + 2


def test_wrong_credentials_hold_the_plan_before_anybody_is_asked(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    endpoint = host.endpoint(username="envoi", password="wrong")
    held = _summary(host.run(endpoint=endpoint), Ended.HELD)
    assert (held.counts["pending"], sink.asked) == (12, [])


def test_a_stop_takes_effect_at_the_next_permit(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.on_message = lambda count: _stop(host) if count == 4 else None
    held = _summary(host.run(), Ended.HELD)
    # The other place's message may have had its permit already; nothing is permitted after the stop's commit.
    assert 4 <= len(sink.journal) <= 5
    assert held.counts["sent"] == len(sink.journal)
    assert _summary(host.run(), Ended.HELD).counts["sent"] == held.counts["sent"]
    _lift(host)
    assert _summary(host.run()).counts["sent"] == 12
    assert sink.duplicates == 0


def test_an_unsubscription_takes_effect_at_the_next_permit(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    leaving = min(host.specimen.keys)
    slot = next(s.number for s in host.specimen.plan.slots(0) if s.contact == leaving)

    def leave(count: int) -> None:
        if count == 1:
            with sqlite3.connect(host.state / "events.sqlite") as events:
                events.execute(
                    "insert into withdrawn(contact, scope, undone, at, position) values(?, 'newsletter', 0, '', 1)",
                    (leaving,),
                )
            events.close()

    sink.on_message = leave
    sink.answers = {}
    done = _summary(host.run(places=1))
    if host.specimen.address(slot) in {r for _, r, _ in sink.journal[:2]}:
        assert done.counts["sent"] == 12  # it had left before
    else:
        assert done.skipped == {"unsubscribed": 1}
        assert host.specimen.address(slot) not in sink.recipients


def test_those_left_out_since_approval_are_skipped_with_their_reason(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    out = {0: Exclusion.UNSUBSCRIBED, 3: Exclusion.CHANGED, 4: Exclusion.CHANGED}
    done = _summary(host.run(left_out=out))
    assert (done.counts["sent"], done.skipped) == (9, {"changed": 2, "unsubscribed": 1})
    assert not sink.recipients & {host.specimen.address(n) for n in out}


def test_a_contact_whose_key_is_gone_is_skipped_as_erased(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    with sqlite3.connect(host.state / "keyring.sqlite") as keyring:
        keyring.execute("delete from key where contact=?", (next(iter(host.specimen.keys)),))
    keyring.close()
    done = _summary(host.run())
    assert (done.counts["sent"], done.skipped) == (11, {"erased": 1})


def test_nothing_leaves_outside_a_window(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    host.set_clock(NOON)
    outside = _summary(host.run(wait=False), Ended.OUTSIDE)
    assert (outside.until, sink.asked) == (TWO, [])


def test_a_window_that_closes_keeps_the_rest_for_the_next(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(HEADING, rate="10/1"))
    sink.on_message = lambda count: host.set_clock(NOON) if count == 4 else None
    before = _summary(host.run(wait=False), Ended.OUTSIDE).counts
    assert 4 <= before["sent"] <= 5  # the other place may have had its permit
    assert (before["sent"] + before["pending"], len(sink.journal)) == (12, before["sent"])
    sink.on_message = lambda count: None
    host.set_clock(TWO, rate=20)
    assert _summary(host.run()).counts["sent"] == 12
    assert sink.duplicates == 0


def test_a_run_waits_for_its_window(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    host.set_clock(TWO - timedelta(minutes=2), rate=240)
    sink.on_message = lambda count: waited.append(time.monotonic() - began)
    waited: list[float] = []
    began = time.monotonic()
    assert _summary(host.run()).counts["sent"] == 12
    assert min(waited) > 0.4


def test_past_its_last_window_the_rest_expires(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    host.set_clock(EVENING)
    assert _summary(host.run()).skipped == {"expired": 12}
    assert sink.asked == []


def test_a_run_ends_cleanly_when_its_time_is_up(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(HEADING, rate="10/1"))
    sink.on_message = lambda count: host.set_clock(TEN + timedelta(hours=1)) if count == 3 else None
    ended = _summary(host.run(until=TEN + timedelta(minutes=50)), Ended.TIME)
    assert 3 <= ended.counts["sent"] < 12
    assert ended.counts["in_doubt"] == 0


def test_the_rate_is_kept(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(HEADING, rate="20/1"))
    times: list[float] = []
    sink.on_message = lambda count: times.append(time.monotonic())
    host.run(places=4)
    assert times[-1] - times[0] > 0.5


def test_an_interrupted_run_loses_nothing(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(HEADING, rate="20/1"))
    running = host.start(host.request())
    sink.on_message = lambda count: os.kill(running.process.pid or 0, signal.SIGTERM) if count == 4 else None
    summary = _summary(running.result(), Ended.INTERRUPTED)
    counts = summary.counts
    assert summary.told_to_end
    assert (counts["in_doubt"], counts["sent"]) == (0, len(sink.journal))
    sink.on_message = lambda count: None
    summary = _summary(host.run())
    assert (summary.counts["sent"], summary.told_to_end) == (12, False)
    assert sink.duplicates == 0


def test_of_two_runners_one_refuses(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(HEADING, rate="10/1"))
    first = host.start(host.request())
    while not sink.journal:
        time.sleep(0.01)
    refused = host.run()
    assert refused[:2] == ("RefusedByPolicy", 4)
    assert _summary(first.result()).counts["sent"] == 12
    assert sink.duplicates == 0


def test_a_corrected_plan_mails_nobody_twice(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    sink.answers[host.specimen.address(0)] = ["550 5.1.1 user unknown"]
    sink.on_message = lambda count: _stop(host) if count == 4 else None
    _summary(host.run(), Ended.HELD)
    sink.on_message = lambda count: None
    before = len(sink.journal)
    host.correct(slots=12, heading=QUICK, values={"first_name": "Zoë"})
    done = _summary(host.run())
    assert done.counts["sent"] == 12 - done.skipped["already_sent"]
    assert before <= done.skipped["already_sent"] <= before + 1  # the refused one too, if it was asked
    assert sink.duplicates == 0
    assert len(sink.recipients) >= 11


def test_every_fact_is_shipped_once_with_what_reports_need(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK, lanes=("other", "google"))
    sink.answers[host.specimen.address(0)] = ["550 5.1.1 user unknown"]
    for _ in range(2):
        host.run()
    plan = host.specimen.plan.digest
    with SqliteEventStore(host.state / "events.sqlite") as store:
        events = list(store.of_plan(plan[:16]))
    assert sorted(e.kind for e in events) == sorted([EventKind.REFUSED, *[EventKind.SENT] * 11])
    refused = next(e for e in events if e.kind is EventKind.REFUSED)
    assert {"campaign", "edition", "slot", "lane", "variant", "class", "code", "phase"} <= dict(refused.detail).keys()
    assert (refused.get("class"), refused.get("phase"), refused.get("enhanced")) == ("dead", "rcpt", "5.1.1")
    assert {e.get("lane") for e in events} == {"other", "google"}


def test_a_plan_whose_bytes_have_changed_is_not_sent(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=QUICK)
    shard = next((host.specimen.plan.path / "shards").iterdir())
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.chmod(0o600)
    shard.write_bytes(data)
    assert host.run()[:2] == ("FindingsStop", 1)
    assert sink.asked == []


def test_a_senders_death_leaves_at_most_its_places_in_doubt(stage: MakeStage, sink: Sink, tmp_path: Path) -> None:
    host = stage(slots=12, heading=QUICK)
    ended = _summary(host.run(failpoint="dot_written:kill@4"), Ended.SENDERS)
    assert ended.counts["in_doubt"] <= 2
    done = _summary(host.run())
    assert done.counts["in_doubt"] == ended.counts["in_doubt"]
    assert done.counts["sent"] == 12 - ended.counts["in_doubt"]
    assert sink.duplicates == 0


def test_who_was_written_to_by_another_campaign_meanwhile_is_capped(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(QUICK, campaign="autumn"))
    week = (1, timedelta(days=7))
    assert _summary(host.run(per_contact=week)).counts["sent"] == 12
    host.correct(slots=12, heading=QUICK)
    found = _summary(host.run(per_contact=week))
    assert (found.counts["sent"], found.skipped) == (0, {Exclusion.CAPPED.value: 12})
    assert len(sink.journal) == 12
    assert sink.duplicates == 0


def test_the_permit_itself_asks_for_the_cap(stage: MakeStage, sink: Sink) -> None:
    """What the run knew as it began is a courtesy to servers: what is true in the permit's transaction counts."""
    host = stage(slots=12, heading=QUICK)
    host.set_clock(datetime(2027, 3, 2, 7, 59, 55, tzinfo=UTC))
    running = host.start(host.request(per_contact=(1, timedelta(days=7))))
    deadline = time.monotonic() + 20
    while not _entered(host) and time.monotonic() < deadline:
        time.sleep(0.02)
    _write_to_everybody(host)
    host.set_clock(TEN)
    found = _summary(running.result())
    assert (found.counts["sent"], found.skipped) == (0, {Exclusion.CAPPED.value: 12})
    assert not sink.journal


def _entered(host: Stage) -> bool:
    """Whether a run has come so far that it has looked at the caps: its senders are connected afterwards."""
    file = host.state / "ledger" / "ledger.sqlite"
    if not (host.state / "events.sqlite").is_file() or not file.is_file():
        return False
    with closing(sqlite3.connect(file)) as database:
        return bool(database.execute("select 1 from sqlite_master where name='permit_of_contact'").fetchone())


def _write_to_everybody(host: Stage) -> None:
    """Another campaign's messages to the same people, as far as the ledger knows."""
    ledger = SqliteLedger.open(
        host.state / "ledger", keyring=host.state / "keyring.sqlite", events=host.state / "events.sqlite"
    )
    other = PlanRecord("c" * 64, "autumn", "1", "newsletter", 12, ((0, "other"),))
    ledger.enter(other, TEN)
    roster = Roster(host.specimen.plan)
    at = int(TEN.timestamp())
    asked = [Asked(slot, 1, 0, contact, slot, at, False, at) for slot, contact in enumerate(roster)]
    assert set(ledger.commit(ledger.lease(other.digest, "other"), [], asked)) == {Answer.GRANTED}
    ledger.close()


def test_a_message_of_yesterday_leaves_room_for_another_where_a_day_is_the_span(stage: MakeStage, sink: Sink) -> None:
    host = stage(slots=12, heading=replace(QUICK, campaign="autumn"))
    day = (1, timedelta(days=1))
    host.run(per_contact=day)
    tomorrow = TEN + timedelta(days=1)
    host.correct(slots=12, heading=QUICK, windows=(Interval(tomorrow, tomorrow + timedelta(hours=1)),))
    host.set_clock(tomorrow)
    assert _summary(host.run(per_contact=day)).counts["sent"] == 12
