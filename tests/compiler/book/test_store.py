from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from compiler.book.compact import compact
from compiler.book.layout import Files, Meta, changes_files, contacts_files, meta_file
from compiler.book.problems import BookContended, BookDamaged, BookMissing
from compiler.book.record import Change, Record, contact_document
from compiler.book.store import Book, BookView
from compiler.book.suppressions import suppression
from compiler.git import RemoteUnreachable, Repository
from compiler.language.canonical import Json
from compiler.language.contact import Contact, Kind, Objection, Status

AT = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
MAC = "ab" * 32


def _person(number: int) -> Contact:
    contact = f"{number:02x}" * 16
    return Contact(contact, Status.ACTIVE, Kind.PERSONAL, "FR", "fr", "Europe/Paris", "other", seal=bytes(16))


PEOPLE = [_person(number) for number in (1, 2, 0xFE)]


def _objection(person: Contact, seq: int, node: str = "t1", at: datetime = AT) -> Change:
    said: dict[str, Json] = {"objections.newsletter": {"on": at.date().isoformat(), "channel": "link"}}
    return Change(at, node, seq, person.id, said, "unsubscribed")


@pytest.fixture
def remote(tmp_path: Path) -> Repository:
    return Repository.init_bare(tmp_path / "book.git")


@pytest.fixture
def open_book(tmp_path: Path, remote: Repository) -> Callable[[str], Book]:
    return lambda name: Book.open(tmp_path / name, str(remote.path))


@pytest.fixture
def book(open_book: Callable[[str], Book]) -> Book:
    """A clone of a book that holds PEOPLE."""
    book = open_book("desk")
    files = {**meta_file(Meta()), **contacts_files(Record(p.id, p) for p in PEOPLE)}
    book.transact(lambda view: files, message="Import", at=AT)
    return book


def _publish(book: Book, *changes: Change) -> str:
    return book.transact(lambda view: changes_files(changes), message="Publish", at=AT)


def test_an_empty_book_holds_nobody(open_book: Callable[[str], Book]) -> None:
    book = open_book("new")
    assert book.tree_id() == ""
    assert list(book.contacts()) == []
    assert len(book.suppressions()) == 0
    assert book.view().empty


def test_contacts_are_read_folded_and_in_order(book: Book) -> None:
    _publish(book, _objection(PEOPLE[1], 1))
    found = list(book.contacts())
    assert [c.id for c in found] == sorted(p.id for p in PEOPLE)
    assert found[1] == replace(PEOPLE[1], objections=(Objection("newsletter", date(2027, 3, 2), "link"),))
    assert [found[0], found[2]] == [PEOPLE[0], PEOPLE[2]]


def test_people_born_after_the_first_import_are_read_too(book: Book) -> None:
    newborn = _person(0x77)
    _publish(book, Change(AT, "desk", 1, newborn.id, {"record": contact_document(newborn)}, "imported"))
    assert newborn in list(book.contacts())


def test_what_is_committed_stands_on_the_remote(book: Book, remote: Repository) -> None:
    commit = _publish(book, _objection(PEOPLE[0], 1))
    assert remote.revision("refs/heads/main") == commit
    assert book.view().commit == commit


def test_nothing_to_say_makes_no_commit(book: Book, remote: Repository) -> None:
    before = remote.revision("refs/heads/main")
    assert book.transact(lambda view: {}, message="m", at=AT) == before
    assert book.transact(lambda view: contacts_files(Record(p.id, p) for p in PEOPLE), message="m", at=AT) == before
    assert remote.revision("refs/heads/main") == before


def test_a_view_does_not_move_while_others_write(book: Book) -> None:
    view = book.view()
    tree = view.tree_id()
    _publish(book, _objection(PEOPLE[0], 1))
    assert view.tree_id() == tree != book.tree_id()
    assert not any(c.objections for c in view.contacts())


def test_equal_books_have_equal_trees_whatever_their_history(book: Book, tmp_path: Path) -> None:
    changes = [_objection(PEOPLE[0], 1), _objection(PEOPLE[1], 1, "t2")]
    for change in changes:
        _publish(book, change)
    other = Book.open(tmp_path / "alone", "")
    files = {**meta_file(Meta()), **contacts_files(Record(p.id, p) for p in PEOPLE), **changes_files(changes)}
    other.transact(lambda view: files, message="All at once", at=AT + timedelta(days=9))
    assert other.tree_id() == book.tree_id()


