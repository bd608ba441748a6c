"""Joining what a source says with its other rows and with what the book knows. Pure.

The company's system is the master of its data, the person of their own: a value changes in the book when the
source's own value changed since the last import, so that a correction by the person holds until then; and what a
person refused stays refused, until a later consent of theirs is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from compiler.book.fold import RECORD, contact_of, fold_contact, read
from compiler.book.intake.draft import Draft, Reading, clear_fields, identity_of
from compiler.book.intake.reasons import Rule
from compiler.book.record import Change, Record, contact_document
from compiler.language.campaign import FieldDef, Precedence
from compiler.language.canonical import Json
from compiler.language.consent import Answer, Basis, Ground, Tracking
from compiler.language.contact import Contact, Identity, Objection, Person, Status, Value
from compiler.language.lane import lane_of

#: What a target of the mapping decides besides itself, where the source leaves the latter empty.
_DERIVED = {
    "kind": ("kind", "company", "siret", "address"),
    "country": ("country", "postcode"),
    "locale": ("locale", "country", "postcode"),
    "zone": ("zone", "country", "postcode"),
    "department": ("department", "postcode"),
}


@dataclass(frozen=True, slots=True)
class Merged:
    """A row that another one stands for, and the rule that chose it."""

    draft: Draft
    winner: Draft
    rule: Rule


def without_duplicates(drafts: Iterable[Draft]) -> tuple[list[Draft], list[Merged]]:
    """One draft a person, in the order of their keys; rows of one key or one mailbox are one person.

    The winner is a customer before others, then who was heard of last, then the smallest key; what it leaves empty
    comes from the others, and an objection or a withdrawal in any of them holds. The order of rows does not matter.
    """
    by_key = _grouped(drafts, lambda d: d.key)
    by_mailbox = _grouped((draft for draft, _ in by_key), lambda d: d.address.normalised)
    merged = [m for _, losers in (*by_key, *by_mailbox) for m in losers]
    return sorted((draft for draft, _ in by_mailbox), key=lambda d: d.key), merged


def _grouped(drafts: Iterable[Draft], name: Callable[[Draft], str]) -> list[tuple[Draft, list[Merged]]]:
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(name(draft), []).append(draft)
    return [_joined(group) for group in groups.values()]


def _joined(group: list[Draft]) -> tuple[Draft, list[Merged]]:
    if len(group) == 1:
        return group[0], []
    winner, *losers = sorted(group, key=_rank)
    joined = winner
    for loser in losers:
        joined = _filled(joined, loser)
    return joined, [Merged(loser, winner, _rule(winner, loser)) for loser in losers]


def _rank(draft: Draft) -> tuple[bool, int, str, tuple[str, ...]]:
    heard = draft.last_contact_on.toordinal() if draft.last_contact_on else 0
    return draft.relation != "customer", -heard, draft.key, draft.own


def _rule(winner: Draft, loser: Draft) -> Rule:
    rules = (Rule.CUSTOMER, Rule.LATEST, Rule.KEY)
    pairs = zip(rules, _rank(winner), _rank(loser), strict=False)
    return next((rule for rule, won, lost in pairs if won != lost), Rule.SAME)


def _filled(winner: Draft, other: Draft) -> Draft:
    scopes = {o.scope for o in winner.objections}
    withdrawals = {b.purpose: b.withdrawn_on for b in other.basis if b.withdrawn_on}
    days = [d for d in (winner.last_contact_on, other.last_contact_on) if d]
    return replace(
        winner,
        said={**other.said, **winner.said},
        values={**other.values, **winner.values},
        objections=(*winner.objections, *(o for o in other.objections if o.scope not in scopes)),
        basis=(
            *(_carried(b, withdrawals.get(b.purpose)) for b in winner.basis),
            *(b for b in other.basis if b.withdrawn_on and b.purpose not in {own.purpose for own in winner.basis}),
        ),
        last_contact_on=max(days, default=None),
        minor=winner.minor or other.minor,
    )


def _carried(basis: Basis, withdrawn_on: date | None) -> Basis:
    """A basis under a withdrawal known elsewhere: it falls, unless it is a consent given later."""
    if withdrawn_on is None or basis.withdrawn_on is not None:
        return basis
    given_again = basis.ground is Ground.CONSENT and basis.since > withdrawn_on
    return basis if given_again else replace(basis, withdrawn_on=withdrawn_on)


@dataclass(frozen=True, slots=True)
class Past:
    """What the source said last (None: not known), and whether it had dropped the person since."""

    said: Mapping[str, str] | None = None
    retired: bool = False


def updated(person: Person, draft: Draft, past: Past, reading: Reading) -> tuple[Contact, Identity]:
    """The contact and the identity once the source has spoken."""
    contact, said = person.contact, _Said(draft, past.said)
    if past.retired and contact.status is Status.EXPIRED:
        contact = replace(contact, status=draft.status)
    values = _values(person, draft, said, reading.fields)
    address = str(draft.address) if said.anew("address") else person.identity.address
    moved = address != person.identity.address
    basis = _bases(contact, draft, said)
    return (
        replace(
            contact,
            status=_status(contact, draft, said, moved=moved),
            kind=draft.kind if said.anew("kind") else contact.kind,
            country=draft.country if said.anew("country") else contact.country,
            locale=draft.locale if said.anew("locale") else contact.locale,
            zone=draft.zone if said.anew("zone") else contact.zone,
            relation=draft.relation if said.anew("relation") else contact.relation,
            lane=lane_of(draft.address.domain) if moved else contact.lane,
            basis=basis,
            tracking=_tracking(contact.tracking, draft.tracking, said),
            objections=_objections(contact, draft, basis),
            origin=contact.origin or draft.origin,
            notices=tuple(sorted({**dict(draft.notices), **dict(contact.notices)}.items())),
            last_contact_on=_latest(contact.last_contact_on, draft.last_contact_on),
            dead_on=None if moved else contact.dead_on,
            minor=draft.minor if said.anew("minor") else contact.minor,
            fields=clear_fields(values, reading.fields),
        ),
        identity_of(address, values, reading.fields),
    )


class _Said:
    """Which of the source's own values moved since the last import."""

    def __init__(self, draft: Draft, before: Mapping[str, str] | None) -> None:
        self._now, self._before = draft.said, before

    def anew(self, target: str) -> bool:
        if self._before is None:
            return True
        return any(self._now.get(t) != self._before.get(t) for t in _DERIVED.get(target, (target,)))

    def any_anew(self, lead: str) -> bool:
        if self._before is None:
            return True
        targets = {t for t in (*self._now, *self._before) if t.startswith(lead)}
        return any(self._now.get(t) != self._before.get(t) for t in targets)


