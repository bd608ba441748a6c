"""Erasing people (GDPR art. 17): the key first, then what is left of them at the tip of the book.

The key's deletion and a note of what remains to be written are one local transaction, so that an erasure survives
a crash and a remote that is down; every later command of the keyed host finishes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compiler.book import suppressions
from compiler.book.fold import tombstone
from compiler.book.join import suppressions_of
from compiler.book.keyring import Keyring
from compiler.book.layout import CHANGES, contacts_files, contacts_path, parse_lines
from compiler.book.problems import KeyringBusy
from compiler.book.record import Record, change_from_json, record_from_json
from compiler.book.store import Book, BookView
from compiler.git import RemoteUnreachable
from compiler.language.address import Address, AddressError
from compiler.language.canonical import Json, instant_text
from compiler.language.contact import Person, Status
from compiler.language.errors import EnvoiError
from compiler.language.finding import Text
from compiler.language.suppression import Suppression, address_mac


class ErasurePending(EnvoiError):
    """The keys are gone, so nobody can be read; the book's remote has not heard of it yet."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            Text(
                "clés détruites ; le dépôt du carnet ne répond pas : relancer pour y inscrire l'effacement",
                "keys destroyed; the book's remote does not answer: run again to record the erasure there",
            )
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What to answer to the person: nothing in it says who they are."""

    contacts: tuple[str, ...]
    at: datetime
    keys_destroyed: int
    objection_kept: bool
    commit: str
    request: str = ""

    def to_json(self) -> dict[str, Json]:
        return {
            "contacts": list(self.contacts),
            "at": instant_text(self.at),
            "keys_destroyed": self.keys_destroyed,
            "objection_kept": self.objection_kept,
            "commit": self.commit,
            "request": self.request,
        }


def erase(
    persons: Sequence[Person], book: Book, keyring: Keyring, *, suppression_key: bytes, at: datetime, request: str = ""
) -> Receipt:
    """Make people unreadable everywhere at once, then leave a tombstone of each in the book.

    The keyed hash of an address stays only for those who had objected, so that no file brings them back.
    Raises ErasurePending or KeyringBusy: the keys are deleted all the same.
    """
    ids = tuple(sorted(person.contact.id for person in persons))
    kept = [entry for person in persons for entry in _entries(person, suppression_key)]
    with keyring.transaction() as database:
        database.executemany(
            "insert or replace into erasure values (?, ?)", ((contact, _spelled(kept)) for contact in ids)
        )
        destroyed = keyring.destroy_within(database, ids)
    busy = _purge(keyring)
    try:
        commit = finish_erasures(book, keyring, at=at)
    except RemoteUnreachable:
        raise ErasurePending from None
    if busy is not None:
        raise busy
    return Receipt(ids, at, destroyed, bool(kept), commit, request)


def finish_erasures(book: Book, keyring: Keyring, *, at: datetime) -> str:
    """Write the tombstones that are still due; the commit that holds them, empty where none was."""
    with keyring.transaction() as database:
        due = dict(database.execute("select contact, suppressions from erasure").fetchall())
    if not due:
        return ""
    entries = [entry for spelled in due.values() for entry in suppressions.from_text(spelled.encode())]

    def apply(view: BookView) -> Mapping[str, bytes | None]:
        return {**_without(view, frozenset(due)), **view.with_suppressions(entries)}

    commit = book.transact(apply, message="Erase on request", at=at)
    with keyring.transaction() as database:
        database.executemany("delete from erasure where contact = ?", ((contact,) for contact in due))
    return commit


def replay_tombstones(view: BookView, keyring: Keyring) -> int:
    """Destroy the keys that a restored keyring brought back of people whom the book knows as erased; how many.

    Raises KeyringBusy.
    """
    tombs = [contact.id for contact in view.contacts() if contact.status is Status.ERASED]
    back = keyring.keys(tombs)
    return keyring.destroy(sorted(back)) if back else 0


def _entries(person: Person, key: bytes) -> list[Suppression]:
    """What the suppression list must go on to know: this person's objections. What it knows already stays there."""
    try:
        mac = address_mac(Address.parse(person.identity.address), key)
    except AddressError:
        return []
    return list(suppressions_of(person.contact, mac, reason="erased_objected"))


def _spelled(entries: list[Suppression]) -> str:
    return suppressions.to_text(entries).decode()


def _purge(keyring: Keyring) -> KeyringBusy | None:
    try:
        keyring.purge()
    except KeyringBusy as busy:
        return busy
    return None


def _without(view: BookView, erased: frozenset[str]) -> dict[str, bytes]:
    """The tip's files without a trace of these contacts but their tombstones. Raises BookDamaged."""
    files: dict[str, bytes] = {}
    present = view.read_files(sorted({contacts_path(contact) for contact in erased} & set(view.paths)))
    records = {r.id: r for path, text in present.items() for r in parse_lines(text, path, record_from_json)}
    records.update({contact: Record(contact, tombstone(contact)) for contact in erased})
    files.update(contacts_files(records.values()))
    for path, content in view.stream(p for p in view.paths if p.startswith(CHANGES)):
        if any(contact.encode() in content for contact in erased):
            files[path] = b"".join(
                line + b"\n" for line in content.splitlines() if change_from_json(line).contact not in erased
            )
    return files
