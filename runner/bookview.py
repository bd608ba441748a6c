"""What the runner knows of the book now: whom a plan's slots may no longer be sent to, and who may be measured.

A plan may only shrink: a view names reasons against slots, never anything for them. It is taken anew at least every
REFRESH seconds and whenever the local clone's tip moves; no permit is given on a view older than OLDEST.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar

from compiler.book.keyring import Keyring
from compiler.book.problems import SealBroken
from compiler.book.seal import open_identity, open_slot
from compiler.book.store import Book
from compiler.book.suppressions import Suppressions
from compiler.language.address import Address, AddressError
from compiler.language.consent import Answer
from compiler.language.contact import Contact
from compiler.language.plan import Exclusion, Manifest, Slot
from compiler.language.suppression import ALL, address_mac
from compiler.policy import Audience, judge
from runner.frames import CLICKS, OPENS
from tracker.events import MEASURING, Withdrawal

REFRESH = 20.0  # seconds of the wall
OLDEST = 60.0
_CHUNK = 512
T = TypeVar("T")


class PlanSlots(Protocol):
    """What a view reads of a plan (`archive.Plan` is one)."""

    @property
    def manifest(self) -> Manifest: ...
    def slots(self, shard: int) -> Iterator[Slot]: ...


@dataclass(frozen=True, slots=True)
class View:
    """The book at one moment. `measured` holds the trackers that each slot may carry, OPENS and CLICKS."""

    left_out: Mapping[int, Exclusion]
    measured: bytes
    taken: float  # on the wall's monotonic clock, before anything was read

    def fresh(self, now: float) -> bool:
        return now - self.taken <= OLDEST


class Watch(Protocol):
    """Where views come from."""

    def take(self) -> View:
        """Look now. Blocking; always called from the same thread. Raises RemoteUnreachable or BookDamaged."""
        ...

    def moved(self) -> bool:
        """Whether the book here has changed since the last view was begun: two system calls, no more."""
        ...


class Roster:
    """A plan's people in slot order: contact ids, and the keyed hash of each address as the plan knows it."""

    def __init__(self, plan: PlanSlots) -> None:
        count = plan.manifest.recipients
        self.contacts = bytearray(16 * count)
        self.measured = bytearray(count)
        self._variant = bytearray(count)
        self._names: list[str] = []
        for shard in plan.manifest.shards:
            for slot in plan.slots(shard.number):
                self.contacts[16 * slot.number : 16 * slot.number + 16] = bytes.fromhex(slot.contact)
                self.measured[slot.number] = (OPENS if slot.opens else 0) | (CLICKS if slot.clicks else 0)
                self._variant[slot.number] = self._number_of(slot.variant)

    def _number_of(self, variant: str) -> int:
        if variant not in self._names:
            self._names.append(variant)
        return self._names.index(variant)

    def variant(self, slot: int) -> str:
        return self._names[self._variant[slot]]

    def contact(self, slot: int) -> bytes:
        return bytes(self.contacts[16 * slot : 16 * slot + 16])

    def __len__(self) -> int:
        return len(self.measured)

    def __iter__(self) -> Iterator[bytes]:
        return (self.contact(slot) for slot in range(len(self)))