def _values(person: Person, draft: Draft, said: _Said, fields: Mapping[str, FieldDef]) -> dict[str, Value]:
    known = {**dict(person.identity.fields), **dict(person.contact.fields)}
    for name, definition in fields.items():
        kept = definition.precedence is Precedence.PERSON and known.get(name) is not None
        if said.anew(name) and not kept:
            known[name] = draft.values.get(name)
    return known


def _status(contact: Contact, draft: Draft, said: _Said, *, moved: bool) -> Status:
    if contact.status is Status.INVALID and moved:  # another mailbox: the dead one's refusals say nothing of it
        return draft.status
    free = contact.status in (Status.ACTIVE, Status.PENDING, Status.RESTRICTED)
    return draft.status if free and said.anew("status") else contact.status


def _bases(contact: Contact, draft: Draft, said: _Said) -> tuple[Basis, ...]:
    drafted = {b.purpose: b for b in draft.basis}
    withdrawals = {b.purpose: b.withdrawn_on for b in contact.basis if b.withdrawn_on}
    spoken = {p for p in {*drafted, *(b.purpose for b in contact.basis)} if said.any_anew(f"basis.{p}.")}
    kept = [b for b in contact.basis if b.purpose not in spoken]
    new = [_carried(drafted[p], withdrawals.get(p)) for p in spoken if p in drafted]
    return tuple(sorted([*kept, *new], key=lambda b: (b.purpose, b.ground.value, b.since)))


def _tracking(known: Tracking, drafted: Tracking, said: _Said) -> Tracking:
    def one(name: str, was: Answer, says: Answer) -> Answer:
        return says if says is not Answer.NOT_ASKED and said.anew(f"tracking.{name}") else was

    return Tracking(one("opens", known.opens, drafted.opens), one("clicks", known.clicks, drafted.clicks))


def _objections(contact: Contact, draft: Draft, basis: tuple[Basis, ...]) -> tuple[Objection, ...]:
    """All that were ever made; one to a purpose ends with a later consent to it that is proven and confirmed."""
    known = {o.scope: o for o in (*draft.objections, *contact.objections)}
    return tuple(o for _, o in sorted(known.items()) if not any(lifts(b, o.scope, o.on) for b in basis))


def lifts(basis: Basis, scope: str, on: date) -> bool:
    """Whether a consent ends an objection made on a day: the person's own later word, with its whole proof."""
    proven = basis.proof.complete and basis.proof.confirmed
    return basis.purpose == scope and basis.ground is Ground.CONSENT and basis.stands and proven and basis.since > on


def _latest(one: date | None, other: date | None) -> date | None:
    return max((d for d in (one, other) if d), default=None)


def change_to(record: Record, contact: Contact, *, at: datetime, node: str, reason: str) -> dict[str, Json]:
    """What a change must set for the record to become this contact; empty where it is that already.

    A register stands over any base, so those that differ are set again.
    """
    if contact_of(record) == contact:
        return {}
    document: dict[str, Json] = contact_document(contact)
    changed: dict[str, Json] = {RECORD: document}
    probe = Change(at=at, node=node, seq=2**53, contact=record.id, set=changed, reason=reason)
    result = contact_of(fold_contact(record, [probe]))
    assert result is not None
    for path in record.registers:
        if path != RECORD and read(result, path) != (wanted := read(contact, path)):
            changed[path] = wanted
    return changed


def instant_of(day: date) -> datetime:
    """When something that is only dated counts as said: at the first instant of its day."""
    return datetime.combine(day, time.min, UTC)
