"""A crowd before the law, in columns: one line a person would fill the memory of a small server.

Each person is heard alone (`Hearing`), in any process and in any number of parts; then all parts are settled
together (`settle`). A mailbox is a hash here, so that no address stays in memory.
"""

from __future__ import annotations

import hashlib
import hmac
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from compiler.language.address import Address, AddressError
from compiler.language.contact import Contact, Person, Status
from compiler.language.plan import Exclusion
from compiler.language.suppression import Suppression
from compiler.policy.audience import Audience
from compiler.policy.people import complaint, dead_address, judge, restriction, withdrawal
from compiler.policy.together import NOTES, Noted, notes_of

#: Which suppression covers an address.
Covering: TypeAlias = Callable[[Address], Suppression | None]

MAILBOX = 16  # bytes of a mailbox's hash
_SENT, _CAPPED, _HELD_OUT = 1, 2, 4  # beside the notes of `together`
_REASONS = tuple(Exclusion)
_BUCKETS = 64  # a map of one bucket at a time, not of everybody

#: Refusals that concern whoever reads the mailbox, under whatever contact.
_OF_THE_MAILBOX = frozenset(
    {Exclusion.UNSUBSCRIBED, Exclusion.OBJECTED, Exclusion.COMPLAINED, Exclusion.RESTRICTED, Exclusion.BOUNCED}
)


def reason_of(code: int) -> Exclusion | None:
    """What a byte of `settle` means: 0 is a recipient."""
    return _REASONS[code - 1] if code else None


def code_of(reason: Exclusion) -> int:
    return _REASONS.index(reason) + 1


@dataclass(slots=True)
class Heard:
    """What a hearing found. The columns have one entry for each candidate: chosen, and nothing against them alone."""

    mailboxes: bytearray = field(default_factory=bytearray, repr=False)
    heard_of: array[int] = field(default_factory=lambda: array("i"))
    marks: bytearray = field(default_factory=bytearray)
    refusals: dict[bytes, Exclusion] = field(default_factory=dict)  # by mailbox
    served: set[bytes] = field(default_factory=set)  # mailboxes that had this message

    def add(self, other: Heard) -> None:
        """Join the hearing of others, whose candidates come after."""
        self.mailboxes += other.mailboxes
        self.heard_of += other.heard_of
        self.marks += other.marks
        self.served |= other.served
        for mailbox, reason in other.refusals.items():
            self.refuse(mailbox, reason)

    def refuse(self, mailbox: bytes, reason: Exclusion) -> None:
        # The smallest reason where several were given: the order of people must not matter.
        self.refusals[mailbox] = min(self.refusals.get(mailbox, reason), reason)


class Hearing:
    """Asks the rules about one person after the other."""

    def __init__(
        self, audience: Audience, key: bytes, *, sent: Collection[str], capped: Collection[str], suppressed: Covering
    ) -> None:
        self._audience = audience
        self._key = key
        self._sent = sent
        self._capped = capped
        self._suppressed = suppressed
        self.heard = Heard()

    def hear(self, person: Person, *, chosen: bool) -> Exclusion | None:
        """Why a chosen person is out, None for a candidate. Of others only what concerns their mailbox is kept."""
        contact = person.contact
        if contact.id in self._sent:
            self.heard.served.add(mailbox_of(person))
        if not chosen:
            self._refuse(person, _refusal(self._audience, contact))
            return None
        try:
            address = Address.parse(person.identity.address)
        except AddressError:
            address = None
        suppression = self._suppressed(address) if address else None
        judgement = judge(self._audience, contact, suppression)
        if judgement is not None:
            self._refuse(person, judgement.exclusion)
            return judgement.exclusion
        if address is None:
            return Exclusion.INVALID
        self._candidate(person, address.domain)
        return None

    def _candidate(self, person: Person, domain: str) -> None:
        contact, heard = person.contact, self.heard
        heard.mailboxes += mailbox_of(person)
        heard.heard_of.append((contact.last_contact_on or date.min).toordinal())
        mark = _SENT if contact.id in self._sent else 0
        mark |= _CAPPED if contact.id in self._capped else 0
        mark |= (
            _HELD_OUT
            if self._audience.campaign.holdout and drawn_out(self._audience.campaign.holdout, contact.id, self._key)
            else 0
        )
        heard.marks.append(mark | notes_of(self._audience, person, domain))

    def _refuse(self, person: Person, exclusion: Exclusion | None) -> None:
        if exclusion is not None and exclusion in _OF_THE_MAILBOX:
            self.heard.refuse(mailbox_of(person), exclusion)