def test_a_concurrent_push_is_met_by_asking_again(book: Book, open_book: Callable[[str], Book]) -> None:
    other = open_book("elsewhere")
    asked: list[str | None] = []

    def apply(view: BookView) -> Files:
        asked.append(view.commit)
        if len(asked) < 3:  # somebody else is faster, twice
            _publish(other, _objection(PEOPLE[len(asked)], len(asked), node="t2"))
        return changes_files([_objection(PEOPLE[0], view.last_seq("t1") + 1)])

    book.transact(apply, message="Publish", at=AT)
    assert len(set(asked)) == 3
    other.refresh()
    assert all(c.objects_to("newsletter") for c in other.contacts())


def test_several_committers_lose_nothing(book: Book, open_book: Callable[[str], Book], remote: Repository) -> None:
    books = [open_book(f"clone{n}") for n in range(3)]
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for seq in range(1, 5):
                _publish(books[number], _objection(PEOPLE[number], seq, node=f"t{number}"))
        except BaseException as error:  # carried to the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    book.refresh()
    assert sorted((c.node, c.seq) for c in book.view().changes()) == [
        (f"t{n}", s) for n in range(3) for s in range(1, 5)
    ]


def test_two_processes_share_a_clone(book: Book, tmp_path: Path, remote: Repository) -> None:
    script = f"""
from datetime import UTC, datetime
from pathlib import Path
from sys import argv
from compiler.book.layout import changes_files
from compiler.book.record import Change
from compiler.book.store import Book
book = Book.open(Path({str(book.repository.path)!r}), {str(remote.path)!r})
for seq in range(1, 5):
    change = Change(datetime(2027, 3, 2, tzinfo=UTC), argv[1], seq, "{PEOPLE[0].id}", {{"dead_on": None}}, "test")
    book.transact(lambda view: changes_files([change]), message="m", at=datetime(2027, 3, 2, tzinfo=UTC))
"""
    children = [subprocess.Popen([sys.executable, "-c", script, f"p{n}"]) for n in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    assert sorted((c.node, c.seq) for c in book.view().changes()) == [
        (f"p{n}", s) for n in range(2) for s in range(1, 5)
    ]


def test_a_remote_that_is_down_leaves_everything_as_it_was(book: Book, remote: Repository) -> None:
    before, tree = book.view().commit, book.tree_id()
    remote.path.rename(remote.path.with_name("moved"))
    with pytest.raises(RemoteUnreachable):
        _publish(book, _objection(PEOPLE[0], 1))
    assert (book.view().commit, book.tree_id()) == (before, tree)
    remote.path.with_name("moved").rename(remote.path)
    _publish(book, _objection(PEOPLE[0], 1))


def test_a_remote_that_declines_is_not_asked_for_ever(book: Book, remote: Repository) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = book.view().commit
    with pytest.raises(BookContended):
        _publish(book, _objection(PEOPLE[0], 1))
    assert book.view().commit == before


def test_a_book_that_does_not_exist_is_not_made_up(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(BookMissing):
            Book.open(tmp_path / "clone", str(tmp_path / "nowhere.git"))


def test_the_first_number_of_a_node_is_one_and_survives_compaction(book: Book) -> None:
    assert book.view().last_seq("t1") == 0
    _publish(book, _objection(PEOPLE[0], 1), _objection(PEOPLE[1], 7))
    assert book.view().last_seq("t1") == 7
    compact(book, at=AT + timedelta(days=30))
    assert not list(book.view().changes())
    assert book.view().last_seq("t1") == 7


def test_a_compacted_book_reads_as_before(book: Book) -> None:
    _publish(book, _objection(PEOPLE[0], 1), Change(AT, "t1", 2, PEOPLE[1].id, {"status": "erased"}, "erased"))
    before = list(book.contacts())
    compact(book, at=AT + timedelta(days=30))
    assert list(book.contacts()) == before
    assert compact(book, at=AT + timedelta(days=30)) == book.view().commit


def test_compaction_leaves_the_last_days(book: Book) -> None:
    _publish(book, _objection(PEOPLE[0], 1), _objection(PEOPLE[1], 2, at=AT + timedelta(days=9)))
    before = list(book.contacts())
    compact(book, at=AT + timedelta(days=10))
    assert [change.seq for change in book.view().changes()] == [2]
    assert list(book.contacts()) == before


def test_a_late_change_weighs_after_compaction_what_it_would_have_weighed(book: Book) -> None:
    undone = Change(AT + timedelta(hours=2), "t1", 2, PEOPLE[0].id, {"objections.newsletter": None}, "resubscribed")
    _publish(book, undone)
    compact(book, at=AT + timedelta(days=30))
    _publish(book, _objection(PEOPLE[0], 1, node="t2", at=AT + timedelta(hours=1)))
    assert not any(c.objections for c in book.contacts())


@pytest.mark.parametrize("path", ["contacts/01.jsonl", "changes/2027/03/02/t1.1-1.jsonl", "book.yaml"])
def test_a_damaged_line_is_named_and_not_quoted(book: Book, path: str) -> None:
    book.transact(lambda view: {path: b'\n{"zoe@client.example": 1}\n'}, message="m", at=AT)
    with pytest.raises(BookDamaged) as caught:
        _ = (list(book.contacts()), book.view().meta)
    assert path in str(caught.value)
    assert "zoe" not in str(caught.value)


def test_a_damaged_suppression_is_an_error_not_a_permission(book: Book) -> None:
    book.transact(lambda view: {"suppressions/ab.txt": b"nonsense\n"}, message="m", at=AT)
    with pytest.raises(BookDamaged, match=r"suppressions/ab.txt, line 1"):
        book.suppressions()


def test_a_change_that_makes_no_sense_stops_the_reading(book: Book) -> None:
    _publish(book, Change(AT, "t1", 1, PEOPLE[0].id, {"status": "happy"}, "test"))
    with pytest.raises(BookDamaged):
        list(book.contacts())


def test_a_node_cannot_leave_the_folder_of_changes() -> None:
    for name in ("../../etc", "t1/x", "", "T1", "a.b"):
        with pytest.raises(ValueError):
            changes_files([_objection(PEOPLE[0], 1, node=name)])


# A rewrite of history


def _force(remote: Repository, files: Files) -> str:
    """Somebody pushes by force: a history that begins anew with these files."""
    commit = remote.commit(None, files, message="Rewritten", at=AT)
    assert remote.update_ref("refs/heads/main", commit, remote.revision("refs/heads/main"))
    return commit


def test_an_acknowledged_objection_survives_a_forced_push(book: Book, remote: Repository) -> None:
    view = book.view()
    before: dict[str, bytes | None] = {**view.read_files(view.paths)}
    entry = suppression(MAC, "all", at=AT, reason="objected")
    book.transact(
        lambda v: {**changes_files([_objection(PEOPLE[0], 1)]), **v.with_suppressions([entry])}, message="m", at=AT
    )
    _force(remote, before)
    book.refresh()
    healed = book.view()
    assert healed.commit == remote.revision("refs/heads/main")
    assert [c.objects_to("newsletter") for c in healed.contacts()] == [True, False, False]
    assert healed.suppressions().covers(MAC, "newsletter")


def test_people_lost_by_a_forced_push_come_back_and_news_is_kept(book: Book, remote: Repository) -> None:
    newborn = _person(0x33)
    theirs = {**meta_file(Meta()), **contacts_files([Record(newborn.id, newborn)])}
    _force(remote, theirs)
    _publish(book, _objection(PEOPLE[0], 1))
    assert {c.id for c in book.contacts()} == {p.id for p in [*PEOPLE, newborn]}


def test_a_remote_made_anew_is_filled_again(book: Book, remote: Repository) -> None:
    tree = book.tree_id()
    remote.path.rename(remote.path.with_name("lost"))
    Repository.init_bare(remote.path)
    book.refresh()
    assert remote.tree("refs/heads/main") == tree


def test_an_erased_contact_does_not_come_back_by_healing(book: Book, remote: Repository) -> None:
    view = book.view()
    before: dict[str, bytes | None] = {**view.read_files(view.paths)}
    tombs = contacts_files([Record(PEOPLE[0].id, replace(PEOPLE[0], status=Status.ERASED, seal=b""))])
    book.transact(lambda v: tombs, message="Erase", at=AT)
    _force(remote, before)
    book.refresh()
    assert next(book.contacts()).status is Status.ERASED


def test_a_rewrite_that_raises_the_generation_is_believed(book: Book, remote: Repository) -> None:
    _publish(book, _objection(PEOPLE[0], 1))
    fewer = {**meta_file(Meta(generation=2)), **contacts_files([Record(PEOPLE[1].id, PEOPLE[1])])}
    commit = _force(remote, fewer)
    book.refresh()
    assert book.view().commit == commit
    assert [c.id for c in book.contacts()] == [PEOPLE[1].id]


def test_a_rewrite_that_says_the_same_needs_no_healing(book: Book, remote: Repository) -> None:
    _publish(book, _objection(PEOPLE[0], 1))
    view = book.view()
    commit = _force(remote, view.read_files(view.paths))
    book.refresh()
    assert book.view().commit == commit
