from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.ledger import (
    EVERYTHING,
    Answer,
    Asked,
    Cap,
    Fact,
    FactKind,
    LedgerBroken,
    Mark,
    PlanRecord,
    PlanState,
    SlotState,
    lane_scope,
    plan_scope,
    sums,
)
from runner.ledger.sqlite import FILE, SqliteLedger
from runner.ledger.tables import fold_fact

NOON = datetime(2027, 3, 2, 11, tzinfo=UTC)
AT = int(NOON.timestamp())
PLAN = PlanRecord("a" * 64, "spring", "1", "newsletter", 4, ((0, "other"), (1, "free")))
CORRECTED = PlanRecord("b" * 64, "spring", "1", "newsletter", 4, ((0, "other"),))
CONTACTS = [bytes([n]) * 16 for n in range(8)]

Open = Callable[[], SqliteLedger]


@pytest.fixture
def keyring(tmp_path: Path) -> Path:
    path = tmp_path / "keyring.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table key(contact text primary key, wrapped blob, created text) without rowid")
        database.executemany("insert into key values(?, x'', '')", [(c.hex(),) for c in CONTACTS])
    database.close()
    return path


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table withdrawn(contact text, scope text, undone integer, at text)")
    database.close()
    return path


@pytest.fixture
def reopen(tmp_path: Path, keyring: Path, events: Path) -> Iterator[Open]:
    opened: list[SqliteLedger] = []

    def again() -> SqliteLedger:
        opened.append(SqliteLedger.open(tmp_path / "ledger", keyring=keyring, events=events))
        return opened[-1]

    yield again
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(reopen: Open) -> SqliteLedger:
    ledger = reopen()
    ledger.enter(PLAN, NOON)
    return ledger


def _asked(slot: int, *, attempt: int = 1, shard: int = 0, tracked: bool = False, contact: int | None = None) -> Asked:
    who = CONTACTS[slot if contact is None else contact]
    return Asked(slot, attempt, shard, who, place=slot, date=AT, tracked=tracked, at=AT)


def _fact(slot: int, kind: FactKind, *, attempt: int = 1, reason: str = "") -> Fact:
    return Fact(slot, attempt, CONTACTS[slot], kind, reason, AT)


def _execute(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()


def test_a_new_ledger_is_its_owners_alone(tmp_path: Path) -> None:
    opened = SqliteLedger.open(tmp_path / "own")
    opened.enter(PLAN, NOON)
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "own").iterdir()} == {0o600}
    opened.close()


def test_a_permit_is_given_once_for_a_contact_whatever_the_plan(ledger: SqliteLedger) -> None:
    assert ledger.commit(ledger.lease(PLAN.digest, "r1"), [], [_asked(0)]) == [Answer.GRANTED]
    ledger.enter(CORRECTED, NOON)
    corrected = ledger.lease(CORRECTED.digest, "r2")
    assert ledger.commit(corrected, [], [_asked(3, contact=0), _asked(1)]) == [Answer.ALREADY, Answer.GRANTED]


def test_another_edition_may_write_to_the_same_contact(ledger: SqliteLedger) -> None:
    ledger.commit(ledger.lease(PLAN.digest, "r1"), [], [_asked(0)])
    april = PlanRecord("c" * 64, "spring", "2", "newsletter", 4, ((0, "other"),))
    ledger.enter(april, NOON)
    assert ledger.commit(ledger.lease(april.digest, "r2"), [], [_asked(0)]) == [Answer.GRANTED]


def test_the_same_request_twice_in_one_transaction_is_permitted_once(ledger: SqliteLedger) -> None:
    assert ledger.commit(ledger.lease(PLAN.digest, "r"), [], [_asked(0), _asked(0)]) == [Answer.GRANTED, Answer.ALREADY]


def test_a_temporary_failure_frees_the_next_attempt_and_no_other(ledger: SqliteLedger) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [], [_asked(0), _asked(1)])
    again = [_asked(0, attempt=2), _asked(1, attempt=2)]
    facts = [_fact(0, FactKind.DEFERRED, reason="temp"), _fact(1, FactKind.REFUSED, reason="dead")]
    assert ledger.commit(lease, facts, again) == [Answer.GRANTED, Answer.ALREADY]
    assert ledger.commit(lease, [], [_asked(0, attempt=3)]) == [Answer.ALREADY]


