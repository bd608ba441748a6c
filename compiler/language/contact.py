"""A contact as the book holds it: a clear part without identity, and the identity that only a key opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from compiler.language.consent import Basis, Tracking

Value: TypeAlias = bool | int | str | None  # a field's value; decimals and dates are text, never floats


class Status(StrEnum):
    """What a contact's life has come to. Only ACTIVE is ever written to."""

    PENDING = "pending"  # double opt-in not confirmed
    ACTIVE = "active"
    INVALID = "invalid"  # a dead address
    COMPLAINED = "complained"
    RESTRICTED = "restricted"  # GDPR art. 18
    EXPIRED = "expired"  # retention has run out
    ERASED = "erased"  # GDPR art. 17: the key is gone


class Kind(StrEnum):
    """Whose mailbox it is: decides which grounds are lawful (CPCE L34-5)."""

    PERSONAL = "personal"
    PROFESSIONAL = "professional"
    GENERIC = "generic"  # contact@, info@: no person


class SourceKind(StrEnum):
    FORM = "form"
    SALE = "sale"
    EVENT = "event"
    PHONE = "phone"
    BUSINESS_CARD = "business_card"
    PARTNER = "partner"
    PURCHASED = "purchased"
    RENTED = "rented"
    SCRAPED = "scraped"
    PUBLIC_REGISTER = "public_register"
    IMPORT_LEGACY = "import_legacy"


#: Sources that are not the person: GDPR art. 14 asks for a notice naming them.
INDIRECT = frozenset({SourceKind.PARTNER, SourceKind.PURCHASED, SourceKind.RENTED, SourceKind.PUBLIC_REGISTER})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a contact comes from (GDPR art. 14(2)(f)): precise, named, dated."""

    kind: SourceKind
    name: str
    on: date


@dataclass(frozen=True, slots=True)
class Objection:
    """GDPR art. 21: to a purpose, or to everything (`scope` is a purpose's name or `all`)."""

    scope: str
    on: date
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """The clear part: enough to choose and to schedule, too little to name anybody.

    `id` is 32 hexadecimal digits (128 random bits). `fields` holds declared clear fields.
    `seal` is the ciphertext of the identity, empty once erased.
    """

    id: str
    status: Status
    kind: Kind
    country: str  # ISO 3166 alpha-2
    locale: str  # "fr", "en"
    zone: str  # IANA name
    lane: str
    basis: tuple[Basis, ...] = ()
    tracking: Tracking = Tracking()
    objections: tuple[Objection, ...] = ()
    origin: Origin | None = None
    relation: str = "prospect"
    notices: tuple[tuple[str, date], ...] = ()  # (art13 | art14, day)
    last_contact_on: date | None = None  # a click, an order, a form; never an open
    dead_on: date | None = None  # first day on which the address was refused as dead
    minor: bool = False
    fields: tuple[tuple[str, Value], ...] = ()
    seal: bytes = b""

    def basis_for(self, purpose: str) -> tuple[Basis, ...]:
        return tuple(b for b in self.basis if b.purpose == purpose and b.stands)

    def objects_to(self, purpose: str) -> bool:
        return any(o.scope in ("all", purpose) for o in self.objections)


@dataclass(frozen=True, slots=True)
class Identity:
    """The sealed part, in clear only on the keyed host and only in memory. Its repr hides everything."""

    address: str = field(repr=False)
    fields: tuple[tuple[str, Value], ...] = field(default=(), repr=False)  # declared sealed fields

    def value(self, name: str) -> Value:
        return self.address if name == "address" else dict(self.fields).get(name)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact whose seal was opened: what segments, data blocks and templates may look at."""

    contact: Contact
    identity: Identity

    def value(self, name: str) -> Value:
        """A field by its declared name: built-in, clear or sealed; None where nothing is known."""
        if name in _BUILT_IN:
            return str(getattr(self.contact, name))
        clear = dict(self.contact.fields)
        return clear[name] if name in clear else self.identity.value(name)


#: Fields that every contact has, without a declaration. `address` is sealed, the others clear.
_BUILT_IN = frozenset({"status", "kind", "country", "locale", "zone", "lane", "relation"})
BUILT_IN_FIELDS = (*sorted(_BUILT_IN), "address")
