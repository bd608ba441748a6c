from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from compiler.book.keyring import Keyring
from compiler.book.layout import changes_files, contacts_files
from compiler.book.record import Change, Record
from compiler.book.seal import seal_identity
from compiler.book.store import Book
from compiler.git import Repository
from compiler.language.address import Address
from compiler.language.campaign import Workspace
from compiler.language.canonical import Json
from compiler.language.consent import Answer, Basis, Ground, Proof, Tracking
from compiler.language.contact import Contact, Identity, Kind, Origin, SourceKind, Status
from compiler.language.plan import Exclusion
from compiler.language.suppression import Suppression, address_mac
from compiler.load import load
from compiler.policy import Audience
from compiler.resolve import resolve
from compiler.specimen import Specimen
from runner.bookview import BookWatch, Roster, Sources, View
from runner.demo.scenery import example_workspace
from runner.frames import CLICKS, OPENS
from runner.rehearsal import Rehearsal
from tracker.events import MEASURING, Withdrawal

AT = datetime(2027, 3, 2, 9, tzinfo=UTC)
KEY = b"s" * 32


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    root = example_workspace()
    resolved, _ = resolve(root, load(root).documents)
    assert resolved is not None
    return resolved


@dataclass
class Shelf:
    """A specimen's people in a book with a remote, and a watch on them."""

    specimen: Specimen
    book: Book
    remote: Book
    keyring: Keyring
    watch: BookWatch
    withdrawals: list[Withdrawal]
    seq: int = 0

    def contact(self, slot: int) -> str:
        return Roster(self.specimen.plan).contact(slot).hex()

    def learn(self, slot: int, **said: Json) -> None:
        """A change that another machine pushes."""
        self.seq += 1
        paths: Mapping[str, Json] = {name.replace("__", "."): value for name, value in said.items()}
        change = Change(AT, "t0", self.seq, self.contact(slot), paths, "test")
        self.remote.transact(lambda view: changes_files([change]), message="Learn", at=AT)

    def look(self) -> View:
        return self.watch.take()


@pytest.fixture
def shelf(small_plan: Callable[..., Specimen], tmp_path: Path, workspace: Workspace) -> Iterator[Shelf]:
    specimen = small_plan(slots=4)
    Rehearsal(specimen, tmp_path / "state", clock=None).prepare()  # type: ignore[arg-type]
    keyring = Rehearsal(specimen, tmp_path / "state", clock=None).keyring()  # type: ignore[arg-type]
    Repository.init_bare(tmp_path / "book.git")
    url = str(tmp_path / "book.git")
    remote = Book.open(tmp_path / "elsewhere", url)
    records = [_record(_contact(slot.contact, specimen, slot.number)) for slot in specimen.plan.slots(0)]
    remote.transact(lambda view: contacts_files(records), message="Begin", at=AT)
    book = Book.open(tmp_path / "book", url)
    campaign = workspace.campaigns[0]
    audience = Audience.of(workspace, campaign, on=date(2027, 3, 2))
    withdrawals: list[Withdrawal] = []
    sources = Sources(book, lambda: keyring, KEY, lambda: audience, lambda: withdrawals)
    watch = BookWatch(specimen.plan, Roster(specimen.plan), sources)
    yield Shelf(specimen, book, remote, keyring, watch, withdrawals)
    keyring.close()


def _contact(contact: str, specimen: Specimen, slot: int) -> Contact:
    proof = Proof("web_form", "inscription@2", "ab" * 32, "", confirmed=True)
    return Contact(
        id=contact,
        status=Status.ACTIVE,
        kind=Kind.PROFESSIONAL,
        country="FR",
        locale="fr",
        zone="Europe/Paris",
        lane="other",
        basis=(Basis("newsletter", Ground.CONSENT, date(2026, 4, 30), proof),),
        tracking=Tracking(Answer.GRANTED, Answer.GRANTED),
        origin=Origin(SourceKind.FORM, "Formulaire d’inscription du site", date(2026, 4, 30)),
        last_contact_on=date(2027, 1, 12),
        seal=_seal(contact, specimen, specimen.address(slot)),
    )


def _record(contact: Contact) -> Record:
    return Record(contact.id, contact)