def test_a_permit_without_a_fact_is_in_doubt_after_a_crash(ledger: SqliteLedger, reopen: Open) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [], [_asked(0), _asked(1)])
    ledger.commit(lease, [_fact(0, FactKind.SENT)], [])
    ledger.close()
    later = reopen()
    assert later.resume(PLAN.digest, NOON) == [1]
    assert later.resume(PLAN.digest, NOON) == []
    counts = later.state(PLAN.digest).counts()
    assert counts == {"pending": 2, "sent": 1, "refused": 0, "skipped": 0, "in_doubt": 1}
    assert sums(counts) == PLAN.recipients
    assert later.commit(later.lease(PLAN.digest, "r2"), [], [_asked(1, attempt=2)]) == [Answer.ALREADY]


def test_a_late_answer_is_recorded_whoever_holds_the_lease(ledger: SqliteLedger) -> None:
    first = ledger.lease(PLAN.digest, "r1")
    ledger.commit(first, [], [_asked(0)])
    ledger.resume(PLAN.digest, NOON)
    ledger.lease(PLAN.digest, "r2")
    assert ledger.commit(first, [_fact(0, FactKind.SENT)], [_asked(1)]) == [Answer.FENCED]
    assert ledger.state(PLAN.digest).counts()["sent"] == 1


@pytest.mark.parametrize(
    ("scope", "answers"),
    [
        (EVERYTHING, [Answer.STOPPED, Answer.STOPPED]),
        (plan_scope(PLAN.digest), [Answer.STOPPED, Answer.STOPPED]),
        (plan_scope(CORRECTED.digest), [Answer.GRANTED, Answer.GRANTED]),
        (lane_scope("free"), [Answer.GRANTED, Answer.STOPPED]),
    ],
)
def test_a_stop_from_another_process_holds_at_the_next_permit(
    ledger: SqliteLedger, reopen: Open, scope: str, answers: list[Answer]
) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    other = reopen()
    other.stop(scope, "by hand", NOON)
    requests = [_asked(0), _asked(1, shard=1)]
    assert ledger.commit(lease, [], requests) == answers
    other.lift([scope])
    again = [r for r, answer in zip(requests, answers, strict=True) if answer is Answer.STOPPED]
    assert ledger.commit(lease, [], again) == [Answer.GRANTED] * len(again)


def test_an_unsubscription_holds_at_the_next_permit(ledger: SqliteLedger, events: Path) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    for contact, scope, undone in ((0, "newsletter", 0), (1, "all", 0), (2, "other", 0), (3, "newsletter", 1)):
        _execute(events, "insert into withdrawn values(?,?,?,'')", CONTACTS[contact].hex(), scope, undone)
    answers = ledger.commit(lease, [], [_asked(n) for n in range(4)])
    assert answers == [Answer.WITHDRAWN, Answer.WITHDRAWN, Answer.GRANTED, Answer.GRANTED]


def test_a_withdrawn_measuring_refuses_the_tracked_variant_only(ledger: SqliteLedger, events: Path) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    _execute(events, "insert into withdrawn values(?,'@measuring',0,'')", CONTACTS[0].hex())
    assert ledger.commit(lease, [], [_asked(0, tracked=True)]) == [Answer.UNMEASURED]
    assert ledger.commit(lease, [], [_asked(0)]) == [Answer.GRANTED]


def test_an_erased_contact_is_not_permitted(ledger: SqliteLedger, keyring: Path) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    _execute(keyring, "delete from key where contact=?", CONTACTS[0].hex())
    assert ledger.commit(lease, [], [_asked(0)]) == [Answer.ERASED]


def test_a_book_that_has_moved_on_permits_nothing_but_keeps_the_facts(ledger: SqliteLedger) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [], [_asked(0)])
    answers = ledger.commit(lease, [_fact(0, FactKind.SENT)], [_asked(1)], current=lambda: False)
    assert answers == [Answer.STALE]
    assert ledger.state(PLAN.digest).counts()["sent"] == 1
    assert ledger.mark().count == 1


