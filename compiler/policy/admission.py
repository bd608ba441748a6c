"""Who of the chosen becomes a recipient: each person by the law, then mailboxes, caps and the holdout.

A mailbox that several contacts share is one person to the law: if one of them refuses, none is written to, and of
those who may be, one is kept: the one last heard of, then the smallest id.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeAlias

from compiler.language.address import Address, AddressError
from compiler.language.catalogue.law import FREE_MAIL
from compiler.language.contact import Contact, Kind, Person, Status
from compiler.language.finding import Finding, finding
from compiler.language.history import SPENT, History, HistoryDeed
from compiler.language.lane import is_free_mail
from compiler.language.plan import Excluded, Exclusion
from compiler.language.suppression import Suppression
from compiler.policy.audience import Audience
from compiler.policy.people import complaint, dead_address, judge, restriction, withdrawal

Covering: TypeAlias = Callable[[Person], Suppression | None]

#: Refusals that concern whoever reads the mailbox, under whatever contact.
_OF_THE_MAILBOX = frozenset(
    {Exclusion.UNSUBSCRIBED, Exclusion.OBJECTED, Exclusion.COMPLAINED, Exclusion.RESTRICTED, Exclusion.BOUNCED}
)


@dataclass(frozen=True, slots=True)
class Admission:
    """Ids in order. Everybody chosen is in exactly one of the two."""

    recipients: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many are excluded for each reason, by name of the reason."""
        return tuple(sorted(Counter(e.reason.value for e in self.excluded).items()))


def admit(
    audience: Audience,
    people: Iterable[Person],
    *,
    chosen: Collection[str],
    history: History,
    suppressed: Covering,
    key: bytes,
) -> Admission:
    """Who of the `chosen` is sent the campaign, and why the others are not.

    `people` is the whole book, chosen or not: a refusal by one contact holds for all who share its mailbox.
    `suppressed` says which suppression covers a person's address, `key` is that of the edition's draws. The order of
    `people` changes nothing.
    """
    crowd = _Crowd(audience, key, frozenset(chosen), already_sent(history, audience), capped(history, audience))
    for person in people:
        crowd.add(person, suppressed)
    return crowd.settle()


def already_sent(history: History, audience: Audience) -> frozenset[str]:
    """Contacts for whom a permit of this campaign and edition was spent, whatever the plan."""
    campaign = audience.campaign
    return frozenset(
        r.contact
        for r in history.records
        if r.campaign == campaign.name and r.edition == campaign.edition and r.deed in SPENT
    )


def capped(history: History, audience: Audience) -> frozenset[str]:
    """Contacts who have had as many messages as `per_contact` allows, in the span that ends as the campaign starts."""
    if audience.limits.per_contact is None:
        return frozenset()
    most, _ = audience.limits.per_contact
    return frozenset(contact for contact, count in received(history, audience).items() if count >= most)


def received(history: History, audience: Audience) -> Counter[str]:
    """How many messages each contact has had in the span of `per_contact` that ends as the campaign starts."""
    if audience.limits.per_contact is None:
        return Counter()
    _, span = audience.limits.per_contact
    last = max(audience.on, audience.campaign.start.date())
    earliest = last - max(timedelta(days=span.days), timedelta(days=1))
    # A day counts while it is less than the span ago: history keeps days, not hours.
    return Counter(
        r.contact
        for r in history.records
        if r.deed in (HistoryDeed.RECEIVED, HistoryDeed.IN_DOUBT) and earliest < r.on <= last
    )


def drawn_out(share: Fraction, contact: str, key: bytes) -> bool:
    """Whether a contact is among the share that a campaign leaves alone, to be compared with.

    Drawn under the edition's key: who writes a campaign knows the contacts' ids, and could otherwise look for a name
    that leaves out whom they like.
    """
    place = int.from_bytes(hmac.digest(key, f"envoi holdout v1\0{contact}".encode(), "sha256")[:8], "big")
    return place * share.denominator < share.numerator << 64


@dataclass(frozen=True, slots=True)
class _Candidate:
    contact: str
    mailbox: bytes
    heard_of: date
    consumer_mailbox: bool


