"""Publishing: what recipients and servers said becomes changes of the book, in one commit that is proven on the remote.

Cursors move only then. A crash at any point publishes again, and a change's name (node, seq) keeps it from being
written twice. Nothing is ever merged as text or forced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from compiler.book.fold import contact_of, fold_contact
from compiler.book.keyring import Keyring
from compiler.book.layout import changes_files, changes_span, contacts_path, parse_lines
from compiler.book.people import opened
from compiler.book.record import Change, Record, change_from_json, record_from_json
from compiler.book.store import Book, BookView
from compiler.language.address import Address
from compiler.language.clock import Clock
from compiler.language.event import Event, EventKind
from compiler.language.suppression import address_mac
from tracker.changes import Deaths, changes_of, click_days, is_dead_reply, suppressions_of
from tracker.events import EventStore, Stored
from tracker.verdict import BURST_SPAN

#: Cursors in the store.
BOOK, CLICKS, SUPPRESSIONS = "book", "book.clicks", "book.suppressions"
_BATCH = 20_000
_OBJECTIONS = (EventKind.UNSUBSCRIBED, EventKind.RESUBSCRIBED, EventKind.COMPLAINED)
_SETTLED = 2 * BURST_SPAN


class Keys(NamedTuple):
    """What a keyed host has beside the tracker's store: with it the suppression list is written too."""

    keyring: Keyring
    suppression_key: bytes


@dataclass(frozen=True, slots=True)
class PublishReport:
    """`commit` is the book's, as proven on its remote; `changes` and `suppressions` those written by this call."""

    changes: int
    suppressions: int
    commit: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one commit publishes, and where the cursors stand once it is proven."""

    changes: tuple[Change, ...]
    objections: tuple[Event, ...]
    cursors: Mapping[str, int]
    more: bool


def publish(store: EventStore, book: Book, *, clock: Clock, keys: Keys | None = None) -> PublishReport:
    """Publish all that waits. Raises RemoteUnreachable, BookContended or StoreUnavailable; the cursors stand then."""
    _rewind_if_forgotten(store, book)
    written, listed, commit, more = 0, 0, "", True
    while more:
        batch = _next(store, clock.now(), keyed=keys is not None)
        writing = _Writing(batch, keys)
        commit = book.transact(writing.files, message=writing.message, at=clock.now())
        for name, position in batch.cursors.items():
            store.set_cursor(name, position, commit)
        written, listed, more = written + writing.changes, listed + writing.suppressions, batch.more
    return PublishReport(written, listed, commit)


def _rewind_if_forgotten(store: EventStore, book: Book) -> None:
    """Where the book no longer descends from what was proven, begin again: its history was rewritten, and our clone
    with it perhaps. What the book still holds, or has folded, is not written twice.
    """
    proof = store.cursor(BOOK)[1]
    if not proof:
        return
    book.refresh()
    tip = book.view().commit
    if tip is None or not book.repository.is_ancestor(proof, tip):
        for name in (BOOK, CLICKS, SUPPRESSIONS):
            store.set_cursor(name, 0)


class _Writing:
    """The answer to each tip that `transact` shows; counts are those of the last one, which was accepted."""

    def __init__(self, batch: _Batch, keys: Keys | None) -> None:
        self._batch = batch
        self._keys = keys
        self.changes = 0
        self.suppressions = 0

    @property
    def message(self) -> str:
        return f"Record what recipients asked for ({len(self._batch.changes)} changes at most)"

    def files(self, view: BookView) -> dict[str, bytes | None]:
        new = _unknown_to(view, self._batch.changes)
        self.changes = len(new)
        files: dict[str, bytes | None] = {**changes_files(new)}
        if self._keys is not None and self._batch.objections:
            entries = suppressions_of(self._batch.objections, _macs(view, self._batch.objections, self._keys))
            lists = view.with_suppressions(entries)
            self.suppressions = _added(view, lists)
            files.update(lists)
        return files


def _next(store: EventStore, now: datetime, *, keyed: bool) -> _Batch:
    end = store.last_position()
    after = store.cursor(BOOK)[0]
    page = _page(store, after, end)
    clicks = _settled(_page(store, store.cursor(CLICKS)[0], end), now)
    changes = (*changes_of((s.event for s in page.found), _deaths(store, page.found)), *click_days(clicks.events))
    cursors = {BOOK: page.end, CLICKS: clicks.end}
    objections: tuple[Event, ...] = ()
    more = page.more or clicks.more
    if keyed:
        listed = _page(store, store.cursor(SUPPRESSIONS)[0], end)
        objections = tuple(s.event for s in listed.found if s.event.kind in _OBJECTIONS)
        cursors[SUPPRESSIONS] = listed.end
        more = more or listed.more
    return _Batch(changes, objections, cursors, more)


class _Page(NamedTuple):
    found: list[Stored]
    end: int
    more: bool

    @property
    def events(self) -> list[Event]:
        return [s.event for s in self.found]


def _page(store: EventStore, after: int, end: int) -> _Page:
    """The next events up to `end`, which was read first: what is kept meanwhile waits for the next call."""
    found = [s for s in store.read_consequences(after, _BATCH) if s.position <= end]
    if len(found) < _BATCH:
        return _Page(found, max(after, end), more=False)
    return _Page(found, found[-1].position, more=True)


def _settled(page: _Page, now: datetime) -> _Page:
    """Up to the first click that may still turn out to be a scanner's."""
    for number, stored in enumerate(page.found):
        if stored.event.kind is EventKind.CLICKED and now - stored.event.at < _SETTLED:
            return _Page(page.found[:number], stored.position - 1, more=False)
    return page


