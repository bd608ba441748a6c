"""The ledger: what was permitted, and what the servers answered. Its promises are those of the whole product.

A slot is permitted once for each (campaign, edition, contact), whatever the plan. A permit without a fact after a
crash is in doubt. Permits are fenced, facts never: what a server said is true whoever asked. Counters are derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol

from compiler.language.errors import PartlySent
from compiler.language.finding import Text

#: How long a slot rests after its first, second… temporary failure; the last repeats.
BACK_OFF = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=120))

#: The scope of a stop that holds for everything that this ledger sends.
EVERYTHING = "all"


class FactKind(StrEnum):
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"  # a temporary failure: frees the next attempt after its back-off
    RELEASED = "released"  # nothing reached the server: frees the next attempt at once
    SKIPPED = "skipped"
    IN_DOUBT = "in_doubt"


class SlotState(IntEnum):
    """What one slot has come to; the first is where each begins."""

    PENDING = 0
    SENT = 1
    REFUSED = 2
    SKIPPED = 3
    IN_DOUBT = 4


class Answer(IntEnum):
    """To a request for a permit. Only GRANTED lets a body leave."""

    GRANTED = 0
    STOPPED = 1  # plan, lane or everything is stopped
    FENCED = 2  # the shard is another run's
    WITHDRAWN = 3  # unsubscribed since
    ERASED = 4  # the contact's key is gone
    ALREADY = 5  # this contact has a permit in this edition
    UNMEASURED = 6  # consent to measuring was withdrawn since: prepare the plain variant
    CLOSED = 7  # outside the window
    STALE = 8  # the book was not looked at recently enough
    BROKEN = 9  # the ledger cannot be written to
    CAPPED = 10  # this contact has had as many messages as `per_contact` allows, of whatever campaign


class Asked(NamedTuple):
    """A request for a permit. `date` is the message's Date, in seconds since 1970; `tracked`: it carries trackers."""

    slot: int
    attempt: int
    shard: int
    contact: bytes
    place: int
    date: int
    tracked: bool
    at: int


class Cap(NamedTuple):
    """No more than `most` messages to a contact `since` an instant (seconds since 1970), of all editions together."""

    most: int
    since: int


class Fact(NamedTuple):
    """What happened to one attempt at one slot. `reason` is a reply class, an exclusion or a cause; `at` in seconds."""

    slot: int
    attempt: int
    contact: bytes
    kind: FactKind
    reason: str
    at: int
    phase: str = ""
    code: int = 0
    enhanced: str = ""
    text: str = ""


class Recorded(NamedTuple):
    """A fact with its number in the ledger and its plan."""

    seq: int
    plan: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What the ledger must know of a plan. `shards`: number and lane of each."""

    digest: str
    campaign: str
    edition: str
    purpose: str
    recipients: int
    shards: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Lease:
    """Leave to ask for permits: only the newest run of a plan has it."""

    plan: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a ledger has come: permits so far, and the hash that chains them all."""

    count: int
    chain: str


@dataclass(frozen=True, slots=True)
class Stop:
    scope: str  # `all`, `plan:<digest>` or `lane:<name>`
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Expectation:
    """The first attempt that is free for a slot, and since when (seconds since 1970)."""

    attempt: int
    due: int


@dataclass(slots=True)
class PlanState:
    """A plan's slots, folded from permits and facts. `retries` holds those that were tried before.

    `spent` are contacts who had their permit under another plan of the same campaign and edition.
    """

    slots: bytearray
    retries: dict[int, Expectation] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    spent: frozenset[bytes] = frozenset()

    def count(self, state: SlotState) -> int:
        return self.slots.count(state)

    def counts(self) -> dict[str, int]:
        """Slots by state. Their sum is the plan's number of recipients, always."""
        return {state.name.lower(): self.count(state) for state in SlotState}


class LedgerBroken(PartlySent):
    """The ledger's file cannot be written to or read: nothing more is permitted until it can."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            Text(
                f"le registre d'envoi n'accepte plus rien ({cause}) : l'envoi s'arrête, rien d'autre ne part",
                f"the ledger accepts nothing more ({cause}): sending stops, nothing else leaves",
            )
        )


class Ledger(Protocol):
    """One ledger. Only one process at a time holds it for writing permits; anybody on the host may stop."""

    @property
    def identity(self) -> str:
        """32 hexadecimal digits, drawn when the ledger was made."""
        ...

    def enter(self, plan: PlanRecord, at: datetime) -> None:
        """Make a plan known. Idempotent; other plans of its campaign and edition are superseded."""
        ...

    def lease(self, plan: str, run: str) -> Lease:
        """Take the plan's shards for this run; every earlier lease is void from now on."""
        ...

    def resume(self, plan: str, at: datetime) -> list[int]:
        """Turn permits without a fact into doubt, durably. The slots. Never called while they are in flight."""
        ...

    def commit(
        self,
        lease: Lease,
        facts: Sequence[Fact],
        asked: Sequence[Asked],
        *,
        current: Callable[[], bool] = ...,
        cap: Cap | None = None,
    ) -> list[Answer]:
        """One durable transaction: the facts, then for each request its permit or the reason against it.

        `current` is asked once inside the transaction, after it has seen the withdrawals: False makes every
        answer STALE (a book that has moved on may be why a withdrawal is no longer to be seen). `cap` is held
        against every permit of other editions that no server refused.
        """
        ...

    def record(self, plan: str, facts: Sequence[Fact]) -> None:
        """Facts alone, durable when it returns. Never fenced."""
        ...

    def state(self, plan: str) -> PlanState: ...

    def capped(self, campaign: str, edition: str, cap: Cap) -> frozenset[bytes]:
        """Contacts whom other editions than this one have given as many messages as the cap allows."""
        ...

    def tally(self, plan: str) -> dict[tuple[str, str], int]:
        """Facts by kind and reason since the plan was last resumed: what the brakes remember."""
        ...

    def stop(self, scope: str, reason: str, at: datetime) -> None: ...

    def lift(self, scopes: Sequence[str]) -> None:
        """Take stops away; the brakes forget what led to them."""
        ...

    def stops(self) -> tuple[Stop, ...]: ...

    def plans(self) -> tuple[PlanRecord, ...]: ...

    def facts(self, after: int, limit: int) -> Iterator[Recorded]:
        """Facts in the order in which they were recorded."""
        ...

    def shipped(self) -> int: ...

    def set_shipped(self, seq: int) -> None: ...

    def mark(self) -> Mark: ...

    def knows(self, mark: Mark) -> bool:
        """Whether this ledger has passed through that mark."""
        ...

    def close(self) -> None: ...


def plan_scope(digest: str) -> str:
    return f"plan:{digest}"


def lane_scope(lane: str) -> str:
    return f"lane:{lane}"


def due_after(attempt: int, at: int) -> int:
    """When a slot whose attempt failed at `at` may be tried again (both in seconds since 1970)."""
    return at + int(BACK_OFF[min(attempt, len(BACK_OFF)) - 1].total_seconds())


def sums(counts: Mapping[str, int]) -> int:
    return sum(counts[state.name.lower()] for state in SlotState)
