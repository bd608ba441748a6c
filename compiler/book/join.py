"""Drafts meet the book: what the tip must become. Computed anew for every tip that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from compiler.book.fold import contact_of
from compiler.book.intake.draft import Draft, Reading, fresh
from compiler.book.intake.held import Held, held_of
from compiler.book.intake.merge import Past, change_to, instant_of, updated
from compiler.book.layout import Files, changes_files, contacts_files, meta_file
from compiler.book.record import Change, Record, contact_document
from compiler.book.rows import SourceRows
from compiler.book.seal import open_identity, open_row, seal_identity
from compiler.book.store import BookView
from compiler.book.suppressions import suppression
from compiler.language.address import Address
from compiler.language.canonical import Json
from compiler.language.contact import Contact, Identity, Person, Status
from compiler.language.suppression import ALL, Suppression, address_mac

NODE = "desk"  # the keyed host's own commands
_CHUNK = 500


@dataclass
class Joined:
    """What an import makes of one tip."""

    born: list[Contact] = field(default_factory=list)
    changes: list[tuple[str, dict[str, Json], str]] = field(default_factory=list)  # contact, set, reason
    suppressions: list[Suppression] = field(default_factory=list)
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    held: list[Held] = field(default_factory=list)


@dataclass(frozen=True)
class Joiner:
    """The drafts by contact with their keys, and who is no longer in the source."""

    reading: Reading
    rows: SourceRows
    drafts: Mapping[str, Draft]
    keys: Mapping[str, bytes] = field(repr=False)
    returning: frozenset[str]
    leaving: frozenset[str]
    suppression_key: bytes = field(repr=False)
    at: datetime

    def join(self, view: BookView) -> Joined:
        """Walks through the book once, in the order of ids. Raises BookDamaged or SealBroken."""
        joined = Joined()
        met: set[str] = set()
        concerned = (r for r in view.records() if r.id in self.drafts or r.id in self.leaving)
        while chunk := list(islice(concerned, _CHUNK)):
            said = self.rows.said(r.id for r in chunk if r.id in self.drafts)
            for record in chunk:
                met.add(record.id)
                self._meet(record, said.get(record.id), joined)
        for contact in sorted(self.drafts.keys() - met):
            born, identity = fresh(self.drafts[contact], contact, self.reading.fields)
            sealed = replace(born, seal=seal_identity(identity, self.keys[contact], contact))
            joined.born.append(sealed)
            self._suppress(None, sealed, identity, joined)
        return joined

    def files(self, view: BookView, joined: Joined) -> Files:
        """What to write on that tip; empty where everything is as it was."""
        suppressed = view.with_suppressions(joined.suppressions)
        if view.empty and joined.born:
            contacts = contacts_files(Record(contact.id, contact) for contact in joined.born)
            return {**meta_file(view.meta), **contacts, **suppressed}
        sets = list(joined.changes)
        sets += [(c.id, {"record": contact_document(c)}, "imported") for c in joined.born]
        first = view.last_seq(NODE) + 1 if sets else 0
        changes = (Change(self.at, NODE, first + n, c, s, reason) for n, (c, s, reason) in enumerate(sets))
        return {**changes_files(changes), **suppressed}

    def _meet(self, record: Record, said: bytes | None, joined: Joined) -> None:
        contact = contact_of(record)
        if contact is None or contact.status is Status.ERASED:
            return
        draft = self.drafts.get(record.id)
        if draft is None:
            self._retire(record, contact, joined)
            return
        key = self.keys[record.id]
        person = Person(contact, open_identity(contact.seal, key, contact.id))
        before = {t: str(v) for t, v in open_row(said, key, record.id).items()} if said else None
        past = Past(before, record.id in self.returning)
        new, identity = updated(person, draft, past, self.reading)
        new = replace(new, seal=seal_identity(identity, key, new.id))
        changed = change_to(record, new, at=self.at, node=NODE, reason="imported")
        if changed:
            joined.changes.append((record.id, changed, "imported"))
        joined.changed += bool(changed)
        joined.unchanged += not changed
        joined.held += held_of(draft, new, identity, self.reading)
        self._suppress(contact, new, identity, joined)

    def _retire(self, record: Record, contact: Contact, joined: Joined) -> None:
        """The company no longer keeps them: neither do we write to them; retention deletes them later."""
        joined.retired += 1
        if contact.status in (Status.ACTIVE, Status.PENDING):
            joined.changes.append((record.id, {"status": Status.EXPIRED.value}, "retired"))

    def _suppress(self, old: Contact | None, new: Contact, identity: Identity, joined: Joined) -> None:
        """MED-2023-040: who objects stands on the suppression list, so that no other source brings them back."""
        if not new.objections and not any(b.withdrawn_on for b in new.basis) and not (old and old.objections):
            return
        mac = address_mac(Address.parse(identity.address), self.suppression_key)
        joined.suppressions += suppressions_of(new, mac)
        kept = {o.scope for o in new.objections}
        for objection in old.objections if old else ():
            days = [b.since for b in new.basis if b.purpose == objection.scope]
            if objection.scope not in kept and days:
                entry = suppression(mac, objection.scope, at=instant_of(max(days)), reason="consent")
                joined.suppressions.append(replace(entry, lifted=True))


def suppressions_of(contact: Contact, mac: str, *, reason: str = "") -> Iterator[Suppression]:
    """The entries that a contact's objections and withdrawals amount to."""
    for objection in contact.objections:
        why = reason or ("objected" if objection.scope == ALL else "unsubscribed")
        yield suppression(mac, objection.scope, at=instant_of(objection.on), reason=why)
    for basis in contact.basis:
        if basis.withdrawn_on:
            yield suppression(mac, basis.purpose, at=instant_of(basis.withdrawn_on), reason=reason or "unsubscribed")
