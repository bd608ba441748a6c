"""The tables of the store, and what an event does to `withdrawn` and `consent` in its own transaction."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

from compiler.language.canonical import instant_text, parse_instant
from compiler.language.event import Event, EventKind, Verdict
from compiler.language.suppression import ALL
from tracker.events import MEASURING, Consent, Stored, Withdrawal

VERSION = 1

#: Kinds that publish turns into changes of contacts; the index below holds only them.
CONSEQUENT = (
    EventKind.REFUSED,
    EventKind.CLICKED,
    EventKind.UNSUBSCRIBED,
    EventKind.RESUBSCRIBED,
    EventKind.BOUNCED,
    EventKind.COMPLAINED,
)
CONSEQUENT_SQL = "kind in (" + ",".join(f"'{kind.value}'" for kind in CONSEQUENT) + ")"

SCHEMA = f"""
create table event(
    position integer primary key autoincrement,
    node text not null, seq integer not null, at integer not null, kind text not null,
    plan text not null, contact text not null, verdict text not null, detail text not null,
    unique(node, seq));
create index event_of_plan on event(plan, contact, kind);
create index event_of_consequence on event(position) where {CONSEQUENT_SQL};
create table withdrawn(
    contact text not null, scope text not null, undone integer not null, at text not null,
    position integer not null, undos integer not null default 0, primary key(contact, scope)) without rowid;
create table consent(
    contact text primary key, opens integer not null, clicks integer not null, suppressed integer not null)
    without rowid;
create table cursor(name text primary key, position integer not null, proof text not null) without rowid;
create table shed(day text not null, kind text not null, count integer not null, primary key(day, kind)) without rowid;
pragma user_version = {VERSION};
"""

SELECT_EVENT = "select position, node, seq, at, kind, plan, contact, verdict, detail from event"
SELECT_WITHDRAWN = "select contact, scope, undone, at, position, undos from withdrawn"
UNMEASURE_WITHDRAWN = """update consent set opens=0, clicks=0 where contact in
    (select contact from withdrawn where scope=? and undone=0 and position>?)"""
SILENCE_WITHDRAWN = """update consent set suppressed=1 where contact in
    (select contact from withdrawn where scope=? and undone=0 and position>?)"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def stored(row: tuple[int, str, int, int, str, str, str, str, str]) -> Stored:
    position, node, seq, at, kind, plan, contact, verdict, detail = row
    pairs: dict[str, str] = json.loads(detail)
    event = Event(
        node, seq, moment_of(at), EventKind(kind), plan, contact, Verdict(verdict), tuple(sorted(pairs.items()))
    )
    return Stored(position, event)


def detail_text(event: Event) -> str:
    return json.dumps(dict(event.detail), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def insert(connection: sqlite3.Connection, event: Event) -> int | None:
    """The new event's position, or None where it was already kept."""
    e = event
    done = connection.execute(
        "insert or ignore into event(node, seq, at, kind, plan, contact, verdict, detail) values(?,?,?,?,?,?,?,?)",
        (e.node, e.seq, micros(e.at), e.kind.value, e.plan, e.contact, e.verdict.value, detail_text(e)),
    )
    if not done.rowcount:
        return None
    position = done.lastrowid
    assert position is not None
    _apply(connection, position, event)
    return position


def withdrawal_of(connection: sqlite3.Connection, contact: str, scope: str) -> Withdrawal | None:
    row = connection.execute(
        SELECT_WITHDRAWN + " where contact=? and scope=?",
        (contact, scope),
    ).fetchone()
    return withdrawal(row) if row else None


def withdrawal(row: tuple[str, str, int, str, int, int]) -> Withdrawal:
    contact, scope, undone, at, position, undos = row
    return Withdrawal(contact, scope, bool(undone), parse_instant(at), position, undos)


def consent_of(connection: sqlite3.Connection, contact: str) -> Consent | None:
    row = connection.execute("select opens, clicks, suppressed from consent where contact=?", (contact,)).fetchone()
    return Consent(contact, bool(row[0]), bool(row[1]), bool(row[2])) if row else None


def scope_of(event: Event) -> str:
    """What a withdrawal, its undoing or a complaint is about. A complaint is an objection to everything."""
    return ALL if event.kind is EventKind.COMPLAINED else event.get("scope") or ALL


def _apply(connection: sqlite3.Connection, position: int, event: Event) -> None:
    if event.kind in (EventKind.UNSUBSCRIBED, EventKind.COMPLAINED):
        if _write(connection, position, event, undone=False):
            _measure_less(connection, event.contact, scope_of(event))
    elif event.kind is EventKind.RESUBSCRIBED and _write(connection, position, event, undone=True):
        _measure_again(connection, event)


def _write(connection: sqlite3.Connection, position: int, event: Event, *, undone: bool) -> bool:
    """The latest word wins; at the same second a withdrawal beats its undoing."""
    done = connection.execute(
        """insert into withdrawn(contact, scope, undone, at, position, undos) values(?1, ?2, ?3, ?4, ?5, ?3)
        on conflict(contact, scope) do update set
            undone=excluded.undone, at=excluded.at, position=excluded.position, undos=undos + excluded.undone
        where excluded.at > at or (excluded.at = at and (excluded.undone <= undone or ?6))""",
        (
            event.contact,
            scope_of(event),
            int(undone),
            instant_text(event.at),
            position,
            int(_answers_a_kept_one(event)),
        ),
    )
    return done.rowcount > 0


def _answers_a_kept_one(event: Event) -> bool:
    """An undoing by the page answers a withdrawal that this store already holds: the order of keeping decides."""
    return event.kind is EventKind.RESUBSCRIBED and event.get("undoes") != ""


def _measure_less(connection: sqlite3.Connection, contact: str, scope: str) -> None:
    if scope == MEASURING:
        connection.execute("update consent set opens=0, clicks=0 where contact=?", (contact,))
    elif scope == ALL:
        connection.execute("update consent set suppressed=1 where contact=?", (contact,))


def _measure_again(connection: sqlite3.Connection, event: Event) -> None:
    """Back to what held before the withdrawal, which the undoing's detail names; never more."""
    scope = scope_of(event)
    if scope == MEASURING:
        values = (event.get("opens") == "granted", event.get("clicks") == "granted", event.contact)
        connection.execute("update consent set opens=?, clicks=? where contact=?", values)
    elif scope == ALL and event.get("kept") == "yes":
        connection.execute("update consent set suppressed=0 where contact=?", (event.contact,))
