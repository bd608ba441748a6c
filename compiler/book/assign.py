"""Which contact a draft is: known by its row, known by its mailbox, or new; and who may not come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from compiler.book.intake.draft import Draft
from compiler.book.intake.gather import Intake
from compiler.book.intake.merge import lifts
from compiler.book.intake.reasons import Reason, Rule
from compiler.book.keyring import Keyring
from compiler.book.people import people
from compiler.book.rows import KnownRow, SourceRows
from compiler.book.seal import KEY_BYTES
from compiler.book.store import BookView
from compiler.language.address import Address, AddressError
from compiler.language.suppression import address_mac

#: Random bytes on demand: `secrets.token_bytes`, or a seeded generator in tests.
Entropy: TypeAlias = Callable[[int], bytes]


@dataclass
class Assignment:
    """Drafts by contact, with everybody's key. `fresh` are keys drawn now, `rows` what the index must learn."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict, repr=False)
    fresh: dict[str, bytes] = field(default_factory=dict, repr=False)
    rows: dict[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Doorkeeper:
    """Lets drafts in, one by one, in the order of their keys: so the draws never depend on the order of rows."""

    rows: SourceRows
    keyring: Keyring
    suppression_key: bytes = field(repr=False)
    purpose: str
    entropy: Entropy

    def assign(self, intake: Intake, known: Mapping[bytes, KnownRow], view: BookView) -> Assignment:
        """A contact for every draft that may come in; the others join the intake's rejections.

        LAW-SUPPR-13: a mailbox on the suppression list is not recorded anew. GDPR art. 17: nor is an erased person.
        """
        aliases = _aliases(intake)
        ids = {d.key: self._known_id(d.key, aliases.get(d.key, ()), known) for d in intake.drafts}
        by_mailbox = _mailboxes(view, self.keyring) if None in ids.values() and not view.empty else {}
        suppressed = view.suppressions()
        result = Assignment(keys=self.keyring.keys(sorted({i for i in ids.values() if i})))
        for draft in intake.drafts:
            contact = ids[draft.key]
            if contact is not None and contact not in result.keys:
                intake.reject(draft, Reason.ERASED)
                continue
            contact = contact or by_mailbox.get(draft.address.normalised)
            if contact is None:
                mac = address_mac(draft.address, self.suppression_key)
                entry = suppressed.covers(mac, self.purpose)
                if entry and not any(lifts(b, self.purpose, entry.at.date()) for b in draft.basis):
                    intake.reject(draft, Reason.SUPPRESSED)
                    continue
                contact = self._draw(result)
            if contact in result.drafts:  # two rows that one contact came to stand for: the first key speaks
                intake.reject(draft, Reason.MERGED, Rule.KNOWN)
            else:
                result.drafts[contact] = draft
            result.rows.update((self.rows.mac(key), contact) for key in (draft.key, *aliases.get(draft.key, ())))
        result.keys.update(self.keyring.keys(sorted(result.drafts.keys() - result.keys.keys())))
        return result

    def adopt(self, assignment: Assignment, *, on: date) -> None:
        """Make the draws durable: no commit may name a contact whose key a crash could lose."""
        self.rows.adopt(assignment.fresh, assignment.rows, on=on)

    def _known_id(self, key: str, aliases: Iterable[str], known: Mapping[bytes, KnownRow]) -> str | None:
        rows = (known.get(self.rows.mac(k)) for k in (key, *aliases))
        return next((row.contact for row in rows if row), None)

    def _draw(self, result: Assignment) -> str:
        contact = self.entropy(16).hex()
        result.keys[contact] = result.fresh[contact] = self.entropy(KEY_BYTES)
        return contact


def _aliases(intake: Intake) -> dict[str, list[str]]:
    """The other keys of each winner, sorted."""
    found: dict[str, set[str]] = {}
    for merged in intake.merged:
        if merged.draft.key != merged.winner.key:
            found.setdefault(merged.winner.key, set()).add(merged.draft.key)
    return {key: sorted(others) for key, others in found.items()}


def _mailboxes(view: BookView, keyring: Keyring) -> dict[str, str]:
    """Whose contact each mailbox is; of several, the first by id."""
    found: dict[str, str] = {}
    for person in people(view, keyring):
        try:
            found.setdefault(Address.parse(person.identity.address).normalised, person.contact.id)
        except AddressError:
            continue
    return found
