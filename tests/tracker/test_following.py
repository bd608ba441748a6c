"""The consents asked at each hit follow the book, while nobody publishes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.book.layout import contacts_files
from compiler.book.record import Record
from compiler.book.store import Book
from compiler.git import Repository
from compiler.language.clock import FixedClock
from compiler.language.consent import Answer, Tracking
from compiler.language.contact import Contact, Kind, Status
from tracker.events.sqlite import SqliteEventStore
from tracker.following import Follower

MORNING = datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
ANNE = "a" * 32
GRANTED = Tracking(Answer.GRANTED, Answer.GRANTED)
MEASURED = Contact(ANNE, Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other", tracking=GRANTED)


@dataclass
class Desk:
    remote: Repository
    store: SqliteEventStore
    follower: Follower

    def write(self, contact: Contact) -> None:
        """Somebody else commits to the remote."""
        tip = self.remote.revision("refs/heads/main")
        commit = self.remote.commit(tip, contacts_files([Record(ANNE, contact)]), message="Import", at=MORNING)
        self.remote.update_ref("refs/heads/main", commit, tip)

    def troubled(self) -> bool:
        return self.follower.trouble is not None

    def measured(self) -> bool:
        consent = self.store.consent(ANNE)
        return consent is not None and consent.opens


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    remote = Repository.init_bare(tmp_path / "book.git")
    with SqliteEventStore(tmp_path / "events.sqlite", node="t1") as store:
        follower = Follower(store, lambda: Book.open(tmp_path / "book", str(remote.path)), FixedClock(MORNING))
        desk = Desk(remote, store, follower)
        desk.write(MEASURED)
        yield desk


def test_the_first_look_brings_the_book_and_the_second_finds_nothing_new(desk: Desk) -> None:
    assert desk.follower.look()
    assert desk.measured()
    assert not desk.follower.look()


def test_a_consent_taken_back_in_the_book_is_known_without_a_publish(desk: Desk) -> None:
    with desk.follower.following(every=0.05):
        _within(10, desk.measured)
        desk.write(replace(MEASURED, tracking=GRANTED.withdrawn()))
        _within(10, lambda: not desk.measured())


def test_a_remote_that_does_not_answer_leaves_what_was_known_and_is_asked_again(desk: Desk) -> None:
    desk.follower.look()
    away = desk.remote.path.rename(desk.remote.path.with_name("away"))
    assert not desk.follower.look()
    assert desk.troubled()
    assert desk.measured()
    away.rename(desk.remote.path)
    desk.write(replace(MEASURED, tracking=Tracking()))
    assert desk.follower.look()
    assert not desk.troubled()
    assert not desk.measured()


def _within(seconds: float, holds: object) -> None:
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
