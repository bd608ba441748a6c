"""The event store in one SQLite file: WAL, synchronous=FULL, one writer thread with group commit.

Several processes of one host may hold it open (service, runner, commands). The runner attaches it `mode=ro` and reads
`withdrawn` in the transaction of a permit: what was acknowledged to a recipient is in its next snapshot.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from compiler.language.event import Event, EventKind, Verdict
from compiler.language.suppression import ALL
from tracker.events import (
    MEASURING,
    Act,
    Consent,
    Happening,
    Overloaded,
    Stored,
    StoreUnavailable,
    Withdrawal,
)
from tracker.events.tables import (
    CONSEQUENT_SQL,
    SCHEMA,
    SELECT_EVENT,
    SELECT_WITHDRAWN,
    SILENCE_WITHDRAWN,
    UNMEASURE_WITHDRAWN,
    VERSION,
    consent_of,
    detail_text,
    insert,
    micros,
    moment_of,
    stored,
    withdrawal,
    withdrawal_of,
)
from tracker.events.writer import GroupCommit

#: Opens are shed first, then clicks; a withdrawal always waits its turn, before both.
_WAITING_LIMIT = {EventKind.OPENED: 2_000, EventKind.CLICKED: 8_000}
_BUSY_SECONDS = 30.0


class SqliteEventStore:
    """`node` names what this opening records; a new name each time, so that a store restored from a copy never
    gives an old event's name to a new one. Raises StoreUnavailable.
    """

    def __init__(self, path: Path, node: str = "") -> None:
        self.path = path
        self.node = node or f"t{secrets.token_hex(6)}"
        self._seq: int | None = None
        self._shed: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # who opened what: readable by its owner alone
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            self._reader = _connect(path)
            _create(self._reader)
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable from error
        self._writer = GroupCommit(lambda: _connect(path), forget=self._forget)

    def close(self) -> None:
        """Finish what waits and let go of the file."""
        if self._shed and not self._writer.closed:
            with contextlib.suppress(StoreUnavailable):  # a full disk loses a count, never an event
                self._writer.run(lambda connection: None)
        self._writer.close()
        with self._lock:
            self._reader.close()

    def __enter__(self) -> SqliteEventStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Keeping

    def append(self, events: Iterable[Event]) -> int:
        batch = tuple(events)
        return self._writer.run(lambda connection: sum(insert(connection, e) is not None for e in batch))

    async def record(self, happening: Happening, *, amends_since: datetime | None = None) -> Event:
        if self._writer.waiting >= _WAITING_LIMIT.get(happening.kind, self._writer.capacity):
            self.count_shed(happening.kind, happening.at)
            raise Overloaded

        def work(connection: sqlite3.Connection) -> Event:
            self._flush_shed(connection)
            event = self._named(connection, happening)
            insert(connection, event)
            if amends_since is not None:
                _amend(connection, event, amends_since)
            return event

        return await self._writer.arun(work, urgent=False)

    async def withdraw(self, act: Act) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            standing = withdrawal_of(connection, act.contact, act.scope)
            if standing is not None and not standing.undone:
                return False
            held = _held(connection, act)
            insert(connection, self._named(connection, _happening(act, EventKind.UNSUBSCRIBED, held)))
            return True

        return await self._writer.arun(work, urgent=True)

    async def undo(self, act: Act) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            standing = withdrawal_of(connection, act.contact, act.scope)
            if standing is None or not standing.may_undo(act.at):
                return False
            left = _event_at(connection, standing.position)
            held = {name: left.get(name) for name in ("opens", "clicks", "kept") if left.get(name)}
            held["undoes"] = f"{left.node}:{left.seq}"
            insert(connection, self._named(connection, _happening(act, EventKind.RESUBSCRIBED, held)))
            return True

        return await self._writer.arun(work, urgent=True)

    async def probe(self) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(f"pragma user_version = {VERSION}")  # a page is written: a full disk shows
            self._flush_shed(connection)

        await self._writer.arun(work, urgent=False)

    def count_shed(self, kind: EventKind, at: datetime) -> None:
        """Count a hit that is answered and not kept; the count is kept with the next commit."""
        with self._lock:
            self._shed[at.date().isoformat(), kind.value] += 1

    def replace_consents(self, consents: Iterable[Consent], *, after: int = 0) -> None:
        """The whole table anew, in one transaction; withdrawals kept after a position are heard again on top."""
        rows = [(c.contact, c.opens, c.clicks, c.suppressed) for c in consents]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("delete from consent")
            connection.executemany("insert into consent(contact, opens, clicks, suppressed) values(?,?,?,?)", rows)
            connection.execute(UNMEASURE_WITHDRAWN, (MEASURING, after))
            connection.execute(SILENCE_WITHDRAWN, (ALL, after))

        self._writer.run(work)

    def forget_withdrawals(self, settled: Iterable[Withdrawal]) -> None:
        """Drop rows that the book has overtaken, unless a newer word came meanwhile."""
        rows = [(w.contact, w.scope, w.position) for w in settled]
        self._writer.run(
            lambda connection: connection.executemany(
                "delete from withdrawn where contact=? and scope=? and position=?", rows
            )
        )

    def set_cursor(self, name: str, position: int, proof: str = "") -> None:
        self._writer.run(
            lambda connection: connection.execute(
                "insert into cursor(name, position, proof) values(?,?,?) "
                "on conflict(name) do update set position=excluded.position, proof=excluded.proof",
                (name, position, proof),
            )
        )

    # Reading

    def read(self, after: int, limit: int) -> list[Stored]:
        return self._stored(SELECT_EVENT + " where position>? order by position limit ?", (after, limit))

    def read_consequences(self, after: int, limit: int) -> list[Stored]:
        return self._stored(
            f"{SELECT_EVENT} where position>? and {CONSEQUENT_SQL} order by position limit ?",
            (after, limit),
        )

    def last_position(self) -> int:
        return int(self._rows("select coalesce(max(position), 0) from event", ())[0][0])

    def of_plan(self, plan: str) -> Iterator[Event]:
        yield from self._stream("plan=?", (plan,))

    def of_kinds(self, kinds: Iterable[EventKind]) -> Iterator[Event]:
        names = tuple(kind.value for kind in kinds)
        yield from self._stream(f"kind in ({','.join('?' * len(names))})", names)

    def first_sent(self, plan: str, contact: str) -> datetime | None:
        rows = self._rows("select min(at) from event where plan=? and contact=? and kind='sent'", (plan, contact))
        return moment_of(rows[0][0]) if rows[0][0] is not None else None

    def consent(self, contact: str) -> Consent | None:
        try:
            with self._lock:
                return consent_of(self._reader, contact)
        except sqlite3.Error as error:
            raise StoreUnavailable from error

    def withdrawals(self, contact: str) -> tuple[Withdrawal, ...]:
        return self._withdrawals("where contact=?", (contact,))

    def all_withdrawals(self) -> tuple[Withdrawal, ...]:
        return self._withdrawals("", ())

    def consents(self) -> Mapping[str, Consent]:
        rows = self._rows("select contact, opens, clicks, suppressed from consent", ())
        return {c: Consent(c, bool(opens), bool(clicks), bool(gone)) for c, opens, clicks, gone in rows}

    def cursor(self, name: str) -> tuple[int, str]:
        rows = self._rows("select position, proof from cursor where name=?", (name,))
        return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")

    def shed(self) -> Mapping[str, int]:
        return dict(self._rows("select kind, sum(count) from shed group by kind", ()))

    # Behind them

    def _named(self, connection: sqlite3.Connection, happening: Happening) -> Event:
        if self._seq is None:
            row = connection.execute("select coalesce(max(seq), 0) from event where node=?", (self.node,)).fetchone()
            self._seq = int(row[0])
        self._seq += 1
        h = happening
        return Event(self.node, self._seq, h.at, h.kind, h.plan, h.contact, h.verdict, tuple(sorted(h.detail)))

    def _forget(self) -> None:
        self._seq = None

    def _flush_shed(self, connection: sqlite3.Connection) -> None:
        if not self._shed:
            return
        with self._lock:
            counted, self._shed = self._shed, Counter()
        connection.executemany(
            "insert into shed(day, kind, count) values(?,?,?) on conflict(day, kind) do update set "
            "count=count + excluded.count",
            [(day, kind, count) for (day, kind), count in counted.items()],
        )

    def _rows(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreUnavailable from error

    def _stored(self, sql: str, values: tuple[object, ...]) -> list[Stored]:
        return [stored(row) for row in self._rows(sql, values)]

    def _stream(self, where: str, values: tuple[object, ...]) -> Iterator[Event]:
        """On a connection of its own: one snapshot, whatever the reader does meanwhile."""
        with contextlib.closing(_connect(self.path)) as connection:
            for row in connection.execute(f"{SELECT_EVENT} where {where} order by position", values):
                yield stored(row).event

    def _withdrawals(self, where: str, values: tuple[object, ...]) -> tuple[Withdrawal, ...]:
        sql = f"{SELECT_WITHDRAWN} {where} order by contact, scope"
        return tuple(withdrawal(row) for row in self._rows(sql, values))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    return connection


def _create(connection: sqlite3.Connection) -> None:
    if connection.execute("pragma user_version").fetchone()[0] == VERSION:
        return
    connection.execute("begin immediate")
    with connection:  # commits, or rolls back
        found = connection.execute("pragma user_version").fetchone()[0]
        if found > VERSION:
            raise sqlite3.DatabaseError("written by a later version")
        if found == 0:
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)


def _event_at(connection: sqlite3.Connection, position: int) -> Event:
    row = connection.execute(SELECT_EVENT + " where position=?", (position,)).fetchone()
    return stored(row).event


def _amend(connection: sqlite3.Connection, event: Event, since: datetime) -> None:
    """A burst shows only at its third hit what the first two were."""
    rows = connection.execute(
        SELECT_EVENT + " where plan=? and contact=? and kind in ('opened', 'clicked') and at>=? and verdict='person'",
        (event.plan, event.contact, micros(since)),
    ).fetchall()
    for earlier in (stored(row) for row in rows):
        detail = dict(earlier.event.detail) | {"rule": event.get("rule"), "rules": event.get("rules")}
        amended = replace(earlier.event, detail=tuple(sorted(detail.items())))
        connection.execute(
            "update event set verdict=?, detail=? where position=?",
            (Verdict.MACHINE.value, detail_text(amended), earlier.position),
        )


def _held(connection: sqlite3.Connection, act: Act) -> dict[str, str]:
    """What stands before a withdrawal, kept with it so that undoing gives back exactly that."""
    consent = consent_of(connection, act.contact)
    if act.scope not in (ALL, MEASURING):
        return {}
    if consent is None:  # not heard of yet: nothing is known to have been withdrawn before
        return {"kept": "yes"} if act.scope == ALL else {}
    if act.scope == MEASURING:
        granted = {"opens": consent.opens, "clicks": consent.clicks}
        return {name: "granted" for name, holds in granted.items() if holds}
    return {} if consent.suppressed else {"kept": "yes"}


def _happening(act: Act, kind: EventKind, held: Mapping[str, str]) -> Happening:
    detail = {"scope": act.scope, "channel": act.channel, **held}
    return Happening(kind, act.at, act.plan, act.contact, Verdict.PERSON, tuple(sorted(detail.items())))
