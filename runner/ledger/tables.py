"""The ledger's tables in SQLite, and the folding of their rows into a plan's state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from compiler.language.plan import Exclusion
from runner.ledger import Expectation, Fact, FactKind, PlanState, SlotState, due_after

FORMAT = 1

# `permit_once` is the heart of the product: while a permit is not freed by a temporary failure, no plan of the
# same campaign and edition can get another one for that contact.
SCHEMA = """
create table meta(name text primary key, value text not null) without rowid;
create table edition(id integer primary key, campaign text not null, edition text not null, unique(campaign, edition));
create table plan(
    id integer primary key, digest text not null unique, edition integer not null references edition(id),
    purpose text not null, recipients integer not null, entered integer not null,
    superseded integer not null default 0);
create table shard(
    plan integer not null, number integer not null, lane text not null, owner text not null default '',
    epoch integer not null default 0, primary key(plan, number)) without rowid;
create table permit(
    plan integer not null, slot integer not null, attempt integer not null, edition integer not null,
    contact blob not null, epoch integer not null, place integer not null, date integer not null,
    tracked integer not null, at integer not null, freed integer not null default 0,
    primary key(plan, slot, attempt)) without rowid;
create unique index permit_once on permit(edition, contact) where freed = 0;
create table fact(
    seq integer primary key autoincrement, plan integer not null, slot integer not null, attempt integer not null,
    contact blob not null, kind text not null, reason text not null, at integer not null, phase text not null,
    code integer not null, enhanced text not null, text text not null);
create index fact_of_plan on fact(plan, slot);
create table stop(scope text primary key, reason text not null, at integer not null) without rowid;
create table chain(count integer primary key, hash blob not null, marked integer not null default 0);
create table run(id text primary key, started integer not null) without rowid;
"""

INSERT_FACT = "insert into fact values(null,?,?,?,?,?,?,?,?,?,?,?)"
RESTORE_FACT = "insert or ignore into fact values(?,?,?,?,?,?,?,?,?,?,?,?)"
KNOWS_FACT = "select 1 from fact where plan=? and slot=? and attempt=? and kind=?"
RESTORE_PERMIT = "insert or ignore into permit values(?,?,?,?,?,?,?,?,?,?,?)"
FREE_PERMIT = "update permit set freed=1 where plan=? and slot=? and attempt=?"

# Key and withdrawals are read here, in the very transaction that permits (DESIGN, promises 3 and 6).
INSERT_PERMIT = """
insert or ignore into permit
select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0
where exists(select 1 from keyring.key where contact = ?11)
  and not exists(select 1 from events.withdrawn where contact = ?11 and undone = 0
      and scope in ('all', ?12, iif(?9, '@measuring', '')))
"""
#: Messages of other editions since an instant: permits that stand and that no server refused. Permits that were
#: restored from evidence bear no instant: their fact does.
COUNTED = """p.freed = 0 and p.edition <> :edition
    and not exists(select 1 from fact f where f.plan=p.plan and f.slot=p.slot and f.attempt=p.attempt
        and f.kind='refused')
    and (p.at >= :since or exists(select 1 from fact f where f.plan=p.plan and f.slot=p.slot
        and f.attempt=p.attempt and f.at >= :since))"""
HAS_HAD = f"select count(*) from permit p where p.contact = :contact and {COUNTED}"  # noqa: S608 - our own text
CAPPED = f"select p.contact from permit p where {COUNTED} group by p.contact having count(*) >= :most"  # noqa: S608
#: Made where a cap is declared: nobody else pays for it.
CAP_INDEX = "create index if not exists permit_of_contact on permit(contact) where freed = 0"
#: Fixes what this transaction sees of the event store.
BEGIN_EVENTS = "select 1 from events.withdrawn limit 1"
HAS_KEY = "select exists(select 1 from keyring.key where contact = ?)"
WITHDRAWN = """select exists(select 1 from events.withdrawn where contact = ? and undone = 0 and scope in ('all', ?)),
    exists(select 1 from events.withdrawn where contact = ?1 and undone = 0 and scope = '@measuring')"""
#: For a host where no tracker ever ran: the permit reads the same table, empty.
NO_EVENTS = """create table withdrawn(
    contact text not null, scope text not null, undone integer not null, at text not null) strict"""

_FREES = frozenset({FactKind.DEFERRED, FactKind.RELEASED})
_STATE = {
    FactKind.SENT: SlotState.SENT,
    FactKind.REFUSED: SlotState.REFUSED,
    FactKind.SKIPPED: SlotState.SKIPPED,
    FactKind.IN_DOUBT: SlotState.IN_DOUBT,
    FactKind.DEFERRED: SlotState.PENDING,
    FactKind.RELEASED: SlotState.PENDING,
}
#: What a state gives way to. A server's 250 is true even after a doubt; nothing comes after it.
_FINAL = frozenset({SlotState.SENT, SlotState.REFUSED, SlotState.SKIPPED})


def fact_row(plan: int, fact: Fact) -> tuple[object, ...]:
    return (plan, *fact)


def frees(fact: Fact) -> bool:
    """Whether a fact gives the slot's next attempt leave to ask."""
    return fact.kind in _FREES