def _deaths(store: EventStore, batch: Iterable[Stored]) -> Deaths:
    """Every day on which the batch's dead were dead: two different ones are needed, whatever the campaign."""
    asked = {s.event.contact for s in batch if is_dead_reply(s.event)}
    days: dict[str, set[date]] = {contact: set() for contact in asked}
    after = 0
    while asked and (page := store.read_consequences(after, _BATCH)):
        after = page[-1].position
        for event in (s.event for s in page):
            if event.contact in asked and is_dead_reply(event):
                days[event.contact].add(event.at.date())
    return Deaths({contact: frozenset(own) for contact, own in days.items()})


def _unknown_to(view: BookView, changes: Iterable[Change]) -> list[Change]:
    """Those that the book holds neither in its changes nor folded into its contacts."""
    waiting = list(changes)
    known: set[tuple[str, int]] = set()
    spans = [(path, span) for path in view.paths if (span := changes_span(path))]
    wanted = {(c.node, c.seq) for c in waiting}
    paths = [path for path, (node, first, last) in spans if any(n == node and first <= s <= last for n, s in wanted)]
    for path, content in view.read_files(paths).items():
        known.update((c.node, c.seq) for c in parse_lines(content, path, change_from_json))
    folded = view.meta.folded
    return [c for c in waiting if (c.node, c.seq) not in known and c.seq > folded.get(c.node, 0)]


def _macs(view: BookView, objections: Iterable[Event], keys: Keys) -> dict[str, str]:
    """The suppression list's name of each objector's mailbox; those whose key is gone have none."""
    records = _records(view, {event.contact for event in objections})
    people = opened((c for c in map(contact_of, records) if c is not None), keys.keyring)
    return {p.contact.id: address_mac(Address.parse(p.identity.address), keys.suppression_key) for p in people}


def _records(view: BookView, contacts: set[str]) -> Iterable[Record]:
    """The folded records of a few contacts: only the files that hold them are read."""
    base: dict[str, Record] = {}
    for path, content in view.read_files(sorted({contacts_path(contact) for contact in contacts})).items():
        records = parse_lines(content, path, record_from_json)
        base.update((r.id, r) for r in records if r.id in contacts)
    pending: dict[str, list[Change]] = {}
    for change in view.changes():
        if change.contact in contacts:
            pending.setdefault(change.contact, []).append(change)
    for contact in sorted(contacts):
        yield fold_contact(base.get(contact, Record(contact, None)), pending.get(contact, []))


def _added(view: BookView, lists: Mapping[str, bytes]) -> int:
    before = view.read_files(lists)
    return sum(len(set(new.splitlines()) - set(before.get(path, b"").splitlines())) for path, new in lists.items())
