"""Who sends what next: hands slots to senders, paces and permits them, and hears what became of them.

The ledger process runs one Dispatcher for one plan. It does no input or output but the ledger's transactions: what
arrives together is committed together, everybody's permits and facts in one.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from compiler.language.clock import Clock
from compiler.language.plan import Exclusion, Manifest
from compiler.language.reply import Phase, ReplyClass
from compiler.language.window import Interval, open_until
from runner import failpoint
from runner.bookview import Roster, View
from runner.brakes import OURS, BrakePedal, Pull
from runner.frames import Granted, Problem, Settled, Verdict, Wanted
from runner.ledger import Answer, Asked, Cap, Fact, FactKind, Lease, Ledger, LedgerBroken, PlanState, SlotState
from runner.ledger.tables import fold_fact
from runner.pace import SECOND, Pace
from runner.stages import Send, Skip, Step, windows_of

#: A slot of a slow lane is prepared at most so long before its moment: it occupies a connection meanwhile.
_PATIENCE = SECOND
#: A request for a permit that cannot be answered within this time of the wall is refused: servers wait for a body
#: for some minutes only (RFC 5321 4.5.3.2.5).
_LONGEST_WAIT = 60.0
_SKIPS = {
    Answer.WITHDRAWN: Exclusion.UNSUBSCRIBED,
    Answer.ERASED: Exclusion.ERASED,
    Answer.ALREADY: Exclusion.ALREADY_SENT,
    Answer.CAPPED: Exclusion.CAPPED,
}


class Ticker(Protocol):
    """Nanoseconds on a scale that never runs backwards, as fast as the clock."""

    def __call__(self) -> int: ...


@dataclass(slots=True)
class _Out:
    """A slot that a sender has in hand."""

    sender: int
    shard: int
    lane: str
    attempt: int
    place: int = -1
    permitted: bool = False


@dataclass(slots=True)
class _Request:
    sender: int
    wanted: Wanted
    since: float


@dataclass(slots=True)
class _Lane:
    queue: deque[tuple[int, int]] = field(default_factory=deque)  # slot, shard
    requests: deque[_Request] = field(default_factory=deque)
    ahead: int = 0  # granted, and without a permit yet


@dataclass(frozen=True, slots=True)
class Work:
    """The plan as the dispatcher needs it."""

    manifest: Manifest
    roster: Roster
    state: PlanState
    lease: Lease
    until: datetime | None = None  # nothing is permitted from then on
    per_contact: tuple[int, timedelta] | None = None  # messages of all campaigns, per span


class Dispatcher:
    """See the module. `answer(sender, slot, answer)` tells a sender; answers come only after their commit."""

    def __init__(
        self,
        work: Work,
        ledger: Ledger,
        pace: Pace,
        *,
        clock: Clock,
        ticker: Ticker,
        brakes: BrakePedal,
        answer: Callable[[int, int, Answer], None],
        current: Callable[[], bool],
        committed: Callable[[], None],
    ) -> None:
        self.state = work.state
        self.view: View | None = None
        self.pulls: list[Pull] = []
        self.changed = False  # the steps should be worked out anew
        self.draining = False
        self.facts: list[Fact] = []
        self._manifest = work.manifest
        self._roster = work.roster
        self._lease = work.lease
        self._until = work.until
        self._per_contact = work.per_contact
        self._ledger = ledger
        self._pace = pace
        self._clock = clock
        self._ticker = ticker
        self._brakes = brakes
        self._answer = answer
        self._current = current
        self._committed = committed
        self._lanes: dict[str, _Lane] = {shard.lane: _Lane() for shard in work.manifest.shards}
        self._turn = 0
        self._out: dict[int, _Out] = {}
        self._hands: dict[int, int] = {}
        self._windows = {shard.number: windows_of(work.manifest, shard) for shard in work.manifest.shards}
        self._open: dict[int, Interval] = {}
        self._held: dict[int, int] = {}  # place → slot permitted and not answered for certain
        self._unmeasured: set[int] = set()

    # Work

    def load(self, steps: Iterable[Step]) -> None:
        """Replace the queues by what the steps say; slots in hand stay in hand. Skips become facts."""
        for lane in self._lanes.values():
            lane.queue.clear()
        for step in steps:
            if isinstance(step, Send):
                queue = self._lanes[step.lane].queue
                queue.extend((slot, step.shard) for slot in step.slots if slot not in self._out)
            elif isinstance(step, Skip):
                for slot in step.slots:
                    if slot not in self._out:
                        self._skip(slot, step.reason)

    def halt(self) -> None:
        """Give nothing more out until the steps were worked out anew: something was stopped."""
        for lane in self._lanes.values():
            lane.queue.clear()
        self.changed = True

    @property
    def in_hand(self) -> int:
        return len(self._out)

    @property
    def waits_for_steps(self) -> bool:
        """Whether there is nothing left to give out that the present steps know of."""
        return not self.queued and (self.changed or not self._out)

    @property
    def retired(self) -> int:
        """Places that lost a message after its final dot: reconnecting does not free them."""
        return sum(1 for slot in self._held.values() if slot not in self._out)

    @property
    def queued(self) -> int:
        return sum(len(lane.queue) for lane in self._lanes.values())

    def grants(self, sender: int, capacity: int) -> list[Granted]:
        """Slots for a sender until it has `capacity` in hand, lanes in turn, little ahead of the pace."""
        found: list[Granted] = []
        room = capacity - self._hands.get(sender, 0)
        if self.draining or self.view is None or room <= 0:
            return found
        now, idle = self._ticker(), 0
        lanes = list(self._lanes.items())
        while len(found) < room and idle < len(lanes):
            name, lane = lanes[self._turn % len(lanes)]
            self._turn += 1
            granted = self._grant(sender, name, lane, now)
            idle = 0 if granted else idle + 1
            if granted:
                found.append(granted)
        return found

    def until_grant(self) -> float | None:
        """Seconds of the clock until a lane's next moment comes near; None where none is far."""
        now = self._ticker()
        waits = [
            wait - _PATIENCE
            for name, lane in self._lanes.items()
            if lane.queue and (wait := self._pace.wait(name, now)) is not None and wait > _PATIENCE
        ]
        return min(waits) / SECOND if waits else None

    def _grant(self, sender: int, name: str, lane: _Lane, now: int) -> Granted | None:
        if not lane.queue or lane.ahead >= self._pace.ahead(name):
            return None
        wait = self._pace.wait(name, now)
        if wait is not None and wait > _PATIENCE:
            return None
        slot, shard = lane.queue.popleft()
        retry = self.state.retries.get(slot)
        attempt = retry.attempt if retry else 1
        self._out[slot] = _Out(sender, shard, name, attempt)
        self._hands[sender] = self._hands.get(sender, 0) + 1
        lane.ahead += 1
        assert self.view is not None
        return Granted(slot, shard, attempt, self._measured(self.view, slot))

    def _measured(self, view: View, slot: int) -> int:
        return 0 if slot in self._unmeasured else view.measured[slot]

    # Requests

    def want(self, sender: int, wanted: Wanted) -> None:
        """A server waits for a body."""
        out = self._out.get(wanted.slot)
        if out is None or out.sender != sender or out.permitted or wanted.place in self._held:
            self._answer(sender, wanted.slot, Answer.FENCED)
            return
        out.place = wanted.place
        self._lanes[out.lane].requests.append(_Request(sender, wanted, time.monotonic()))

    def settle(self, settled: Settled) -> None:
        """What became of a slot in hand."""
        out = self._out.pop(settled.slot, None)
        if out is None:
            return
        self._hands[out.sender] -= 1
        lane = self._lanes[out.lane]
        if out.permitted:
            if settled.verdict is not Verdict.IN_DOUBT:
                self._held.pop(out.place, None)
            self._pace.leave(out.lane)
        else:
            lane.ahead -= 1
            self._withdraw_request(lane, settled.slot)
        fact = self._fact(settled, permitted=out.permitted)
        if fact is None:
            self.changed = True  # back to pending: it is queued again by the next steps
            return
        self._note(fact)
        self._react(fact, out.lane, settled.hold)

    def ended(self, problem: Problem) -> None:
        """A connection ended badly."""
        pull = self._brakes.ended(problem.why, problem.reply_class)
        if pull is not None:
            self.pulls.append(pull)

    def lost(self, sender: int) -> list[int]:
        """A sender's process is gone: what it had in hand goes back, what was permitted is in doubt. Its doubts."""
        doubts = []
        for slot, out in [(s, o) for s, o in self._out.items() if o.sender == sender]:
            del self._out[slot]
            if out.permitted:
                self._held.pop(out.place, None)  # that place is gone with its process
                self._pace.leave(out.lane)
                self._note(self._plain(slot, out.attempt, FactKind.IN_DOUBT, "sender_lost"))
                doubts.append(slot)
            else:
                self._lanes[out.lane].ahead -= 1
                self._withdraw_request(self._lanes[out.lane], slot)
        self.changed = True
        return doubts

    # The transaction

    def flush(self) -> float | None:
        """Commit every fact and every permit whose time has come. Seconds of the clock until the next; None: none.

        Raises LedgerBroken: every request was answered so, and nothing more will be permitted.
        """
        requests, wait = self._due()
        if not requests and not self.facts:
            return wait
        facts, self.facts = self.facts, []
        now = self._clock.now()
        at = int(now.timestamp())
        asked = [self._asked(request.wanted, at) for request in requests]
        try:
            cap = cap_at(self._per_contact, now)
            answers = self._ledger.commit(self._lease, facts, asked, current=self._current, cap=cap)
        except LedgerBroken:
            self._refuse(requests, Answer.BROKEN)
            raise
        if asked:
            self._committed()
        for _ in facts:
            failpoint.hit("fact_durable")
        for request, answered in zip(requests, answers, strict=True):
            self._answered(request, answered)
        return 0.0 if self.facts else wait

    def refuse_all(self, answered: Answer) -> None:
        """Answer every waiting request: its time will not come."""
        for lane in self._lanes.values():
            requests, lane.requests = lane.requests, deque()
            self._refuse(requests, answered)

    def _due(self) -> tuple[list[_Request], float | None]:
        """Requests whose moment has come, their pace taken; and how long until the next has."""
        now, moment, wall = self._ticker(), self._clock.now(), time.monotonic()
        due: list[_Request] = []
        waits = []
        usable = self._current()
        for name, lane in self._lanes.items():
            while lane.requests:
                request = lane.requests[0]
                refusal = self._refusal(request, moment, wall)
                if refusal is not None:
                    lane.requests.popleft()
                    self._refuse([request], refusal)
                    continue
                wait = self._pace.wait(name, now) if usable else None
                if wait != 0:
                    waits += [wait] if wait is not None else []
                    break
                lane.requests.popleft()
                self._pace.take(name, now, request.wanted.size)
                due.append(request)
        return due, min(waits) / SECOND if waits else None

    def _refusal(self, request: _Request, moment: datetime, wall: float) -> Answer | None:
        """What speaks against a request before the ledger is asked."""
        slot = request.wanted.slot
        late = self._until is not None and moment >= self._until
        if self.draining or late or not self._is_open(self._out[slot].shard, moment):
            return Answer.CLOSED
        if self.view is None or wall - request.since > _LONGEST_WAIT:
            return Answer.STALE
        if slot in self.view.left_out:
            return Answer.STOPPED  # the next steps skip it, with its reason
        return Answer.UNMEASURED if request.wanted.flags & ~self._measured(self.view, slot) else None

    def _is_open(self, shard: int, moment: datetime) -> bool:
        """Whether the shard's window holds a moment; the interval found last is tried first."""
        interval = self._open.get(shard)
        if interval is None or moment not in interval:
            closes = open_until(self._windows[shard], moment)
            if closes is None:
                return False
            self._open[shard] = Interval(moment, closes)
        return True

    def _asked(self, wanted: Wanted, at: int) -> Asked:
        out = self._out[wanted.slot]
        return Asked(
            wanted.slot,
            out.attempt,
            out.shard,
            self._roster.contact(wanted.slot),
            wanted.place,
            wanted.date,
            bool(wanted.flags),
            at,
        )

    def _answered(self, request: _Request, answered: Answer) -> None:
        slot = request.wanted.slot
        out = self._out[slot]
        if answered is Answer.GRANTED:
            out.permitted = True
            self._lanes[out.lane].ahead -= 1
            self._held[request.wanted.place] = slot
            self.state.slots[slot] = SlotState.IN_DOUBT
            self._answer(request.sender, slot, answered)
            return
        self._pace.leave(out.lane)
        if (reason := _SKIPS.get(answered)) is not None:
            self._skip(slot, reason)
        elif answered is Answer.UNMEASURED:
            self._unmeasured.add(slot)
        self._refuse([request], answered)

    def _refuse(self, requests: Iterable[_Request], answered: Answer) -> None:
        for request in requests:
            self.changed = True
            self._answer(request.sender, request.wanted.slot, answered)

    # Facts

    def _note(self, fact: Fact) -> None:
        if fact.kind is not FactKind.SKIPPED and self.state.slots[fact.slot] == SlotState.IN_DOUBT:
            self.state.slots[fact.slot] = SlotState.PENDING  # in flight until now
        fold_fact(self.state, fact)
        self.facts.append(fact)

    def _skip(self, slot: int, reason: Exclusion) -> None:
        if self.state.slots[slot] == SlotState.PENDING:
            self._note(self._plain(slot, 0, FactKind.SKIPPED, reason.value))

    def _plain(self, slot: int, attempt: int, kind: FactKind, reason: str) -> Fact:
        at = int(self._clock.now().timestamp())
        return Fact(slot, attempt, self._roster.contact(slot), kind, reason, at)

    def _fact(self, settled: Settled, *, permitted: bool) -> Fact | None:
        """The fact that a verdict is; None where nothing happened to the slot."""
        kind, reason = _kind(settled, permitted=permitted)
        if kind is None or self.state.slots[settled.slot] == SlotState.SKIPPED:
            return None
        fact = self._plain(settled.slot, settled.attempt if kind is not FactKind.SKIPPED else 0, kind, reason)
        if kind in (FactKind.SENT, FactKind.REFUSED, FactKind.DEFERRED):
            fact = fact._replace(
                phase=settled.phase.value, code=settled.code, enhanced=settled.enhanced, text=settled.text
            )
        return fact

    def _react(self, fact: Fact, lane: str, hold: int) -> None:
        """Pace and brakes hear every fact."""
        if fact.kind is FactKind.SENT:
            self._pace.credited(lane, self._ticker())
        elif fact.reason == ReplyClass.THROTTLE:
            self._pace.throttled(lane, self._ticker(), hold=timedelta(seconds=hold))
        if fact.kind in (FactKind.DEFERRED, FactKind.RELEASED):
            self.changed = True
        pull = self._brakes.heard(fact, lane)
        if pull is not None:
            self.pulls.append(pull)

    def _withdraw_request(self, lane: _Lane, slot: int) -> None:
        if any(request.wanted.slot == slot for request in lane.requests):
            lane.requests = deque(r for r in lane.requests if r.wanted.slot != slot)


