"""The history that plans take as an input: who had and did what, by day.

Opens and clicks are those of persons who consent to being measured today; a withdrawal makes them unknown again, never
"did not".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from compiler.language.event import Event, EventKind, Verdict
from compiler.language.history import History, HistoryDeed, HistoryRecord
from compiler.session import Session
from tracker.events.sqlite import SqliteEventStore

#: The store's file in the keyed host's state.
STORE = "events.sqlite"
_SPENT = {
    EventKind.SENT: HistoryDeed.RECEIVED,
    EventKind.REFUSED: HistoryDeed.REFUSED,
    EventKind.IN_DOUBT: HistoryDeed.IN_DOUBT,
}
_DONE = {EventKind.OPENED: HistoryDeed.OPENED, EventKind.CLICKED: HistoryDeed.CLICKED}


def from_session(session: Session) -> History:
    """The snapshot of the workspace's own store; empty where nothing was ever sent from here."""
    path = session.state(STORE)
    if not path.is_file():
        return History()
    with SqliteEventStore(path) as store:
        return snapshot(store)


def snapshot(store: SqliteEventStore) -> History:
    """What the store knows now. Equal events give equal bytes, in whatever order they came."""
    return History.of(_records(store))


def _records(store: SqliteEventStore) -> Iterator[HistoryRecord]:
    campaigns: dict[str, tuple[str, str]] = {}
    for event in store.of_kinds(_SPENT):
        campaign = (event.get("campaign"), event.get("edition") or "1")
        campaigns.setdefault(event.plan, campaign)
        yield HistoryRecord(event.contact, *campaign, _SPENT[event.kind], event.at.date())
    consents = store.consents()
    for event in _by_persons(store.of_kinds(_DONE)):
        consent = consents.get(event.contact)
        allowed = consent is not None and (consent.may_open if event.kind is EventKind.OPENED else consent.may_click)
        if allowed and event.plan in campaigns:
            yield HistoryRecord(event.contact, *campaigns[event.plan], _DONE[event.kind], event.at.date())


def _by_persons(events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if event.verdict is Verdict.PERSON)