def _seal(contact: str, specimen: Specimen, address: str) -> bytes:
    return seal_identity(Identity(address), specimen.keys[contact], contact)


def test_an_unchanged_book_leaves_nobody_out(shelf: Shelf) -> None:
    view = shelf.look()
    assert (dict(view.left_out), set(view.measured)) == ({}, {OPENS | CLICKS})


def test_what_another_machine_pushed_is_seen_at_the_next_look(shelf: Shelf) -> None:
    shelf.look()
    shelf.learn(0, objections__newsletter={"on": "2027-03-01", "channel": "page"})
    shelf.learn(1, status="invalid", dead_on="2027-02-27")
    shelf.learn(2, status="restricted")
    assert dict(shelf.look().left_out) == {
        0: Exclusion.UNSUBSCRIBED,
        1: Exclusion.BOUNCED,
        2: Exclusion.RESTRICTED,
    }


def test_a_changed_address_is_not_the_one_that_was_approved(shelf: Shelf) -> None:
    shelf.look()
    contact = shelf.contact(1)
    sealed = _seal(contact, shelf.specimen, "new@clients.example")
    moved = replace(_contact(contact, shelf.specimen, 1), seal=sealed)
    records = [_record(moved if n == 1 else _contact(shelf.contact(n), shelf.specimen, n)) for n in range(4)]
    shelf.remote.transact(lambda view: contacts_files(records), message="Correct", at=AT)
    assert dict(shelf.look().left_out) == {1: Exclusion.CHANGED}


def test_an_erased_contact_is_erased_for_the_plan(shelf: Shelf) -> None:
    shelf.look()
    shelf.keyring.destroy([shelf.contact(2)])
    assert dict(shelf.look().left_out) == {2: Exclusion.ERASED}


def test_a_contact_that_the_book_no_longer_has_is_erased(shelf: Shelf) -> None:
    records = [_record(_contact(shelf.contact(n), shelf.specimen, n)) for n in range(3)]
    gone = {f"contacts/{shelf.contact(n)[:2]}.jsonl": None for n in range(4)}
    shelf.remote.transact(lambda view: {**gone, **contacts_files(records)}, message="Compact", at=AT)
    assert dict(shelf.look().left_out) == {3: Exclusion.ERASED}


def test_a_suppressed_address_is_left_out_whatever_its_record_says(shelf: Shelf) -> None:
    mac = address_mac(Address.parse(shelf.specimen.address(3)), KEY)
    entry = Suppression(mac, "all", AT, "complained")
    shelf.remote.transact(lambda view: view.with_suppressions([entry]), message="Suppress", at=AT)
    assert dict(shelf.look().left_out) == {3: Exclusion.COMPLAINED}


def test_withdrawals_that_the_book_does_not_know_yet_count(shelf: Shelf) -> None:
    shelf.withdrawals += [
        Withdrawal(shelf.contact(0), "newsletter", False, AT, 1),
        Withdrawal(shelf.contact(1), "all", True, AT, 2),
        Withdrawal(shelf.contact(2), MEASURING, False, AT, 3),
        Withdrawal("f" * 32, "all", False, AT, 4),
    ]
    view = shelf.look()
    assert dict(view.left_out) == {0: Exclusion.UNSUBSCRIBED}
    assert list(view.measured) == [3, 3, 0, 3]


def test_a_withdrawn_consent_to_measuring_takes_its_tracker_alone(shelf: Shelf) -> None:
    shelf.learn(0, tracking__opens="withdrawn")
    assert list(shelf.look().measured) == [CLICKS, 3, 3, 3]


def test_a_moved_tip_is_noticed_without_asking_git(shelf: Shelf) -> None:
    shelf.look()
    assert not shelf.watch.moved()
    shelf.learn(0, status="restricted")
    assert not shelf.watch.moved()  # elsewhere, so far
    shelf.book.refresh()
    assert shelf.watch.moved()
    shelf.look()
    assert not shelf.watch.moved()


def test_a_view_grows_too_old(shelf: Shelf) -> None:
    view = shelf.look()
    assert view.fresh(view.taken + 59)
    assert not view.fresh(view.taken + 61)
