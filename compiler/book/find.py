"""Finding people on the keyed host, by what they are known by: an id, an address, a customer code, a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.book.intake.clean import phone
from compiler.book.keyring import Keyring
from compiler.book.people import Contacts, people
from compiler.book.suppressions import Suppressions
from compiler.language.address import Address, AddressError
from compiler.language.contact import Person
from compiler.language.suppression import Suppression, address_mac

_ID = re.compile(r"[0-9a-f]{32}")
_CODES = ("customer_code", "phone")


def find(who: str, book: Contacts, keyring: Keyring) -> list[Person]:
    """Everybody whom `who` names; an erased person is nobody. Reads the whole book: sealed values have no index."""
    wanted = who.strip()
    if not wanted:
        return []
    return list(_matching(wanted, book, keyring))


def suppressed(who: str, listed: Suppressions, key: bytes) -> list[Suppression]:
    """The entries that forbid writing to an address, known to the book or not; none for what is no address."""
    try:
        mac = address_mac(Address.parse(who.strip()), key)
    except AddressError:
        return []
    return [entry for entry in listed if entry.mac == mac and not entry.lifted]


def _matching(wanted: str, book: Contacts, keyring: Keyring) -> Iterator[Person]:
    mailbox, number = _mailbox(wanted), phone(wanted, "FR")
    for person in people(book, keyring):
        if _ID.fullmatch(wanted):
            named = person.contact.id == wanted
        elif mailbox:
            named = _mailbox(person.identity.address) == mailbox
        else:
            named = any(person.value(name) in (wanted, number) for name in _CODES if person.value(name))
        if named:
            yield person


def _mailbox(text: str) -> str:
    try:
        return Address.parse(text).normalised
    except AddressError:
        return ""
