"""The ledger on one machine: SQLite, WAL, synchronous=FULL; whoever commits, commits everybody's permits at once."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from compiler.language.errors import RefusedByPolicy
from compiler.language.finding import Text
from runner.ledger import (
    EVERYTHING,
    Answer,
    Asked,
    Cap,
    Fact,
    FactKind,
    Lease,
    LedgerBroken,
    Mark,
    PlanRecord,
    PlanState,
    Recorded,
    SlotState,
    Stop,
    lane_scope,
    plan_scope,
    tables,
)

FILE = "ledger.sqlite"
_EMPTY_CHAIN = bytes(32)
_LINK = struct.Struct("<QIIq16s")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact from elsewhere: its number if it is this ledger's own, and whether it implies a permit."""

    fact: Fact
    seq: int | None
    permitted: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every commit needs of a plan."""

    id: int
    digest: str
    edition: int
    purpose: str
    lanes: dict[int, str]


class SqliteLedger:
    """A ledger in `folder`. `keyring` and `events` are read in the transaction of each permit.

    One connection, one thread. Raises LedgerBroken wherever the file cannot be read or written.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._plans: dict[str, _Plan] = {}
        self._broken = ""
        self._identity = _meta(database, "identity")
        row = database.execute("select count, hash from chain order by count desc limit 1").fetchone()
        self._count: int = row[0] if row else 0
        self._chain: bytes = row[1] if row else _EMPTY_CHAIN

    @classmethod
    def open(cls, folder: Path, *, keyring: Path | None = None, events: Path | None = None) -> SqliteLedger:
        """The ledger in a folder, made if there is none. Without `keyring` it cannot permit."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        try:
            with suppress(FileExistsError):  # who was written to: readable by its owner alone
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            database = _connect(path)
            if not database.execute("pragma user_version").fetchone()[0]:
                _create(database)
            if keyring is not None:
                _attach(database, keyring, events)
        except sqlite3.Error as error:
            raise LedgerBroken(_cause(error)) from error
        return cls(database)

    @property
    def identity(self) -> str:
        return self._identity

    def close(self) -> None:
        self._database.close()

    def enter(self, plan: PlanRecord, at: datetime) -> None:
        with self._transaction() as database:
            names = (plan.campaign, plan.edition)
            database.execute("insert or ignore into edition(campaign, edition) values(?,?)", names)
            (edition,) = database.execute("select id from edition where campaign=? and edition=?", names).fetchone()
            database.execute(
                "insert or ignore into plan(digest, edition, purpose, recipients, entered) values(?,?,?,?,?)",
                (plan.digest, edition, plan.purpose, plan.recipients, _seconds(at)),
            )
            (key,) = database.execute("select id from plan where digest=?", (plan.digest,)).fetchone()
            database.executemany(
                "insert or ignore into shard(plan, number, lane) values(?,?,?)",
                [(key, number, lane) for number, lane in plan.shards],
            )
            database.execute("update plan set superseded = (id <> ?) where edition=?", (key, edition))

    def lease(self, plan: str, run: str) -> Lease:
        with self._transaction() as database:
            key = self._plan(plan).id
            (epoch,) = database.execute("select coalesce(max(epoch), 0) + 1 from shard where plan=?", (key,)).fetchone()
            database.execute("update shard set epoch=?, owner=? where plan=?", (epoch, run, key))
        return Lease(plan, epoch)

    def resume(self, plan: str, at: datetime) -> list[int]:
        key = self._plan(plan).id
        with self._transaction() as database:
            doubtful = tables.unanswered(database, key)
            facts = [
                Fact(slot, attempt, contact, FactKind.IN_DOUBT, "crash", _seconds(at))
                for slot, attempt, contact in doubtful
            ]
            self._insert_facts(database, key, facts)
        return [fact.slot for fact in facts]

    def commit(
        self,
        lease: Lease,
        facts: Sequence[Fact],
        asked: Sequence[Asked],
        *,
        current: Callable[[], bool] = lambda: True,
        cap: Cap | None = None,
    ) -> list[Answer]:
        plan = self._plan(lease.plan)
        with self._transaction() as database:
            self._insert_facts(database, plan.id, facts)
            if not asked:
                return []
            database.execute(tables.BEGIN_EVENTS).fetchone()
            if not current():
                return [Answer.STALE] * len(asked)
            stopped = {scope for (scope,) in database.execute("select scope from stop")}
            owned = self._owned(database, plan.id, lease.epoch, {request.shard for request in asked})
            answers = [
                self._refusal(database, plan, request, stopped, owned, cap)
                or self._permit(database, plan, lease.epoch, request)
                for request in asked
            ]
            granted = [r for r, answer in zip(asked, answers, strict=True) if answer is Answer.GRANTED]
            count, chain = self._link(plan.id, granted)
            if granted:
                database.execute("insert into chain(count, hash) values(?,?)", (count, chain))
        self._count, self._chain = count, chain
        return answers

    def record(self, plan: str, facts: Sequence[Fact]) -> None:
        key = self._plan(plan).id
        with self._transaction() as database:
            self._insert_facts(database, key, facts)

    def restore_permits(self, plan: str, permits: Sequence[tuple[int, int, bytes]], at: datetime) -> int:
        """Permits (slot, attempt, contact) that this ledger does not have: how many were missing."""
        known = self._plan(plan)
        with self._transaction() as database:
            count, chain, restored = self._restore_permits(database, known, permits, _seconds(at))
        self._count, self._chain = count, chain
        return restored

    def restore(self, plan: str, evidence: Sequence[Evidence]) -> int:
        """Facts that this ledger has lost, with the permits that they imply; how many were missing.

        Its own facts keep their numbers, and no later fact gets a number that was given before.
        """
        known = self._plan(plan)
        restored = 0
        with self._transaction() as database:
            permits = [(e.fact.slot, e.fact.attempt, e.fact.contact) for e in evidence if e.permitted]
            count, chain, _ = self._restore_permits(database, known, permits, 0)
            for each in evidence:
                if not database.execute(tables.KNOWS_FACT, (known.id, *each.fact[:2], each.fact.kind)).fetchone():
                    restored += database.execute(tables.RESTORE_FACT, (each.seq, known.id, *each.fact)).rowcount
                if tables.frees(each.fact):
                    database.execute(tables.FREE_PERMIT, (known.id, each.fact.slot, each.fact.attempt))
        self._count, self._chain = count, chain
        return restored

    def _restore_permits(
        self, database: sqlite3.Connection, plan: _Plan, permits: Sequence[tuple[int, int, bytes]], at: int
    ) -> tuple[int, bytes, int]:
        restored = []
        for slot, attempt, contact in permits:
            row = (plan.id, slot, attempt, plan.edition, contact, 0, 0, at, 0, at, 0)
            if database.execute(tables.RESTORE_PERMIT, row).rowcount:
                restored.append(Asked(slot, attempt, 0, contact, 0, 0, False, 0))
        count, chain = self._link(plan.id, restored)
        if restored:
            database.execute("insert into chain(count, hash) values(?,?)", (count, chain))
        return count, chain, len(restored)

    def skip_numbers(self, last: int) -> None:
        """Number facts after `last` from now on."""
        with self._transaction() as database:
            database.execute("insert or ignore into sqlite_sequence(name, seq) values('fact', 0)")
            database.execute("update sqlite_sequence set seq=max(seq, ?) where name='fact'", (last,))

    def state(self, plan: str) -> PlanState:
        key = self._plan(plan).id
        with self._reading() as database:
            return tables.read_state(database, key)

    def capped(self, campaign: str, edition: str, cap: Cap) -> frozenset[bytes]:
        with self._transaction() as database:
            database.execute(tables.CAP_INDEX)
        with self._reading() as database:
            names = (campaign, edition)
            known = database.execute("select id from edition where campaign=? and edition=?", names).fetchone()
            rows = database.execute(tables.CAPPED, {"edition": known[0] if known else 0, **cap._asdict()})
            return frozenset(contact for (contact,) in rows)

    def _has_had(self, database: sqlite3.Connection, plan: _Plan, contact: bytes, cap: Cap) -> int:
        """How many messages of other editions a contact has had; read in the transaction that permits."""
        values = {"contact": contact, "edition": plan.edition, "since": cap.since}
        return int(database.execute(tables.HAS_HAD, values).fetchone()[0])

    def in_flight(self, plan: str) -> list[int]:
        """Slots whose permit nothing has answered yet."""
        key = self._plan(plan).id
        with self._reading() as database:
            return [slot for slot, _, _ in tables.unanswered(database, key)]

    def doubts(self, plan: str) -> list[tuple[int, int, bytes]]:
        """Slots in doubt: slot, attempt, contact."""
        state = self.state(plan)
        with self._reading() as database:
            rows = database.execute(
                "select slot, attempt, contact from permit where plan=? and freed=0 order by slot",
                (self._plan(plan).id,),
            )
            return [row for row in rows if state.slots[row[0]] == SlotState.IN_DOUBT]

    def stop(self, scope: str, reason: str, at: datetime) -> None:
        with self._transaction() as database:
            database.execute("insert or replace into stop values(?,?,?)", (scope, reason, _seconds(at)))

    def lift(self, scopes: Sequence[str]) -> None:
        with self._transaction() as database:
            database.executemany("delete from stop where scope=?", [(scope,) for scope in scopes])
            database.execute("update meta set value=(select coalesce(max(seq), 0) from fact) where name='resumed'")

    def tally(self, plan: str) -> dict[tuple[str, str], int]:
        key = self._plan(plan).id
        with self._reading() as database:
            since = int(_meta(database, "resumed"))
            rows = database.execute(
                "select kind, reason, count(*) from fact where plan=? and seq>? group by kind, reason", (key, since)
            ).fetchall()
        return {(kind, reason): count for kind, reason, count in rows}

    def stops(self) -> tuple[Stop, ...]:
        with self._reading() as database:
            rows = database.execute("select scope, reason, at from stop order by scope").fetchall()
        return tuple(Stop(scope, reason, datetime.fromtimestamp(at, UTC)) for scope, reason, at in rows)

    def plans(self) -> tuple[PlanRecord, ...]:
        """Every plan that was entered, the newest last; superseded ones included."""
        with self._reading() as database:
            rows = database.execute(
                """select p.id, p.digest, e.campaign, e.edition, p.purpose, p.recipients
                from plan p join edition e on e.id = p.edition order by p.id"""
            ).fetchall()
            shards = {row[0]: self._shards(database, row[0]) for row in rows}
        return tuple(
            PlanRecord(digest, campaign, edition, purpose, recipients, tuple(shards[key].items()))
            for key, digest, campaign, edition, purpose, recipients in rows
        )

    def superseded(self, plan: str) -> bool:
        with self._reading() as database:
            return bool(database.execute("select superseded from plan where digest=?", (plan,)).fetchone()[0])

    def facts(self, after: int, limit: int) -> Iterator[Recorded]:
        with self._reading() as database:
            rows = database.execute(
                """select f.seq, p.digest, f.slot, f.attempt, f.contact, f.kind, f.reason, f.at, f.phase, f.code,
                f.enhanced, f.text from fact f join plan p on p.id = f.plan where f.seq > ? order by f.seq limit ?""",
                (after, limit),
            ).fetchall()
        for seq, digest, slot, attempt, contact, kind, *rest in rows:
            yield Recorded(seq, digest, Fact(slot, attempt, contact, FactKind(kind), *rest))

    def last_fact(self) -> int:
        with self._reading() as database:
            return int(database.execute("select coalesce(max(seq), 0) from fact").fetchone()[0])

    def shipped(self) -> int:
        with self._reading() as database:
            return int(_meta(database, "shipped"))

    def set_shipped(self, seq: int) -> None:
        with self._transaction() as database:
            database.execute("update meta set value=? where name='shipped'", (str(seq),))

    def mark(self) -> Mark:
        return Mark(self._count, self._chain.hex())

    def knows(self, mark: Mark) -> bool:
        if mark.count == 0:
            return mark.chain == _EMPTY_CHAIN.hex()
        with self._reading() as database:
            row = database.execute("select hash from chain where count=?", (mark.count,)).fetchone()
        return row is not None and bytes(row[0]).hex() == mark.chain

    def marked(self, mark: Mark) -> None:
        """A mark has reached the remote: the links before it are of no more use."""
        with self._transaction() as database:
            database.execute("update chain set marked=1 where count=?", (mark.count,))
            database.execute("delete from chain where count < ? and not marked", (mark.count,))

    def begin_run(self, run: str, at: datetime) -> None:
        with self._transaction() as database:
            database.execute("insert into run values(?,?)", (run, _seconds(at)))

    def knows_run(self, run: str) -> bool:
        with self._reading() as database:
            return database.execute("select 1 from run where id=?", (run,)).fetchone() is not None

    def _insert_facts(self, database: sqlite3.Connection, plan: int, facts: Sequence[Fact]) -> None:
        if not facts:
            return
        database.executemany(tables.INSERT_FACT, [tables.fact_row(plan, fact) for fact in facts])
        freed = [(plan, fact.slot, fact.attempt) for fact in facts if tables.frees(fact)]
        if freed:
            database.executemany(tables.FREE_PERMIT, freed)

    def _owned(self, database: sqlite3.Connection, plan: int, epoch: int, shards: set[int]) -> set[int]:
        query = "select 1 from shard where plan=? and number=? and epoch=?"
        return {number for number in shards if database.execute(query, (plan, number, epoch)).fetchone()}

    def _refusal(
        self,
        database: sqlite3.Connection,
        plan: _Plan,
        asked: Asked,
        stopped: set[str],
        owned: set[int],
        cap: Cap | None,
    ) -> Answer | None:
        """What speaks against a request before its contact is looked at by the permit itself."""
        if stopped and stopped & {EVERYTHING, plan_scope(plan.digest), lane_scope(plan.lanes.get(asked.shard, ""))}:
            return Answer.STOPPED
        if asked.shard not in owned:
            return Answer.FENCED
        if cap is not None and self._has_had(database, plan, asked.contact, cap) >= cap.most:
            return Answer.CAPPED
        return None

    def _permit(self, database: sqlite3.Connection, plan: _Plan, epoch: int, asked: Asked) -> Answer:
        contact = asked.contact.hex()
        done = database.execute(
            tables.INSERT_PERMIT,
            (
                plan.id,
                asked.slot,
                asked.attempt,
                plan.edition,
                asked.contact,
                epoch,
                asked.place,
                asked.date,
                asked.tracked,
                asked.at,
                contact,
                plan.purpose,
            ),
        )
        return Answer.GRANTED if done.rowcount else self._why_not(database, plan, asked)

    def _why_not(self, database: sqlite3.Connection, plan: _Plan, asked: Asked) -> Answer:
        contact = asked.contact.hex()
        if not database.execute(tables.HAS_KEY, (contact,)).fetchone()[0]:
            return Answer.ERASED
        withdrawn, unmeasured = database.execute(tables.WITHDRAWN, (contact, plan.purpose)).fetchone()
        if withdrawn:
            return Answer.WITHDRAWN
        return Answer.UNMEASURED if unmeasured and asked.tracked else Answer.ALREADY

    def _link(self, plan: int, granted: Sequence[Asked]) -> tuple[int, bytes]:
        if not granted:
            return self._count, self._chain
        links = b"".join(_LINK.pack(plan, r.slot, r.attempt, r.date, r.contact) for r in granted)
        return self._count + len(granted), hashlib.sha256(self._chain + links).digest()

    def _plan(self, digest: str) -> _Plan:
        found = self._plans.get(digest)
        if found is None:
            row = self._database.execute("select id, edition, purpose from plan where digest=?", (digest,)).fetchone()
            if row is None:
                raise RefusedByPolicy(
                    Text(
                        f"le registre ne connaît pas le plan {digest[:12]}",
                        f"the ledger does not know plan {digest[:12]}",
                    )
                )
            found = _Plan(row[0], digest, row[1], row[2], self._shards(self._database, row[0]))
            self._plans[digest] = found
        return found

    def _shards(self, database: sqlite3.Connection, plan: int) -> dict[int, str]:
        return dict(database.execute("select number, lane from shard where plan=? order by number", (plan,)).fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when it ends. After an error nothing is permitted through this handle again:
        a failed fsync may have dropped what it did not write, and a retry would seem to succeed (fsyncgate).
        """
        if self._broken:
            raise LedgerBroken(self._broken)
        database = self._database
        try:
            database.execute("begin immediate")
            yield database
            database.execute("commit")
        except sqlite3.Error as error:
            self._broken = _cause(error)
            _attempt(database.rollback)
            raise LedgerBroken(self._broken) from error
        except BaseException:
            database.rollback()
            raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._database
        except sqlite3.Error as error:
            raise LedgerBroken(_cause(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=10, cached_statements=64, uri=True)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("pragma wal_autocheckpoint=8000")
    return database


def _create(database: sqlite3.Connection) -> None:
    database.execute("begin immediate")
    if not database.execute("pragma user_version").fetchone()[0]:
        for statement in tables.SCHEMA.split(";"):
            database.execute(statement)
        names = {"identity": secrets.token_hex(16), "shipped": "0", "resumed": "0"}
        database.executemany("insert into meta values(?,?)", names.items())
        database.execute(f"pragma user_version={tables.FORMAT}")
    database.execute("commit")


def _attach(database: sqlite3.Connection, keyring: Path, events: Path | None) -> None:
    """Read-only, so that a permit's transaction takes no lock that a tracker or an erasure would wait for."""
    database.execute("attach ? as keyring", (f"file:{quote(str(keyring))}?mode=ro",))
    if events is None:
        database.execute("attach ':memory:' as events")
        database.execute(tables.NO_EVENTS.replace("withdrawn(", "events.withdrawn("))
    else:
        database.execute("attach ? as events", (f"file:{quote(str(events))}?mode=ro",))
    for name in ("main", "keyring", "events"):
        database.execute(f"pragma {name}.cache_size=-65536")  # KiB: contacts are looked up in no order


def _meta(database: sqlite3.Connection, name: str) -> str:
    return str(database.execute("select value from meta where name=?", (name,)).fetchone()[0])


def _cause(error: sqlite3.Error) -> str:
    """SQLite's own words hold no value of a row, so they may be shown."""
    return str(error)


def _attempt(rollback: Callable[[], None]) -> None:
    try:
        rollback()
    except sqlite3.Error:
        return  # the handle is given up anyway: what was not committed is not there


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
