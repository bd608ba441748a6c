"""Putting a ledger right by hand: doubts resolved, another ledger's plan adopted, a restored ledger reconciled.

The rule of all three: what evidence does not show is in doubt, never silently free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compiler.archive import Plan
from compiler.language.event import Event, EventKind
from compiler.language.reply import Phase
from runner.bookview import Roster
from runner.evidence import proved
from runner.ledger import Fact, FactKind, SlotState
from runner.ledger.sqlite import Evidence, SqliteLedger
from runner.shipping import record_of
from tracker.events.sqlite import SqliteEventStore

_KINDS = {
    EventKind.SENT: FactKind.SENT,
    EventKind.REFUSED: FactKind.REFUSED,
    EventKind.DEFERRED: FactKind.DEFERRED,
    EventKind.SKIPPED: FactKind.SKIPPED,
    EventKind.IN_DOUBT: FactKind.IN_DOUBT,
}


class Policy(StrEnum):
    """What to do with a message in doubt that no evidence speaks for."""

    HOLD = "hold"
    RESEND = "resend"
    ASSUME_SENT = "assume-sent"


@dataclass(frozen=True, slots=True)
class Resolution:
    """How many doubts there were and what became of them."""

    in_doubt: int
    proved: int
    resent: int
    assumed: int

    @property
    def held(self) -> int:
        return self.in_doubt - self.proved - self.resent - self.assumed


def resolve(
    ledger: SqliteLedger, plan: Plan, policy: Policy, *, log: set[str], seen: set[str], at: datetime
) -> Resolution:
    """Evidence first, then the policy for the rest. The ledger must be nobody's at work."""
    ledger.resume(plan.digest, at)
    doubts = {slot: (attempt, contact) for slot, attempt, contact in ledger.doubts(plan.digest)}
    shown = proved({slot: contact for slot, (_, contact) in doubts.items()}, plan.manifest, log=log, seen=seen)
    moment = int(at.timestamp())
    facts = [Fact(slot, *doubts[slot], FactKind.SENT, why, moment) for slot, why in shown.items()]
    left = [slot for slot in doubts if slot not in shown]
    if policy is Policy.RESEND:
        facts += [Fact(slot, *doubts[slot], FactKind.RELEASED, "resolved", moment) for slot in left]
    elif policy is Policy.ASSUME_SENT:
        facts += [Fact(slot, *doubts[slot], FactKind.SENT, "assumed", moment) for slot in left]
    ledger.record(plan.digest, facts)
    resent = len(left) if policy is Policy.RESEND else 0
    assumed = len(left) if policy is Policy.ASSUME_SENT else 0
    return Resolution(len(doubts), len(shown), resent, assumed)


@dataclass(frozen=True, slots=True)
class Recovered:
    """`facts` were brought back from the event store; `doubtful` slots have none and are in doubt now."""

    facts: int
    doubtful: int


def bring_back(ledger: SqliteLedger, plans: Iterable[Plan], store: SqliteEventStore, *, at: datetime) -> int:
    """Facts, and the permits that they imply, which the event store holds of plans and this ledger does not.

    Its own keep their numbers, and no number is given twice: events are named by them.
    """
    node, restored, last = ledger.identity, 0, 0
    for plan in plans:
        ledger.enter(record_of(plan), at)
        events = list(store.of_plan(plan.digest[:16]))
        last = max([last, *(event.seq for event in events if event.node == node)])
        evidence = [found for event in events if (found := _evidence(event, own=event.node == node)) is not None]
        ledger.skip_numbers(last)
        restored += ledger.restore(plan.digest, evidence)
    ledger.set_shipped(ledger.last_fact())  # they came from where they would be shipped to
    return restored


def doubt_the_rest(ledger: SqliteLedger, plan: Plan, *, at: datetime) -> int:
    """Put every pending slot in doubt: some of them may have been sent, and nothing here says which."""
    roster, state = Roster(plan), ledger.state(plan.digest)
    pending = [slot for slot in range(len(roster)) if state.slots[slot] == SlotState.PENDING]
    attempts = {slot: state.retries[slot].attempt if slot in state.retries else 1 for slot in pending}
    permits = [(slot, attempts[slot], roster.contact(slot)) for slot in pending]
    ledger.restore_permits(plan.digest, permits, at)
    return len(ledger.resume(plan.digest, at))


def _evidence(event: Event, *, own: bool) -> Evidence | None:
    kind = _KINDS.get(event.kind)
    if kind is None or not event.get("slot"):
        return None
    fact = Fact(
        int(event.get("slot")),
        int(event.get("attempt") or "1"),
        bytes.fromhex(event.contact),
        kind,
        event.get("class") or event.get("reason"),
        int(event.at.timestamp()),
        event.get("phase"),
        int(event.get("code") or "0"),
        event.get("enhanced"),
    )
    at_dot = kind in (FactKind.SENT, FactKind.IN_DOUBT) or event.get("phase") == Phase.DOT
    return Evidence(fact, event.seq if own else None, permitted=at_dot and kind is not FactKind.SKIPPED)
