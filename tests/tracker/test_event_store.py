"""The event store: named once, durable when answered, its two tables folded with the events."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.language.event import Event, EventKind, Verdict
from tracker.events import MEASURING, Act, Consent, Happening, Overloaded, StoreUnavailable
from tracker.events.sqlite import SqliteEventStore

NOON = datetime(2027, 3, 2, 12, tzinfo=UTC)
ANNE, PLAN = "a" * 32, "0123456789abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteEventStore]:
    with SqliteEventStore(tmp_path / "events.sqlite", node="t1") as store:
        yield store


def fact(seq: int, kind: EventKind = EventKind.SENT, contact: str = ANNE, **detail: str) -> Event:
    return Event("ledger-1", seq, NOON, kind, PLAN, contact, detail=tuple(sorted(detail.items())))


def opened(at: datetime = NOON) -> Happening:
    return Happening(EventKind.OPENED, at, PLAN, ANNE, Verdict.PERSON, (("network", "other"),))


def act(scope: str, at: datetime = NOON) -> Act:
    return Act(PLAN, ANNE, scope, at, "page")


def test_an_event_appended_twice_is_kept_once(store: SqliteEventStore) -> None:
    assert store.append([fact(1), fact(2)]) == 2
    assert store.append([fact(2), fact(3)]) == 1
    assert [s.event.seq for s in store.read(0, 10)] == [1, 2, 3]


def test_an_event_comes_back_as_it_was_kept(store: SqliteEventStore) -> None:
    event = replace(fact(1, EventKind.REFUSED, lane="other", code="550"), at=NOON + timedelta(microseconds=7))
    store.append([event])
    assert store.read(0, 1)[0].event == event
    assert list(store.of_plan(PLAN)) == [event]


def test_positions_page_through_everything(store: SqliteEventStore) -> None:
    store.append([fact(n) for n in range(1, 8)])
    seen, after = [], 0
    while page := store.read(after, 3):
        seen += [s.event.seq for s in page]
        after = page[-1].position
    assert seen == list(range(1, 8))
    assert after == store.last_position()


async def _record_many(store: SqliteEventStore, count: int) -> list[Event]:
    return await asyncio.gather(*(store.record(opened()) for _ in range(count)))


def test_hits_recorded_at_once_get_names_of_their_own(store: SqliteEventStore) -> None:
    events = asyncio.run(_record_many(store, 300))
    assert len({(e.node, e.seq) for e in events}) == 300
    assert store.last_position() == 300


def test_a_burst_amends_the_hits_before_it(store: SqliteEventStore) -> None:
    async def burst() -> None:
        await store.record(opened(NOON - timedelta(minutes=1)))
        await store.record(opened())
        last = replace(opened(), verdict=Verdict.MACHINE, detail=(("rule", "burst"), ("rules", "1")))
        await store.record(last, amends_since=NOON)

    asyncio.run(burst())
    assert [e.verdict for e in store.of_plan(PLAN)] == [Verdict.PERSON, Verdict.MACHINE, Verdict.MACHINE]
    assert [e.get("rule") for e in store.of_plan(PLAN)] == ["", "burst", "burst"]


def test_a_withdrawal_is_seen_by_another_process_as_soon_as_it_is_acknowledged(store: SqliteEventStore) -> None:
    assert asyncio.run(store.withdraw(act("newsletter")))
    script = (
        "import sqlite3,sys;c=sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True);"
        "print(c.execute('select contact,scope,undone,at from withdrawn').fetchall())"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script, str(store.path)], capture_output=True, text=True, check=True
    ).stdout
    assert seen.strip() == f"[('{ANNE}', 'newsletter', 0, '2027-03-02T12:00:00Z')]"


def test_a_permit_transaction_that_attaches_the_store_never_blocks_it(store: SqliteEventStore, tmp_path: Path) -> None:
    ledger = sqlite3.connect(f"file:{tmp_path}/ledger.sqlite", uri=True, isolation_level=None)
    ledger.execute("attach ? as tracker", (f"file:{store.path}?mode=ro",))
    ledger.execute("begin immediate")
    assert ledger.execute("select count(*) from tracker.withdrawn").fetchone() == (0,)
    assert asyncio.run(asyncio.wait_for(store.withdraw(act("all")), 5))
    ledger.execute("commit")
    assert ledger.execute("select count(*) from tracker.withdrawn").fetchone() == (1,)
    ledger.close()


def test_withdrawing_twice_keeps_one_event(store: SqliteEventStore) -> None:
    assert asyncio.run(store.withdraw(act("newsletter")))
    assert not asyncio.run(store.withdraw(act("newsletter")))
    assert store.last_position() == 1


def test_undoing_stops_stopping_within_a_day_and_not_after(store: SqliteEventStore) -> None:
    asyncio.run(store.withdraw(act("newsletter")))
    assert not asyncio.run(store.undo(act("newsletter", NOON + timedelta(hours=24))))
    assert asyncio.run(store.undo(act("newsletter", NOON + timedelta(hours=23))))
    assert [w.undone for w in store.withdrawals(ANNE)] == [True]
    assert not asyncio.run(store.undo(act("newsletter", NOON + timedelta(hours=23))))


def test_going_to_and_fro_ends_withdrawn_and_bounded(store: SqliteEventStore) -> None:
    for _ in range(40):
        asyncio.run(store.withdraw(act("newsletter")))
        asyncio.run(store.undo(act("newsletter")))
    assert store.last_position() == 21
    assert [w.undone for w in store.withdrawals(ANNE)] == [False]


def test_stopping_the_measure_closes_both_and_undoing_gives_back_what_was(store: SqliteEventStore) -> None:
    store.replace_consents([Consent(ANNE, opens=True, clicks=False)])
    asyncio.run(store.withdraw(act(MEASURING)))
    assert store.consent(ANNE) == Consent(ANNE, opens=False, clicks=False)
    asyncio.run(store.undo(act(MEASURING)))
    assert store.consent(ANNE) == Consent(ANNE, opens=True, clicks=False)


def test_leaving_everything_silences_the_contact_and_undoing_never_gives_more(store: SqliteEventStore) -> None:
    store.replace_consents([Consent(ANNE, True, True, suppressed=True), Consent("b" * 32, True, True)])
    for contact, before in ((ANNE, True), ("b" * 32, False)):
        asyncio.run(store.withdraw(replace(act("all"), contact=contact)))
        assert (held := store.consent(contact))
        assert held.suppressed
        asyncio.run(store.undo(replace(act("all"), contact=contact)))
        assert (held := store.consent(contact))
        assert held.suppressed is before


def test_a_complaint_from_elsewhere_is_an_objection_to_everything(store: SqliteEventStore) -> None:
    store.append([fact(9, EventKind.COMPLAINED)])
    assert [(w.scope, w.undone) for w in store.withdrawals(ANNE)] == [("all", False)]


def _words() -> st.SearchStrategy[list[tuple[int, bool]]]:
    return st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(words=_words(), order=st.randoms(use_true_random=False))
def test_withdrawals_shipped_in_any_order_fold_to_the_same(
    words: list[tuple[int, bool]], order: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    events = [
        Event("other", seq, NOON + timedelta(hours=hour), kind, PLAN, ANNE, detail=(("scope", "newsletter"),))
        for seq, (hour, leaves) in enumerate(words, 1)
        for kind in [EventKind.UNSUBSCRIBED if leaves else EventKind.RESUBSCRIBED]
    ]
    shuffled = list(events)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    folded = []
    for batch in (events, shuffled):
        folder = tmp_path_factory.mktemp("fold")
        with SqliteEventStore(folder / "events.sqlite") as store:
            store.append(batch)
            folded.append([(w.scope, w.undone, w.at) for w in store.withdrawals(ANNE)])
    assert folded[0] == folded[1]


def test_a_store_restored_from_a_copy_never_reuses_a_name(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    nodes = set()
    for _ in range(3):
        with SqliteEventStore(path) as store:
            nodes.add(asyncio.run(store.record(opened())).node)
    assert len(nodes) == 3


def test_a_cursor_keeps_its_proof(store: SqliteEventStore) -> None:
    assert store.cursor("book") == (0, "")
    store.set_cursor("book", 7, "c0ffee")
    assert store.cursor("book") == (7, "c0ffee")


def test_opens_are_shed_before_withdrawals_and_counted(store: SqliteEventStore) -> None:
    blocker = sqlite3.connect(store.path, isolation_level=None)
    blocker.execute("begin immediate")

    async def flood() -> tuple[int, bool]:
        hits = [asyncio.ensure_future(store.record(opened())) for _ in range(4_000)]
        leaving = asyncio.ensure_future(store.withdraw(act("newsletter")))
        await asyncio.sleep(0.05)
        blocker.execute("rollback")
        left = await leaving
        outcomes = await asyncio.gather(*hits, return_exceptions=True)
        return sum(isinstance(o, Overloaded) for o in outcomes), left

    shed, left = asyncio.run(flood())
    blocker.close()
    assert left
    assert shed > 0
    asyncio.run(store.record(opened()))
    assert store.shed() == {"opened": shed}


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"this is no database, and long enough to be read as one" * 40)
    with pytest.raises(StoreUnavailable):
        SqliteEventStore(tmp_path / "events.sqlite")


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    with SqliteEventStore(tmp_path / "events.sqlite") as store:
        store.append([fact(1)])
        assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}


def test_a_closed_store_refuses_to_acknowledge(tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "events.sqlite")
    store.close()
    with pytest.raises(StoreUnavailable):
        store.append([fact(1)])


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import asyncio,sys,pathlib\n"
        "from datetime import UTC,datetime\n"
        "from tracker.events import Act\n"
        "from tracker.events.sqlite import SqliteEventStore\n"
        "store=SqliteEventStore(pathlib.Path(sys.argv[1]))\n"
        "async def main():\n"
        "    for n in range(10**6):\n"
        "        await store.withdraw(Act('0'*16,f'{n:032x}','newsletter',datetime.now(UTC),'page'))\n"
        "        print(n,flush=True)\n"
        "asyncio.run(main())\n"
    )
    path = tmp_path / "events.sqlite"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(50)]
        os.kill(child.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    with SqliteEventStore(path) as store:
        kept = {w.contact for w in store.all_withdrawals()}
    assert {f"{n:032x}" for n in acknowledged} <= kept
