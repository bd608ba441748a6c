"""People: contacts whose seals are opened, in memory, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from compiler.book.keyring import Keyring
from compiler.book.seal import open_identity
from compiler.language.contact import Contact, Person, Status

_CHUNK = 500


class Contacts(Protocol):
    """A book or a view of one."""

    def contacts(self) -> Iterator[Contact]: ...


class Keys(Protocol):
    """A keyring, or a reader of one."""

    def between(self, first: str, last: str, /) -> dict[str, bytes]: ...
    def unwrap(self, contact: str, wrapped: bytes, /) -> bytes: ...


def people(book: Contacts, keyring: Keyring) -> Iterator[Person]:
    """Everybody who can be read, in the order of their ids; whose key is gone is nobody. Raises SealBroken."""
    sealed = (c for c in book.contacts() if c.seal and c.status is not Status.ERASED)
    while chunk := list(islice(sealed, _CHUNK)):
        yield from (person for person, _ in opened_in_order(chunk, keyring))


def opened_in_order(contacts: Sequence[Contact], keyring: Keys) -> Iterator[tuple[Person, bytes]]:
    """Those of some contacts whose key is there, each with it. Raises SealBroken.

    Contacts that stand together in the book have keys that stand together in the keyring: they are read as one range.
    """
    if not contacts:
        return
    ids = [contact.id for contact in contacts]
    keys = keyring.between(min(ids), max(ids))
    for contact in contacts:
        if (wrapped := keys.get(contact.id)) is not None and contact.seal and contact.status is not Status.ERASED:
            key = keyring.unwrap(contact.id, wrapped)
            yield Person(contact, open_identity(contact.seal, key, contact.id)), key


def opened(contacts: Iterable[Contact], keyring: Keyring) -> Iterator[Person]:
    """Those of the contacts that still have a seal and its key. Streams by the hundred. Raises SealBroken."""
    sealed = (c for c in contacts if c.seal and c.status is not Status.ERASED)
    while chunk := list(islice(sealed, _CHUNK)):
        keys = keyring.keys(contact.id for contact in chunk)
        for contact in chunk:
            if (key := keys.get(contact.id)) is not None:
                yield Person(contact, open_identity(contact.seal, key, contact.id))