@dataclass(slots=True)
class _Crowd:
    """Everybody seen so far. Mailboxes are kept as hashes, so that no address stays in memory."""

    audience: Audience
    key: bytes
    chosen: frozenset[str]
    sent: frozenset[str]
    capped: frozenset[str]
    candidates: list[_Candidate] = field(default_factory=list)
    excluded: dict[str, Exclusion] = field(default_factory=dict)
    refusals: dict[bytes, Exclusion] = field(default_factory=dict)
    served: set[bytes] = field(default_factory=set)

    def add(self, person: Person, suppressed: Covering) -> None:
        contact = person.contact
        if contact.id in self.sent:
            self.served.add(_mailbox(person))
        if contact.id not in self.chosen:
            self._refuse(person, _refusal(self.audience, contact))
            return
        judgement = judge(self.audience, contact, suppressed(person))
        if judgement is None:
            self._candidate(person)
        else:
            self.excluded[contact.id] = judgement.exclusion
            self._refuse(person, judgement.exclusion)

    def settle(self) -> Admission:
        best: dict[bytes, _Candidate] = {}
        for candidate in sorted(self.candidates, key=lambda c: c.contact):
            reason = self._reason(candidate)
            if reason is not None:
                self.excluded[candidate.contact] = reason
                continue
            kept = best.setdefault(candidate.mailbox, candidate)
            if kept is not candidate:
                loser = candidate if kept.heard_of >= candidate.heard_of else kept
                best[candidate.mailbox] = kept if loser is candidate else candidate
                self.excluded[loser.contact] = Exclusion.DUPLICATE_ADDRESS
        recipients = []
        for candidate in best.values():
            if drawn_out(self.audience.campaign.holdout, candidate.contact, self.key):
                self.excluded[candidate.contact] = Exclusion.HOLDOUT
            else:
                recipients.append(candidate)
        return Admission(
            recipients=tuple(sorted(c.contact for c in recipients)),
            excluded=tuple(Excluded(contact, self.excluded[contact]) for contact in sorted(self.excluded)),
            findings=self._findings(recipients),
        )

    def _candidate(self, person: Person) -> None:
        contact, address = person.contact, person.identity.address
        try:
            domain = Address.parse(address).domain
        except AddressError:
            self.excluded[contact.id] = Exclusion.INVALID
            return
        consumer = contact.kind is Kind.PROFESSIONAL and is_free_mail(domain)
        heard_of = contact.last_contact_on or date.min
        self.candidates.append(_Candidate(contact.id, _mailbox(person), heard_of, consumer))

    def _refuse(self, person: Person, exclusion: Exclusion | None) -> None:
        if exclusion is not None and exclusion in _OF_THE_MAILBOX:
            mailbox = _mailbox(person)
            # The smallest reason where several were given: the order of people must not matter.
            self.refusals[mailbox] = min(self.refusals.get(mailbox, exclusion), exclusion)

    def _reason(self, candidate: _Candidate) -> Exclusion | None:
        if candidate.mailbox in self.refusals:
            return self.refusals[candidate.mailbox]
        if candidate.contact in self.sent:
            return Exclusion.ALREADY_SENT
        if candidate.mailbox in self.served:
            return Exclusion.DUPLICATE_ADDRESS
        return Exclusion.CAPPED if candidate.contact in self.capped else None

    def _findings(self, recipients: list[_Candidate]) -> tuple[Finding, ...]:
        count = sum(c.consumer_mailbox for c in recipients)
        if not count:
            return ()
        place = self.audience.campaign.place
        return (finding(FREE_MAIL, place, count=str(count) if count >= 5 else "<5"),)


def _refusal(audience: Audience, contact: Contact) -> Exclusion | None:
    """What somebody who was not chosen refuses for whoever reads their mailbox."""
    if contact.status is Status.ACTIVE and not contact.objections and all(b.stands for b in contact.basis):
        return None
    for rule in (withdrawal, complaint, restriction, dead_address):
        exclusion = rule(audience, contact, None)
        if exclusion is not None:
            return exclusion
    return None


def _mailbox(person: Person) -> bytes:
    """A name for the mailbox: spellings that differ by case alone are one (as in `Address.normalised`)."""
    return hashlib.blake2b(person.identity.address.casefold().encode(), digest_size=16).digest()