def cap_at(per_contact: tuple[int, timedelta] | None, now: datetime) -> Cap | None:
    """The cap as the ledger counts it. Whole days in UTC, as the history that plans are compiled with keeps them:
    a day counts while it is less than the span ago.
    """
    if per_contact is None:
        return None
    most, span = per_contact
    first = now.astimezone(UTC).date() - max(timedelta(days=span.days), timedelta(days=1)) + timedelta(days=1)
    return Cap(most, int(datetime.combine(first, datetime.min.time(), UTC).timestamp()))


def _kind(settled: Settled, *, permitted: bool) -> tuple[FactKind | None, str]:
    """What a verdict means for the slot. A 5xx that speaks of us, not of the recipient, keeps the slot for later."""
    match settled.verdict:
        case Verdict.DELIVERED:
            return FactKind.SENT, ReplyClass.OK.value
        case Verdict.REFUSED if settled.reply_class not in OURS:
            return FactKind.REFUSED, settled.reply_class.value
        case Verdict.REFUSED | Verdict.DEFERRED:
            return FactKind.DEFERRED, settled.reply_class.value
        case Verdict.IN_DOUBT:
            return FactKind.IN_DOUBT, settled.why.value
        case Verdict.KEYLESS:
            return FactKind.SKIPPED, Exclusion.ERASED.value
        case Verdict.NOT_RENDERED:
            return FactKind.SKIPPED, Exclusion.NOT_RENDERED.value
        case Verdict.NOT_TRIED if settled.phase is not Phase.CONNECT:
            return FactKind.DEFERRED, settled.why.value  # cut off in its own transaction: it rests first
        case Verdict.NOT_TRIED:
            return (FactKind.RELEASED if permitted else None), settled.why.value


def ticker(clock: Clock) -> Callable[[], int]:
    """Nanoseconds that never run backwards: the machine's own where the clock is the wall's, so that a step of the
    wall clock neither stalls a run nor lets it burst.
    """
    if not clock.simulated:
        return time.monotonic_ns
    latest = 0

    def simulated() -> int:
        nonlocal latest
        latest = max(latest, int(clock.now().timestamp() * SECOND))
        return latest

    return simulated
