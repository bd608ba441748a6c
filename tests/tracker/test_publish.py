"""Publishing: acknowledged means written, on a real bare remote, whoever else writes there and whenever we die."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from compiler.book.keyring import Keyring
from compiler.book.layout import Files, changes_files, contacts_files
from compiler.book.record import Change, Record
from compiler.book.seal import seal_identity
from compiler.book.store import Book, BookView
from compiler.git import RemoteUnreachable, Repository
from compiler.language.address import Address
from compiler.language.clock import FixedClock
from compiler.language.consent import Answer, Tracking
from compiler.language.contact import Contact, Identity, Kind, Status
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.history import HistoryDeed
from compiler.language.suppression import address_mac
from tracker.changes import Deaths, changes_of, click_days
from tracker.consents import sync
from tracker.events import MEASURING, Act, Consent
from tracker.events.sqlite import SqliteEventStore
from tracker.history import snapshot
from tracker.publish import BOOK, Keys, publish

MORNING = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
PLAN = "0123456789abcdef"
ANNE, BASILE, CHLOE = "a" * 32, "b" * 32, "c" * 32
SUPPRESSION_KEY = b"s" * 32


def contact(name: str, seal: bytes = b"") -> Contact:
    granted = Tracking(Answer.GRANTED, Answer.GRANTED)
    return Contact(name, Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other", tracking=granted, seal=seal)


@dataclass
class Desk:
    store: SqliteEventStore
    book: Book
    remote: Repository
    clock: FixedClock
    folder: Path

    def leave(self, who: str, scope: str = "newsletter") -> None:
        assert asyncio.run(self.store.withdraw(Act(PLAN, who, scope, self.clock.now(), "one-click")))

    def undo(self, who: str, scope: str = "newsletter") -> None:
        assert asyncio.run(self.store.undo(Act(PLAN, who, scope, self.clock.now(), "page")))

    def publish(self) -> int:
        return publish(self.store, self.book, clock=self.clock).changes

    def on_the_remote(self) -> dict[str, Contact]:
        """What a fresh clone of the remote folds to."""
        with_nothing = Book.open(self.folder / f"fresh-{os.urandom(4).hex()}", str(self.remote.path))
        return {c.id: c for c in with_nothing.contacts()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    remote = Repository.init_bare(tmp_path / "book.git")
    files = contacts_files(Record(name, contact(name)) for name in (ANNE, BASILE, CHLOE))
    first = remote.commit(None, files, message="Import", at=MORNING)
    remote.update_ref("refs/heads/main", first, None)
    book = Book.open(tmp_path / "book", str(remote.path))
    with SqliteEventStore(tmp_path / "events.sqlite", node="t1") as store:
        yield Desk(store, book, remote, FixedClock(MORNING), tmp_path)


def refused(who: str, seq: int, *, at: datetime = MORNING, **detail: str) -> Event:
    given = {"class": "dead", "phase": "rcpt", "code": "550", "enhanced": "5.1.1", "lane": "other", **detail}
    return Event("ledger", seq, at, EventKind.REFUSED, PLAN, who, detail=tuple(sorted(given.items())))


def test_a_withdrawal_stands_on_the_remote_once_published(desk: Desk) -> None:
    desk.leave(ANNE)
    assert desk.publish() == 1
    objection = desk.on_the_remote()[ANNE].objections[0]
    assert (objection.scope, objection.on, objection.channel) == ("newsletter", date(2027, 3, 2), "one-click")
    assert desk.publish() == 0


def test_undoing_lifts_the_objection_because_the_later_word_wins(desk: Desk) -> None:
    desk.leave(ANNE)
    desk.publish()
    desk.clock.advance(timedelta(minutes=5))
    desk.undo(ANNE)
    desk.publish()
    assert desk.on_the_remote()[ANNE].objections == ()


def test_leaving_and_coming_back_before_publication_ends_subscribed(desk: Desk) -> None:
    desk.leave(ANNE)
    desk.undo(ANNE)
    desk.publish()
    assert desk.on_the_remote()[ANNE].objections == ()


def test_stopping_the_measure_is_a_change_of_consent_and_no_objection(desk: Desk) -> None:
    sync(desk.store, desk.book, clock=desk.clock)
    desk.leave(ANNE, MEASURING)
    desk.publish()
    after = desk.on_the_remote()[ANNE]
    assert (after.tracking, after.objections) == (Tracking(Answer.WITHDRAWN, Answer.WITHDRAWN), ())
    desk.clock.advance(timedelta(minutes=1))
    desk.undo(ANNE, MEASURING)
    desk.publish()
    assert desk.on_the_remote()[ANNE].tracking == Tracking(Answer.GRANTED, Answer.GRANTED)


def test_nobody_is_named_in_what_is_committed(desk: Desk) -> None:
    desk.leave(ANNE)
    commit = publish(desk.store, desk.book, clock=desk.clock).commit
    shown = subprocess.run(
        ["git", "-C", str(desk.remote.path), "show", commit], capture_output=True, text=True, check=True
    ).stdout
    assert "@" not in shown.replace("envoi@localhost", "").replace("@@", "")


def by_form(seq: int) -> Change:
    return Change(MORNING, "forms", seq, BASILE, {"last_contact_on": "2027-03-01"}, "form")


class Raced(Book):
    """A clone that somebody else overtakes a few times between its fetch and its push."""

    rival: Book
    pushed = 0

    def transact(self, apply: Callable[[BookView], Files], *, message: str, at: datetime) -> str:
        def overtaken(view: BookView) -> Files:
            files = apply(view)
            if self.pushed < 3:
                self.pushed += 1
                change = by_form(self.pushed)
                self.rival.transact(lambda _: changes_files([change]), message="Record a form", at=MORNING)
            return files

        return super().transact(overtaken, message=message, at=at)


def test_overtaken_between_fetch_and_push_neither_side_loses_a_change(desk: Desk, tmp_path: Path) -> None:
    raced = Raced(desk.book.repository, desk.book.remote, desk.book.branch)
    raced.rival = Book.open(tmp_path / "rival", str(desk.remote.path))
    desk.book = raced
    desk.leave(ANNE)
    assert desk.publish() == 1
    fresh = Book.open(tmp_path / "fresh", str(desk.remote.path))
    assert {(c.node, c.seq) for c in fresh.view().changes()} == {("t1", 1), ("forms", 1), ("forms", 2), ("forms", 3)}


def test_two_publishers_of_one_remote_both_end_in_it(desk: Desk, tmp_path: Path) -> None:
    rival = Book.open(tmp_path / "rival", str(desk.remote.path))

    def push_now_and_then() -> None:
        for seq in range(1, 6):
            files = changes_files([by_form(seq)])
            rival.transact(lambda _, files=files: files, message="Record a form", at=MORNING)  # type: ignore[misc]

    pusher = threading.Thread(target=push_now_and_then)
    pusher.start()
    for who in (ANNE, BASILE, CHLOE):
        desk.leave(who)
        assert desk.publish() == 1
    pusher.join()
    fresh = Book.open(tmp_path / "fresh", str(desk.remote.path))
    names = {(c.node, c.seq) for c in fresh.view().changes()}
    assert names == {("t1", n) for n in (1, 2, 3)} | {("forms", n) for n in range(1, 6)}


def test_an_unreachable_remote_keeps_everything_waiting(desk: Desk) -> None:
    desk.leave(ANNE)
    away = desk.remote.path.with_name("away.git")
    desk.remote.path.rename(away)
    with pytest.raises(RemoteUnreachable):
        desk.publish()
    assert desk.store.cursor(BOOK) == (0, "")
    away.rename(desk.remote.path)
    assert desk.publish() == 1


def test_a_remote_that_declines_keeps_everything_waiting(desk: Desk) -> None:
    from compiler.book.problems import BookContended

    desk.leave(ANNE)
    hook = desk.remote.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(BookContended):
        desk.publish()
    assert desk.store.cursor(BOOK) == (0, "")
    hook.unlink()
    assert desk.publish() == 1


def test_published_but_killed_before_the_cursor_moved_writes_nothing_twice(desk: Desk) -> None:
    desk.leave(ANNE)
    desk.publish()
    desk.store.set_cursor(BOOK, 0, "")
    desk.leave(BASILE)
    assert desk.publish() == 1
    assert len(list(desk.book.view().changes())) == 2


_PUBLISHING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from compiler.book.store import Book, BookView
from compiler.language.clock import FixedClock
from tracker.events.sqlite import SqliteEventStore
from tracker.publish import publish

class Dying(SqliteEventStore):
    def set_cursor(self, name, position, proof=""):
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
book = Book.open(folder / "book", str(folder / "book.git"))
publish(Dying(folder / "events.sqlite"), book, clock=FixedClock(datetime(2027, 3, 2, 9, 30, tzinfo=UTC)))
"""