def test_contacts_served_by_a_superseded_plan_are_spent(ledger: SqliteLedger) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [_fact(3, FactKind.REFUSED)], [_asked(0), _asked(1), _asked(2)])
    ledger.commit(lease, [_fact(0, FactKind.SENT), _fact(1, FactKind.DEFERRED)], [])
    ledger.enter(CORRECTED, NOON)
    assert ledger.state(CORRECTED.digest).spent == {CONTACTS[0], CONTACTS[2], CONTACTS[3]}
    assert (ledger.superseded(PLAN.digest), ledger.superseded(CORRECTED.digest)) == (True, False)


def test_back_off_grows_with_each_attempt(ledger: SqliteLedger) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    waits = []
    for attempt in range(1, 6):
        ledger.commit(lease, [], [_asked(0, attempt=attempt)])
        ledger.commit(lease, [_fact(0, FactKind.DEFERRED, attempt=attempt)], [])
        expected = ledger.state(PLAN.digest).retries[0]
        assert expected.attempt == attempt + 1
        waits.append((expected.due - AT) // 60)
    assert waits == [15, 30, 60, 120, 120]


def test_facts_are_read_in_order_after_a_cursor(ledger: SqliteLedger) -> None:
    ledger.record(PLAN.digest, [_fact(n, FactKind.SENT) for n in range(3)])
    first = list(ledger.facts(0, 2))
    ledger.set_shipped(first[-1].seq)
    rest = list(ledger.facts(ledger.shipped(), 10))
    assert [r.fact.slot for r in (*first, *rest)] == [0, 1, 2]
    assert {r.plan for r in rest} == {PLAN.digest}


def test_every_permit_moves_the_mark_and_every_earlier_mark_is_known(ledger: SqliteLedger) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    marks = [ledger.mark()]
    for slot in range(3):
        ledger.commit(lease, [], [_asked(slot)])
        marks.append(ledger.mark())
    assert [m.count for m in marks] == [0, 1, 2, 3]
    assert all(ledger.knows(m) for m in marks)
    assert not ledger.knows(Mark(2, marks[1].chain))
    ledger.marked(marks[2])
    assert [ledger.knows(m) for m in marks] == [True, False, True, True]


def test_a_copy_that_went_another_way_does_not_know_the_others_mark(
    ledger: SqliteLedger, tmp_path: Path, keyring: Path
) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [], [_asked(0)])
    shutil.copytree(tmp_path / "ledger", tmp_path / "copy")
    ledger.commit(lease, [], [_asked(1)])
    copy = SqliteLedger.open(tmp_path / "copy", keyring=keyring)
    assert (copy.identity, copy.mark().count) == (ledger.identity, 1)
    copy.commit(lease, [], [_asked(2)])
    assert not copy.knows(ledger.mark())
    copy.close()


def test_a_full_disk_permits_nothing_and_stays_refused(ledger: SqliteLedger, tmp_path: Path, reopen: Open) -> None:
    lease = ledger.lease(PLAN.digest, "r")
    ledger.commit(lease, [], [_asked(0)])
    pages = ledger._database.execute("pragma page_count").fetchone()[0]
    ledger._database.execute(f"pragma max_page_count={pages}")
    long = Fact(0, 1, CONTACTS[0], FactKind.SENT, "x" * 500_000, AT)
    with pytest.raises(LedgerBroken):
        ledger.commit(lease, [long], [_asked(1)])
    with pytest.raises(LedgerBroken):  # never retried as if nothing had happened
        ledger.commit(lease, [], [_asked(1)])
    ledger.close()
    assert reopen().state(PLAN.digest).counts()["in_doubt"] == 1


def test_a_damaged_file_is_an_error_not_a_new_ledger(ledger: SqliteLedger, tmp_path: Path, reopen: Open) -> None:
    ledger.close()
    path = tmp_path / "ledger" / FILE
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(LedgerBroken):
        reopen()


