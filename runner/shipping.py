"""The runner's facts as events, shipped after a cursor into the one record of what happened.

An event is named by (ledger id, fact number): shipping again after a crash changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime

from compiler.archive import Plan
from compiler.language.event import Event, EventKind
from runner.bookview import Roster
from runner.ledger import FactKind, Ledger, PlanRecord, Recorded
from tracker.events import EventStore

BATCH = 500
_KINDS = {
    FactKind.SENT: EventKind.SENT,
    FactKind.REFUSED: EventKind.REFUSED,
    FactKind.DEFERRED: EventKind.DEFERRED,
    FactKind.SKIPPED: EventKind.SKIPPED,
    FactKind.IN_DOUBT: EventKind.IN_DOUBT,
}


class EventMaker:
    """Makes events of one ledger's facts. What only the plan knows is added for the plan at hand."""

    def __init__(self, node: str, plans: tuple[PlanRecord, ...], at_hand: tuple[Plan, Roster] | None = None) -> None:
        self._node = node
        self._plans = {plan.digest: plan for plan in plans}
        self._at_hand = at_hand
        self._lane_of: Callable[[int], str] = lambda slot: ""
        if at_hand is not None:
            self._lane_of = lane_finder(at_hand[0])

    def event(self, recorded: Recorded) -> Event | None:
        """The event of a fact; None for one that nobody outside the ledger needs."""
        fact = recorded.fact
        kind = _KINDS.get(fact.kind)
        if kind is None:
            return None
        plan = self._plans[recorded.plan]
        detail = {
            "campaign": plan.campaign,
            "edition": plan.edition,
            "slot": str(fact.slot),
            "attempt": str(fact.attempt),
            "class" if kind in (EventKind.SENT, EventKind.REFUSED, EventKind.DEFERRED) else "reason": fact.reason,
        }
        if fact.code:
            detail |= {"code": str(fact.code), "phase": fact.phase}
        if fact.enhanced:
            detail["enhanced"] = fact.enhanced
        if self._at_hand is not None and self._at_hand[0].digest == recorded.plan:
            detail |= {"lane": self._lane_of(fact.slot), "variant": self._at_hand[1].variant(fact.slot)}
        return Event(
            node=self._node,
            seq=recorded.seq,
            at=datetime.fromtimestamp(fact.at, UTC),
            kind=kind,
            plan=recorded.plan[:16],
            contact=fact.contact.hex(),
            detail=tuple(sorted(detail.items())),
        )


def record_of(plan: Plan) -> PlanRecord:
    manifest = plan.manifest
    shards = tuple((shard.number, shard.lane) for shard in manifest.shards)
    return PlanRecord(plan.digest, manifest.campaign, manifest.edition, manifest.purpose, manifest.recipients, shards)


def lane_finder(plan: Plan) -> Callable[[int], str]:
    """The lane of a slot of the plan."""
    shards = plan.manifest.shards
    firsts = [shard.first for shard in shards]
    return lambda slot: shards[bisect_right(firsts, slot) - 1].lane


def ship(ledger: Ledger, store: EventStore, maker: EventMaker) -> None:
    """Everything recorded so far into the event store, then the cursor."""
    while batch := list(ledger.facts(ledger.shipped(), BATCH)):
        events = [event for event in map(maker.event, batch) if event is not None]
        if events:
            store.append(events)
        ledger.set_shipped(batch[-1].seq)