def fold_fact(state: PlanState, fact: Fact) -> None:
    """Let one more fact change a plan's state. Order-safe for what is final: SENT beats everything."""
    before, after = SlotState(state.slots[fact.slot]), _STATE[fact.kind]
    if before in _FINAL and not (after is SlotState.SENT and before is not SlotState.SENT):
        return
    state.slots[fact.slot] = after
    if after is SlotState.PENDING:
        due = due_after(fact.attempt, fact.at) if fact.kind is FactKind.DEFERRED else fact.at
        state.retries[fact.slot] = Expectation(fact.attempt + 1, due)
    elif after is SlotState.SKIPPED:
        state.skipped[fact.reason] = state.skipped.get(fact.reason, 0) + 1


def read_state(database: sqlite3.Connection, plan: int) -> PlanState:
    """A plan's state from its rows: a permit that nothing answered is in doubt."""
    row = database.execute("select recipients, edition from plan where id=?", (plan,)).fetchone()
    state = PlanState(bytearray(row[0]))
    rows = database.execute(
        "select slot, attempt, contact, kind, reason, at from fact where plan=? order by seq", (plan,)
    )
    for slot, attempt, contact, kind, reason, at in rows:
        fold_fact(state, Fact(slot, attempt, contact, FactKind(kind), reason, at))
    for (slot,) in database.execute("select slot from permit where plan=? and freed=0", (plan,)):
        if state.slots[slot] == SlotState.PENDING:
            state.slots[slot] = SlotState.IN_DOUBT
    _continue_other_plans(database, plan, row[1], state)
    return state


def _continue_other_plans(database: sqlite3.Connection, plan: int, edition: int, state: PlanState) -> None:
    """Nobody whom another plan of this edition served or was refused by is asked again."""
    permitted = database.execute(
        "select contact from permit where edition=? and plan<>? and freed=0", (edition, plan)
    ).fetchall()
    refused = database.execute(
        """select f.contact from fact f join plan p on p.id = f.plan
        where p.edition=? and f.plan<>? and f.kind='refused'""",
        (edition, plan),
    ).fetchall()
    state.spent = frozenset(contact for (contact,) in (*permitted, *refused))


def unanswered(database: sqlite3.Connection, plan: int) -> list[tuple[int, int, bytes]]:
    """Permits of a plan that no fact has answered: slot, attempt, contact."""
    return database.execute(
        """select slot, attempt, contact from permit p where plan=? and freed=0
        and not exists(select 1 from fact f where f.plan=p.plan and f.slot=p.slot and f.attempt=p.attempt)
        order by slot""",
        (plan,),
    ).fetchall()


def skip_facts(skips: Iterable[tuple[int, bytes, Exclusion]], at: int) -> list[Fact]:
    """Facts for slots that are left out, without an attempt."""
    return [Fact(slot, 0, contact, FactKind.SKIPPED, reason.value, at) for slot, contact, reason in skips]