_FACTS = st.lists(
    st.builds(
        lambda slot, attempt, kind: Fact(slot, attempt, CONTACTS[slot], kind, "x", AT),
        st.integers(0, 3),
        st.integers(1, 9),
        st.sampled_from(FactKind),
    )
)


@given(_FACTS)
def test_sums_equal_the_plan_whatever_happened(facts: list[Fact]) -> None:
    state = PlanState(bytearray(4))
    for fact in facts:
        fold_fact(state, fact)
        assert sums(state.counts()) == 4
    assert all(state.slots[f.slot] == SlotState.SENT for f in facts if f.kind is FactKind.SENT)
    assert sum(state.skipped.values()) >= state.count(SlotState.SKIPPED)


OTHERS = [PlanRecord(f"{n}" * 64, f"news-{n}", "1", "newsletter", 8, ((0, "other"),)) for n in range(3)]
DAY = 86_400


def _other(ledger: SqliteLedger, number: int, *slots: int, at: int = AT, kind: FactKind | None = FactKind.SENT) -> None:
    """Another campaign writes to some of the same contacts."""
    ledger.enter(OTHERS[number], NOON)
    asked = [_asked(slot)._replace(at=at) for slot in slots]
    lease = ledger.lease(OTHERS[number].digest, f"o{number}")
    assert set(ledger.commit(lease, [], asked)) == {Answer.GRANTED}
    ledger.commit(lease, [_fact(slot, kind)._replace(at=at) for slot in slots] if kind else [], [])


def test_a_contact_who_has_had_enough_of_other_campaigns_is_capped(ledger: SqliteLedger) -> None:
    _other(ledger, 0, 0, 1)
    _other(ledger, 1, 0)
    lease, cap = ledger.lease(PLAN.digest, "r"), Cap(2, AT - 7 * DAY)
    assert ledger.capped("spring", "1", cap) == {CONTACTS[0]}
    assert ledger.commit(lease, [], [_asked(0), _asked(1), _asked(2)], cap=cap) == [
        Answer.CAPPED,
        Answer.GRANTED,
        Answer.GRANTED,
    ]


@pytest.mark.parametrize(
    ("at", "kind", "answer"),
    [
        pytest.param(AT, FactKind.SENT, Answer.CAPPED, id="sent"),
        pytest.param(AT, FactKind.IN_DOUBT, Answer.CAPPED, id="in-doubt"),
        pytest.param(AT, None, Answer.CAPPED, id="on-its-way"),
        pytest.param(AT, FactKind.REFUSED, Answer.GRANTED, id="refused-by-the-server"),
        pytest.param(AT, FactKind.DEFERRED, Answer.GRANTED, id="not-taken-yet"),
        pytest.param(AT - 8 * DAY, FactKind.SENT, Answer.GRANTED, id="long-ago"),
    ],
)
def test_the_cap_counts_what_was_or_may_have_been_received(
    ledger: SqliteLedger, at: int, kind: FactKind | None, answer: Answer
) -> None:
    _other(ledger, 0, 0, at=at, kind=kind)
    assert ledger.commit(ledger.lease(PLAN.digest, "r"), [], [_asked(0)], cap=Cap(1, AT - 7 * DAY)) == [answer]


def test_an_attempt_at_the_same_edition_is_not_held_against_itself(ledger: SqliteLedger) -> None:
    lease, cap = ledger.lease(PLAN.digest, "r"), Cap(1, AT - DAY)
    assert ledger.commit(lease, [], [_asked(0)], cap=cap) == [Answer.GRANTED]
    assert ledger.commit(lease, [_fact(0, FactKind.DEFERRED)], [_asked(0, attempt=2)], cap=cap) == [Answer.GRANTED]


def test_a_cap_is_asked_after_a_stop(ledger: SqliteLedger) -> None:
    _other(ledger, 0, 0)
    lease = ledger.lease(PLAN.digest, "r")
    ledger.stop(EVERYTHING, "command", NOON)
    assert ledger.commit(lease, [], [_asked(0)], cap=Cap(1, AT - DAY)) == [Answer.STOPPED]