@dataclass(frozen=True, slots=True)
class Settled:
    """`codes` has a byte for each candidate (see `reason_of`); `noted` counts what was noted of the recipients."""

    codes: bytearray
    noted: Noted


def settle(heard: Heard) -> Settled:
    """Mailboxes, what was sent, caps and the holdout. Candidates are in the order of their ids."""
    codes = bytearray(len(heard.marks))
    buckets: list[array[int]] = [array("I") for _ in range(_BUCKETS)]
    for place, mailbox in enumerate(_mailboxes(heard)):
        reason = _reason(heard, mailbox, heard.marks[place])
        if reason is None:
            buckets[mailbox[0] % _BUCKETS].append(place)
        else:
            codes[place] = code_of(reason)
    for bucket in buckets:
        _keep_one_a_mailbox(heard, bucket, codes)
    holdout = code_of(Exclusion.HOLDOUT)
    for place, mark in enumerate(heard.marks):
        if mark & _HELD_OUT and not codes[place]:
            codes[place] = holdout
    marks = Counter(mark for mark, code in zip(heard.marks, codes, strict=True) if not code)
    counts = ((note, sum(count for mark, count in marks.items() if mark & note)) for note in NOTES)
    return Settled(codes, Noted(tuple(counts)))


def _mailboxes(heard: Heard) -> Iterable[bytes]:
    whole = bytes(heard.mailboxes)
    return (whole[at : at + MAILBOX] for at in range(0, len(whole), MAILBOX))


def _reason(heard: Heard, mailbox: bytes, mark: int) -> Exclusion | None:
    if (refusal := heard.refusals.get(mailbox)) is not None:
        return refusal
    if mark & _SENT:
        return Exclusion.ALREADY_SENT
    if mailbox in heard.served:
        return Exclusion.DUPLICATE_ADDRESS
    return Exclusion.CAPPED if mark & _CAPPED else None


def _keep_one_a_mailbox(heard: Heard, places: Iterable[int], codes: bytearray) -> None:
    """Of contacts with one mailbox the one last heard of stays, then the smallest id."""
    duplicate = code_of(Exclusion.DUPLICATE_ADDRESS)
    best: dict[bytes, int] = {}
    for place in places:
        mailbox = bytes(heard.mailboxes[place * MAILBOX : (place + 1) * MAILBOX])
        kept = best.setdefault(mailbox, place)
        if kept != place:
            later = heard.heard_of[place] > heard.heard_of[kept]
            best[mailbox] = place if later else kept
            codes[kept if later else place] = duplicate


def drawn_out(share: Fraction, contact: str, key: bytes) -> bool:
    """Whether a contact is among the share that a campaign leaves alone, to be compared with.

    Drawn under the edition's key: who writes a campaign knows the contacts' ids, and could otherwise look for a name
    that leaves out whom they like.
    """
    place = int.from_bytes(hmac.digest(key, f"envoi holdout v1\0{contact}".encode(), "sha256")[:8], "big")
    return place * share.denominator < share.numerator << 64


def _refusal(audience: Audience, contact: Contact) -> Exclusion | None:
    """What somebody who was not chosen refuses for whoever reads their mailbox."""
    if contact.status is Status.ACTIVE and not contact.objections and all(b.stands for b in contact.basis):
        return None
    for rule in (withdrawal, complaint, restriction, dead_address):
        exclusion = rule(audience, contact, None)
        if exclusion is not None:
            return exclusion
    return None


def mailbox_of(person: Person) -> bytes:
    """A name for the mailbox: spellings that differ by case alone are one (as in `Address.normalised`)."""
    return hashlib.blake2b(person.identity.address.casefold().encode(), digest_size=MAILBOX).digest()