def test_killed_between_push_and_cursor_the_next_publication_agrees(desk: Desk) -> None:
    desk.leave(ANNE)
    done = subprocess.run([sys.executable, "-c", _PUBLISHING, str(desk.folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert desk.on_the_remote()[ANNE].objections
    assert desk.publish() == 0
    assert desk.store.cursor(BOOK)[0] == 1


@pytest.mark.parametrize("clone_survives", [True, False], ids=["our-clone-knows", "our-clone-is-gone-too"])
def test_a_forced_push_that_drops_an_objection_is_put_right(desk: Desk, clone_survives: bool) -> None:
    before = desk.remote.revision("refs/heads/main")
    desk.leave(ANNE)
    desk.publish()
    after = desk.remote.revision("refs/heads/main")
    assert before
    desk.remote.update_ref("refs/heads/main", before, after)
    if not clone_survives:
        desk.book = Book.open(desk.folder / "second-clone", str(desk.remote.path))
    desk.publish()
    assert desk.on_the_remote()[ANNE].objections


def test_with_the_keys_the_suppression_list_is_written_in_the_same_commit(desk: Desk, tmp_path: Path) -> None:
    address, key = Address.parse("anne@clients.example"), b"k" * 64
    keyring = Keyring.create(tmp_path / "keyring.sqlite", b"m" * 32)
    keyring.add({ANNE: key})
    seal = seal_identity(Identity(str(address)), key, ANNE)
    born = Change(MORNING, "import", 1, ANNE, {"seal": _text(seal)}, "import")
    desk.book.transact(lambda view: changes_files([born]), message="Seal", at=MORNING)
    desk.leave(ANNE)
    assert desk.publish() == 1  # on a host without keys: the objection alone
    report = publish(desk.store, desk.book, clock=desk.clock, keys=Keys(keyring, SUPPRESSION_KEY))
    assert (report.changes, report.suppressions) == (0, 1)
    mac = address_mac(address, SUPPRESSION_KEY)
    assert desk.book.suppressions().covers(mac, "newsletter")
    desk.clock.advance(timedelta(minutes=1))
    desk.undo(ANNE)
    publish(desk.store, desk.book, clock=desk.clock, keys=Keys(keyring, SUPPRESSION_KEY))
    assert desk.book.suppressions().covers(mac, "newsletter") is None
    keyring.close()


def _text(seal: bytes) -> str:
    import base64

    return base64.b64encode(seal).decode()


# Dead addresses


def test_an_unknown_mailbox_at_rcpt_is_believed_once(desk: Desk) -> None:
    desk.store.append([refused(ANNE, 1)])
    assert desk.publish() == 1
    after = desk.on_the_remote()[ANNE]
    assert (after.status, after.dead_on) == (Status.INVALID, date(2027, 3, 2))


def test_other_dead_replies_need_a_second_day(desk: Desk) -> None:
    desk.store.append([refused(ANNE, 1, enhanced="5.2.1"), refused(ANNE, 2, enhanced="5.2.1")])
    desk.publish()
    first = desk.on_the_remote()[ANNE]
    assert (first.status, first.dead_on) == (Status.ACTIVE, date(2027, 3, 2))
    desk.store.append([refused(ANNE, 3, enhanced="5.2.1", at=MORNING + timedelta(days=30))])
    desk.publish()
    second = desk.on_the_remote()[ANNE]
    assert (second.status, second.dead_on) == (Status.INVALID, date(2027, 3, 2))


@pytest.mark.parametrize(
    ("detail", "invalid"),
    [
        pytest.param({"lane": "free", "enhanced": ""}, True, id="free-means-it-at-once"),
        pytest.param({"class": "moved", "enhanced": "5.1.6"}, True, id="moved"),
        pytest.param({"phase": "dot", "enhanced": "5.1.1"}, False, id="after-the-body-once-is-not-enough"),
        pytest.param({"phase": "mail"}, False, id="before-rcpt-it-is-about-us"),
        pytest.param({"phase": ""}, False, id="phase-unknown"),
        pytest.param({"class": "lane_block", "enhanced": "5.1.1"}, False, id="our-address-is-blocked"),
        pytest.param({"class": "full"}, False, id="full"),
        pytest.param({"enhanced": "", "code": "550 5.1.1"}, True, id="code-and-status-together"),
    ],
)
def test_only_a_refusal_of_the_recipient_touches_the_contact(detail: dict[str, str], invalid: bool) -> None:
    changes = changes_of([refused(ANNE, 1, at=MORNING, **detail)], Deaths({}))
    assert any(c.set.get("status") == Status.INVALID for c in changes) is invalid


# Clicks and complaints


def clicked(seq: int, *, at: datetime = MORNING, verdict: Verdict = Verdict.PERSON, who: str = ANNE) -> Event:
    return Event("t9", seq, at, EventKind.CLICKED, PLAN, who, verdict, (("link", "https://a.example/"),))


def test_a_persons_click_leaves_its_day_and_nothing_else() -> None:
    changes = click_days([clicked(1), clicked(2, at=MORNING + timedelta(hours=2)), clicked(3, who=BASILE)])
    assert [(c.contact, dict(c.set)) for c in changes] == [
        (ANNE, {"last_contact_on": "2027-03-02"}),
        (BASILE, {"last_contact_on": "2027-03-02"}),
    ]
    assert {c.at.hour for c in changes} == {0}
    assert click_days([clicked(4, verdict=Verdict.MACHINE)]) == ()


def test_opens_never_change_a_contact() -> None:
    opened = replace(clicked(1), kind=EventKind.OPENED)
    assert changes_of([opened], Deaths({})) == ()
    assert click_days([opened]) == ()


def test_a_click_waits_until_its_verdict_is_settled_and_holds_nobody_up(desk: Desk) -> None:
    desk.store.append([clicked(1)])
    desk.leave(BASILE)
    assert desk.publish() == 1
    desk.clock.advance(timedelta(minutes=1))
    assert desk.publish() == 1
    assert desk.on_the_remote()[ANNE].last_contact_on == date(2027, 3, 2)


def test_a_complaint_is_an_objection_to_everything(desk: Desk) -> None:
    desk.store.append([replace(refused(ANNE, 1), kind=EventKind.COMPLAINED, detail=())])
    desk.publish()
    after = desk.on_the_remote()[ANNE]
    assert (after.status, [o.scope for o in after.objections]) == (Status.COMPLAINED, ["all"])


# The consent table


def test_the_consent_table_follows_the_book(desk: Desk) -> None:
    assert sync(desk.store, desk.book, clock=desk.clock) == 3
    assert desk.store.consent(ANNE) == Consent(ANNE, True, True)
    desk.store.append([refused(BASILE, 1)])
    desk.publish()
    sync(desk.store, desk.book, clock=desk.clock)
    held = desk.store.consent(BASILE)
    assert held
    assert held.suppressed


def test_a_withdrawal_not_yet_published_outlives_a_sync(desk: Desk) -> None:
    sync(desk.store, desk.book, clock=desk.clock)
    desk.leave(ANNE, MEASURING)
    desk.leave(BASILE, "all")
    sync(desk.store, desk.book, clock=desk.clock)
    assert desk.store.consent(ANNE) == Consent(ANNE, False, False)
    assert desk.store.consent(BASILE) == Consent(BASILE, True, True, suppressed=True)


def test_a_consent_given_after_a_published_withdrawal_reopens(desk: Desk) -> None:
    desk.leave(ANNE, MEASURING)
    desk.leave(ANNE, "newsletter")
    desk.publish()
    sync(desk.store, desk.book, clock=desk.clock)
    assert len(desk.store.withdrawals(ANNE)) == 2
    later = MORNING + timedelta(days=3)
    again = {"tracking.opens": "granted", "objections.newsletter": None}
    change = Change(later, "forms", 1, ANNE, again, "form")
    desk.book.transact(lambda view: changes_files([change]), message="Record a form", at=later)
    sync(desk.store, desk.book, clock=desk.clock)
    assert desk.store.consent(ANNE) == Consent(ANNE, True, False)
    assert desk.store.withdrawals(ANNE) == ()


# History


def sent(seq: int, who: str, kind: EventKind = EventKind.SENT, **detail: str) -> Event:
    given = {"campaign": "spring-2027", "edition": "1", "slot": str(seq), **detail}
    return Event("ledger", seq, MORNING, kind, PLAN, who, detail=tuple(sorted(given.items())))


def test_history_tells_who_had_and_did_what_by_day(desk: Desk) -> None:
    desk.store.replace_consents([Consent(ANNE, True, True), Consent(BASILE, True, False)])
    desk.store.append([sent(1, ANNE), sent(2, BASILE), sent(3, CHLOE, EventKind.IN_DOUBT)])
    desk.store.append([clicked(1), clicked(2, who=BASILE), clicked(3, verdict=Verdict.MACHINE)])
    told = {(r.contact[0], r.campaign, r.deed, r.on.isoformat()) for r in snapshot(desk.store).records}
    assert told == {
        ("a", "spring-2027", HistoryDeed.RECEIVED, "2027-03-02"),
        ("b", "spring-2027", HistoryDeed.RECEIVED, "2027-03-02"),
        ("c", "spring-2027", HistoryDeed.IN_DOUBT, "2027-03-02"),
        ("a", "spring-2027", HistoryDeed.CLICKED, "2027-03-02"),
    }


def test_history_is_the_same_bytes_in_whatever_order_events_came(desk: Desk, tmp_path: Path) -> None:
    events = [sent(1, ANNE), sent(2, BASILE), sent(3, CHLOE), clicked(1)]
    digests = set()
    orders: list[Callable[[list[Event]], list[Event]]] = [list, lambda e: list(reversed(e))]
    for number, order in enumerate(orders):
        with SqliteEventStore(tmp_path / f"h{number}.sqlite") as store:
            store.replace_consents([Consent(ANNE, True, True)])
            store.append(order(events))
            digests.add(snapshot(store).digest)
    assert len(digests) == 1