@dataclass(slots=True)
class _Known:
    """What was found of the contacts at the last look, by slot: to look again only at those that changed."""

    addresses: list[bytes]  # address_mac of the plan's address, empty where the key is gone
    print: array[int]
    reason: dict[int, Exclusion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a view is made of. `withdrawals` are those that the tracker holds and the book may not know yet;
    `keyring` opens the keyring in the thread that takes the views.
    """

    book: Book
    keyring: Callable[[], Keyring]
    suppression_key: bytes
    audience: Callable[[], Audience]
    withdrawals: Callable[[], Iterable[Withdrawal]]


class BookWatch:
    """Looks at a book on behalf of one plan."""

    def __init__(self, plan: PlanSlots, roster: Roster, sources: Sources) -> None:
        self._plan = plan
        self._roster = roster
        self._sources = sources
        self._slot_of = {contact.hex(): slot for slot, contact in enumerate(roster)}
        self._known: _Known | None = None
        self._keyring: Keyring | None = None
        self._tip: tuple[object, ...] = ()

    def take(self) -> View:
        # Withdrawals first: one that is published meanwhile is then in the book that is read next.
        taken = time.monotonic()
        audience, withdrawals = self._sources.audience(), tuple(self._sources.withdrawals())
        self._sources.book.refresh()
        self._tip = self._tip_now()
        view = self._sources.book.view()
        suppressions = view.suppressions()
        keyring = self._keyring = self._keyring or self._sources.keyring()
        known = self._known or self._first_look(keyring)
        left_out: dict[int, Exclusion] = {}
        measured = bytearray(len(self._roster))
        present = bytearray(len(self._roster))
        for batch in _batches(c for c in view.contacts() if c.id in self._slot_of):
            keys = keyring.keys(contact.id for contact in batch)
            for contact in batch:
                slot = self._slot_of[contact.id]
                present[slot] = 1
                reason = self._against(slot, contact, keys.get(contact.id), known, (suppressions, audience))
                if reason is not None:
                    left_out[slot] = reason
                measured[slot] = self._roster.measured[slot] & _allowed(contact)
        left_out.update((slot, Exclusion.ERASED) for slot, here in enumerate(present) if not here)
        self._apply(withdrawals, audience.purpose, left_out, measured)
        return View(left_out, bytes(measured), taken)

    def moved(self) -> bool:
        return self._tip != self._tip_now()

    def _tip_now(self) -> tuple[object, ...]:
        """What changes when the local branch does: the ref's file, loose or packed."""
        root = self._sources.book.repository.path
        git = root / ".git" if (root / ".git").is_dir() else root
        return _stamp(f"{git}/refs/heads/{self._sources.book.branch}"), _stamp(f"{git}/packed-refs")

    def _first_look(self, keyring: Keyring) -> _Known:
        """Every address of the plan, as a keyed hash: addresses themselves are not kept."""
        known = _Known([b""] * len(self._roster), array("q", bytes(8 * len(self._roster))))
        slots = (slot for shard in self._plan.manifest.shards for slot in self._plan.slots(shard.number))
        for batch in _batches(slots):
            keys = keyring.keys(slot.contact for slot in batch)
            for slot in batch:
                key = keys.get(slot.contact)
                if key is not None:
                    known.addresses[slot.number] = self._mac(open_slot(slot.seal, key, slot.contact, slot.number))
        self._known = known
        return known

    def _mac(self, values: Mapping[str, object]) -> bytes:
        try:
            return bytes.fromhex(address_mac(Address.parse(str(values["address"])), self._sources.suppression_key))
        except AddressError:
            return b""

    def _against(
        self,
        slot: int,
        contact: Contact,
        key: bytes | None,
        known: _Known,
        law: tuple[Suppressions, Audience],
    ) -> Exclusion | None:
        if key is None:
            return Exclusion.ERASED
        suppressions, audience = law
        mac = known.addresses[slot]
        suppressed = suppressions.covers(mac.hex(), audience.purpose) if mac else None
        judged = judge(audience, contact, suppressed)
        if judged is not None:
            return judged.exclusion
        return self._changed(slot, contact, key, known)

    def _changed(self, slot: int, contact: Contact, key: bytes, known: _Known) -> Exclusion | None:
        """Whether the address is another than the plan's. The seal is opened only where it is not the one seen."""
        print_now = hash(contact.seal) or 1
        if known.print[slot] != print_now:
            known.print[slot] = print_now
            try:
                address = open_identity(contact.seal, key, contact.id).address
            except SealBroken:
                address = ""
            if known.addresses[slot] and self._mac({"address": address}) == known.addresses[slot]:
                known.reason.pop(slot, None)
            else:
                known.reason[slot] = Exclusion.CHANGED
        return known.reason.get(slot)

    def _apply(
        self, withdrawals: Iterable[Withdrawal], purpose: str, left_out: dict[int, Exclusion], measured: bytearray
    ) -> None:
        for withdrawal in withdrawals:
            slot = self._slot_of.get(withdrawal.contact)
            if slot is None or withdrawal.undone:
                continue
            if withdrawal.scope == MEASURING:
                measured[slot] = 0
            elif withdrawal.scope in (ALL, purpose):
                left_out.setdefault(slot, Exclusion.UNSUBSCRIBED)


@dataclass(slots=True)
class Latest:
    """The watch and the latest view, taken in a thread of its own."""

    watch: Watch
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "envoi-book"))
    view: View | None = None
    silent: bool = False  # the remote did not answer, and somebody was told

    def current(self) -> bool:
        """Whether a permit may be given on this view."""
        return self.view is not None and self.view.fresh(time.monotonic()) and not self.watch.moved()


def _allowed(contact: Contact) -> int:
    tracking = contact.tracking
    return (OPENS if tracking.opens is Answer.GRANTED else 0) | (CLICKS if tracking.clicks is Answer.GRANTED else 0)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _CHUNK)):
        yield batch
